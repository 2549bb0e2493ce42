"""Rows on the flagship's own network: any synapse of the language, its constants chosen on validation data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import synapses
from synapses import Synapse, penalty
from tacos.backends import Choice
from tacos.comparison.outcome import Row
from tacos.comparison.plan import FACTORS, REGULARIZERS, Plan, named
from tacos.comparison.search import best_of, beyond, constants_of
from tacos.errors import OtherRun, RunError
from tacos.networks.error_driven import error_driven
from tacos.networks.network import Network
from tacos.runs.execution import Job, run_jobs
from tacos.runs.experiment import declared
from tacos.runs.result import Result

Say = Callable[[str], Any]


@dataclass
class ErrorDriven:
    """A synapse on the error-driven network, on its way to a row of the table.

    Attributes
    ----------
    plan : Plan
    row : Row
    synapse : Synapse or callable
    folder : Path
        Of its runs.
    factors, strengths : tuple of float
        What may be tried: factors on the default learning rate, and strengths of its regularizer if it has one.
    processes : int
    """

    plan: Plan
    row: Row
    synapse: Synapse | Callable[[], Synapse]
    folder: Path
    factors: tuple[float, ...]
    strengths: tuple[float, ...]
    processes: int

    def __post_init__(self) -> None:
        plastic = self._bare(self.plan.stream).plastic_projections()
        self._etas = {p.name: p.synapse.all_parameters()["eta"].value for p in plastic}
        self._eta = self._etas[plastic[0].name]

    def constants(self) -> list[dict[str, float]]:
        """The grid."""
        etas = [{"eta": round(self._eta * factor, 12)} for factor in self.factors]
        strengths = [{"strength": strength} for strength in self.strengths]
        return [eta | strength for eta, strength in product(etas, strengths or [{}])]

    def network(self, stream: Any, constants: dict[str, float]) -> Network:
        """The network with some constants; those of the output layer keep their ratio to those of the hidden one."""
        factor = constants["eta"] / self._eta
        values = {f"{name}.eta": round(eta * factor, 12) for name, eta in self._etas.items()}
        return self._bare(stream).with_parameters(**values | {k: v for k, v in constants.items() if k != "eta"})

    def job(self, constants: dict[str, float], stream: Any, seeds: Any, where: str) -> Job:
        """Some seeds, declared in their folder."""
        network = self.network(stream, constants)
        return declared(network, stream, seeds, Choice(), self.folder / where, None, None, self.row.label)

    def choose(self, say: Say) -> None:
        """Try the grid on validation data; what was best is the row's choice."""
        waiting = self.constants()
        for _ in range(1 + self.plan.extensions):
            self._try(waiting)
            if self.row.reason:
                return
            waiting = beyond(self.row.trials)
        best = best_of(self.row.trials)
        if best is None:
            self.row.reason = f"no trial could be run: {self.row.trials[0]['reason']}"
            return
        self.row.chosen = constants_of(best)
        told = ", ".join(f"{key} {value:g}" for key, value in self.row.chosen.items())
        say(f"{self.row.label}, {self.row.network}: {told} of {len(self.row.trials)} trials")

    def final(self) -> dict[str, Job]:
        """What was chosen, on the test data."""
        plan = self.plan
        if not plan.draws:
            return self.chosen({"test": plan.stream})
        where = f"draws-{named(self.row.chosen)}"
        names = {f"seed-{seed}": seed for seed in range(plan.seeds)}
        return {n: self.job(self.row.chosen, plan.drawn(seed), [seed], f"{where}/{n}") for n, seed in names.items()}

    def chosen(self, streams: dict[str, Any]) -> dict[str, Job]:
        """What was chosen, on some streams, with all seeds."""
        constants, seeds = self.row.chosen, self.plan.seeds
        return {n: self.job(constants, stream, seeds, f"{n}-{named(constants)}") for n, stream in streams.items()}

    def _bare(self, stream: Any) -> Network:
        return error_driven(stream, hidden=self.plan.hidden, synapse=self.synapse)

    def _try(self, grid: list[dict[str, float]]) -> None:
        """Run trials and note what came out."""
        trials: dict[str, dict[str, Any]] = {named(constants): dict(constants) for constants in grid}
        self.row.trials += trials.values()
        jobs = {}
        for name, trial in trials.items():
            try:
                jobs[name] = self.job(trial, self.plan.validation, [self.plan.choice_seed], f"trials/{name}")
            except OtherRun:
                raise  # no trial that failed, but another comparison's
            except RunError as error:
                self.row.trial_failed(trial, error)
        for name, outcome in run_jobs(jobs, self.processes).items():
            if isinstance(outcome, Result):
                trials[name]["accuracy"] = outcome.summary()["average_accuracy"]["mean"]
            else:
                self.row.trial_failed(trials[name], outcome)


def regularized(plan: Plan, processes: int, say: Say) -> list[Row]:
    """Rows of error feedback alone, and with the regularizers that are synapses of the language."""
    rows: list[Row] = []
    best: float | None = None  # learning rate that suits this length of stream, over the default
    why = ""
    asked = [name for name in REGULARIZERS if name in plan.methods]
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
        one = ErrorDriven(
            plan, row, synapse, plan.out / "error-driven" / name, factors, grid[: plan.strengths], processes
        )
        one.choose(say)
        if not grid:
            best, why = row.chosen["eta"] / penalty.ETA if row.chosen else None, row.reason
        if name in asked:
            if row.chosen:
                attempt(row, one.final, processes, say)
            rows.append(row)
    return rows


def _error_feedback() -> Synapse:
    return penalty.regularized("error feedback", "error-driven learning alone")


def attempt(row: Row, declare: Callable[[], dict[str, Job]], processes: int, say: Say) -> list[Result]:
    """Run the jobs of a row and measure the seeds that finished; if any failed, the row says why."""
    jobs: dict[str, Job] = {}
    try:
        jobs = declare()
    except OtherRun:
        raise
    except RunError as error:
        row.reason = str(error)
    for outcome in run_jobs(jobs, processes).values():
        if isinstance(outcome, Exception):
            row.reason = str(outcome)
    results = [Result(job.folder) for job in jobs.values() if job.folder.results.exists()]
    row.measure(results)
    say(f"{row.label}, {row.network}: {row.reason or 'done'}")
    return results
