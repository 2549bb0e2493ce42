"""Run a comparison: choose constants on validation data, run what was chosen, and put it side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.networks import NetworkChoice, network
from tacos.baselines.runs import Job, declared, run_jobs
from tacos.comparison.error_driven import regularized
from tacos.comparison.flagship import flagship
from tacos.comparison.outcome import Comparison, Row
from tacos.comparison.plan import OWN, Plan, named
from tacos.comparison.search import best_of, beyond, constants_of
from tacos.errors import OtherRun, RunError, interruptible
from tacos.runs.execution import cores
from tacos.runs.folder import RunFolder, folder_name
from tacos.runs.result import Result

Say = Callable[[str], Any]


def compare(plan: Plan, say: Say = print) -> Comparison:
    """Run what is not done yet of a comparison, and save and return what came out.

    A method that fails is a row that says why; the others go on.

    Parameters
    ----------
    plan : Plan
    say : callable
        Told how far it is, in sentences.
    """
    entries = [
        _Entry(plan, name, kind, epochs)
        for kind in plan.networks if kind != OWN for epochs in plan.epochs for name in plan.methods
    ]  # fmt: skip
    with RunFolder(plan.out).lock(), interruptible("give the same command again to go on."):
        return _compare(plan, entries, say)


def _compare(plan: Plan, entries: list[_Entry], say: Say) -> Comparison:
    processes = cores(plan.processes)
    own, *ceilings = flagship(plan, processes, say)
    siblings = regularized(plan, processes, say) if OWN in plan.networks else []
    _choose(entries, processes, say)
    _test(entries, processes, say)
    order = {"free": 0, "boundaries": 1, "stored": 2}
    rows = sorted([*siblings, *(entry.row for entry in entries)], key=lambda row: order[row.group])
    stream = plan.stream
    what = "class pairs and order drawn anew for each seed, " if plan.draws else ""
    title = (
        f"{stream.name}, {stream.scenario}, {stream.n_presentations} training images, {what}{stream.held_out} data; "
        f"mean +- sd over seeds"
    )
    chance = sum(stream.chance(task) for task in range(stream.n_tasks)) / stream.n_tasks
    found = Comparison(title, [own, *rows, *ceilings], chance)
    found.save(plan.out, plan.name)
    return found


@dataclass
class _Entry:
    """A row under way: a method on a network with so many epochs."""

    plan: Plan
    name: str
    kind: str | NetworkChoice
    epochs: int
    jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        method = baselines.method_class(self.name)
        if method().strength and not method.grid:
            raise RunError(
                f"The method '{self.name}' has a strength but declares none to try; give its class some, such as "
                f"grid = (0.1, 1.0, 10.0)."
            )
        group = "stored" if method.stores_data else "boundaries" if method.boundaries_in_training else "free"
        self.row = Row(
            method.title, str(network(self.kind)), group, self.epochs, method.boundaries_in_training,
            self.plan.stream.scenario == "task-incremental", method.stores_data,
        )  # fmt: skip

    def constants(self) -> list[dict[str, Any]]:
        """The declared grid."""
        grid = baselines.method_class(self.name).grid[: self.plan.strengths]
        steps = [{"optimizer": optimizer, "learning_rate": rate} for optimizer, rate in self.plan.steps]
        return [step | {"strength": strength} for step in steps for strength in grid] if grid else steps

    def job(self, constants: dict[str, Any], stream: Any, seeds: list[int], where: str) -> Job:
        options = dict(constants)
        training = Training(options.pop("optimizer"), options.pop("learning_rate"), self.plan.batch)
        return declared(
            baselines.named(self.name, **options), stream.with_options(passes=self.epochs), seeds, self.kind, training,
            self.plan.out / "baselines" / f"{folder_name(str(self.kind))}-{self.epochs}-epochs" / self.name / where,
            f"{self.row.label}, {self.row.network}, epochs {self.epochs}",
        )  # fmt: skip


def _choose(entries: list[_Entry], processes: int, say: Say) -> None:
    """Try every entry's grid on validation data, and what lies beyond it, all side by side."""
    waiting = [(entry, constants) for entry in entries for constants in entry.constants()]
    complete = entries
    for _ in range(1 + entries[0].plan.extensions if entries else 0):
        _try(waiting, processes)
        complete = [entry for entry in entries if not entry.row.reason]
        waiting = [(entry, constants) for entry in complete for constants in beyond(entry.row.trials)]
    for entry in complete:
        best = best_of(entry.row.trials)
        if best is None:
            entry.row.reason = f"no trial could be run: {entry.row.trials[0]['reason']}"
        else:
            entry.row.chosen = constants_of(best)
    trials = [trial for entry in entries for trial in entry.row.trials]
    failed = sum("reason" in trial for trial in trials)
    say(f"baselines: {len(trials)} trials on validation data done, {failed} of them failed")


def _try(waiting: list[tuple[_Entry, dict[str, Any]]], processes: int) -> None:
    """Run trials and note what came out."""
    jobs, owners = [], []
    for entry, constants in waiting:
        trial = dict(constants)
        entry.row.trials.append(trial)
        try:
            where = f"trials/{named(constants)}"
            jobs.append(entry.job(constants, entry.plan.validation, [entry.plan.choice_seed], where))
            owners.append((entry, trial))
        except OtherRun:
            raise  # no trial that failed, but another comparison's
        except RunError as error:
            entry.row.trial_failed(trial, error)
    failed = run_jobs(jobs, processes)
    for k, (job, (entry, trial)) in enumerate(zip(jobs, owners, strict=True)):
        if k in failed:
            entry.row.trial_failed(trial, failed[k])
        else:
            trial["accuracy"] = Result(job.folder).summary()["average_accuracy"]["mean"]


def _test(entries: list[_Entry], processes: int, say: Say) -> None:
    """Run what was chosen on the test data, all seeds side by side."""
    jobs, owners = [], []
    for entry in entries:
        plan = entry.plan
        if not entry.row.chosen:
            continue
        name = named(entry.row.chosen)
        blocks = [(plan.drawn(s), [s], f"draws-{name}/seed-{s}") for s in range(plan.seeds)] if plan.draws else []
        for stream, seeds, where in blocks or [(plan.stream, list(range(plan.seeds)), f"test-{name}")]:
            entry.jobs.append(entry.job(entry.row.chosen, stream, seeds, where))
            jobs.append(entry.jobs[-1])
            owners.append(entry)
    failed = run_jobs(jobs, processes, say)
    for k, error in failed.items():
        owners[k].row.reason = str(error)
    for entry in entries:
        entry.row.measure(Result(job.folder) for job in entry.jobs if job.folder.results.exists())
