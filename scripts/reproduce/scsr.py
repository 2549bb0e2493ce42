"""Spoken digits, all at once: are trained time constants and thresholds worth anything to a recurrent network.

    python scripts/reproduce/scsr.py --out runs/scsr
    python scripts/reproduce/scsr.py --out runs/scsr --streams    # digits two by two, beside naive networks

Both conditions start from the same weights and see the same recordings in the same order. Chosen on validation
recordings, on a seed of its own, are the learning rate of each and then, at this rate, how fast cells learn relative to
weights. What is finished is in the folder and is not run again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from drawing import add_figure, keep
from matplotlib.figure import Figure

import tasks
from tacos import baselines
from tacos.baselines.learners.networks import ScSr
from tacos.baselines.learners.recurrent import INTRINSIC, LAYERS
from tacos.baselines.settings import Training
from tacos.baselines.training import learn_stream
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

NETWORK = ScSr(hidden=48, steps=25, gain=2.0)
STREAM = tasks.split("spoken-digits", scenario="class-incremental", shuffled=True)
#: Learning rates of the cells over that of the weights.
CONDITIONS = {"fixed": (0.0,), "trained": (1.0, 0.3, 0.1)}
RATES, CHOICE_SEED, BATCH = (3e-3, 1e-2), 1000, 50
STEP = 1e3 * STREAM.duration / NETWORK.steps


def learned(out: Path, name: str, strength: float, rate: float, seed: int, stream: tasks.Stream) -> dict[str, Any]:
    """Mean accuracies through one run, in per cent, and what became of the cells; from the folder if it is there."""
    path = out / f"{stream.held_out}-{name}-{strength:g}-{rate:g}-{stream.passes}-passes-{seed}.json"
    if not path.exists():
        method = baselines.named("scsr", strength=strength)
        model, progress = learn_stream(method, NETWORK, Training(learning_rate=rate, batch=BATCH), stream, seed)
        values: Any = model
        through = [100 * float(np.mean(row)) for row in progress.accuracy]
        cells: dict[str, Any] = {state: getattr(values, state).tolist() for state in INTRINSIC}
        path.write_text(json.dumps(cells | {"accuracy": through, "rate": progress.rates[-1]["hidden"]}))
    found: dict[str, Any] = json.loads(path.read_text())
    print(f"  {path.stem}: {', '.join(f'{a:.1f}' for a in found['accuracy'])}", flush=True)
    return found


def chosen(out: Path, name: str, passes: int) -> tuple[float, float]:
    """Strength and learning rate of a condition that are best on validation recordings."""
    stream = STREAM.with_options(passes=passes, held_out="validation")
    first, *others = CONDITIONS[name]

    def end(strength: float, rate: float) -> float:
        return float(learned(out, name, strength, rate, CHOICE_SEED, stream)["accuracy"][-1])

    rate = max(RATES, key=lambda rate: end(first, rate))
    return max((first, *others), key=lambda strength: end(strength, rate)), rate


def streams(out: Path, seeds: int, passes: int) -> None:
    """Digits two by two: the last accuracy over all tasks of both conditions, and of naive networks."""
    rows: dict[str, tuple[str, Any]] = {f"ScSr, {name}": ("scsr", k) for name, (*_, k) in CONDITIONS.items()}
    rows |= {"naive, mlp": ("mlp", None), "naive, snn": ("snn", None)}
    for scenario in ("domain-incremental", "class-incremental"):
        stream = STREAM.with_options(scenario=scenario, shuffled=False, passes=passes)
        for label, (kind, strength) in rows.items():
            method = baselines.named("scsr", strength=strength) if kind == "scsr" else "naive"
            result = baselines.run(
                method, stream, seeds, network=NETWORK if kind == "scsr" else kind,
                training=Training(learning_rate=RATES[0], batch=BATCH),
                out=out / f"{scenario}-{label.replace(', ', '-')}", label=label,
            )  # fmt: skip
            ends = 100 * result.accuracy_matrix[:, -1].mean(1)
            print(f"{scenario}, {label}: {ends.mean():.1f} +- {ends.std(ddof=1):.1f} %, {seeds} seeds", flush=True)


@styled
def drawn(found: dict[str, list[dict[str, Any]]]) -> Figure:
    """Accuracy of each seed under both conditions, and time constants and thresholds after training."""
    figure = new_figure(PAGE, 2.9)
    left, right = figure.subplots(1, 2)
    ends = [[one["accuracy"][-1] for one in results] for results in found.values()]
    for k, pair in enumerate(zip(*ends, strict=True)):
        left.plot([0, 1], pair, "o-", color=PALETTE[0], label="a seed" if k == 0 else None)
    left.set(xticks=[0, 1], xlim=(-0.4, 1.4), xlabel="time constants and thresholds", ylabel="test accuracy (%)")
    left.set_xticklabels(list(found))
    left.legend()
    cells = {s: np.array([one[s] for one in found["trained"]]) for s in INTRINSIC}
    start = 0
    for k, (name, size) in enumerate(zip(LAYERS, (NETWORK.hidden, NETWORK.hidden, 10), strict=True)):
        speed, level = (cells[s][:, start : start + size].ravel() for s in INTRINSIC)
        right.scatter(STEP * NETWORK.tau_mem / speed, level, s=6, color=PALETTE[k], label=f"{name} layer")
        start += size
    right.plot(STEP * NETWORK.tau_mem, 1, "k+", ms=10, label="before")
    right.set(xlabel="membrane time constant (ms)", ylabel="threshold (1)")
    right.legend()
    return figure


def main() -> None:
    """Run, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/scsr"))
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--passes", type=int, default=12)
    add_figure(parser, "learners/scsr")
    parser.add_argument("--streams", action="store_true", help="digits two by two instead of all at once")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.streams:
        return streams(given.out, given.seeds, given.passes)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in CONDITIONS}
    stream = STREAM.with_options(passes=given.passes)
    constants = {name: chosen(given.out, name, given.passes) for name in CONDITIONS}
    for seed in range(given.seeds):
        for name in CONDITIONS:
            found[name].append(learned(given.out, name, *constants[name], seed, stream))
    ends = {name: np.array([one["accuracy"][-1] for one in results]) for name, results in found.items()}
    for name, values in ends.items():
        strength, rate = constants[name]
        print(
            f"{name}: {values.mean():.1f} +- {values.std(ddof=1):.1f} %; strength {strength:g}, learning rate {rate:g}"
        )
    gains = ends["trained"] - ends["fixed"]
    pairs = ", ".join(f"{gain:+.1f}" for gain in gains)
    print(f"expected: trained above fixed, paired; measured: {gains.mean():+.1f} ({pairs})")
    keep(drawn(found), given.figure)


if __name__ == "__main__":
    main()
