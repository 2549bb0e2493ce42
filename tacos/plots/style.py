"""How the figures look, and how they get to disk.

Sizes are print sizes: `COLUMN` and `PAGE` are the widths, in inches, of one column and of the page of a journal. Fonts,
lines and colours are those of ``tacos.mplstyle`` beside this file, and of what a user names in :func:`using`.
"""

from __future__ import annotations

import functools
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ParamSpec, cast

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

from tacos.errors import RunError

P = ParamSpec("P")

COLUMN = 3.5
PAGE = 7.0
SHEET = Path(__file__).with_name("tacos.mplstyle")
_COLOURS = matplotlib.rc_params_from_file(SHEET, use_default_template=False)["axes.prop_cycle"]
PALETTE: tuple[str, ...] = tuple(_COLOURS.by_key()["color"])
GREY = "#666666"
_MARKERS = "os^DvPX<>"

#: Formats of the files, if no others are asked for.
FORMATS = ("png", "pdf")
_PIXELS = ("png", "jpg", "jpeg", "tif", "tiff", "webp")

Sheet = str | os.PathLike[str] | Mapping[str, Any]
_sheets: ContextVar[tuple[Any, ...]] = ContextVar("sheets", default=())


@contextmanager
def using(*sheets: Sheet) -> Iterator[None]:
    """Draw and save with settings of your own, on top of those of the package.

    Parameters
    ----------
    *sheets : path, str or mapping
        Style sheets (``.mplstyle``), names of Matplotlib's own (``"dark_background"``), or ``{key: value}`` of
        Matplotlib's rcParams; of two that name the same key the later one holds.

    Raises
    ------
    RunError
        If a sheet cannot be read, or a key or value is none of Matplotlib's.

    Examples
    --------
    >>> with using({"font.size": 11}):
    ...     pass
    """
    read = tuple(_settings(sheet) for sheet in sheets)
    token = _sheets.set(_sheets.get() + read)
    try:
        yield
    finally:
        _sheets.reset(token)


def _settings(sheet: Sheet) -> dict[str, Any]:
    """What a sheet sets, checked."""
    found: Any
    try:
        if isinstance(sheet, Mapping):
            found = matplotlib.RcParams(cast(Any, sheet))
        elif str(sheet) in matplotlib.style.library:
            found = matplotlib.style.library[str(sheet)]
        else:
            found = matplotlib.rc_params_from_file(sheet, fail_on_error=True, use_default_template=False)
    except (OSError, UnicodeDecodeError):
        raise RunError(
            f"'{sheet}' is neither a style sheet that can be read nor the name of one of Matplotlib's, such as ggplot."
        ) from None
    except (KeyError, ValueError) as error:
        raise RunError(f"A style sheet holds what Matplotlib does not take: {error.args[0]}") from None
    return dict(found)


def _style() -> AbstractContextManager[None]:
    """The settings of the package and of :func:`using`, whatever the user's matplotlibrc says."""
    context: AbstractContextManager[None] = matplotlib.style.context([SHEET, *_sheets.get()], after_reset=True)
    return context


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw with the settings of the package, and with those of :func:`using`."""

    @functools.wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _style():
            return draw(*args, **kwargs)

    return wrapped


def points(key: str) -> float:
    """A font size of the settings, such as ``"legend.fontsize"``, in points."""
    settings: Any = matplotlib.rcParams
    return float(FontProperties(size=settings[key]).get_size_in_points())


def small() -> float:
    """Size of text inside a panel, in points: that of the numbers at the axes."""
    return points("xtick.labelsize")


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, outside pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def set_title(figure: Figure, *lines: str) -> None:
    """Title above the whole figure: one line each, folded to the width; empty ones are left out."""
    characters = int(figure.get_figwidth() * 135 / points("figure.titlesize"))  # at 9 pt one is 1 / 15 inch wide
    figure.suptitle("\n".join(textwrap.fill(line, characters) for line in lines if line))


def palette() -> tuple[Any, ...]:
    """The colours of curves, of the style sheet."""
    named = matplotlib.rcParams["axes.prop_cycle"].by_key()
    return tuple(named.get("color", PALETTE))


def colours(n: int) -> list[Any]:
    """The first n of the palette or, where it is too short, steps along a colour map, in order."""
    if n <= len(palette()):
        return list(palette()[:n])
    return list(matplotlib.colormaps["viridis"](np.linspace(0, 0.92, n)))


def series(n: int) -> list[dict[str, Any]]:
    """Colour, line and marker of n curves in one panel, told apart without colour too."""
    styles, shades = [], palette()
    for k in range(n):
        line, marker = ("-", "--", ":")[k // len(shades) % 3], _MARKERS[k % len(_MARKERS)]
        styles.append({"color": shades[k % len(shades)], "linestyle": line, "marker": marker})
    return styles


def legend_below(figure: Figure, handles: Sequence[Any], title: str = "", ncols: int = 2) -> None:
    """A legend under the panels, in columns, with long names folded; the figure grows to hold it."""
    scale = points("legend.fontsize") / 8
    characters = int(figure.get_figwidth() * 15 / ncols / scale) - 8
    labels = [textwrap.fill(str(handle.get_label()), characters) for handle in handles]
    rows = -(-sum(1 + label.count("\n") for label in labels) // ncols) + bool(title)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + 0.175 * scale * rows)
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


def whole_bars(axes: Axes, edges: NDArray[np.float64]) -> None:
    """Limits of a histogram's axis that cut no outline of its first and last bar."""
    low, high = edges[0], edges[-1]
    if axes.get_xscale() == "log":
        margin = (high / low) ** 0.015
        axes.set_xlim(low / margin, high * margin)
    else:
        axes.set_xlim(low - 0.015 * (high - low), high + 0.015 * (high - low))


