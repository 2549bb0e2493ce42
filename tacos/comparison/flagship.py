"""The flagship in a comparison: its learning rate, its runs, and its own ceilings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tacos.baselines.runs import Stopped
from tacos.comparison.outcome import Row
from tacos.comparison.plan import Plan
from tacos.error_driven import error_driven
from tacos.errors import RunError
from tacos.experiment import run
from tacos.network import Network
from tacos.result import Result

Say = Callable[[str], Any]


def flagship(plan: Plan, processes: int, say: Say) -> list[Row]:
    """Row of the flagship and, if asked for, rows of its ceilings."""
    labels = plan.stream.scenario == "task-incremental"
    row = Row("flagship", f"error-driven {plan.hidden}", "flagship", task_labels=labels)
    runs = _Runs(plan, processes)
    first, *others = plan.eta_factors  # the first compiles the network, the others find it
    row.trials = [runs.trial(first), *_side_by_side(runs.trial, others, processes)]
    done = [trial for trial in row.trials if "accuracy" in trial]
    if not done:
        row.reason = f"no learning rate could be run: {row.trials[0]['reason']}"
        return [row]
    best = max(done, key=lambda trial: trial["accuracy"])
    row.chosen = {"eta": best["eta"]}
    say(f"flagship: eta {best['eta']:g} of {len(row.trials)} trials")
    factor = plan.eta_factors[row.trials.index(best)]
    kinds: list[tuple[Row, Callable[[], list[Result]]]] = [(row, lambda: runs.final(factor))]
    if plan.ceilings and not plan.draws:
        shuffled = Row("flagship, shuffled stream", row.network, "ceiling", task_labels=labels)
        kinds.append((shuffled, lambda: runs.shuffled(factor)))
        if plan.stream.kind == "split" and plan.stream.scenario == "domain-incremental":
            kinds.append((Row("flagship, each task alone", row.network, "ceiling"), lambda: runs.alone(factor)))
    for one, make in kinds:
        try:
            results = make()
            if one.label.endswith("alone"):
                _mean_over_tasks(one, results)
            else:
                one.measure(results)
            if one.group == "ceiling":
                one.learning, one.forgetting = {}, {}  # nothing comes after anything
        except RunError as error:
            _pass_on_a_stop(error)
            one.reason = str(error)
        say(f"{one.label}: {one.reason or 'done'}")
    return [one for one, _ in kinds]


class _Runs:
    """Runs of the flagship in the folder of a comparison."""

    def __init__(self, plan: Plan, processes: int) -> None:
        self.plan, self.processes = plan, processes
        self.folder = plan.out / "flagship"

    def network(self, stream: Any, factor: float) -> Network:
        made = error_driven(stream, hidden=self.plan.hidden)
        etas = {p.name: p.synapse.all_parameters()["eta"].value for p in made.plastic_projections()}
        return made.with_parameters(**{f"{name}.eta": round(eta * factor, 12) for name, eta in etas.items()})

    def run(self, stream: Any, factor: float, seeds: Any, name: str, processes: int | None = None) -> Result:
        return run(
            self.network(stream, factor), stream, seeds, out=self.folder / name, label="flagship", dtype="float32",
            processes=processes or self.processes, progress=False,
        )  # fmt: skip

    def trial(self, factor: float) -> dict[str, Any]:
        """Constants and accuracy on validation data."""
        stream = self.plan.validation
        eta = self.network(stream, factor).plastic_projections()[0].synapse.all_parameters()["eta"].value
        try:
            result = self.run(stream, factor, [self.plan.choice_seed], f"trials/eta-{eta:g}", 1)
        except RunError as error:
            _pass_on_a_stop(error)
            return {"eta": eta, "reason": str(error)}
        return {"eta": eta, "accuracy": result.summary()["average_accuracy"]["mean"]}

    def final(self, factor: float) -> list[Result]:
        if not self.plan.draws:
            return [self.run(self.plan.stream, factor, self.plan.seeds, "test")]
        each = lambda seed: self.run(self.plan.drawn(seed), factor, [seed], f"draws/seed-{seed}", 1)  # noqa: E731
        return _side_by_side(each, range(self.plan.seeds), self.processes)

    def shuffled(self, factor: float) -> list[Result]:
        stream = self.plan.stream.with_options(shuffled=True, boundaries="sharp", blur=None, span=None)
        return [self.run(stream, factor, self.plan.seeds, "shuffled")]

    def alone(self, factor: float) -> list[Result]:
        streams = [self.plan.stream.alone(task) for task in range(self.plan.stream.n_tasks)]
        return [self.run(s, factor, self.plan.seeds, f"alone/task-{k}") for k, s in enumerate(streams)]


def _pass_on_a_stop(error: RunError) -> None:
    """A run that the user stopped (Ctrl-C, which `tacos.run` turns into a sentence) is no failure of the method."""
    if isinstance(error.__context__, KeyboardInterrupt):
        raise Stopped("Stopped; give the same command again to go on.") from None


def _side_by_side(call: Callable[[Any], Any], items: Iterable[Any], processes: int) -> list[Any]:
    """Each simulation is a process of its own, so threads are enough to wait for them."""
    with ThreadPoolExecutor(processes) as pool:
        return list(pool.map(call, items))


def _mean_over_tasks(row: Row, results: list[Result]) -> None:
    """Mean over networks that learned one task each."""
    parts = []
    for result in results:
        part = Row(row.label, row.network, row.group)
        part.measure([result])
        parts.append(part.accuracy)
    for seed in set.intersection(*map(set, parts)):
        row.accuracy[seed] = sum(part[seed] for part in parts) / len(parts)

