"""Contents as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import io
import re
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib
from jinja2 import Environment
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from synapses.language.bibtex import bibtex
from tacos.report.contents import Contents, contents
from tacos.runs.storage import write_text

#: A drawing with more characters becomes a picture of pixels: clouds of points would make a page too large to send.
LARGEST_DRAWING = 600_000
#: A figure is drawn for a column of print; on a page its letters may be as large as those of the text.
ENLARGED = 1.5
_NAMED = "named-"


def report(path: str | Path, out: str | Path | None = None) -> Path:
    """Write the page of a run, a protocol, an ablation or a comparison.

    Parameters
    ----------
    path : path
        Its folder.
    out : path, optional
        The file; ``report.html`` in the folder if not given.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RunError
        If the folder holds none of them, or nothing has finished.
    """
    told = contents(Path(path))
    target = Path(out) if out else Path(path) / "report.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, html(told))
    return target


def html(told: Contents) -> str:
    """The page."""
    environment = Environment(autoescape=True, trim_blocks=True)
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    template = environment.from_string((Path(__file__).parent / "page.html").read_text())
    pictures = {name: picture(figure) for name, figure in told.figures.items()}
    return template.render(
        contents=told, pictures=pictures, citations=bibtex(told.references), version=version("tacos-snn")
    )


def picture(figure: Figure) -> str:
    """A figure as a drawing whose curves tell their names, or as pixels where it has too much in it."""
    names = _name_curves(figure)
    text = _written(figure, "svg", metadata={"Date": None, "Creator": None}).decode()
    if len(text) > LARGEST_DRAWING:
        data = base64.b64encode(_written(figure, "png", dpi=150)).decode()
        return f'<img alt="" src="data:image/png;base64,{data}">'
    text = re.sub(r'\sheight="[\d.]+pt"', "", text[text.index("<svg") :], count=1)  # follows from the width
    text = re.sub(r'\swidth="([\d.]+)pt"', lambda found: f' width="{ENLARGED * float(found[1]):.0f}pt"', text, count=1)
    for key, name in names.items():
        text = text.replace(f'<g id="{key}">', f'<g id="{key}"><title>{escape(name)}</title>', 1)
    return text


def _name_curves(figure: Figure) -> dict[str, str]:
    """Mark each curve that a legend could name."""
    names = {}
    for k, line in enumerate(artist for axes in figure.axes for artist in axes.lines):
        if isinstance(line, Line2D) and not str(line.get_label()).startswith("_"):
            names[f"{_NAMED}{id(figure)}-{k}"] = str(line.get_label())
            line.set_gid(f"{_NAMED}{id(figure)}-{k}")
    return names


def _written(figure: Figure, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "tacos", "font.family": "sans-serif"}):
        figure.savefig(buffer, format=kind, **options)
    return buffer.getvalue()
