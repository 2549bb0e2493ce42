"""What came out of a comparison: rows, the table, and the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tacos.comparison.plan import FLAGSHIP
from tacos.errors import RunError
from tacos.measures.metrics import UndefinedMetric, average_accuracy, forgetting, learning_accuracy
from tacos.measures.paired import NONE, aligned, csv_text, difference_cell, mean_cell, mean_sd, p_cell, paired
from tacos.runs.result import Result
from tacos.runs.storage import write_json, write_text
from tacos.shown import shown_as_printed
from tacos.tuning import Outcome, nothing_chosen
from tacos.tuning.strategies import edges

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUPS = {
    "flagship": "single pass",
    "free": "told nothing",
    "boundaries": "told when a task ends",
    "stored": "keeps images of earlier tasks",
    "ceiling": "ceilings",
}

#: What a trial is noted with besides its constants.
OUTCOME = ("accuracy", "silent", "reason")

#: The share of tests without an answer from which on it is said.
_OFTEN = 0.01


@dataclass
class Row:
    """A method on a network.

    Attributes
    ----------
    label, network : str
    group : str
        A key of `GROUPS`.
    epochs : int
    boundaries, task_labels, stores_data, keeps_matrix : bool
        What it needs to know in training, what at test, and whether it keeps images, or a matrix over all features.
    accuracy, learning, forgetting : dict
        By seed, fractions; empty where not measured or undefined.
    silent : dict
        By seed, the fraction of tests at the end in which no output neuron spiked.
    chosen : dict
        The constants that validation data chose.
    trials : list of dict
        Each with its constants, ``accuracy`` on validation data and ``silent``, the fraction of tests without an answer
        if it is not zero; or the ``reason`` of its failure.
    reason : str
        Why the row failed, or ''.
    """

    label: str
    network: str
    group: str
    epochs: int = 1
    boundaries: bool = False
    task_labels: bool = False
    stores_data: bool = False
    keeps_matrix: bool = False
    accuracy: dict[int, float] = field(default_factory=dict)
    learning: dict[int, float] = field(default_factory=dict)
    forgetting: dict[int, float] = field(default_factory=dict)
    silent: dict[int, float] = field(default_factory=dict)
    chosen: dict[str, Any] = field(default_factory=dict)
    trials: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""

    @property
    def name(self) -> str:
        """Method, network and epochs."""
        return f"{self.label}, {self.network}, {_epochs(self)}"

    def tried(self, outcomes: Sequence[Outcome], best: Outcome | None) -> None:
        """Note what came out of the trials, and what is chosen."""
        for outcome in outcomes:
            found = {"reason": outcome.reason} if outcome.accuracy is None else {"accuracy": outcome.score}
            silent = 0.0 if outcome.silent is None else float(outcome.silent.mean())
            self.trials.append({**outcome.trial.constants, **found, **({"silent": silent} if silent else {})})
        if best:
            self.chosen = dict(best.trial.constants)
        else:
            self.reason = nothing_chosen(outcomes)

    def measure(self, results: Iterable[Result]) -> None:
        """Read the metrics of all finished seeds of runs."""
        for result in results:
            finished = result.finished()
            seeds = [int(seed) for seed in result.dataset["seed"].values[finished]]
            silent = result.dataset["silent"].values[finished, -1].mean(axis=-1)
            self.silent.update(zip(seeds, map(float, silent), strict=True))
            matrices = result.accuracy_matrix[finished]
            metrics = {"accuracy": average_accuracy, "learning": learning_accuracy, "forgetting": forgetting}
            if not result.dataset.attrs.get("has_ends", True):
                metrics = {"accuracy": average_accuracy}
            for name, metric in metrics.items():
                try:
                    values = np.atleast_1d(np.asarray(metric(matrices)))
                except UndefinedMetric:
                    continue
                getattr(self, name).update(zip(seeds, map(float, values), strict=True))


@shown_as_printed
@dataclass
class Comparison:
    """All rows; the first is what is compared with the others, by default the flagship."""

    title: str
    rows: list[Row]
    chance: float | None = None

    @property
    def flagship(self) -> Row:
        """The first row."""
        return self.rows[0]

    def differences(self) -> pd.DataFrame:
        """Means, and the flagship minus each baseline over paired seeds, by number of the row."""
        baselines = [k for k, row in enumerate(self.rows) if row.group not in ("flagship", "ceiling")]
        return paired({k: row.accuracy for k, row in enumerate(self.rows)}, 0, baselines, minus=True)

    def to_dataframe(self) -> pd.DataFrame:
        """A row for each seed of each method; fractions, not per cent, NaN where undefined or not measured.

        Columns ``method``, ``network``, ``epochs``, ``group``, ``boundaries``, ``task_labels``, ``stores_data``,
        ``keeps_matrix``, ``seed``, ``accuracy`` (average at the end), ``learning_accuracy`` and ``forgetting``.
        """
        facts = ("network", "epochs", "group", "boundaries", "task_labels", "stores_data", "keeps_matrix")
        rows = [
            {"method": row.label, **{name: getattr(row, name) for name in facts}, "seed": seed, "accuracy": accuracy,
             "learning_accuracy": row.learning.get(seed, np.nan), "forgetting": row.forgetting.get(seed, np.nan)}
            for row in self.rows for seed, accuracy in row.accuracy.items()
        ]  # fmt: skip
        columns = ["method", *facts, "seed", "accuracy", "learning_accuracy", "forgetting"]
        return pd.DataFrame(rows, columns=columns)

    def table(self) -> str:
        """One line a row, in the groups of what it needs to know."""
        table = self.differences()
        head = ("method", "network", "epochs", "boundaries", "task labels", "keeps", "accuracy", "learning",
                "forgetting", "seeds", "trials", f"{self.flagship.label} - method, 95 % CI", "p (Holm)")  # fmt: skip
        under = ("", "", "", "in training", "at test", "", "(%)", "accuracy (%)", "(%)", "", "", "(points)", "")
        lines: list[tuple[str, ...]] = [head, under]
        failed = []
        for k, row in enumerate(self.rows):
            if row.reason:
                some = "some seeds " if row.accuracy else ""
                failed.append(f"{row.name}: {some}failed: {row.reason}")
            if row.reason and not row.accuracy:
                continue
            found = table.loc[k]
            lines.append((
                row.label, row.network, str(row.epochs), _yes(row.boundaries), _yes(row.task_labels), _kept(row),
                *(mean_cell(*mean_sd(values.values())) for values in (row.accuracy, row.learning, row.forgetting)),
                str(len(row.accuracy)), str(len(row.trials) or NONE),
                difference_cell(found["difference"], found["low"], found["high"]), p_cell(found["p"]),
            ))  # fmt: skip
        return "\n".join([self.title, *aligned(lines), *failed, *self.verdict(), *self._silent(), *self._edges()])

    def verdict(self) -> list[str]:
        """Which rows without stored images the flagship is above, which are above it, and which are undecided."""
        lists: dict[str, list[str]] = {"above": [], "below": [], "undecided against": []}
        for k, found in self.differences().iterrows():
            row = self.rows[int(str(k))]
            if found["pairs"] and not row.stores_data:
                decided = found["p"] < 0.05 and not found["low"] <= 0 <= found["high"]
                where = "undecided against" if not decided else "above" if found["difference"] > 0 else "below"
                lists[where].append(f"{row.label} ({row.network.split()[0]}, {_epochs(row)})")
        total = sum(map(len, lists.values()))
        who = "The flagship" if self.flagship.label == FLAGSHIP else self.flagship.label
        return [
            f"{who} is {where} {len(names)} of {total} rows without stored images"
            + (f": {', '.join(names)}" if 0 < len(names) < total and where != "above" else "")
            for where, names in lists.items()
            if total
        ]

    def _edges(self) -> list[str]:
        """Rows whose constants lie at the edge of what was tried."""
        found = [f"{row.name} ({', '.join(names)})" for row in self.rows if (names := _at_edges(row))]
        return (
            [f"Chosen at the edge of what was tried, better ones may lie beyond: {'; '.join(found)}"] if found else []
        )

    def _silent(self) -> list[str]:
        """Rows that often had no answer."""
        shares = {row.name: mean_sd(row.silent.values())[0] for row in self.rows if row.silent}
        found = [f"{name} in {100 * share:.0f} % of the tests" for name, share in shares.items() if share >= _OFTEN]
        return [f"Without an answer, since no output neuron spiked: {'; '.join(found)}"] if found else []

    def grids(self) -> str:
        """Every trial on validation data, and the number of trials of each row."""
        lines = ["Trials on validation data (accuracy in %; * chosen)"]
        for row in self.rows:
            if row.trials:
                constants = _constants(row)
                at_edges = ", ".join(_at_edges(row))
                where = f", chosen at the edge of what was tried: {at_edges}" if at_edges else ""
                lines.append(f"{row.label}, {row.network}, {_epochs(row)}: {len(row.trials)} trials{where}")
                for trial, tried in zip(row.trials, constants, strict=True):
                    said = f"{100 * trial['accuracy']:.1f}" if "accuracy" in trial else f"failed: {trial['reason']}"
                    silent = trial.get("silent", 0.0)
                    said += f" (without an answer: {100 * silent:.0f} %)" * (silent >= _OFTEN)
                    named = ", ".join(f"{k} {v:g}" if isinstance(v, float) else f"{k} {v}" for k, v in tried.items())
                    lines.append(f"  {'*' if tried == row.chosen else ' '} {named}: {said}")
        return "\n".join(lines)

    def save(self, folder: Path, name: str = "comparison") -> None:
        """Table and grids as text, rows as JSON, trials as CSV, and the figure as PNG and PDF."""
        write_text(folder / f"{name}.txt", self.table() + "\n")
        trials = "trials" if name == "comparison" else f"{name}-trials"
        write_text(folder / f"{trials}.txt", self.grids() + "\n")
        write_json(folder / f"{name}.json", asdict(self))
        tried = [
            {"method": row.label, "network": row.network, "epochs": row.epochs} | trial
            for row in self.rows
            for trial in row.trials
        ]
        first = ["method", "network", "epochs", "optimizer", "learning_rate", "strength", "eta"]
        others = dict.fromkeys(key for trial in tried for key in trial if key not in (*first, *OUTCOME))
        write_text(folder / f"{trials}.csv", csv_text(tried, [*first, *others, *OUTCOME]))
        if any(row.accuracy for row in self.rows):
            self.save_figure(folder, name)

    def save_figure(self, folder: Path, name: str = "comparison", **how: Any) -> Path:
        """Write the figure, with the options of :func:`tacos.plots.save`; the file in its first format."""
        from tacos.figures import save_all

        return save_all(self.figures(name), folder, **how)[0]

    def figures(self, name: str = "comparison") -> dict[str, Figure]:
        """Its Matplotlib figure, by the name of its files."""
        from tacos.figures import comparison_figures

        return comparison_figures(name, [asdict(row) for row in self.rows], GROUPS, self.title, self.chance)

    def __str__(self) -> str:
        return self.table()


def load(folder: str | Path, name: str = "comparison") -> Comparison:
    """A comparison from its folder.

    The name is that of the files: "comparison", or "draws" for drawn streams, followed by the title of what is compared
    if it is not the flagship, as in "comparison-l2".
    """
    path = Path(folder) / f"{name}.json"
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(f"'{folder}' is not the folder of a finished comparison: it has no {path.name}.") from None
    except ValueError as error:
        raise RunError(f"'{path}' cannot be read: {error}.") from error
    try:
        rows = [Row(**row) for row in found["rows"]]
        for row in rows:  # JSON has made texts of the seeds
            for name in ("accuracy", "learning", "forgetting", "silent"):
                setattr(row, name, {int(seed): value for seed, value in getattr(row, name).items()})
        return Comparison(found["title"], rows, found["chance"])
    except (KeyError, TypeError):
        raise RunError(f"'{path}' is not the outcome of a comparison.") from None


def _constants(row: Row) -> list[dict[str, Any]]:
    """What was tried."""
    return [{k: v for k, v in trial.items() if k not in OUTCOME} for trial in row.trials]


def _at_edges(row: Row) -> list[str]:
    """The chosen constants that are the smallest or largest of those tried."""
    found = edges(row.chosen, _constants(row)) if row.trials else {}
    return [name for name, (_, tried) in found.items() if len(tried) > 1]


def _kept(row: Row) -> str:
    return "images" if row.stores_data else "matrix" if row.keeps_matrix else "no"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _epochs(row: Row) -> str:
    return f"{row.epochs} epoch" + ("s" if row.epochs != 1 else "")
