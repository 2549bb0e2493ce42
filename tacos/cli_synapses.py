"""The commands about single synapses: what to cite, protocols and memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tacos.cli_options import Record, Seeds, Without, numbers, pair, says_how_to_run, value, without_mechanisms
from tacos.errors import RunError
from tacos.runs.seeds import listed, read


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

    if running.scheduler is not None:
        raise RunError("Memories are stored in this process; leave --scheduler out.")
    found = remember(
        synapse, synapses, patterns, simulate=simulate or None, drive=drive, simulated=simulated, settle=settle,
        seed=seed, choice=running,
    )  # fmt: skip
    print(found)
    path = found.save(out or Path("runs") / f"memory-{synapse[0].partition(':')[0]}")
    print(f"Kept in {path}; figures: {path / 'memory.png'}, {path / 'memory_map.png'}")


@says_how_to_run
def protocol(
    name: Annotated[str, typer.Argument(metavar="PROTOCOL", help="Such as pairs; see 'tacos list'.")],
    synapse: Annotated[str, typer.Option(help="Model of the synapses.")] = "stdp",
    without: Without = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="PARAMETER=VALUE", help="Of the synapse.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--protocol", metavar="OPTION=VALUE", help="Of the protocol, e.g. n=30 or lags=-20,-10,10,20."),
    ] = None,
    seeds: Seeds = "1",
    synapses: Annotated[int, typer.Option(help="How many a condition, for models with chance in them.")] = 1,
    start: Annotated[list[str] | None, typer.Option(metavar="STATE=VALUE", help="Where states begin.")] = None,
    dt: Annotated[str | None, typer.Option(help="Time step; that of the protocol if not given.")] = None,
    record: Record = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/protocol-NAME if not given.")] = None,
    *, running: Any,
) -> None:  # fmt: skip
    """Do to a synapse what an experimenter does, and draw the curve."""
    replicas = listed(read(seeds))
    from synapses import named
    from tacos.protocols import apply
    from tasks.protocols import named as protocol_named

    options = {key: numbers(given) for key, given in (pair(item, "OPTION=VALUE") for item in option or ())}
    chosen = protocol_named(name, **options | ({} if dt is None else {"dt": dt}))
    model = without_mechanisms(named(synapse), without or [])
    model = model.with_parameters(**dict(pair(item, "PARAMETER=VALUE") for item in set_ or ()))
    begin = {key: value(given) for key, given in (pair(item, "STATE=VALUE") for item in start or ())}
    outcome = apply(chosen, model, replicas, synapses=synapses, start=begin, out=out, record=record, running=running)
    print(f"{outcome}\nKept in {outcome.folder.path}; figure: {outcome.save_figure()}")


def synapse(
    name: Annotated[str, typer.Argument(metavar="SYNAPSE", help="Such as cascade:n=5; see 'tacos list'.")],
    without: Without = None,
) -> None:
    """Print a model: states, parameters with units and sources, mechanisms and their equations."""
    from synapses import named

    print(without_mechanisms(named(name), without or []))


def cite(
    synapse: Annotated[str, typer.Argument(metavar="SYNAPSE", help="Name of a model; see 'tacos list'.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX.")] = False,
) -> None:
    """Print what to cite for a model, and what is our own."""
    import synapses

    models = synapses.recruiting().values() if synapse == "recruiting" else [synapses.named(synapse)]
    print("\n\n".join(model.bibtex() if bibtex else model.cite() for model in models))
