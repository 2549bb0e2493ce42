"""What a presentation costs against hidden neurons, the rate of the inputs, and the tasks of the stream."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import tacos
import tasks
from benchmarks.common import flagship_stream, in_turn, per_presentation, trained_state
from tacos.backends import Choice, simulator
from tacos.plots import style

HIDDEN = (100, 200, 400, 700, 1000)
RATES = (50, 100, 150, 200, 250)
TASKS = (1, 2, 5, 10, 20)
LEARNT = 2000  # presentations before the cost of one more is measured
ROUNDS = 5


@dataclass(frozen=True)
class Curve:
    """Milliseconds a presentation, in several rounds, against something."""

    label: str
    x: list[float]
    rounds: list[list[float]]

    @property
    def medians(self) -> list[float]:
        """Milliseconds a presentation."""
        return [statistics.median(values) for values in self.rounds]


def scaling(presentations: int) -> None:
    """Cost of a presentation against hidden neurons, input rate and tasks of the stream; a figure with three curves."""
    curves = [_hidden(presentations), _rate(presentations), _tasks(presentations)]
    for curve in curves:
        print(curve.label)
        for x, value, rounds in zip(curve.x, curve.medians, curve.rounds, strict=True):
            print(f"  {x:6g}  {value:7.2f} ms a presentation ({min(rounds):.2f} to {max(rounds):.2f})")
    print(*style.save(draw(curves), "runs/scaling"), sep="\n")


def _measured(label: str, points: dict[float, Any]) -> Curve:
    """Measure all points in turn, several times over."""
    rounds = in_turn(points, ROUNDS)
    return Curve(label, list(points), [[1e3 * seconds for seconds in values] for values in rounds.values()])


def _hidden(n: int) -> Curve:
    stream = flagship_stream()
    points = {}
    for hidden in HIDDEN:
        engine = simulator(tacos.error_driven(stream, hidden=hidden), Choice(dtype="float32"))
        state = trained_state(engine, stream, 500)
        points[hidden] = lambda engine=engine, state=state: per_presentation(engine, stream, state, n)
    return _measured("hidden neurons", points)


def _rate(n: int) -> Curve:
    stream = flagship_stream()
    points = {}
    for rate in RATES:
        network = tacos.error_driven(stream, encoding=tasks.Rate(f"{rate} Hz"))
        engine = simulator(network, Choice(dtype="float32"))
        state = trained_state(engine, stream, 500)
        points[rate] = lambda engine=engine, state=state: per_presentation(engine, stream, state, n)
    return _measured("rate of a white pixel (Hz)", points)


def _tasks(n: int) -> Curve:
    """Permuted-MNIST of as many presentations but ever more tasks; measured in the last of them."""
    points = {}
    for number in TASKS:
        stream = tasks.named("permuted-mnist", tasks=number, samples=LEARNT + 500)
        engine = simulator(tacos.error_driven(stream), Choice(dtype="float32"))
        state = trained_state(engine, stream, LEARNT)
        points[number] = lambda engine=engine, stream=stream, state=state: per_presentation(
            engine, stream, state, n, first=LEARNT + 400
        )
    return _measured("tasks in the stream", points)


@style.styled
def draw(curves: list[Curve]) -> Figure:
    """A panel a curve: medians, with bars from the least to the most of all rounds."""
    figure = style.new_figure(style.PAGE, 2.3)
    for axis, curve in zip(figure.subplots(1, len(curves)), curves, strict=True):
        middle = np.array(curve.medians)
        low, high = (np.array([edge(values) for values in curve.rounds]) for edge in (min, max))
        axis.errorbar(curve.x, middle, (middle - low, high - middle), fmt="o-", color=style.PALETTE[0], capsize=2)
        axis.set(xlabel=curve.label, ylim=(0, 1.15 * high.max()), xlim=(0, 1.05 * max(curve.x)))
    figure.axes[0].set_ylabel("cost (ms a presentation)")
    return figure
