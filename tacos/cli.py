"""The command line. Heavy packages are imported by the commands that need them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacos.cli_options import (
    CONDITIONS,
    FRONT,
    SAMPLES,
    VALIDATION,
    Chunk,
    EvaluateEvery,
    Hidden,
    NetworkName,
    Processes,
    Record,
    RunPath,
    Samples,
    Scenario,
    Seeds,
    Set,
    Stream,
    StreamOptions,
    Synapse,
    TestSamples,
    TimeStep,
    Without,
    built_network,
    factors,
    named_stream,
    says_how_to_run,
    whole,
    without_mechanisms,
)
from tacos.cli_results import list_, plot, report, show
from tacos.cli_sweeps import merge, sweep
from tacos.cli_synapses import cite, memory, protocol, synapse
from tacos.errors import RunError, describe
from tacos.runs.seeds import listed, read

if TYPE_CHECKING:
    pass

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Spiking networks that learn continually, on Brian2 and PyTorch.",
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"tacos {version('tacos-snn')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Spiking networks that learn continually, on Brian2 and PyTorch."""


@app.command()
@says_how_to_run
def run(
    stream: Stream,
    network: NetworkName = "error-driven",
    synapse: Synapse = None,
    without: Without = None,
    set_: Set = None,
    scenario: Scenario = None, hidden: Hidden = None, dt: TimeStep = "1 ms",
    seeds: Seeds = "1",
    samples: Samples = None, test_samples: TestSamples = None,
    validation: Annotated[bool, typer.Option("--validation", help=VALIDATION)] = False,
    stream_option: StreamOptions = None, evaluate_every: EvaluateEvery = None, record: Record = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; runs/STREAM if not given.")] = None,
    label: Annotated[str, typer.Option(help="Name of the condition in tables and figures.")] = "",
    *, running: Any,
) -> None:  # fmt: skip
    """Learn a stream of tasks and test on all of them after each."""
    numbers = listed(read(seeds))
    from tacos.runs.experiment import run as run_network

    chosen = named_stream(
        stream, stream_option, scenario=scenario, samples=samples, test_samples=test_samples,
        held_out="validation" if validation else "test",
    )  # fmt: skip
    built = built_network(network, chosen, synapse, hidden, dt, without or [], set_ or [])
    result = run_network(
        built, chosen, numbers, out=out, record=record, evaluate_every=evaluate_every, label=label, running=running
    )
    print(result)
    print(f"Kept in {result.folder.path}; figures: tacos plot {result.folder.path}")


@app.command()
@says_how_to_run
def ablate(
    stream: Stream,
    network: NetworkName = "error-driven",
    synapse: Synapse = None,
    conditions: Annotated[str | None, typer.Option(metavar="CONDITIONS", help=CONDITIONS)] = None,
    set_: Set = None,
    seeds: Seeds = "3",
    grid: Annotated[str, typer.Option(help="Factors on the learning rate.")] = "1/64, 1/16, 1/4, 1",
    rounds: Annotated[int, typer.Option(help="How often two more are tried around the best, or beyond.")] = 2,
    grid_seeds: Annotated[int, typer.Option(help="Replicas of each trial of the grid.")] = 1,
    front: Annotated[list[str] | None, typer.Option(metavar="PARAMETER", help=FRONT)] = None,
    scenario: Scenario = None, hidden: Hidden = None,
    samples: Samples = None, test_samples: TestSamples = None,
    validation_samples: Annotated[int | None, typer.Option(help="Of the grid; as many as for the test.")] = None,
    stream_option: StreamOptions = None, evaluate_every: EvaluateEvery = None, record: Record = None,
    dt: TimeStep = "1 ms",
    out: Annotated[Path | None, typer.Option(help="Folder; runs/ablation-STREAM if not given.")] = None,
    *, running: Any,
) -> None:  # fmt: skip
    """Compare conditions, each at its own best learning rate on validation data."""
    numbers = listed(read(seeds))
    from tacos.ablation.ablate import ablate as run_ablation
    from tacos.ablation.table import grid_text

    chosen = named_stream(stream, stream_option, scenario=scenario, samples=samples, test_samples=test_samples)
    ablation = run_ablation(
        built_network(network, chosen, synapse, hidden, dt, [], set_ or []), chosen, conditions, numbers, out=out,
        record=record, evaluate_every=evaluate_every, factors=factors(grid), rounds=rounds, grid_seeds=grid_seeds,
        validation_samples=validation_samples, front=() if front == ["none"] else front or None,
        running=running,
    )  # fmt: skip
    print(f"{grid_text(ablation)}\n\n{ablation}")
    print(f"Kept in {ablation.path}; figures: tacos plot {ablation.path}")


