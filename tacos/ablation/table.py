"""The table of an ablation, as text and as comma-separated values, and the table of its grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tacos.measures import metrics
from tacos.measures.paired import NONE, aligned, difference_cell, mean_cell, mean_sd, p_cell, paired

if TYPE_CHECKING:
    from tacos.ablation.reading import Ablation

_METRICS = {
    "average_accuracy": metrics.average_accuracy,
    "learning_accuracy": metrics.learning_accuracy,
    "forgetting": metrics.forgetting,
}


def table_rows(ablation: Ablation) -> list[dict[str, Any]]:
    """One dictionary a condition; accuracies and differences in per cent and points, missing values None.

    Differences are to the first condition, over the seeds of both; p is that of the paired t-test with Holm's
    correction for all conditions compared. There is neither interval nor p where all seeds differ by the same.
    """
    data, finished = ablation.dataset, ablation.finished()
    final = {label: _values(finished.get(label), "average_accuracy") for label in ablation.conditions}
    table = paired(final, ablation.conditions[0])
    rows = []
    for label in ablation.conditions:
        one = data.sel(condition=label)
        row: dict[str, Any] = {"condition": label, "failed": str(one["reason"].values), "factor": float(one["factor"])}
        row |= {f"{data.attrs['learning_rate']} {p}": float(one["learning_rate"].sel(projection=p))
                for p in map(str, data["projection"].values)}  # fmt: skip
        row["seeds"] = finished[label].sizes["replica"] if label in finished else 0
        for name in _METRICS:
            row[f"{name} mean"], row[f"{name} sd"] = mean_sd(_values(finished.get(label), name).values())
        against = table.loc[label]
        row |= {"difference": against["difference"], "difference low": against["low"]}
        row |= {"difference high": against["high"], "p (Holm)": against["p"]}
        rows.append({k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()})
    return rows


def _values(one: Any, name: str) -> dict[int, float]:
    """A metric in per cent by seed; empty where it is undefined."""
    if one is None or not (one.attrs.get("has_ends", True) or name == "average_accuracy"):
        return {}
    try:
        values = 100 * np.asarray(_METRICS[name](one["accuracy"].values))
    except metrics.UndefinedMetric:
        return {}
    return dict(zip(map(int, one["seed"].values), values.tolist(), strict=True))


def title(ablation: Ablation) -> str:
    """What was run and tested on what."""
    attrs = ablation.dataset.attrs
    return f"{attrs['stream']}, {attrs['scenario']}, {attrs['held_out']} data"


def ablation_text(ablation: Ablation) -> str:
    """The table, with what stands above and below it."""
    data, rows = ablation.dataset, table_rows(ablation)
    rates = [key for key in rows[0] if key.startswith(f"{data.attrs['learning_rate']} ")]
    header = [
        "condition", data.attrs["learning_rate"], "accuracy (%)", "learning acc. (%)", "forgetting (%)", "seeds",
        f"minus {rows[0]['condition']}, 95 % CI (points)", "p (Holm)",
    ]  # fmt: skip
    cells = [header]
    for row in rows:
        rate = " / ".join(f"{row[key]:.3g}" for key in rates if row[key] is not None) or NONE
        found = [mean_cell(row[f"{name} mean"], row[f"{name} sd"], 1) for name in _METRICS]
        keys = ("difference", "difference low", "difference high", "p (Holm)")
        difference, low, high, p = (np.nan if row[key] is None else row[key] for key in keys)
        shown = [difference_cell(difference, low, high, 1), p_cell(p)]
        result = [f"failed: {row['failed']}"] if row["failed"] else [*found, str(row["seeds"]), *shown]
        cells.append([row["condition"], rate, *result])
    lines = [title(ablation) + ", mean +- sd over seeds", data.attrs["summary"], "", *aligned(cells)]
    declared = ablation.declaration()
    remarks = [note for c in declared["conditions"] for note in c.get("notes", ())] + data.attrs["edges"].splitlines()
    return "\n".join([*lines, *([""] if remarks else []), *remarks])


def grid_rows(ablation: Ablation) -> list[dict[str, Any]]:
    """One dictionary a trial on validation data, in per cent, means over the grid's seeds."""
    data = ablation.dataset
    ends = bool(data.attrs.get("has_ends", True))
    rows = []
    for k in range(data.sizes.get("trial", 0)):
        trial = data.isel(trial=k)
        label, parameter, factor = (trial[f"grid_{n}"].values.item() for n in ("condition", "parameter", "factor"))
        matrices = trial["grid_accuracy"].values
        done = not str(trial["grid_reason"].values)
        own = float(data["factor"].sel(condition=label))
        silent = (
            float(trial["grid_silent"].mean()) if done and "grid_silent" in trial else np.nan
        )  # not kept in earlier files
        rows.append({
            "condition": label, "parameter": parameter, "factor": factor,
            "average accuracy": 100 * float(matrices[:, -1].mean()) if done else None,
            "learning accuracy": 100 * float(np.diagonal(matrices, axis1=1, axis2=2).mean()) if done and ends else None,
            "retained accuracy": (
                100 * float(matrices[:, -1, :-1].mean()) if done and ends and matrices.shape[-1] > 1 else None
            ),
            "without an answer": 100 * silent if np.isfinite(silent) else None,
            "chosen": parameter == data.attrs["learning_rate"] and factor == own,
            "failed": str(trial["grid_reason"].values),
        })  # fmt: skip
    return rows


def grid_text(ablation: Ablation) -> str:
    """The grid: a line a condition with the factors and their average accuracies, the chosen one starred."""
    rows = [r for r in grid_rows(ablation) if r["parameter"] == ablation.dataset.attrs["learning_rate"]]
    if not rows:
        return ""
    attrs = ablation.dataset.attrs
    lines = [f"{attrs['grid_held_out']} data, average accuracy (%) by factor on {attrs['learning_rate']}; * chosen"]
    width = max(len(row["condition"]) for row in rows)
    for label in dict.fromkeys(row["condition"] for row in rows):
        mine = sorted((r for r in rows if r["condition"] == label), key=lambda r: r["factor"])
        lines.append(f"  {label:<{width}}  " + "  ".join(f"{_cell(r):<14}" for r in mine).rstrip())
    if any(map(_silent, rows)):
        lines.append("  (in brackets: % of the tests in which no output neuron spiked, so that there was no answer)")
    return "\n".join(lines)


def _cell(row: dict[str, Any]) -> str:
    """A trial's factor and accuracy."""
    if row["failed"]:
        return f"{row['factor']:.3g}: failed"
    silent = f" ({row['without an answer']:.0f})" if _silent(row) else ""
    return f"{row['factor']:.3g}: {row['average accuracy']:.1f}{'*' * row['chosen']}{silent}"


def _silent(row: dict[str, Any]) -> bool:
    return (row["without an answer"] or 0) >= 1
