"""Where the figure of a script of this folder goes: ``--figure PATH``, or where the documentation shows it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from matplotlib.figure import Figure

from tacos.plots import save

FIGURES = Path(__file__).resolve().parents[2] / "docs/figures"


def add_figure(parser: ArgumentParser, name: str) -> ArgumentParser:
    """Give a script the option, with a place such as ``models/binary`` in the folder of the documentation's figures."""
    parser.add_argument("--figure", type=Path, default=FIGURES / name, help="path of the picture, without .png")
    return parser


def figure_path(description: str | None, name: str) -> Path:
    """The path for a script that has no other option; `description` is its docstring."""
    parser = ArgumentParser(description=(description or "").partition("\n")[0])
    path: Path = add_figure(parser, name).parse_args().figure
    return path


def keep(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    (png,) = save(figure, path, formats=("png",))
    print(f"{png}: {png.stat().st_size / 1000:.0f} kB")
