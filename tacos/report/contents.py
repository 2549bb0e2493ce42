"""What a folder has to tell: the same tables and figures that its commands print and draw."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from synapses.language import Reference
from tacos.ablation.reading import DECLARATION as OF_ABLATION
from tacos.ablation.reading import is_ablation, load_ablation
from tacos.figures import figures
from tacos.folders import comparisons, is_protocol, is_sweep, load
from tacos.networks.network import Network
from tacos.protocols import Outcome
from tacos.sweeps import Sweep
from tacos.sweeps.sweep import DECLARATION as OF_SWEEP


@dataclass(frozen=True)
class Contents:
    """What a page shows.

    Attributes
    ----------
    title, sentence : str
        What it is, and what was run.
    tables : dict
        ``{heading: text}``.
    figures : dict
        Matplotlib figures by name.
    declaration : str
        What was asked for, as TOML; empty for a comparison, whose runs have theirs.
    environment : dict
        Versions, hardware and the command; empty if nothing was kept.
    again : str
        How to run it again.
    references : tuple of Reference
    """

    title: str
    sentence: str
    tables: Mapping[str, str]
    figures: Mapping[str, Figure]
    declaration: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict)
    again: str = ""
    references: tuple[Reference, ...] = ()


def contents(path: Path) -> Contents:
    """What there is to tell of a run, a protocol, an ablation, a comparison or a sweep.

    Raises
    ------
    RunError
        If the folder holds none of them, or nothing has finished.
    """
    if is_ablation(path):
        return _of_ablation(path)
    if is_sweep(path):
        return _of_sweep(path)
    if found := comparisons(path):
        return _of_comparisons(path, found)
    return _of_run(path)


def _of_run(path: Path) -> Contents:
    result = load(path)
    declaration, folder = result.folder.declaration(), result.folder
    if is_protocol(path):
        outcome = Outcome(result)
        drawn, table, what = {"protocol": outcome.figure()}, str(outcome), outcome.protocol.name
    else:
        drawn, table = figures(result), str(result)
        what = f"{result.dataset.attrs['stream']}, {result.dataset.attrs['scenario']}"
    seeds = declaration["seeds"]
    sentence = f"{what}; {len(seeds)} seed{'s' * (len(seeds) != 1)}; {folder.state()}."
    network = None if "baseline" in declaration else folder.network()
    again = "put the declaration below into the file run.toml of an empty folder, and run: tacos resume FOLDER"
    if "digest" in declaration["stream"]:  # the data are the user's own
        again = again.replace("tacos resume FOLDER", 'tacos.resume("FOLDER", stream=...) with the same data')
    return Contents(
        result.label, sentence, {"Results": table}, drawn, (path / "run.toml").read_text(), _environment(path), again,
        _references(network),
    )  # fmt: skip


def _of_ablation(path: Path) -> Contents:
    from tacos.ablation.table import grid_text

    ablation = load_ablation(path)
    declaration = ablation.declaration()
    environment = _environment(path)
    done = len(ablation.finished())
    network = Network.from_dict(declaration["network"])
    return Contents(
        f"Ablation {path.name}",
        f"{done} of {len(ablation.conditions)} conditions, each at its own best learning rate.",
        {"Conditions": str(ablation), "Learning rates, on validation data": grid_text(ablation)}, ablation.figures(),
        (path / OF_ABLATION).read_text(), environment, environment.get("command", ""), _references(network),
    )  # fmt: skip


def _of_comparisons(path: Path, found: Mapping[str, Any]) -> Contents:
    environment = _environment(path)
    tables: dict[str, str] = {}
    drawn: dict[str, Figure] = {}
    for name, one in found.items():
        tables[name.capitalize()] = str(one)
        tables[f"{name.capitalize()}: trials"] = one.grids()
        drawn |= one.figures(name)
    first = next(iter(found.values()))
    return Contents(
        f"Comparison {path.name}", f"{first.title}.", tables, drawn, "", environment, environment.get("command", "")
    )


def _of_sweep(path: Path) -> Contents:
    sweep = Sweep(path)
    environment = _environment(path)
    runs = [sweep.path / "cells" / cell["folder"] for cell in sweep.cells]
    network = load(runs[0]).folder.network()
    return Contents(
        f"Sweep {path.name}", f"{len(runs)} cells over {', '.join(sweep.declaration['axes'])}.", {"Cells": str(sweep)},
        {"sweep": sweep.figure()}, (path / OF_SWEEP).read_text(), environment, environment.get("command", ""),
        _references(network),
    )  # fmt: skip


def _environment(path: Path) -> dict[str, Any]:
    """Of the first run in a folder that can be read."""
    for file in sorted(path.glob("**/environment.json")):
        try:
            found: dict[str, Any] = json.loads(file.read_text())
        except (OSError, ValueError):
            continue
        return found
    return {}


def _references(network: Network | None) -> tuple[Reference, ...]:
    if network is None:
        return ()
    return tuple(dict.fromkeys(r for p in network.plastic_projections() for r in p.synapse.sources()))
