"""How the figures look, and how they get to disk.

Sizes are print sizes: `COLUMN` and `PAGE` are the widths, in inches, of one column and of the page of a
journal, and no text is smaller than 8 pt. Colours are those of Okabe & Ito (2008), which colour-blind readers
can tell apart.
"""

from __future__ import annotations

import functools
import os
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

P = ParamSpec("P")

COLUMN = 3.5
PAGE = 7.0
SMALLEST = 8.0
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#666666"
_MARKERS = "os^DvPX<>"

RC: Any = {
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "figure.titlesize": 9.0,
    "xtick.labelsize": SMALLEST,
    "ytick.labelsize": SMALLEST,
    "legend.fontsize": SMALLEST,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "pdf.fonttype": 42,  # TrueType: text in the PDF stays text, which journals ask for
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw with this module's settings, whatever the user's matplotlibrc says."""

    @functools.wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(RC)
            return draw(*args, **kwargs)

    return wrapped


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, outside pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def set_title(figure: Figure, *lines: str) -> None:
    """Title above the whole figure: one line each, folded to the width; empty ones are left out."""
    characters = int(figure.get_figwidth() * 15)  # at 9 pt a character is about 1 / 15 inch wide
    figure.suptitle("\n".join(textwrap.fill(line, characters) for line in lines if line))


def colours(n: int) -> list[Any]:
    """The first n of the palette or, where it is too short, steps along a colour map, in order."""
    if n <= len(PALETTE):
        return list(PALETTE[:n])
    return list(matplotlib.colormaps["viridis"](np.linspace(0, 0.92, n)))


def series(n: int) -> list[dict[str, Any]]:
    """Colour, line and marker of n curves in one panel, told apart without colour too."""
    styles = []
    for k in range(n):
        line, marker = ("-", "--", ":")[k // len(PALETTE) % 3], _MARKERS[k % len(_MARKERS)]
        styles.append({"color": PALETTE[k % len(PALETTE)], "linestyle": line, "marker": marker})
    return styles


def legend_below(figure: Figure, handles: Sequence[Any], title: str = "", ncols: int = 2) -> None:
    """A legend under the panels, in columns, with long names folded; the figure grows to hold it."""
    characters = int(figure.get_figwidth() * 15 / ncols) - 8
    labels = [textwrap.fill(str(handle.get_label()), characters) for handle in handles]
    rows = -(-sum(1 + label.count("\n") for label in labels) // ncols) + bool(title)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + 0.175 * rows)
    figure.legend(handles, labels, loc="outside lower center", ncols=ncols, title=title or None)


def axis_label(quantity: str, unit: str) -> str:
    """Quantity with its unit in brackets; one without a unit is said to be dimensionless."""
    return f"{quantity} ({unit})" if unit not in ("", "1") else f"{quantity} (dimensionless)"


def finite(values: Any, what: str) -> NDArray[np.float64]:
    """Values as a flat array, refused where there is none or one is not finite."""
    array = np.asarray(values, dtype=np.float64).ravel()
    if array.size == 0:
        raise ValueError(f"There is nothing to draw: {what} is empty.")
    if not np.isfinite(array).all():
        bad = np.count_nonzero(~np.isfinite(array))
        raise ValueError(f"{what} must be finite; {bad} of {array.size} values are not.")
    return array


def outlines(axes: Axes, groups: Sequence[NDArray[np.float64]], labels: Sequence[str], **options: Any) -> None:
    """Histograms of several groups in one panel: filled where it is one, else outlines with a tint."""
    for group, label, colour in zip(groups, labels, colours(len(groups)), strict=True):
        each = {key: value(group) if callable(value) else value for key, value in options.items()}
        axes.hist(group, histtype="stepfilled", color=colour, alpha=0.6 if len(groups) == 1 else 0.15, **each)
        axes.hist(group, histtype="step", color=colour, label=label, linewidth=1.2, **each)


def save(figure: Figure, path_without_suffix: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a figure as PNG (200 dpi) and PDF; a file that exists is whole, also after a crash.

    Parameters
    ----------
    figure : Figure
        What to write.
    path_without_suffix : path
        Where to; ``.png`` and ``.pdf`` are appended. Missing folders are made.

    Returns
    -------
    png, pdf : Path
        The two files.
    """
    base = Path(path_without_suffix)
    if base.suffix.lower() in (".png", ".pdf"):
        raise ValueError(f"save takes a path without suffix and writes both PNG and PDF; found '{base}'.")
    base.parent.mkdir(parents=True, exist_ok=True)
    files = []
    # No dates inside, so that the same figure is the same file. 300 dpi are for rasterized parts of the PDF.
    for suffix, options in (("png", {"dpi": 200}), ("pdf", {"dpi": 300, "metadata": {"CreationDate": None}})):
        target = base.with_name(f"{base.name}.{suffix}")
        partial = base.with_name(f".{base.name}.{os.getpid()}.partial.{suffix}")
        try:
            with matplotlib.rc_context({"pdf.fonttype": RC["pdf.fonttype"]}), partial.open("wb") as file:
                figure.savefig(file, format=suffix, **options)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        files.append(target)
    return files[0], files[1]
