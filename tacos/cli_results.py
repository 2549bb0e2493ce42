"""The commands that read what came out: shown, drawn, written as a page, and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tacos.cli_options import FIGURES, RECORDED, RULE, RunPath
from tacos.errors import RunError


def show(
    path: RunPath,
    json: Annotated[bool, typer.Option("--json", help="One JSON object; fractions from 0 to 1.")] = False,
) -> None:
    """Print what came out of a run, a protocol, an ablation or a comparison."""
    from tacos.ablation.reading import is_ablation, load_ablation
    from tacos.folders import comparisons, outcome
    from tacos.sweeps.sweep import is_sweep, load_sweep

    found: list[Any] = [load_ablation(path)] if is_ablation(path) else list(comparisons(path).values())
    found += [load_sweep(path)] if is_sweep(path) else []
    if found and json:
        raise RunError(f"--json is for single runs; '{path}' has its tables as .csv and .json beside the text.")
    if found:
        print("\n\n".join(map(str, found)))
        return
    result = outcome(path)
    print(result.to_json() if json else result)


def plot(
    path: RunPath,
    out: Annotated[Path | None, typer.Option(help=FIGURES)] = None,
    trajectories: Annotated[bool, typer.Option("--trajectories", help=RECORDED)] = False,
    synapses: Annotated[str, typer.Option(metavar="RULE", help=RULE)] = "all",
    neurons: Annotated[str, typer.Option(metavar="RULE", help="Whose receptive fields; or 0,3.")] = "changed(6)",
    seed: Annotated[int | None, typer.Option(help="Replica that is drawn; the first if not given.")] = None,
) -> None:  # fmt: skip
    """Write all figures of a run, a protocol, an ablation or a comparison as PNG and PDF."""
    from tacos.ablation.reading import is_ablation, load_ablation
    from tacos.figures.of_recordings import trajectory_figures
    from tacos.figures.of_run import save_all, save_figures
    from tacos.folders import comparisons, is_protocol, load
    from tacos.sweeps.sweep import is_sweep, load_sweep

    if not trajectories and (synapses, neurons, seed) != ("all", "changed(6)", None):
        raise RunError("--synapses, --neurons and --seed belong to --trajectories; add it.")
    found = comparisons(path)
    if trajectories and (found or is_ablation(path) or is_sweep(path)):
        what = "a comparison" if found else "an ablation" if is_ablation(path) else "a sweep"
        raise RunError(f"'{path}' is {what}; --trajectories draws one of the runs in it.")
    if is_protocol(path) and not trajectories:
        from tacos.protocols import Outcome

        written = [Outcome(load(path)).save_figure(out)]
    elif is_sweep(path):
        written = save_all({"sweep": load_sweep(path).figure()}, out or path)
    elif is_ablation(path):
        written = load_ablation(path).save_figures(out)
    elif found:
        written = [one.save_figure(out or path, name) for name, one in found.items()]
    else:
        made = trajectory_figures(load(path), seed=seed, synapses=synapses, neurons=neurons) if trajectories else None
        written = save_figures(load(path), out, made)
    for figure in written:
        print(figure)


def report(
    path: RunPath,
    out: Annotated[Path | None, typer.Option(help="The file; RUN/report.html if not given.")] = None,
) -> None:
    """Write a run, a protocol, an ablation or a comparison as one HTML page that needs nothing else."""
    from tacos.report import report as write

    print(write(path, out))


def list_() -> None:
    """List streams, synapses and the runs in ./runs."""
    import synapses
    import tasks
    from tacos.networks.library import NETWORKS
    from tacos.runs.folder import RunFolder

    print("streams:  " + ", ".join(tasks.names()))
    print("synapses: " + ", ".join(synapses.names()))
    print("networks: " + ", ".join(NETWORKS))
    print("protocols: " + ", ".join(tasks.protocols.names()))
    found = sorted(path.parent for path in Path("runs").glob("**/run.toml"))
    print("runs:" + ("" if found else "     none in ./runs"))
    for path in found:
        folder = RunFolder(path)
        try:
            print(f"  {path}: {folder.state()}, {folder.declaration()['label']}")
        except RunError as error:
            print(f"  {error}")
