"""What came out of an ablation, written into its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tacos.ablation.grid import varied
from tacos.ablation.reading import STORED
from tacos.networks.network import Network
from tacos.runs.labels import RESULTS, labelled
from tacos.runs.result import Result
from tacos.runs.storage import netcdf, write_atomically
from tacos.tuning import Outcome


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
    dataset["factor"] = ("condition", factors)
    dataset["learning_rate"] = (("condition", "projection"), _rates(labels, networks, declaration))
    dataset = dataset.assign_coords(projection=list(declaration["rates"]))
    flat = [outcome for label in labels for outcome in trials.get(label, ())]
    if flat:
        dataset = dataset.assign(_trial_variables(flat, list(declaration["grid_seeds"])))
    facts = ("scenario", "stream_name", "held_out", "grid_held_out", "chance", "learning_rate", "n_trials", "summary")
    dataset.attrs = {"stream" if k == "stream_name" else k: declaration[k] for k in facts}
    dataset.attrs |= {"edges": "\n".join(declaration["edges"]), "has_ends": int(declaration["has_ends"])}
    content = netcdf(labelled(dataset, RESULTS))
    write_atomically(path / STORED, lambda file: file.write(content))


def _rates(labels: Sequence[str], networks: Mapping[str, Network], declaration: Mapping[str, Any]) -> np.ndarray:
    """What is chosen of each owner in each condition, NaN where there is none."""
    rates = np.full((len(labels), len(declaration["rates"])), np.nan)
    for k, label in enumerate(labels):
        if network := networks.get(label):
            name = declaration["learning_rate"].rpartition(".")[2]
            for q, owner in enumerate(declaration["rates"]):
                key = f"{owner}.{name}"
                rates[k, q] = network.parameter(key) if network.has_parameter(key) else np.nan
    return rates


def _trial_variables(outcomes: Sequence[Outcome], seeds: Sequence[int]) -> dict[str, Any]:
    size = next((o.accuracy.shape[1] for o in outcomes if o.accuracy is not None), 1)
    empty = np.full((len(seeds), size, size), np.nan)
    unknown = [np.nan] * len(seeds)
    accuracy = np.stack([empty if o.accuracy is None else o.accuracy for o in outcomes])
    return {
        "grid_accuracy": (("trial", "grid_replica", "grid_trained_on", "grid_tested_on"), accuracy),
        "grid_silent": (("trial", "grid_replica"), [unknown if o.silent is None else o.silent for o in outcomes]),
        "grid_condition": ("trial", [o.trial.subject for o in outcomes]),
        "grid_parameter": ("trial", [varied(o.trial)[0] for o in outcomes]),
        "grid_factor": ("trial", [varied(o.trial)[1] for o in outcomes]),
        "grid_reason": ("trial", [o.reason for o in outcomes]),
        "grid_seed": ("grid_replica", list(seeds)),
    }
