"""Run an ablation: for every condition a grid of learning rates on validation data, then seeds on the test split."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from synapses.language.values import finite, said
from tacos.ablation import grid
from tacos.ablation.conditions import Condition, Wanted, read_conditions
from tacos.ablation.declaration import declare_ablation, described, refuse_other, validation_stream
from tacos.ablation.reading import GRID, Ablation
from tacos.ablation.saving import save_ablation
from tacos.ablation.table import grid_rows, table_rows
from tacos.ablation.wanted_records import wanted_records
from tacos.errors import RunError, interruptible
from tacos.measures.paired import csv_text
from tacos.networks.network import Network
from tacos.recordings.recording import Recordable
from tacos.runs.asked import by_label, folder, text
from tacos.runs.declaring import check, declare
from tacos.runs.experiment import run_each
from tacos.runs.folder import RunFolder, folder_name
from tacos.runs.jobs import Job, length
from tacos.runs.progress import ProgressReport
from tacos.runs.result import Result
from tacos.runs.running import Running, how
from tacos.runs.seeds import listed
from tacos.runs.storage import write_text
from tacos.tuning import Closing, Outcome, Trial, nothing_chosen, run_trials, tune
from tasks import StreamLike

#: Seed of the first replica of the grid: no seed that is tested by default.
GRID_SEED = 1000


def ablate(
    network: Network,
    stream: StreamLike,
    conditions: Wanted = None,
    seeds: int | Iterable[int] = 3,
    *,
    out: str | Path | None = None,
    record: Recordable = None,
    evaluate_every: int | None = None,
    learning_rate: str | None = None,
    factors: Sequence[float] = grid.FACTORS,
    rounds: int = grid.ROUNDS,
    start: Mapping[str, float] | None = None,
    grid_seeds: int = 1,
    validation_samples: int | None = None,
    front: Mapping[str, Sequence[float]] | Sequence[str] | str | None = None,
    running: Running | None = None,
    **options: Any,
) -> Ablation:
    """Compare a network with versions of it, each at the learning rate that is best for it.

    The learning rate of every condition is chosen on validation data, training images that are not trained on, with the
    same number of trials; then all seeds are run and tested on what the stream holds out. What has finished is not run
    again, and a condition that fails is recorded with its reason and stops no other.

    Parameters
    ----------
    network : Network
        The full one.
    stream : Stream
        Of :mod:`tasks`; the grid takes the same with ``held_out="validation"``.
    conditions : str, sequence of str, or mapping of label to str or Network, optional
        Such as ``["metaplasticity", "dm*0.5"]``, see :mod:`tacos.ablation.conditions`; the full network is always among
        them. If not given: all combinations of mechanisms on and off, and states that two of them share frozen.
    seeds : int or iterable of int
        A number of replicas (seeds 0, 1, ...), or the seeds themselves.
    out : path, optional
        Folder; ``runs/ablation-<stream>`` if not given. An ablation that was begun there goes on.
    record : str or Recording or list of these, optional
        What to record in the test runs; states that a condition lacks are not recorded there. What the gates read, of
        200 synapses, is recorded in any case.
    evaluate_every : int, optional
        Test every so many presentations, besides after each task.
    learning_rate : str
        Name of the parameter that the grid varies, in all projections by the same factor; the network's own
        (``network.learning_rate``) if not given.
    factors : sequence of float
        The grid: factors on the learning rate of the condition as it was given.
    rounds : int
        How often two more are tried: between the best one and its neighbours, and beyond the grid if it has none there.
    start : dict, optional
        ``{label: factor}`` for conditions whose grid starts from another learning rate than theirs.
    grid_seeds : int
        Replicas of a trial; seeds 1000, 1001, ...
    validation_samples : int, optional
        Validation presentations in all; the stream's ``test_samples`` if not given.
    front : str, sequence of str or mapping of str to factors, optional
        Parameters of the full network, such as ``["dm", "tau_c"]``, swept at its chosen learning rate for the figure of
        stability and plasticity; by factors 1/4, 1/2, 2 and 4 if none are given. If not given: those of
        :data:`tacos.ablation.grid.CONSOLIDATING` that it has; ``()`` for none.
    running, **options : optional
        How to run, as for :func:`tacos.run`; ``progress`` says what has finished. With ``backend="torch"``, conditions
        that differ in parameters only run as one batch.

    Returns
    -------
    Ablation

    Raises
    ------
    RunError
        If nothing can be run as asked, or the folder holds something else.
    """
    running = _how(running, options)
    factors = grid.check_factors(factors, "The factors of the grid")
    rounds, grid_seeds = grid.check_grid(factors, rounds, grid_seeds)
    validation = validation_stream(stream, validation_samples)
    seeds = listed(seeds)
    if set(seeds) & set(range(GRID_SEED, GRID_SEED + grid_seeds)):
        raise RunError(f"The seeds from {GRID_SEED} on choose the learning rates; test others, e.g. seeds=5.")
    if not isinstance(network, Network):
        raise RunError(f"An ablation is of a network, such as tacos.error_driven(stream), not of {said(network)}.")
    learning_rate = network.learning_rate if learning_rate is None else learning_rate
    text(learning_rate, "learning_rate is the name of a parameter, such as 'eta'")
    network.with_parameters(**{learning_rate: 1.0})  # says which parameters there are
    read = read_conditions(conditions, network, learning_rate, shared=running.batched)
    right = "start is a dictionary {label: factor on the learning rate}"
    start = {
        label: finite(factor, f"{right}, which is above zero", above=0, error=RunError)
        for label, factor in by_label({} if start is None else start, right).items()
    }
    for label in start:
        if label not in [c.label for c in read]:
            raise RunError(f"There is no condition '{label}' to start; there are {', '.join(c.label for c in read)}.")
    swept = grid.sweeps(() if front is None and not stream.has_ends else front, network)
    for trial in grid.front_trials(read[0].label, {learning_rate: 1.0}, swept):
        grid.changed(network, trial.constants)  # says which parameters there are
    for condition in read:
        check(seeds, validation, condition.network, evaluate_every)  # not with the stream: its test data stays unread
        if not condition.network.has_parameter(learning_rate):
            raise RunError(f"'{condition.label}' has no {learning_rate} left to choose; leave the learning rule in.")
    records = wanted_records(record, {c.label: c.network for c in read}, validation, learning_rate)
    path = folder(out, Path("runs") / f"ablation-{stream.name}")
    declaration = described(
        network, stream, validation, read, seeds, [GRID_SEED + k for k in range(grid_seeds)], learning_rate,
        factors=list(factors), rounds=rounds, start=start,
    )  # fmt: skip
    refuse_other(path, declaration)  # a folder of something else stays as it is
    report = ProgressReport("ablation", 0, running.progress)
    asked = _Asked(path, declaration, read, stream, validation, swept, records, evaluate_every, running, report)
    with RunFolder(path).lock(), report, interruptible("the same ablation into the same folder goes on where it was."):
        declare_ablation(path, declaration)
        for condition in read:
            for note in condition.notes:
                report.say(note)
        return asked.run()


def _how(running: Running | None, options: Mapping[str, Any]) -> Running:
    """How to run; an unknown option may be one of the ablation that was mistyped."""
    known = [field.name for field in fields(Running)]
    for option in options:
        if option not in known:
            own = [name for name in inspect.signature(ablate).parameters if name != "options"]
            raise RunError(f"ablate has no option '{option}'; it has {', '.join([*own[2:], *known])}.")
    return how(running, options)


@dataclass(frozen=True)
class _Asked:
    """An ablation that was checked."""

    path: Path
    declaration: dict[str, Any]
    conditions: Sequence[Condition]
    stream: StreamLike
    validation: StreamLike
    swept: Mapping[str, Sequence[float]]
    records: Mapping[str, Recordable]
    evaluate_every: int | None
    running: Running
    report: ProgressReport
    tried: list[Outcome] = field(default_factory=list)

    @cached_property
    def ended(self) -> _Ended:
        """Told what came out of each run."""
        return _Ended(self.report)

    def run(self) -> Ablation:
        """The grid, the sweeps for the front, and the seeds on the held-out data."""
        rate, rounds, start = (self.declaration[k] for k in ("learning_rate", "rounds", "start"))
        searches = {
            c.label: Closing(
                rate, tuple(start.get(c.label, 1.0) * factor for factor in self.declaration["factors"]), rounds
            )
            for c in self.conditions
        }
        trials = tune(searches, self._trials)
        chosen = {label: search.best(trials[label]) for label, search in searches.items()}
        edges = [grid.edge(searches[label], outcomes) for label, outcomes in trials.items()]
        tests: dict[str, Result | str] = {
            label: nothing_chosen(trials[label]) for label, outcome in chosen.items() if outcome is None
        }
        full = self.conditions[0].label
        if self.swept and (outcome := chosen[full]):
            trials[full] += self._trials(grid.front_trials(full, outcome.trial.constants, self.swept))
        networks = {label: self._network(outcome.trial) for label, outcome in chosen.items() if outcome}
        self._save(trials, chosen, networks, tests, edges)
        if self.report.visible:
            self.report.expect(
                len(networks) * length(self.stream, len(self.declaration["seeds"]), self.evaluate_every or 0)
            )
        self.ended.begin(self.declaration["held_out"], len(networks))
        found = run_each(
            networks, self.stream, self.declaration["seeds"], out=self.path / "test",
            record={label: self.records[label] for label in networks}, evaluate_every=self.evaluate_every,
            on_done=self.ended, report=self.report, running=self.running,
        )  # fmt: skip
        tests |= {label: end if isinstance(end, Result) else str(end) for label, end in found.items()}
        return self._save(trials, chosen, networks, tests, edges)

    def _network(self, trial: Trial) -> Network:
        given = next(c.network for c in self.conditions if c.label == trial.subject)
        return grid.changed(given, trial.constants)

    def _trials(self, trials: Sequence[Trial]) -> list[Outcome]:
        if self.report.visible:
            self.report.expect(self._to_do())
        self.ended.begin("grid", len(trials))
        found = run_trials(trials, self._declared, self.running, self.ended, self.report)
        self.tried.extend(found)
        return found

    def _to_do(self) -> float:
        """Presentations of the trials and tests to come; the test data, unread so far, are taken to be as many."""
        front = sum(map(len, self.swept.values()))
        n = len(self.conditions) * (len(self.declaration["factors"]) + 2 * self.declaration["rounds"]) + front
        trial = length(self.validation, len(self.declaration["grid_seeds"]))
        test = length(self.validation, len(self.declaration["seeds"]), self.evaluate_every or 0)
        return max(n - len(self.tried), 0) * trial + len(self.conditions) * test

    def _declared(self, trial: Trial) -> Job:
        label = grid.label(trial)
        folder = self.path / GRID / folder_name(label)
        return declare(
            self._network(trial), self.validation, self.declaration["grid_seeds"], self.running, folder, label=label
        )

    def _save(
        self,
        trials: Mapping[str, Sequence[Outcome]],
        chosen: Mapping[str, Outcome | None],
        networks: Mapping[str, Network],
        tests: Mapping[str, Result | str],
        edges: Sequence[str],
    ) -> Ablation:
        """Write everything that a reader opens."""
        more = {"edges": [text for text in edges if text], "has_ends": self.stream.has_ends}
        save_ablation(self.path, self.declaration | more, trials, chosen, networks, tests)
        ablation = Ablation(self.path)
        write_text(self.path / "grid.csv", csv_text(grid_rows(ablation)))
        write_text(self.path / "table.csv", csv_text(table_rows(ablation)))
        write_text(self.path / "table.txt", f"{ablation}\n")
        return ablation


class _Ended:
    """Says what came out of each run that ended."""

    def __init__(self, report: ProgressReport) -> None:
        self.report, self.lock = report, threading.Lock()

    def begin(self, part: str, total: int) -> None:
        self.part, self.total, self.done = part, total, 0

    def __call__(self, label: str, outcome: Result | Exception) -> None:
        with self.lock:
            self.done += 1
            if isinstance(outcome, Result):
                what = f"{100 * outcome.accuracy_matrix[:, -1].mean():.1f} %"
            else:
                what = f"failed: {outcome}"
            self.report.say(f"{self.part} {self.done}/{self.total}: {label}: {what}")
