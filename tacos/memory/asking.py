"""The memory of models of the library, exact and simulated, in one call; and kept in a folder with figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import synapses as library
from synapses import Synapse, title
from synapses.language.values import said, whole
from tacos.backends import Choice
from tacos.errors import RunError
from tacos.memory.decay import Curve, exact_curve
from tacos.memory.drive import Drive, named
from tacos.memory.exact import exact, usual
from tacos.memory.storing import quick, simulated_curve, working_drive
from tacos.plots import style
from tacos.plots.memory import memory_decay, memory_map
from tacos.runs.storage import write_text
from tacos.shown import shown_as_printed


@shown_as_printed
@dataclass(frozen=True, eq=False)
class Memory:
    """Curves of one or several models.

    Attributes
    ----------
    curves : tuple of Curve
        Exact where a model is solved, simulated where one was asked for or there is no other.
    asked : dict
        What was asked, plain data.
    """

    curves: tuple[Curve, ...]
    asked: dict[str, Any]

    def __str__(self) -> str:
        head = f"{'model':<34}{'':<11}{'initial SNR':>12}{'lifetime':>14}"
        rows = [f"{curve.label:<34}{curve.kind:<11}{curve.initial:>12.4g}{_life(curve):>14}" for curve in self.curves]
        synapses = self.asked["synapses"]
        return "\n".join([f"{synapses} synapses; lifetimes in patterns, until the SNR is one", head, *rows])

    def save(self, out: str | Path) -> Path:
        """Write ``memory.csv``, ``asked.json``, ``memory.txt``, and both figures as PNG and PDF; the folder."""
        folder = Path(out)
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(("model", "kind", "synapses", "age", "signal", "error", "noise", "snr"))
        for curve in self.curves:
            error = curve.error if hasattr(curve.error, "__len__") else [curve.error] * len(curve.ages)
            for row in zip(curve.ages, curve.signal, error, curve.noise, curve.snr, strict=True):
                table.writerow((curve.label, curve.kind, curve.synapses, *map(repr, map(float, row))))
        write_text(folder / "memory.csv", text.getvalue())
        found = [
            {
                "model": c.label,
                "kind": c.kind,
                "initial": c.initial,
                "lifetime": c.lifetime if c.lifetime < float("inf") else None,  # JSON has no infinity
                **c.about,
            }
            for c in self.curves
        ]
        write_text(folder / "asked.json", json.dumps({**self.asked, "found": found}, indent=1))
        write_text(folder / "memory.txt", f"{self}\n")
        style.save(memory_decay(self.curves), folder / "memory")
        style.save(memory_map(self.curves), folder / "memory_map")
        return folder


def memory(
    models: str | Synapse | Sequence[str | Synapse] | Mapping[str, Synapse],
    synapses: int = 10_000,
    patterns: int = 500,
    *,
    simulate: bool | None = None,
    drive: str | Drive | None = None,
    simulated: int | None = None,
    settle: int | None = None,
    seed: int = 0,
    choice: Choice | None = None,
) -> Memory:
    """How well models remember a random pattern that is followed by others.

    Parameters
    ----------
    models : name, Synapse, several of either, or {label: Synapse}
        A name may have options: ``"cascade:n=5,x=0.4"``.
    synapses : int
        How many store a pattern: N.
    patterns : int
        Of a simulation: how many are stored and followed.
    simulate : bool, optional
        True simulates every model, False none; if not given, those without an exact solution.
    drive : str or Drive, optional
        See :mod:`tacos.memory.drive`; the first that works if not given.
    simulated, settle, seed : int, optional
        See :func:`tacos.memory.storing.simulated_curve`.
    choice : Choice, optional
        What runs simulations; PyTorch in double precision if not given.

    Raises
    ------
    RunError
        If a model cannot be driven by spikes.
    """
    synapses = whole(synapses, "The number of synapses is a whole number of at least 2", 2, error=RunError)
    chosen = named(drive) if isinstance(drive, str) else drive
    choice = choice or quick()
    curves = []
    asked = _models(models)
    for label, model in asked.items():
        solved = exact(model, chosen)
        if solved is not None:
            curves.append(exact_curve(solved, synapses, label))
        elif simulate is False:
            raise RunError(f"'{label}' has no exact solution; it can only be simulated.")
        if simulate or solved is None:
            used = chosen or usual(model) or working_drive(model)
            curves.append(
                simulated_curve(
                    model, synapses, patterns, drive=used, settle=settle, simulated=simulated, seed=seed,
                    choice=choice, label=label,
                )
            )  # fmt: skip
    given = {"models": list(asked), "synapses": synapses, "patterns": patterns, "seed": seed, **choice.to_dict()}
    return Memory(tuple(curves), given)


def curve(model: str | Synapse, synapses: int = 10_000, **options: Any) -> Curve:
    """The curve of one model: exact if there is a solution, else simulated.

    Parameters
    ----------
    model : str or Synapse
    synapses : int
        N.
    **options
        Those of :func:`memory`; with ``simulate=True`` it is simulated in any case.
    """
    return memory(model, synapses, **options).curves[-1]


def _models(given: Any) -> dict[str, Synapse]:
    """Models by label."""
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, str | Synapse):
        given = [given]
    found: dict[str, Synapse] = {}
    for one in given:
        if not isinstance(one, str | Synapse):
            raise RunError(f"A model is the name of one or a synapse, not {said(one)}.")
        label = one if isinstance(one, str) else title(one)
        if label in found:
            raise RunError(f"'{label}' is asked for twice; give models as {{label: synapse}}.")
        found[label] = library.named(one) if isinstance(one, str) else one
    if not found:
        raise RunError(f"Name a synapse; there are {', '.join(library.names())}.")
    return found


def _life(curve: Curve) -> str:
    return f"{curve.lifetime:.4g}" if curve.lifetime < float("inf") else f"> {int(curve.ages[-1])}"
