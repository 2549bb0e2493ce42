"""The table of an ablation, as text and as comma-separated values, and the table of its grid."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from tacos.measures import metrics
from tacos.measures.statistics import holm, paired_difference

if TYPE_CHECKING:
    from tacos.ablation.result import Ablation

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
    rows = []
    for label in ablation.conditions:
        one = data.sel(condition=label)
        row: dict[str, Any] = {"condition": label, "failed": str(one["reason"].values), "factor": float(one["factor"])}
        row |= {f"{data.attrs['learning_rate']} {p}": float(one["learning_rate"].sel(projection=p))
                for p in map(str, data["projection"].values)}  # fmt: skip
        row["seeds"] = finished[label].sizes["replica"] if label in finished else 0
        for name in _METRICS:
            row[f"{name} mean"], row[f"{name} sd"] = _mean_sd(finished.get(label), name)
        row |= dict.fromkeys(("difference", "difference low", "difference high", "p (Holm)"))
        rows.append({k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()})
    _compare(rows, finished)
    return rows


def _mean_sd(one: Any, name: str) -> tuple[float | None, float | None]:
    if one is None or not (one.attrs.get("has_ends", True) or name == "average_accuracy"):
        return None, None
    try:
        values = 100 * np.asarray(_METRICS[name](one["accuracy"].values))
    except metrics.UndefinedMetric:
        return None, None
    return float(values.mean()), float(values.std(ddof=1)) if values.size > 1 else None


def _compare(rows: list[dict[str, Any]], finished: dict[str, Any]) -> None:
    """Fill in the paired differences to the first row."""
    values = {k: 100 * np.asarray(metrics.average_accuracy(d["accuracy"].values)) for k, d in finished.items()}
    first = rows[0]["condition"]
    compared = [row for row in rows[1:] if first in values and row["condition"] in values and values[first].size > 1]
    differences = [paired_difference(values[row["condition"]], values[first]) for row in compared]
    corrected = holm([d.p for d in differences]).tolist()
    for row, d, p in zip(compared, differences, corrected, strict=True):
        found = {"difference": d.mean, "difference low": d.low, "difference high": d.high, "p (Holm)": p}
        row |= {key: None if np.isnan(value) else value for key, value in found.items()}


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
        f"minus {rows[0]['condition']} (points) [95 % CI]", "p (Holm)",
    ]  # fmt: skip
    cells = [header]
    for row in rows:
        rate = " / ".join(f"{row[key]:.3g}" for key in rates if row[key] is not None) or "-"
        found = [_plus_minus(row, name) for name in _METRICS]
        difference = p = "-"
        if row["difference"] is not None:
            low, high = row["difference low"], row["difference high"]
            interval = "-" if low is None else f"{low:+.1f}, {high:+.1f}"
            difference = f"{row['difference']:+.1f} [{interval}]"
            if row["p (Holm)"] is not None:
                p = f"{row['p (Holm)']:.3f}" if row["p (Holm)"] >= 0.001 else "< 0.001"
        cells.append([row["condition"], rate, *found, str(row["seeds"]), difference, p])
        if row["failed"]:
            cells[-1][2:] = [f"failed: {row['failed']}"]
    widths = [max(len(line[k]) for line in cells if len(line) == len(header)) for k in range(len(header))]
    widths[:2] = [max(len(line[k]) for line in cells) for k in range(2)]
    lines = [title(ablation) + ", mean +- sd over seeds", data.attrs["summary"], ""]
    lines += ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=False)).rstrip() for line in cells]
    declared = ablation.declaration()
    remarks = [note for c in declared["conditions"] for note in c.get("notes", ())] + data.attrs["edges"].splitlines()
    return "\n".join([*lines, *([""] if remarks else []), *remarks])


def _plus_minus(row: dict[str, Any], name: str) -> str:
    mean, sd = row[f"{name} mean"], row[f"{name} sd"]
    return "-" if mean is None else f"{mean:.1f}" + ("" if sd is None else f" +- {sd:.1f}")


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
        rows.append({
            "condition": label, "parameter": parameter, "factor": factor,
            "average accuracy": 100 * float(matrices[:, -1].mean()) if done else None,
            "learning accuracy": 100 * float(np.diagonal(matrices, axis1=1, axis2=2).mean()) if done and ends else None,
            "retained accuracy": (
                100 * float(matrices[:, -1, :-1].mean()) if done and ends and matrices.shape[-1] > 1 else None
            ),
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
        cells = [
            f"{r['factor']:.3g}: " + ("failed" if r["failed"] else f"{r['average accuracy']:.1f}{'*' * r['chosen']}")
            for r in mine
        ]
        lines.append(f"  {label:<{width}}  " + "  ".join(f"{cell:<14}" for cell in cells).rstrip())
    return "\n".join(lines)


def csv_text(rows: list[dict[str, Any]]) -> str:
    """Rows as comma-separated values in full precision."""
    if not rows:
        return ""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
