"""Options of the command line that several commands take, and what their texts mean."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacos.errors import RunError

if TYPE_CHECKING:
    from synapses import Synapse as Model
    from tacos.networks.network import Network
    from tasks import StreamLike

WITHOUT = "Take out a mechanism; 'all' for all but the learning rule."
SET = "OWNER.PARAMETER=VALUE"
SAMPLES = "Training presentations in all, spread evenly over the classes."
VALIDATION = "Test on held-out training images instead of the test split."
OPTION = "Any other option of the stream, e.g. boundaries=blurred."
RECORD = "E.g. 'input-hidden: w, m; synapses=random(200); every=10 presentations'."
FIGURES = "Folder of the figures; RUN/figures if not given, or RUN itself for a comparison."
STYLE = "Style sheet of Matplotlib's kind (a .mplstyle file or a name such as ggplot), on top of that of the package."
RECORDED = "Only what was recorded, and receptive fields."
RULE = "Of those recorded: all, random(50), changed(50), 'where(m > 1)', 'between([10:18, 8:20], [0:5])'."
CONDITIONS = "Such as 'metaplasticity; dm*0.5; freeze w_ref'; see docs/ablate.md. All combinations if not given."
FRONT = "A strength of consolidation to sweep too; dm, tau_c and strength if not given, 'none' for none."

# What several commands take.
Stream = Annotated[str, typer.Argument(metavar="STREAM", help="Such as split-mnist; see 'tacos list'.")]
Synapse = Annotated[str | None, typer.Option(help="Model of the plastic synapses; tacos if not given.")]
Without = Annotated[list[str] | None, typer.Option(metavar="MECHANISM", help=WITHOUT)]
Set = Annotated[list[str] | None, typer.Option("--set", metavar=SET, help="Change a parameter.")]
Scenario = Annotated[str | None, typer.Option(help="domain-, class- or task-incremental.")]
Hidden = Annotated[int | None, typer.Option(help="Hidden neurons; 200, or 1000 that can be recruited.")]
NetworkName = Annotated[str, typer.Option("--network", help="error-driven, recruiting or recruiting-dale.")]
Seeds = Annotated[str, typer.Option(help="Number of replicas, or which: 0-9,12.")]
Samples = Annotated[int | None, typer.Option(help=SAMPLES)]
TestSamples = Annotated[int | None, typer.Option(help="Test presentations in all.")]
StreamOptions = Annotated[list[str] | None, typer.Option("--stream", metavar="OPTION=VALUE", help=OPTION)]
EvaluateEvery = Annotated[int | None, typer.Option(help="Test every so many presentations too.")]
Record = Annotated[list[str] | None, typer.Option(metavar="WHAT", help=RECORD)]
TimeStep = Annotated[str, typer.Option(help="Time step.")]
Processes = Annotated[int | None, typer.Option(help="Replicas run at once; one a core if not given.")]
Chunk = Annotated[int | None, typer.Option(help="Presentations between two checkpoints.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]

#: How to run, and the defaults: see :class:`tacos.runs.running.Running`.
RUNNING: dict[str, tuple[Any, Any]] = {
    "backend": (Annotated[str, typer.Option(help="brian2, or torch: replicas as one batch.")], "brian2"),
    "mode": (Annotated[str, typer.Option(help="Of brian2: standalone (C++) or runtime.")], "standalone"),
    "device": (Annotated[str, typer.Option(help="Of torch: cpu, cuda, cuda:1 ...")], "cpu"),
    "dtype": (Annotated[str, typer.Option(help="float32 or float64.")], "float32"),
    "processes": (Processes, None),
    "chunk": (Chunk, None),
    "scheduler": (Annotated[str | None, typer.Option(help="Of Dask, e.g. tcp://host:8786: run on its workers.")], None),
}


def says_how_to_run(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say how to run; it is handed them as one value, `running`."""

    @wraps(command)
    def with_options(**given: Any) -> None:
        from tacos.runs.running import Running

        options = {name: given.pop(name) for name in RUNNING}
        command(**given, running=Running(**options))

    own = inspect.signature(command, eval_str=True).parameters.values()
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in RUNNING.items()
    ]
    parameters = [*(p.replace(kind=p.KEYWORD_ONLY) for p in own if p.name != "running"), *more]
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {p.name: p.annotation for p in parameters}
    return with_options


def pair(text: str, form: str) -> tuple[str, str]:
    """Name and value of a text such as ``name=value``."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise RunError(f"'{text}' is not of the form {form}.")
    return key.strip(), value.strip()


def factors(text: str) -> list[float]:
    """Numbers and fractions, with commas in between."""
    from fractions import Fraction

    try:
        return [float(Fraction(part.replace(" ", ""))) for part in text.split(",") if part.strip()]
    except (ValueError, ZeroDivisionError):
        raise RunError(f"'{text}' is no list of factors such as '1/4, 1/2, 1'.") from None


def value(text: Any) -> Any:
    """A number or a truth value where the text is one."""
    from synapses.language.values import plain

    return plain(text)


def numbers(text: str) -> Any:
    """Numbers where the text is several with commas in between, else as `value`."""
    return [value(part.strip()) for part in text.split(",")] if "," in text else value(text)


def whole(text: str, option: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise RunError(f"{option} takes whole numbers with commas, such as 1,4; '{text}' is none.") from None


def without_mechanisms(synapse: Model, names: list[str]) -> Model:
    """A model without some mechanisms, or without "all" but its learning rule."""
    if "all" in names:
        names = [name for name in synapse.mechanism_names() if name != "error feedback"]
    return synapse.without(*names)


def named_stream(name: str, more: list[str] | None, **options: Any) -> Any:
    """A stream by its name, with options as texts."""
    import tasks

    options |= dict(pair(item, "OPTION=VALUE") for item in more or ())
    return tasks.named(name, **{key: value(given) for key, given in options.items() if given is not None})


def built_network(
    name: str,
    stream: StreamLike,
    synapse: str | None,
    hidden: int | None,
    dt: str,
    without: list[str],
    values: list[str],
) -> Network:
    """A network by its name, with its synapses and parameters changed as texts say."""
    import synapses
    from tacos.networks.library import named

    model = (
        without_mechanisms(synapses.named(synapse or "tacos"), without) if synapse or name == "error-driven" else None
    )
    network = named(name, stream, hidden, model, dt)
    network = network if model else network.without(*without)
    return network.with_parameters(**dict(pair(item, "OWNER.PARAMETER=VALUE") for item in values))
