"""Runs as text: one by itself, and several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tacos.errors import RunError
from tacos.measures.paired import aligned, difference_cell, mean_cell, p_cell, paired
from tacos.runs.checkpoint import CHECKPOINT, load_checkpoint
from tacos.runs.folder import differences

if TYPE_CHECKING:
    from tacos.runs.result import Result

_METRICS = {
    "average_accuracy": "average accuracy",
    "learning_accuracy": "learning accuracy",
    "backward_transfer": "backward transfer",
    "forgetting": "forgetting",
    "retention": "retention",
}


def result_text(result: Result) -> str:
    """Scenario, seeds, metrics and the matrix of one run."""
    data, summary = result.dataset, result.summary()
    finished = result.finished()
    lines = [
        f"{data.attrs['stream']}, {data.attrs['scenario']}, {data.attrs['held_out']} data",
        f"condition: {result.label}",
        f"{int(finished.sum())} of {len(finished)} seeds finished, "
        f"{int(data['presentations_seen'][-1])} presentations, mean +- sd",
    ]
    status = result.folder.status()
    if status["state"] == "failed":
        lines.append(f"  failed: {status['reason']}")
    for key, name in _METRICS.items():
        if key in summary:
            lines.append(f"  {name:<20}{mean_cell(summary[key]['mean'], summary[key]['sd'])} %")
    lines += [
        f"  {_METRICS.get(k, k):<20}undefined: {why}"
        for k, why in summary.get("undefined", {}).items()
        if k in _METRICS
    ]
    names = [str(name) for name in data["task_name"].values]
    width = max(7, *(len(name) + 1 for name in names))
    until = "trained up to" if data.attrs.get("has_ends", True) else "presentations learned"
    lines.append(f"accuracy (%), rows: {until}, columns: tested on")
    lines.append(" " * width + "".join(f"{name:>{width}}" for name in names))
    mean = 100 * np.nanmean(result.accuracy_matrix[finished], axis=0)
    rows = names if data.attrs.get("has_ends", True) else [f"{int(n)}" for n in data["presentations_seen"]]
    lines += [
        f"{name:>{width}}" + "".join(f"{value:>{width}.1f}" for value in row)
        for name, row in zip(rows, mean, strict=True)
    ]
    silent = 100 * float(data["silent"].values[finished, -1].mean())
    if silent >= 0.05:
        lines.append(f"without an answer in {silent:.1f} % of the tests at the end: no output neuron spiked")
    tied = 100 * float(data["tied"].values[finished, -1].mean()) if "tied" in data else 0.0
    if tied >= 0.05:
        lines.append(f"a tie in {tied:.1f} % of the tests at the end: the lowest of the outputs that spiked most answers")
    declared = result.folder.declaration()
    lines += _recruited(result, declared.get("network", {}).get("in_use", ""))
    speed = data["ms_per_presentation"].values[finished]
    precision = f", {declared['dtype']}" if "dtype" in declared else ""  # baselines have no choice
    lines.append(f"{speed.mean():.2f} ms a presentation while learning, per replica and core{precision}")
    return "\n".join(lines)


def _recruited(result: Result, in_use: str) -> Iterator[str]:
    """How many cells are in use at the end, where cells are recruited, and whether none is left."""
    if not in_use:
        return
    folders = {int(seed): result.folder.replica(seed) for seed in result.dataset["seed"].values[result.finished()]}
    used = {
        seed: load_checkpoint(folder)[0][in_use] > 0
        for seed, folder in folders.items()
        if (folder / CHECKPOINT).exists()  # results may be all that was kept of a run
    }
    if not used:
        return
    counts, cells = {seed: int(one.sum()) for seed, one in used.items()}, len(next(iter(used.values())))
    least, most = min(counts.values()), max(counts.values())
    between = f"{least} to {most}" if least < most else f"{least}"
    yield f"cells of '{in_use.rpartition('.')[0]}' in use at the end: {between} of {cells}"
    if full := [str(seed) for seed, count in counts.items() if count == cells]:
        yield f"  none is left to recruit (seed {', '.join(full)}): the network goes on with those that it has"


def comparison_text(results: Mapping[str, Result]) -> str:
    """Conditions side by side, with the paired difference of the first to each of the others.

    Raises
    ------
    RunError
        If they did not learn one stream, whatever its number of passes, or were tested on other data.
    """
    (title, first), *others = results.items()
    for label, result in others:
        streams = [r.folder.declaration()["stream"] for r in (first, result)]
        if different := [key for key in differences(*streams) if key != "passes"]:
            raise RunError(
                f"'{label}' cannot be paired with '{title}': their streams differ in {', '.join(different)}; compare "
                f"runs of one stream."
            )
    table = paired({label: final(result) for label, result in results.items()}, title, minus=True)
    head = ["condition", "accuracy (%)", "learning acc. (%)", "forgetting (%)", "seeds"]
    lines = [[*head, f"{title} - condition, 95 % CI (points)", "p (Holm)"]]
    for label, result in results.items():
        row, found = table.loc[label], result.summary()
        shown = [found.get(key) for key in ("average_accuracy", "learning_accuracy", "forgetting")]
        cells = [mean_cell(one["mean"], one["sd"]) if one else "-" for one in shown]
        difference = difference_cell(row["difference"], row["low"], row["high"])
        lines.append([label, *cells, f"{row['seeds']:g}", difference, p_cell(row["p"])])
    attrs = first.dataset.attrs
    return "\n".join([f"{attrs['stream']}, {attrs['scenario']}, mean +- sd over seeds", *aligned(lines)])


def final(result: Result) -> dict[int, float]:
    """Average accuracy at the end of the stream by seed, of those that have finished."""
    finished = result.finished()
    seeds = result.dataset["seed"].values[finished]
    return dict(zip(map(int, seeds), result.accuracy_matrix[finished][:, -1].mean(axis=1), strict=True))
