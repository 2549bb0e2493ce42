"""Run a comparison: choose constants on validation data, run what was chosen, and put it side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacos import baselines
from tacos.baselines import Training, worker
from tacos.baselines.networks import Architecture, architecture
from tacos.comparison.ahead import Ahead
from tacos.comparison.candidates import Candidate, Say, choose, finish
from tacos.comparison.outcome import Comparison, Row
from tacos.comparison.own_network import flagship, regularized
from tacos.comparison.plan import OWN, Plan
from tacos.errors import RunError, interruptible
from tacos.runs.folder import RunFolder, folder_name
from tacos.runs.jobs import Job
from tacos.runs.progress import ProgressReport
from tasks import StreamLike


def compare(plan: Plan, say: Say | None = None) -> Comparison:
    """Run what is not done yet of a comparison, and save and return what came out.

    A method that fails is a row that says why; the others go on.

    Parameters
    ----------
    plan : Plan
    say : callable, optional
        Told what has ended, in sentences; above the bar if not given.
    """
    methods = [
        Baseline.of(plan, name, kind, epochs)
        for kind in plan.networks if kind != OWN for epochs in plan.epochs for name in plan.methods
        if not baselines.method_class(name).network
    ]  # fmt: skip
    own = {name: method for name in plan.methods if (method := baselines.method_class(name)).network}
    methods += [
        Baseline.of(plan, name, method.network, epochs)
        for name, method in own.items() for epochs in (plan.epochs if method.trained else (1,))
    ]  # fmt: skip
    report = ProgressReport("comparison", 0, plan.running.progress)
    ahead, say = Ahead.of(plan, methods, report), say or report.say
    with RunFolder(plan.out).lock(), report, interruptible("give the same command again to go on."):
        first, *ceilings = flagship(plan, say, ahead)
        siblings = regularized(plan, say, ahead) if OWN in plan.networks else []
        ahead.begin("trials")
        choose(methods, plan, report)
        trials = [trial for method in methods for trial in method.row.trials]
        failed = sum("reason" in trial for trial in trials)
        say(f"baselines: {len(trials)} trials on validation data done, {failed} of them failed")
        ahead.begin("tests")
        finish([(method.row, method.final) for method in methods if not method.row.reason], plan, say, report)
        order = {"free": 0, "boundaries": 1, "stored": 2}
        rows = sorted([*siblings, *(method.row for method in methods)], key=lambda row: order[row.group])
        found = Comparison(_title(plan), [first, *rows, *ceilings], _chance(plan.stream))
        found.save(plan.out, plan.name)
        return found


def _title(plan: Plan) -> str:
    stream, what = plan.stream, "class pairs and order drawn anew for each seed, " if plan.draws else ""
    return (
        f"{stream.name}, {stream.scenario}, {stream.n_presentations} training images, {what}{stream.held_out} data; "
        f"mean +- sd over seeds"
    )


def _chance(stream: StreamLike) -> float:
    return sum(stream.chance(task) for task in range(stream.n_tasks)) / stream.n_tasks


@dataclass
class Baseline(Candidate):
    """A method on a network with so many epochs."""

    name: str = "naive"
    kind: str | Architecture = "mlp"

    @classmethod
    def of(cls, plan: Plan, name: str, kind: str | Architecture, epochs: int) -> Baseline:
        """The row of a method, and where its runs are kept."""
        method = baselines.method_class(name)
        if method().strength and not method.grid:
            raise RunError(
                f"The method '{name}' has a strength but declares none to try; give its class some, such as "
                f"grid = (0.1, 1.0, 10.0)."
            )
        shape = architecture(kind)
        told = method.boundaries_in_training or shape.needs_task
        group = "stored" if method.stores_data else "boundaries" if told else "free"
        row = Row(
            method.title, str(shape), group, epochs, told,
            plan.stream.scenario == "task-incremental" or shape.needs_task, method.stores_data, method.keeps_matrix,
        )  # fmt: skip
        folder = plan.out / "baselines" / f"{folder_name(str(kind))}-{epochs}-epochs" / name
        return cls(plan, row, folder, name, kind)

    def grid(self) -> list[dict[str, Any]]:
        """Optimizers and learning rates by the strengths that the method declares."""
        grid = baselines.method_class(self.name).grid[: self.plan.strengths]
        if not baselines.method_class(self.name).trained:
            return [{"strength": strength} for strength in grid] or [{}]
        steps = [{"optimizer": optimizer, "learning_rate": rate} for optimizer, rate in self.plan.steps]
        return [step | {"strength": strength} for step in steps for strength in grid] if grid else steps

    def declare(self, constants: Mapping[str, Any], stream: StreamLike, seeds: Sequence[int], folder: Path) -> Job:
        """Some seeds with some constants."""
        options = dict(constants)
        training = Training(options.pop("optimizer", "adam"), options.pop("learning_rate", 1e-3), self.plan.batch)
        return worker.declare(
            baselines.named(self.name, **options), stream.with_options(passes=self.row.epochs), seeds, self.kind,
            training, folder, f"{self.row.label}, {self.row.network}, epochs {self.row.epochs}",
        )  # fmt: skip
