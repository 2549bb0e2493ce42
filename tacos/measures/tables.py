"""Tables as text: a run, and conditions side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tacos.errors import RunError
from tacos.measures.statistics import paired_difference, welch_interval
from tacos.runs.folder import differences

_METRICS = {
    "average_accuracy": "average accuracy",
    "learning_accuracy": "learning accuracy",
    "backward_transfer": "backward transfer",
    "forgetting": "forgetting",
    "retention": "retention",
}


def percent(entry: Mapping[str, Any]) -> str:
    """``82.4 +- 0.5 %``; without the deviation for one replica."""
    sd = entry.get("sd")
    return f"{100 * entry['mean']:.1f}" + (f" +- {100 * sd:.1f}" if sd is not None else "") + " %"


def result_text(result: Any) -> str:
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
    lines += [f"  {name:<20}{percent(summary[key])}" for key, name in _METRICS.items() if key in summary]
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
    speed = data["ms_per_presentation"].values[finished]
    declared = result.folder.declaration()
    precision = f", {declared['dtype']}" if "dtype" in declared else ""  # baselines have no choice
    lines.append(f"{speed.mean():.2f} ms a presentation while learning, per replica and core{precision}")
    return "\n".join(lines)


def comparison_text(results: Mapping[str, Any]) -> str:
    """Conditions side by side, with the paired difference of each to the first.

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
    width = max(len(label) for label in ("condition", *results)) + 2
    header = f"{'condition':<{width}}{'average accuracy':>20}{'learning accuracy':>20}{'forgetting':>18}{'seeds':>7}"
    lines = [
        f"{first.dataset.attrs['stream']}, {first.dataset.attrs['scenario']}, mean +- sd over seeds",
        header,
    ]
    for label, result in results.items():
        s = result.summary()
        cells = [
            percent(s[key]) if key in s else "-" for key in ("average_accuracy", "learning_accuracy", "forgetting")
        ]
        lines.append(f"{label:<{width}}{cells[0]:>20}{cells[1]:>20}{cells[2]:>18}{s['average_accuracy']['n']:>7}")
    for label, result in others:
        mine, other = (_final(r) for r in (first, result))
        shared = sorted(set(mine) & set(other))
        if len(shared) > 1:
            difference = paired_difference([mine[s] for s in shared], [other[s] for s in shared])
            low, high = 100 * difference.low, 100 * difference.high
            interval = "undefined" if np.isnan(low) else f"{low:+.1f} to {high:+.1f}"
            lines.append(
                f"{title} minus {label}: {100 * difference.mean:+.1f} points, 95 % confidence interval "
                f"{interval}, {difference.n} paired seeds"
            )
    return "\n".join(lines)


def _final(result: Any) -> dict[int, float]:
    """Average accuracy at the end of the stream by seed."""
    finished = result.finished()
    seeds = result.dataset["seed"].values[finished]
    return dict(zip(map(int, seeds), result.accuracy_matrix[finished][:, -1].mean(axis=1), strict=True))


def agreement_text(rows: Sequence[tuple[str, float, float, int, np.ndarray]]) -> str:
    """Accuracies of a source beside ours: ``(label, its mean, sd and number of runs, our values)``, in per cent.

    Verified: the means differ by at most 2 points. Not contradicted: they differ by more, but the 95 % confidence
    interval of our mean minus theirs (Welch's t) holds zero.
    """
    lines = [f"{'':<14}{'source':>16}{'ours':>16}{'runs':>6}  ours - source, 95 % CI"]
    for label, mean, sd, n, ours in rows:
        low, high = welch_interval(mean, sd, n, ours)
        difference = float(np.mean(ours)) - mean
        verdict = "verified" if abs(difference) <= 2 else "not contradicted" if low <= 0 <= high else "not verified"
        lines.append(
            f"{label:<14}{f'{mean:.1f} +- {sd:.1f}':>16}{f'{np.mean(ours):.1f} +- {np.std(ours, ddof=1):.1f}':>16}"
            f"{len(ours):>6}  {difference:+.1f} ({low:+.1f} to {high:+.1f})  {verdict}"
        )
    return "\n".join(lines)