def outlines(axes: Axes, groups: Sequence[NDArray[np.float64]], labels: Sequence[str], **options: Any) -> None:
    """Histograms of several groups in one panel: filled where it is one, else outlines with a tint."""
    for group, label, colour in zip(groups, labels, colours(len(groups)), strict=True):
        each = {key: value(group) if callable(value) else value for key, value in options.items()}
        axes.hist(group, histtype="stepfilled", color=colour, alpha=0.6 if len(groups) == 1 else 0.15, **each)
        axes.hist(group, histtype="step", color=colour, label=label, linewidth=1.2, **each)


def save(
    figure: Figure,
    path_without_suffix: str | os.PathLike[str],
    *,
    title: str | None = None,
    size: tuple[float, float] | None = None,
    formats: Sequence[str] = FORMATS,
) -> tuple[Path, ...]:
    """Write a figure, as PNG (200 dpi) and PDF if not said otherwise; a file that exists is whole, also after a crash.

    Parameters
    ----------
    figure : Figure
        What to write; `title` and `size` change it.
    path_without_suffix : path
        Where to; ``.png`` and so on are appended. Missing folders are made.
    title : str, optional
        In place of the figure's own; "" for none.
    size : (width, height), optional
        In inches; the figure's own if not given.
    formats : sequence of str
        Any of Matplotlib's: ``("png", "pdf", "svg")``.

    Returns
    -------
    tuple of Path
        The files, in the order of `formats`.

    Raises
    ------
    RunError
        If a format is unknown, or a size is none.
    """
    base = Path(path_without_suffix)
    formats = [name.lower().removeprefix(".") for name in formats]
    known = figure.canvas.get_supported_filetypes()
    if not formats or not set(formats) <= set(known):
        wrong = next((name for name in formats if name not in known), "")
        raise RunError(f"Figures are written as {', '.join(sorted(known))}; not as '{wrong}'.")
    if base.suffix.lower().removeprefix(".") in formats:
        raise ValueError(f"save takes a path without suffix and appends those of the formats; found '{base}'.")
    if size is not None:
        if len(size) != 2 or not all(1 <= length <= 100 for length in size):
            given = " x ".join(f"{length:g}" for length in size)
            raise RunError(f"The size of a figure is width and height from 1 to 100 inches, not {given}.")
        figure.set_size_inches(*size)
    with _style():
        if title is not None:
            set_title(figure, title)
        elif size is not None:
            set_title(figure, *figure.get_suptitle().split("\n"))
        base.parent.mkdir(parents=True, exist_ok=True)
        return tuple(_written(figure, base, name) for name in formats)


def _written(figure: Figure, base: Path, suffix: str) -> Path:
    """The file of one format. No date inside, so that the same figure is the same file."""
    dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
    options: dict[str, Any] = {"metadata": dates[suffix]} if suffix in dates else {}
    if suffix not in _PIXELS:
        options["dpi"] = 300  # of what is rasterized in it
    target = base.with_name(f"{base.name}.{suffix}")
    partial = base.with_name(f".{base.name}.{os.getpid()}.partial.{suffix}")
    try:
        with partial.open("wb") as file:
            figure.savefig(file, format=suffix, **options)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target
