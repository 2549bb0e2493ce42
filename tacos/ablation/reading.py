"""What came out of an ablation, from its folder alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from tacos.errors import RunError
from tacos.runs.folder import FORMAT, RunFolder, folder_name
from tacos.runs.labels import RESULTS, labelled, tidy
from tacos.runs.result import Result
from tacos.runs.storage import read_toml
from tacos.shown import shown_as_printed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DECLARATION = "ablation.toml"
STORED = "ablation.nc"
#: The folder of the trials; those that another ablation has run are found there.
GRID = "grid"


@shown_as_printed
@dataclass(frozen=True)
class Ablation:
    """A finished or unfinished ablation.

    ``ablation.toml`` says what was asked, ``ablation.nc`` what came out, ``table.txt``, ``table.csv`` and ``grid.csv``
    say the same for readers; ``grid`` and ``test`` hold the runs.

    Attributes
    ----------
    path : Path
    """

    path: Path

    @cached_property
    def dataset(self) -> xr.Dataset:
        """Accuracies, silent fractions and rates by condition; the trials of the grid, as ``grid_...`` by trial."""
        if not (self.path / STORED).exists():
            self.declaration()
            raise RunError(f"'{self.path}' has no results yet; the call that began it goes on where it was.")
        with xr.open_dataset(self.path / STORED, engine="h5netcdf") as stored:
            return labelled(stored.load(), RESULTS)

    def declaration(self) -> dict[str, Any]:
        """What was asked for."""
        data = read_toml(
            self.path / DECLARATION, lambda: f"'{self.path}' is not the folder of an ablation: it has no {DECLARATION}."
        )
        if data.get("format", 0) > FORMAT:
            raise RunError(f"'{self.path}' was written by a newer version; update TACOS.")
        return data

    def run(self, condition: str) -> Result:
        """The run of a condition on the held-out data, with its checkpoints and records."""
        labels = [c["label"] for c in self.declaration()["conditions"]]
        if condition not in labels:
            raise RunError(f"'{self.path}' has no condition '{condition}'; there are {', '.join(labels)}.")
        return Result(RunFolder(self.path / "test" / folder_name(condition)))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Labels of all conditions, the full network first."""
        return tuple(str(label) for label in self.dataset["condition"].values)

    def finished(self) -> dict[str, xr.Dataset]:
        """Results on the held-out data of the conditions that have finished."""
        done = {}
        for label in self.conditions:
            if not str(self.dataset["reason"].sel(condition=label).values):
                one = self.dataset.drop_dims("trial", errors="ignore").sel(condition=label)
                done[label] = one.assign_attrs(condition=label)
        return done

    def to_dataframe(self) -> pd.DataFrame:
        """Accuracies as of :meth:`tacos.Result.to_dataframe`, of all conditions, with their ``factor``."""
        found = tidy(self.dataset)
        found.insert(1, "factor", found["condition"].map(self.dataset["factor"].to_series()))
        return found

    def figures(self) -> dict[str, Figure]:
        """All Matplotlib figures by name."""
        from tacos.figures import ablation_figures
        from tacos.networks.network import Network

        full = Network.from_dict(self.declaration()["network"])
        return ablation_figures(self.dataset, self.finished(), full, self.run)

    def save_figures(self, folder: Path | None = None, **how: Any) -> list[Path]:
        """Write all figures, with the options of :func:`tacos.plots.save`; the file of each in its first format."""
        from tacos.figures import save_all

        return save_all(self.figures(), folder or self.path / "figures", **how)

    def __str__(self) -> str:
        from tacos.ablation.table import ablation_text

        return ablation_text(self)


def load_ablation(path: str | Path) -> Ablation:
    """The ablation in a folder."""
    ablation = Ablation(Path(path))
    ablation.declaration()
    return ablation


def is_ablation(path: str | Path) -> bool:
    """Whether a folder holds an ablation."""
    return (Path(path) / DECLARATION).exists()
