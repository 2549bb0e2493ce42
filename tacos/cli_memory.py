"""The command about memory, apart from the others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tacos.cli_options import says_how_to_run


@says_how_to_run
def memory(
    synapse: Annotated[list[str], typer.Argument(metavar="SYNAPSE...", help="Such as cascade:n=5; see 'tacos list'.")],
    synapses: Annotated[int, typer.Option(help="How many store a pattern.")] = 10_000,
    patterns: Annotated[int, typer.Option(help="Of a simulation: how many are stored and followed.")] = 500,
    simulate: Annotated[bool, typer.Option("--simulate", help="Simulate models that are solved, too.")] = False,
    simulated: Annotated[int | None, typer.Option(help="Synapses of a simulation; at most 5000 if not given.")] = None,
    settle: Annotated[int | None, typer.Option(help="Patterns stored before; as many as are followed.")] = None,
    drive: Annotated[str | None, typer.Option(help="coincidence, timing or burst; the first that works.")] = None,
    seed: Annotated[int, typer.Option(help="Of patterns, initial values and what synapses draw.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/memory-SYNAPSE if not given.")] = None,
    *, running: Any,
) -> None:  # fmt: skip
    """Store random patterns, and compare how strongly and how long synapses remember one of them."""
    from tacos.memory import memory as remember

    found = remember(
        synapse, synapses, patterns, simulate=simulate or None, drive=drive, simulated=simulated, settle=settle,
        seed=seed, choice=running,
    )  # fmt: skip
    print(found)
    path = found.save(out or Path("runs") / f"memory-{synapse[0].partition(':')[0]}")
    print(f"Kept in {path}; figures: {path / 'memory.png'}, {path / 'memory_map.png'}")
