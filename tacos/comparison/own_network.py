"""Rows on the flagship's own network: any synapse of the language, its constants chosen on validation data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import synapses
import tasks
from synapses import Synapse
from synapses.regularizers import penalty
from tacos.comparison.ahead import Ahead
from tacos.comparison.candidates import Candidate, Say, choose, finish
from tacos.comparison.outcome import Row
from tacos.comparison.plan import FACTORS, REGULARIZERS, Plan
from tacos.networks.error_driven import error_driven
from tacos.networks.library import RECRUITABLE, named
from tacos.networks.network import Network
from tacos.runs.declaring import declare
from tacos.runs.jobs import Job
from tacos.runs.result import Result
from tasks import BOUNDARY, StreamLike


@dataclass
class OwnNetwork(Candidate):
    """A synapse on the error-driven network.

    Attributes
    ----------
    synapse : Synapse or callable
    factors, strengths : tuple of float
        What may be tried: factors on the default learning rate, and strengths of its regularizer if it has one.
    """

    synapse: Synapse | Callable[[], Synapse] = field(default_factory=synapses.tacos)
    factors: tuple[float, ...] = ()
    strengths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        plastic = self._bare(self.plan.stream).plastic_projections()
        self._etas = {p.name: p.synapse.all_parameters()["eta"].value for p in plastic}
        self._eta = self._etas[plastic[0].name]

    def grid(self) -> list[dict[str, float]]:
        """Learning rates by strengths."""
        etas = [{"eta": round(self._eta * factor, 12)} for factor in self.factors]
        strengths = [{"strength": strength} for strength in self.strengths]
        return [eta | strength for eta, strength in product(etas, strengths or [{}])]

    def network(self, stream: StreamLike, constants: Mapping[str, float]) -> Network:
        """The network with some constants; those of the output layer keep their ratio to those of the hidden one."""
        factor = constants["eta"] / self._eta
        values = {f"{name}.eta": round(eta * factor, 12) for name, eta in self._etas.items()}
        return self._bare(stream).with_parameters(**values | {k: v for k, v in constants.items() if k != "eta"})

    def declare(self, constants: Mapping[str, Any], stream: StreamLike, seeds: Sequence[int], folder: Path) -> Job:
        """Some seeds with some constants."""
        network = self.network(stream, constants)
        return declare(network, stream, seeds, self.plan.running, folder, label=self.row.label)

    def _bare(self, stream: StreamLike) -> Network:
        return error_driven(stream, hidden=self.plan.hidden_of_own, synapse=self.synapse)


@dataclass
class WholeNetwork(OwnNetwork):
    """A network that says itself what is chosen in it."""

    def __post_init__(self) -> None:
        network = self._bare(self.plan.stream)
        self._constant = network.learning_rate
        self._value = network.parameter(self._constant)

    def grid(self) -> list[dict[str, float]]:
        """Values of its constant."""
        return [{self._constant: round(self._value * factor, 12)} for factor in self.factors]

    def network(self, stream: StreamLike, constants: Mapping[str, float]) -> Network:
        """The network with its constant."""
        return self._bare(stream).with_parameters(**constants)

    def _bare(self, stream: StreamLike) -> Network:
        return named(self.plan.network, stream, self.plan.hidden)


def flagship(plan: Plan, say: Say, ahead: Ahead) -> list[Row]:
    """Row of what is compared, by default the flagship, and, if asked for, rows of its ceilings."""
    stream, labels = plan.stream, plan.stream.scenario == "task-incremental"
    told = any(modulator.source == BOUNDARY for modulator in plan.synapse.lowered.modulators)
    if plan.network == "error-driven":
        row = Row(plan.title, plan.own_network, "flagship", boundaries=told, task_labels=labels)
        own = OwnNetwork(plan, row, plan.out / plan.folder, plan.synapse, plan.eta_factors)
    else:
        row = Row(plan.title, f"{plan.network} {plan.hidden or RECRUITABLE}", "flagship", task_labels=labels)
        own = WholeNetwork(plan, row, plan.out / plan.folder, factors=plan.eta_factors)
    ahead.begin("own trials")
    _choose(own, say, ahead)
    if not row.chosen:
        return [row]
    ahead.begin("own tests")
    finish([(row, own.final)], plan, say, ahead.report)
    if not plan.ceilings or plan.draws:
        return [row]
    ahead.begin("ceilings")
    shuffled = Row(f"{plan.title}, shuffled stream", row.network, "ceiling", task_labels=labels)
    mixed = stream.with_options(shuffled=True, boundaries="sharp", blur=None, span=None)
    finish([(shuffled, lambda: own.chosen({"shuffled": mixed}))], plan, say, ahead.report)
    rows = [row, shuffled]
    if isinstance(stream, tasks.split) and stream.scenario == "domain-incremental":
        alone = Row(f"{plan.title}, each task alone", row.network, "ceiling")
        streams = {f"alone/task-{task}": stream.alone(task) for task in range(stream.n_tasks)}
        (results,) = finish([(alone, lambda: own.chosen(streams))], plan, say, ahead.report)
        _mean_over_tasks(alone, results if len(results) == len(streams) else [])
        rows.append(alone)
    for ceiling in rows[1:]:
        ceiling.learning, ceiling.forgetting = {}, {}  # nothing comes after anything
    return rows


def _choose(one: OwnNetwork, say: Say, ahead: Ahead) -> None:
    choose([one], one.plan, ahead.report)
    if one.row.chosen:
        told = ", ".join(f"{key} {value:g}" for key, value in one.row.chosen.items())
        say(f"{one.row.name}: {told} of {len(one.row.trials)} trials")


def _mean_over_tasks(row: Row, results: list[Result]) -> None:
    """Mean over networks that learned one task each."""
    parts = []
    for result in results:
        part = Row(row.label, row.network, row.group)
        part.measure([result])
        parts.append(part.accuracy)
    shared = set.intersection(*map(set, parts)) if parts else set()
    row.accuracy = {seed: sum(part[seed] for part in parts) / len(parts) for seed in sorted(shared)}


def regularized(plan: Plan, say: Say, ahead: Ahead) -> list[Row]:
    """Rows of error feedback alone, and with the regularizers that are synapses of the language."""
    rows: list[Row] = []
    best: float | None = None  # learning rate that suits this length of stream, over the default
    why = ""
    asked = [name for name in REGULARIZERS if name in plan.methods]
    ahead.begin("regularizers")
    for name in REGULARIZERS:
        if name not in asked and (name != "naive" or not asked):
            continue  # the others start from the learning rate that naive chooses
        title, told, grid = REGULARIZERS[name]
        labels = plan.stream.scenario == "task-incremental"
        row = Row(title, plan.own_network, "boundaries" if told else "free", boundaries=told, task_labels=labels)
        if not grid:
            factors = plan.eta_factors
        elif best is not None:
            factors = tuple(best * factor for factor in FACTORS[: len(plan.steps)])
        else:
            row.reason = f"its learning rates start from the one that naive chooses, and naive failed: {why}"
            rows.append(row)
            continue
        synapse = _error_feedback if name == "naive" else partial(synapses.named, name)
        one = OwnNetwork(plan, row, plan.out / "error-driven" / name, synapse, factors, grid[: plan.strengths])
        _choose(one, say, ahead)
        if not grid:
            best, why = row.chosen["eta"] / penalty.ETA if row.chosen else None, row.reason
        if name in asked:
            if row.chosen:
                finish([(row, one.final)], plan, say, ahead.report)
            rows.append(row)
    return rows


def _error_feedback() -> Synapse:
    return penalty.regularized("error feedback", "error-driven learning alone")