@app.command()
def resume(
    path: RunPath,
    processes: Processes = None,
    chunk: Chunk = None,
) -> None:
    """Go on with a run that was stopped or killed."""
    from tacos.folders import outcome
    from tacos.folders import resume as resume_run

    resume_run(path, processes=processes, chunk=chunk)
    print(outcome(path))


@app.command()
@says_how_to_run
def compare(
    stream: Stream,
    network: NetworkName = "error-driven",
    synapse: Synapse = None,
    without: Without = None,
    methods: Annotated[str | None, typer.Option(help="Baselines, with commas; all if not given.")] = None,
    networks: Annotated[str | None, typer.Option(help="mlp,snn,error-driven if not given; or equilibrium.")] = None,
    scenario: Scenario = None,
    seeds: Annotated[str | None, typer.Option(help="Number of replicas, or which: 0-9,12; 10.")] = None,
    samples: Annotated[int | None, typer.Option(help=SAMPLES + " 8000, or all there are.")] = None,
    test_samples: TestSamples = None,
    epochs: Annotated[str, typer.Option(help="How often baselines see a task's samples.")] = "1,4",
    batch: Annotated[int, typer.Option(help="Presentations a step of the baselines.")] = 10,
    draws: Annotated[bool, typer.Option("--draws", help="Random class pairs and task order, anew a seed.")] = False,
    ceilings: Annotated[bool, typer.Option(help="The flagship on the shuffled stream and on single tasks.")] = True,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer samples, seeds and trials: minutes.")] = False,
    stream_option: StreamOptions = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/compare-STREAM (-quick) if not given.")] = None,
    *, running: Any,
) -> None:  # fmt: skip
    """Compare the flagship, or another synapse on its network, with baselines, all tuned on validation data."""
    import synapses
    from tacos.comparison import Plan
    from tacos.comparison import compare as run_comparison
    from tacos.comparison.plan import QUICK

    preset = QUICK if quick else {}
    chosen = named_stream(stream, stream_option, scenario=scenario, samples=samples, test_samples=test_samples)
    chosen = chosen.at_most(2000, 2000) if quick else chosen.at_most(8000)
    given: dict[str, Any] = {
        "methods": tuple(name.strip() for name in methods.split(",")) if methods else None,
        "networks": tuple(name.strip() for name in networks.split(",")) if networks else None,
        "epochs": tuple(whole(text, "--epochs") for text in epochs.split(",")),
        "seeds": None if seeds is None else read(seeds), "batch": batch, "draws": draws, "ceilings": ceilings,
        "running": running,
    }  # fmt: skip
    folder = out or Path("runs") / (f"compare-{stream}" + "-quick" * quick)
    if network != "error-driven" and (synapse or without):
        raise RunError(f"The network '{network}' has synapses of its own; leave --synapse and --without out.")
    model = without_mechanisms(synapses.named(synapse or "tacos"), without or [])
    given |= {"network": network}
    given = {key: value for key, value in given.items() if value is not None}
    plan = Plan(chosen, folder, model, **preset | given)
    found = run_comparison(plan)
    print(f"{found.grids()}\n\n{found}\nKept in {folder}; figure: {folder / f'{plan.name}.png'}")


for command in (show, plot, report, sweep, merge, synapse, cite, protocol, memory):
    app.command()(command)
app.command("list")(list_)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of runs and figures.")] = Path("runs/demo"),
    seeds: Seeds = "3",
) -> None:
    """Learn five tasks in a row with and without the consolidation mechanisms."""
    numbers = listed(read(seeds))
    from tacos.demo import demo as run_demo

    run_demo(out, numbers)


def _check_texts(arguments: list[str]) -> None:
    """Refuse arguments that are no text: Python marks bytes that it cannot read, and no file can be named so."""
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in argument):
            shown = argument.encode("ascii", "replace").decode()
            raise RunError(f"'{shown}' cannot be read in this locale; write UTF-8, and set LC_ALL=C.UTF-8 or the like.")


def main() -> None:
    """Run the command line; a user's mistake is one sentence on stderr and status 1."""
    try:
        _check_texts(sys.argv[1:])
        app()
    except (RunError, ValueError, OSError) as error:
        if type(error).__module__.split(".")[0] in ("tacos", "synapses", "tasks"):
            print(f"tacos: {error}", file=sys.stderr)
        elif isinstance(error, OSError) and error.strerror:
            print(f"tacos: {describe(error)}.", file=sys.stderr)
        else:
            raise  # not a mistake of the user but one of ours
        sys.exit(1)


if __name__ == "__main__":
    main()
