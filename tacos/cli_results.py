"""The commands that read what came out: shown, drawn, written as a page, and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tacos.cli_options import FIGURES, RECORDED, RULE, STYLE, RunPath
from tacos.errors import RunError


def show(
    path: RunPath,
    json: Annotated[bool, typer.Option("--json", help="One JSON object; fractions from 0 to 1.")] = False,
) -> None:
    """Print what came out of a run, a protocol, an ablation or a comparison."""
    from tacos.ablation.reading import is_ablation, load_ablation
    from tacos.folders import comparisons, is_sweep, outcome

    found: list[Any] = [load_ablation(path)] if is_ablation(path) else list(comparisons(path).values())
    if is_sweep(path):
        from tacos.sweeps import load_sweep

        found.append(load_sweep(path))
    if found and json:
        raise RunError(f"--json is for single runs; '{path}' has its tables as .csv and .json beside the text.")
    if found:
        print("\n\n".join(map(str, found)))
        return
    _refuse_many(path)
    result = outcome(path)
    print(result.to_json() if json else result)


def plot(
    path: RunPath,
    out: Annotated[Path | None, typer.Option(help=FIGURES)] = None,
    trajectories: Annotated[bool, typer.Option("--trajectories", help=RECORDED)] = False,
    synapses: Annotated[str, typer.Option(metavar="RULE", help=RULE)] = "all",
    neurons: Annotated[str, typer.Option(metavar="RULE", help="Whose receptive fields; or 0,3.")] = "changed(6)",
    seed: Annotated[int | None, typer.Option(help="Replica that is drawn; the first if not given.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this figure; or several.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the one figure chosen by --only; '' for none.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WIDTHxHEIGHT", help="In inches, such as 3.5x2.5.")] = None,
    formats: Annotated[str, typer.Option("--format", help="One or several, such as svg,pdf.")] = "png,pdf",
    style: Annotated[list[str] | None, typer.Option(metavar="SHEET", help=STYLE)] = None,
) -> None:  # fmt: skip
    """Write all figures of a run, a protocol, an ablation or a comparison as PNG and PDF."""
    from tacos.figures import save_all
    from tacos.folders import load
    from tacos.plots import using

    if not trajectories and (synapses, neurons, seed) != ("all", "changed(6)", None):
        raise RunError("--synapses, --neurons and --seed belong to --trajectories; add it.")
    inches = None if size is None else _inches(size)
    with using(*(style or ())):
        if trajectories:
            made, folder = _of_recordings(path, synapses, neurons, seed)
        else:
            made, folder = _all_figures(path)
        if out is None and (path / "run.toml").exists():
            load(path).folder.refuse_links()
        if unknown := [name for name in only or () if name not in made]:
            raise RunError(f"'{path}' has no figure '{unknown[0]}'; there are {', '.join(made)}.")
        made = {name: made[name] for name in only or made}
        if title is not None and len(made) > 1:
            raise RunError(f"--title is for one figure; choose it by --only: {', '.join(made)}.")
        written = save_all(made, out or folder, title=title, size=inches, formats=formats.replace(" ", "").split(","))
    for figure in written:
        print(figure)


def _of_recordings(path: Path, synapses: str, neurons: str, seed: int | None) -> tuple[dict[str, Any], Path]:
    """Figures of what a run recorded, and where they belong."""
    from tacos.ablation.reading import is_ablation
    from tacos.figures import trajectory_figures
    from tacos.folders import comparisons, is_sweep, load

    found = comparisons(path)
    if found or is_ablation(path) or is_sweep(path):
        what = "a comparison" if found else "an ablation" if is_ablation(path) else "a sweep"
        raise RunError(f"'{path}' is {what}; --trajectories draws one of the runs in it.")
    _refuse_many(path)
    return trajectory_figures(load(path), seed=seed, synapses=synapses, neurons=neurons), path / "figures"


def _all_figures(path: Path) -> tuple[dict[str, Any], Path]:
    """All figures of what lies in a folder, and where they belong."""
    from tacos.ablation.reading import is_ablation, load_ablation
    from tacos.figures import figures
    from tacos.folders import comparisons, is_protocol, is_sweep, load

    if is_protocol(path):
        from tacos.protocols import Outcome

        return {"protocol": Outcome(load(path)).figure()}, path
    if is_sweep(path):
        from tacos.sweeps import load_sweep

        return {"sweep": load_sweep(path).figure()}, path
    if is_ablation(path):
        return load_ablation(path).figures(), path / "figures"
    if found := comparisons(path):
        return {key: figure for name, one in found.items() for key, figure in one.figures(name).items()}, path
    _refuse_many(path)
    return figures(load(path)), path / "figures"


def _refuse_many(path: Path) -> None:
    """Say which runs there are in a folder that is none itself."""
    if (path / "run.toml").exists():
        return
    from tacos.report.listing import found_in, listing

    if path in found_in(path):  # itself a comparison under way
        return
    if lines := listing(path):
        raise RunError("\n  ".join([f"'{path}' is a folder of runs, so name one of them:", *lines]))


def _inches(size: str) -> tuple[float, float]:
    """Width and height."""
    try:
        width, height = map(float, size.lower().split("x"))
    except ValueError:
        raise RunError(f"--size takes width and height in inches, such as 3.5x2.5; not '{size}'.") from None
    return width, height


def report(
    path: RunPath,
    out: Annotated[Path | None, typer.Option(help="The file; RUN/report.html if not given.")] = None,
) -> None:
    """Write a run, a protocol, an ablation or a comparison as one HTML page that needs nothing else."""
    from tacos.report import report as write

    print(write(path, out))


def list_() -> None:
    """List streams, synapses, networks, protocols, methods, and what lies in ./runs."""
    import synapses
    import tasks
    from tacos.baselines import LEARNERS, METHODS
    from tacos.networks.library import NETWORKS
    from tacos.report.listing import listing

    print("streams:  " + ", ".join(tasks.names()))
    print("synapses: " + ", ".join(synapses.names()))
    print("networks: " + ", ".join(NETWORKS))
    print("protocols: " + ", ".join(tasks.protocols.names()))
    print("methods:  " + ", ".join([*METHODS, *LEARNERS]))
    lines = listing("runs")
    print("runs:" + ("" if lines else "     none in ./runs"))
    for line in lines:
        print(f"  {line}")
