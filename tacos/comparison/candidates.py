"""What is compared: how its constants are chosen on validation data, and its runs on the test data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacos.comparison.outcome import Row
from tacos.comparison.plan import Plan, written
from tacos.errors import OtherRun, RunError
from tacos.runs.engine import run_jobs
from tacos.runs.jobs import Job
from tacos.runs.progress import ProgressReport
from tacos.runs.result import Result
from tacos.tuning import Edges, Trial, run_trials, tune
from tasks import StreamLike

Say = Callable[[str], Any]


@dataclass
class Candidate(ABC):
    """A row of the table under way.

    Attributes
    ----------
    plan : Plan
    row : Row
    folder : Path
        Of its runs.
    """

    plan: Plan
    row: Row
    folder: Path

    @abstractmethod
    def grid(self) -> Sequence[Mapping[str, Any]]:
        """The constants that are tried first."""

    @abstractmethod
    def declare(self, constants: Mapping[str, Any], stream: StreamLike, seeds: Sequence[int], folder: Path) -> Job:
        """Some seeds with some constants, declared in their folder."""

    @property
    def strategy(self) -> Edges:
        """The grid, and what lies beyond it."""
        return Edges(tuple(self.grid()), self.plan.extensions)

    def trial(self, trial: Trial) -> Job:
        """A trial on validation data."""
        folder = self.folder / "trials" / written(trial.constants)
        return self.declare(trial.constants, self.plan.validation, [self.plan.choice_seed], folder)

    def chosen(self, streams: Mapping[str, StreamLike]) -> dict[str, Job]:
        """What was chosen, on some streams, with all seeds."""
        constants, seeds = self.row.chosen, self.plan.replicas
        name = written(constants)
        return {n: self.declare(constants, s, seeds, self.folder / f"{n}-{name}") for n, s in streams.items()}

    def final(self) -> dict[str, Job]:
        """What was chosen, on the test data."""
        plan, folder = self.plan, self.folder / f"draws-{written(self.row.chosen)}"
        if not plan.draws:
            return self.chosen({"test": plan.stream})
        names = {f"seed-{seed}": seed for seed in plan.replicas}
        return {n: self.declare(self.row.chosen, plan.drawn(k), [k], folder / n) for n, k in names.items()}


def choose(candidates: Sequence[Candidate], plan: Plan, report: ProgressReport) -> None:
    """Try every candidate's grid on validation data, and what lies beyond it, all side by side."""
    named = {str(c.folder): c for c in candidates}
    found = tune(
        {name: c.strategy for name, c in named.items()},
        lambda trials: run_trials(trials, lambda trial: named[trial.subject].trial(trial), plan.running, report=report),
    )
    for name, outcomes in found.items():
        named[name].row.tried(outcomes, named[name].strategy.best(outcomes))


def finish(
    rows: Sequence[tuple[Row, Callable[[], dict[str, Job]]]], plan: Plan, say: Say, report: ProgressReport
) -> list[list[Result]]:
    """Run the jobs of rows and measure the seeds that finished, ``[row][job]``; if any failed, its row says why."""
    jobs: dict[str, Job] = {}
    owners: dict[str, Row] = {}
    for k, (row, declare) in enumerate(rows):
        try:
            mine = {f"{k} {name}": job for name, job in declare().items()}
        except OtherRun:
            raise  # another comparison's
        except RunError as error:
            row.reason = str(error)
            say(f"{row.name}: {row.reason}")
            continue
        jobs |= mine
        owners |= dict.fromkeys(mine, row)

    def ended(key: str, outcome: Result | Exception) -> None:
        failed = isinstance(outcome, Exception)
        if failed:
            owners[key].reason = str(outcome)
        say(f"{owners[key].name}: {outcome if failed else 'done'}")

    run_jobs(jobs, plan.running, ended, report)
    measured = []
    for k, (row, _) in enumerate(rows):
        mine_ = [job for key, job in jobs.items() if key.startswith(f"{k} ")]
        measured.append([Result(job.folder) for job in mine_ if job.folder.results.exists()])
        row.measure(measured[-1])
    return measured
