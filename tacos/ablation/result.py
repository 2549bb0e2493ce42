"""What came out of an ablation, from its folder alone."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tacos.ablation.grid import varied
from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.runs.folder import FORMAT, RunFolder, folder_name
from tacos.runs.result import Result
from tacos.runs.storage import write_atomically
from tacos.tuning import Outcome

DECLARATION = "ablation.toml"
RESULTS = "ablation.nc"
#: The folder of the trials; those that another ablation has run are found there.
GRID = "grid"


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
        if not (self.path / RESULTS).exists():
            self.declaration()
            raise RunError(f"'{self.path}' has no results yet; the call that began it goes on where it was.")
        with xr.open_dataset(self.path / RESULTS, engine="h5netcdf") as stored:
            return stored.load()

    def declaration(self) -> dict[str, Any]:
        """What was asked for."""
        try:
            data = tomllib.loads((self.path / DECLARATION).read_text())
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(f"'{self.path}' is not the folder of an ablation: it has no {DECLARATION}.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RunError(f"'{self.path / DECLARATION}' cannot be read: {error}.") from error
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

    def save_figures(self, folder: Path | None = None) -> list[Path]:
        """Write all figures as PNG and PDF; the paths of the PNGs."""
        from tacos.figures.of_ablation import figures
        from tacos.plots import save

        folder = folder or self.path / "figures"
        return [save(figure, folder / name)[0] for name, figure in figures(self).items()]

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


def save_ablation(
    path: Path,
    declaration: Mapping[str, Any],
    trials: Mapping[str, Sequence[Outcome]],
    chosen: Mapping[str, Outcome | None],
    networks: Mapping[str, Network],
    tests: Mapping[str, Result | str],
) -> None:
    """Write ``ablation.nc``.

    Parameters
    ----------
    path : Path
        Folder of the ablation.
    declaration : dict
        As in ``ablation.toml``, and ``edges``: sentences about grids that were too narrow; ``has_ends``: whether
        the stream's tasks end.
    trials : dict
        ``{condition: outcomes}`` on validation data.
    chosen : dict
        ``{condition: outcome}`` with its learning rate; None where all failed.
    networks : dict
        ``{condition: network}`` with the learning rate that was chosen.
    tests : dict
        ``{condition: result, or why there is none}``.
    """
    labels = [c["label"] for c in declaration["conditions"]]
    done = {label: r.dataset for label in labels if isinstance(r := tests.get(label), Result)}
    if done:
        along = xr.Variable("condition", list(done))
        bare = [d.drop_attrs(deep=False).drop_encoding() for d in done.values()]
        dataset = xr.concat(bare, along, data_vars="all", coords="minimal", compat="override", join="outer")
        dataset = dataset.reindex(condition=labels)
    else:
        dataset = xr.Dataset(coords={"condition": labels})
    rate = declaration["learning_rate"]
    reasons = ["" if label in done else str(tests.get(label, "not run yet")) for label in labels]
    factors = [c.trial.constants[rate] if (c := chosen.get(label)) else np.nan for label in labels]
    dataset["reason"] = ("condition", reasons)
    dataset["factor"] = ("condition", factors, {"units": "1", "long_name": "factor on the learning rate as given"})
    rates = _rates(labels, networks, declaration)
    dataset["learning_rate"] = (
        ("condition", "projection"), rates, {"units": "1", "long_name": "learning rate chosen"}
    )  # fmt: skip
    dataset = dataset.assign_coords(projection=list(declaration["rates"]))
    flat = [outcome for label in labels for outcome in trials.get(label, ())]
    if flat:
        dataset = dataset.assign(_trial_variables(flat, list(declaration["grid_seeds"])))
    facts = ("scenario", "stream_name", "held_out", "grid_held_out", "chance", "learning_rate", "n_trials", "summary")
    dataset.attrs = {"stream" if k == "stream_name" else k: declaration[k] for k in facts}
    dataset.attrs |= {"edges": "\n".join(declaration["edges"]), "has_ends": int(declaration["has_ends"])}
    content = dataset.to_netcdf(engine="h5netcdf")
    write_atomically(path / RESULTS, lambda file: file.write(content))


def _rates(labels: Sequence[str], networks: Mapping[str, Network], declaration: Mapping[str, Any]) -> np.ndarray:
    """Learning rate of each projection in each condition, NaN where there is none."""
    rates = np.full((len(labels), len(declaration["rates"])), np.nan)
    for k, label in enumerate(labels):
        if network := networks.get(label):
            known = {p.name: p.synapse.all_parameters() for p in network.plastic_projections()}
            for q, projection in enumerate(declaration["rates"]):
                parameter = known.get(projection, {}).get(declaration["learning_rate"])
                rates[k, q] = parameter.value if parameter else np.nan
    return rates


def _trial_variables(outcomes: Sequence[Outcome], seeds: Sequence[int]) -> dict[str, Any]:
    size = next((o.accuracy.shape[1] for o in outcomes if o.accuracy is not None), 1)
    empty = np.full((len(seeds), size, size), np.nan)
    accuracy = np.stack([empty if o.accuracy is None else o.accuracy for o in outcomes])
    return {
        "grid_accuracy": (
            ("trial", "grid_replica", "grid_trained_on", "grid_tested_on"), accuracy,
            {"units": "1", "long_name": "fraction of right answers on the data that the grid was tested on"},
        ),
        "grid_condition": ("trial", [o.trial.subject for o in outcomes]),
        "grid_parameter": ("trial", [varied(o.trial)[0] for o in outcomes]),
        "grid_factor": ("trial", [varied(o.trial)[1] for o in outcomes]),
        "grid_reason": ("trial", [o.reason for o in outcomes]),
        "grid_seed": ("grid_replica", list(seeds)),
    }  # fmt: skip
