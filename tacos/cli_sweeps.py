"""The commands about many runs: sweeps, here, on a cluster or as an array job, and parts put together."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from tacos.cli_options import (
    Hidden,
    NetworkName,
    Record,
    Samples,
    Scenario,
    Seeds,
    Set,
    StreamOptions,
    Synapse,
    TestSamples,
    TimeStep,
    Without,
    built_network,
    named_stream,
    pair,
    says_how_to_run,
    value,
)
from tacos.errors import RunError

AXIS = "Such as dm=0.1,0.2, 'dm*=0.5,1,2', hidden=50,100, stream.samples=..., or with --draws dm=0.1..1 or 0.1..1:log."
CELL = "Run one cell of a declared sweep, such as 7/400: for array jobs."
SLURM = "Declare only, and write an array job for Slurm beside it."
#: What can be said of a sweep that is declared already; the rest is in its folder.
OF_DECLARED = {"stream", "cell", "slurm", "processes", "chunk", "scheduler"}


@says_how_to_run
def sweep(
    context: typer.Context,
    stream: Annotated[str, typer.Argument(metavar="STREAM|FOLDER", help="A stream, or a sweep to go on with.")],
    axis: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUES", help=AXIS)] = None,
    network: NetworkName = "error-driven",
    synapse: Synapse = None,
    without: Without = None,
    set_: Set = None,
    scenario: Scenario = None, hidden: Hidden = None, dt: TimeStep = "1 ms",
    seeds: Seeds = "1",
    samples: Samples = None, test_samples: TestSamples = None,
    test: Annotated[bool, typer.Option("--test", help="Test on the test split, not on validation data.")] = False,
    stream_option: StreamOptions = None, record: Record = None,
    draws: Annotated[int | None, typer.Option(help="Cells drawn at random; all combinations if not given.")] = None,
    draw_seed: Annotated[int, typer.Option(help="Of the drawn cells.")] = 0,
    cell: Annotated[str | None, typer.Option(metavar="K/N", help=CELL)] = None,
    declare: Annotated[bool, typer.Option("--declare", help="Write the folder only.")] = False,
    slurm: Annotated[bool, typer.Option("--slurm", help=SLURM)] = False,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/sweep-STREAM if not given.")] = None,
    *, running: Any,
) -> None:  # fmt: skip
    """Run a network over any number of quantities."""
    from tacos.folders import is_sweep
    from tacos.runs.seeds import read
    from tacos.sweeps import array_job, load_sweep
    from tacos.sweeps.sweep import go_on, run_cell
    from tacos.sweeps.sweep import sweep as run_sweep

    if cell or is_sweep(stream):
        found = load_sweep(stream)
        _refuse_others(context, found.path)
        if cell:
            print(run_cell(found.path, _number(cell, len(found.cells)), running))
            return
        found = found if slurm else go_on(found.path, running)
    else:
        chosen = named_stream(stream, stream_option, scenario=scenario, samples=samples, test_samples=test_samples)

        def build(shown: Any, hidden: int | None = hidden, synapse: str | None = synapse) -> Any:
            return built_network(network, shown, synapse, hidden, dt, without or [], set_ or [])

        found = run_sweep(
            build, chosen, dict(_axis(text) for text in axis or ()), read(seeds), draws=draws, draw_seed=draw_seed,
            out=out, validation=not test, record=record, run=not (declare or slurm), running=running,
        )  # fmt: skip
    if slurm:
        print(f"Declared in {found.path}; start it with: sbatch {shlex.quote(str(array_job(found)))}")
        return
    print(f"{found}\nKept in {found.path}; figure: tacos plot {found.path}")


def merge(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Of one sweep, or one run with other seeds.")
    ],
    out: Annotated[Path, typer.Option(help="A new folder.")],
) -> None:
    """Put the folders of a sweep together, or of a run, that was run in parts."""
    from tacos.sweeps import merge as put_together

    print(f"{put_together(folders, out)}\nKept in {out}")


def _refuse_others(context: typer.Context, path: Path) -> None:
    """A declared sweep is as its folder says: what is asked for besides would be dropped."""
    sources = {p: context.get_parameter_source(p.name or "") for p in context.command.params}
    given = [p for p, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if others := [p.opts[0] for p in given if p.name not in OF_DECLARED]:
        raise RunError(
            f"'{path}' is a sweep that was declared, and goes on as it is; leave {', '.join(others)} out, or give the "
            f"stream again."
        )


def _axis(text: str) -> tuple[str, Any]:
    from tacos.sweeps import Between

    name, values = pair(text, "NAME=VALUES")
    if ".." in values:
        bounds, _, scale = values.partition(":")
        low, _, high = (part.strip() for part in bounds.partition(".."))
        if scale not in ("", "log"):
            raise RunError(f"'{text}' is not of the form NAME=LOW..HIGH or NAME=LOW..HIGH:log.")
        return name, Between(value(low), value(high), scale == "log")
    return name, [value(part.strip()) for part in values.split(",")]


def _number(text: str, cells: int) -> int:
    """The number of a cell in a text such as ``7/400``."""
    number, _, of = text.partition("/")
    if not number.isdecimal() or (of and of != str(cells)):
        raise RunError(f"'{text}' is no cell of a sweep of {cells}; the first is 1/{cells}.")
    return int(number)
