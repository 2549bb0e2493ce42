"""What an ablation is asked for, as it is written into its folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from tacos.ablation.conditions import Condition
from tacos.ablation.reading import DECLARATION, GRID, Ablation
from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.runs.folder import FORMAT, differences
from tacos.runs.storage import write_text
from tasks import StreamLike, is_stream


def described(
    network: Network,
    stream: StreamLike,
    validation: StreamLike,
    read: Sequence[Condition],
    seeds: Sequence[int],
    grid_seeds: Sequence[int],
    learning_rate: str,
    **grid: Any,
) -> dict[str, Any]:
    """All that is needed to know what was asked; ``grid``: factors, rounds and start."""
    n_trials = len(grid["factors"]) + 2 * grid["rounds"]
    return {
        "format": FORMAT,
        "seeds": seeds,
        "grid_seeds": grid_seeds,
        "learning_rate": learning_rate,
        **grid,
        "n_trials": n_trials,
        "rates": _owners(network, learning_rate),
        "scenario": stream.scenario,
        "stream_name": stream.name,
        "held_out": str(stream.held_out),
        "grid_held_out": str(validation.held_out),
        "chance": float(np.mean([stream.chance(task) for task in range(stream.n_tasks)])),
        "summary": _summary(learning_rate, n_trials, len(grid_seeds), network, stream, validation),
        "stream": stream.to_dict(),
        "network": network.to_dict(),
        "conditions": [{"label": c.label, "network": _digest(c.network), "notes": list(c.notes)} for c in read],
    }


def _owners(network: Network, learning_rate: str) -> list[str]:
    """Whose parameter the learning rate is."""
    owner, dot, _ = learning_rate.rpartition(".")
    plastic = network.plastic_projections()
    return [owner] if dot else [p.name for p in plastic if learning_rate in p.synapse.all_parameters()]


def declare_ablation(path: Path, declaration: dict[str, Any]) -> None:
    """Write what is asked for, or refuse it."""
    refuse_other(path, declaration)
    write_text(path / DECLARATION, tomli_w.dumps(declaration, multiline_strings=True))


def refuse_other(path: Path, declaration: dict[str, Any]) -> None:
    """Refuse a folder with something else. Conditions may come and go, seeds may be added."""
    if (path / DECLARATION).exists():
        known, asked = Ablation(path).declaration(), json.loads(json.dumps(declaration))
        before = {c["label"]: c["network"] for c in known.pop("conditions")}
        now = {c["label"]: c["network"] for c in asked.pop("conditions")}
        different = differences(known, asked)
        different += [f"condition '{label}'" for label in before if now.get(label, before[label]) != before[label]]
        if different == ["seeds"]:
            if set(known["seeds"]) <= set(asked["seeds"]):
                return
            seeds = ", ".join(map(str, known["seeds"]))
            raise RunError(
                f"'{path}' was run with seeds {seeds}; name these, and more if you like, or choose another --out."
            )
        if different:
            raise RunError(
                f"'{path}' already holds a different ablation (another {', '.join(different)}); choose another --out."
            )
    elif path.exists() and not {p.name for p in path.iterdir()} <= {GRID, ".lock"}:
        raise RunError(f"'{path}' already exists and is not the folder of an ablation; choose another --out.")


def validation_stream(stream: StreamLike, samples: int | None) -> Any:
    """The same stream, tested on training images that are not trained on."""
    if not is_stream(stream):
        raise RunError("An ablation chooses learning rates on validation data, so it needs a stream of tasks.")
    if stream.held_out != "test":
        raise RunError("Give a stream with held_out='test': validation data are for the choice of learning rates.")
    changed = {"held_out": "validation"} | ({"test_samples": samples} if samples is not None else {})
    return stream.with_options(**changed)


def _summary(
    learning_rate: str, n_trials: int, grid_seeds: int, network: Network, stream: StreamLike, validation: StreamLike
) -> str:
    names = dict.fromkeys(name for p in network.plastic_projections() for name in (p.source, p.target))
    sizes = "-".join(str(network.population(name).size) for name in names)
    held_out = sum(len(validation.held_out_presentations(task).targets) for task in range(validation.n_tasks))
    fewer = validation.n_presentations
    shorter = f" of {fewer} presentations" if fewer != stream.n_presentations else ""  # some images validate instead
    return (
        f"{sizes}, {stream.n_presentations} presentations; {learning_rate} of each condition chosen on {held_out} "
        f"validation images, {n_trials} trials of {grid_seeds} seed{'s' * (grid_seeds > 1)} each{shorter}"
    )


def _digest(network: Network) -> str:
    return hashlib.sha256(json.dumps(network.to_dict(), sort_keys=True).encode()).hexdigest()[:16]
