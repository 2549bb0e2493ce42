"""What is compared, by default the flagship: its learning rate, its runs, and its own ceilings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tacos.comparison.error_driven import ErrorDriven, attempt
from tacos.comparison.outcome import Row
from tacos.comparison.plan import Plan
from tacos.runs.result import Result

Say = Callable[[str], Any]


def flagship(plan: Plan, processes: int, say: Say) -> list[Row]:
    """Row of what is compared and, if asked for, rows of its ceilings."""
    stream, labels = plan.stream, plan.stream.scenario == "task-incremental"
    told = any(modulator.source == "boundary" for modulator in plan.synapse.lowered.modulators)
    row = Row(plan.title, plan.own_network, "flagship", boundaries=told, task_labels=labels)
    own = ErrorDriven(plan, row, plan.synapse, plan.out / plan.folder, plan.eta_factors, (), processes)
    own.choose(say)
    if not row.chosen:
        return [row]
    attempt(row, own.final, processes, say)
    if not plan.ceilings or plan.draws:
        return [row]
    shuffled = Row(f"{plan.title}, shuffled stream", row.network, "ceiling", task_labels=labels)
    mixed = stream.with_options(shuffled=True, boundaries="sharp", blur=None, span=None)
    attempt(shuffled, lambda: own.chosen({"shuffled": mixed}), processes, say)
    rows = [row, shuffled]
    if stream.kind == "split" and stream.scenario == "domain-incremental":
        alone = Row(f"{plan.title}, each task alone", row.network, "ceiling")
        streams = {f"alone/task-{task}": stream.alone(task) for task in range(stream.n_tasks)}
        results = attempt(alone, lambda: own.chosen(streams), processes, say)
        _mean_over_tasks(alone, results if len(results) == len(streams) else [])
        rows.append(alone)
    for ceiling in rows[1:]:
        ceiling.learning, ceiling.forgetting = {}, {}  # nothing comes after anything
    return rows


def _mean_over_tasks(row: Row, results: list[Result]) -> None:
    """Mean over networks that learned one task each."""
    parts = []
    for result in results:
        part = Row(row.label, row.network, row.group)
        part.measure([result])
        parts.append(part.accuracy)
    shared = set.intersection(*map(set, parts)) if parts else set()
    row.accuracy = {seed: sum(part[seed] for part in parts) / len(parts) for seed in sorted(shared)}
