"""Methods of continual learning to compare with: one file each, on two networks, any stream.

>>> result = baselines.run("ewc", stream, seeds=3, network="mlp")

They learn the same presentations in the same order as the spiking networks of this project and leave the same kind of
run folder. What each has to know is declared: `boundaries_in_training`, `stores_data`, and task labels in
task-incremental streams. PyTorch is imported when a method is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from synapses.language.values import meant
from tacos.errors import RunError

if TYPE_CHECKING:
    from tacos.baselines.method import Method
    from tacos.baselines.settings import Training as Training
    from tacos.baselines.worker import run as run

#: Name on the command line and in files, module and class.
METHODS = {
    "naive": ("naive", "Naive"),
    "l2": ("l2", "L2"),
    "ewc": ("ewc", "EWC"),
    "online-ewc": ("online_ewc", "OnlineEWC"),
    "si": ("si", "SI"),
    "mas": ("mas", "MAS"),
    "lwf": ("lwf", "LwF"),
    "streaming-ewc": ("streaming_ewc", "StreamingEWC"),
    "replay": ("replay", "Replay"),
    "joint": ("joint", "Joint"),
    "class-mean": ("class_mean", "ClassMean"),
    "streaming-lda": ("streaming_lda", "StreamingLDA"),
    "ridge": ("ridge", "Ridge"),
    "fly": ("fly", "FlyModel"),
}
#: Learners of the literature with networks of their own, in the same form; `learners/` has their files.
LEARNERS: dict[str, tuple[str, str]] = {
    "binarized": ("learners.binarized", "Binarized"),
    "metaplastic": ("learners.metaplastic", "Metaplastic"),
    "metaplastic-chain": ("learners.chain", "Chain"),
    "metaplastic-control": ("learners.metaplastic", "MetaplasticControl"),
    "quantized": ("learners.quantized", "Quantized"),
    "weak-reset": ("learners.weak_reset", "WeakReset"),
    "engrams": ("learners.engrams", "Engrams"),
    "mesu": ("learners.mesu", "MESU"),
    "bgd": ("learners.bgd", "BGD"),
    "presynaptic": ("learners.presynaptic", "Presynaptic"),
    "equilibrium": ("learners.equilibrium_propagation", "EquilibriumPropagation"),
    "scsr": ("learners.scsr", "ScSr"),
}
_LAZY = {"run": "worker", "Training": "settings"}


def method_class(name: str) -> type[Method]:
    """The class of a method by its name."""
    known = METHODS | LEARNERS
    if name not in known:
        raise RunError(f"There is no method '{name}'; there are {', '.join(known)}{meant(name, known)}")
    module, cls = known[name]
    try:
        found: type[Method] = getattr(import_module(f"tacos.baselines.{module}"), cls)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in ("torch", "norse"):
            raise RunError("Baselines need PyTorch and Norse: pip install 'tacos-snn[torch]'.") from error
        raise
    return found


def named(name: str, **options: Any) -> Method:
    """A method by its name, with options such as ``strength``."""
    cls = method_class(name)
    known = list(cls().to_dict())
    for option in options:
        if option not in known:
            raise RunError(f"The method '{name}' has no option '{option}'; it has {', '.join(known)}.")
    return cls(**options)


def name_of(chosen: Method) -> str:
    """The name under which a method is known."""
    kind = type(chosen)
    for name, (module, cls) in (METHODS | LEARNERS).items():
        if (kind.__module__, kind.__qualname__) == (f"tacos.baselines.{module}", cls):
            return name
    raise RunError(
        f"A run folder keeps the name of its method, and '{kind.__name__}' is none of "
        f"{', '.join(METHODS | LEARNERS)}; train a method of your own with tacos.baselines.training.learn_stream, or "
        f"add it to tacos.baselines.METHODS."
    )


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"tacos.baselines.{_LAZY[name]}"), name)
    raise AttributeError(f"tacos.baselines has no '{name}'.")
