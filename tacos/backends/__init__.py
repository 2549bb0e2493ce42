"""What runs a network: backends by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Self

from synapses.language.values import whole
from tacos.backends.base import BackendError, RawRecord, Simulated, Simulator, Stretch
from tacos.networks.network import Network

__all__ = [
    "BackendError",
    "Choice",
    "RawRecord",
    "Simulated",
    "Simulator",
    "Stretch",
    "batch_key",
    "check_chunk",
    "simulator",
]

BACKENDS = ("brian2", "torch")
MODES = ("standalone", "runtime")
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Choice:
    """What runs a network.

    Attributes
    ----------
    backend : {"brian2", "torch"}
    mode : {"standalone", "runtime"}
        Of Brian2. Without a C++ compiler, ``standalone`` falls back to ``runtime`` with NumPy and says so.
    device : str
        Of PyTorch: ``"cpu"``, ``"cuda"`` ...
    dtype : {"float32", "float64"}
        Both learn equally well; Brian2 is faster in float32, and float64 is there for comparisons to the last digits.

    Raises
    ------
    BackendError
        If one of these cannot be.
    """

    backend: str = "brian2"
    mode: str = "standalone"
    device: str = "cpu"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("backend", self.backend, BACKENDS), ("mode", self.mode, MODES), ("precision", self.dtype, DTYPES),
        ):  # fmt: skip
            if value not in known:
                raise BackendError(f"There is no {kind} '{value}'; there are {', '.join(known)}.")
        if self.backend == "brian2" and self.device != "cpu":
            raise BackendError(f"Brian2 runs on the CPU; ask for --backend torch to use '{self.device}'.")
        if self.backend == "torch":
            if find_spec("torch") is None:
                raise BackendError("The torch backend needs PyTorch: pip install 'tacos-snn[torch]'.")
            from tacos.backends.torch.device import checked_device

            checked_device(self.device, self.dtype)

    def to_dict(self) -> dict[str, str]:
        """Plain data; what does not concern the backend is left out."""
        own = "device" if self.backend == "torch" else "mode"
        return {"backend": self.backend, own: getattr(self, own), "dtype": self.dtype}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The choice that :meth:`to_dict` described, among other things."""
        return cls(**{key: data[key] for key in ("backend", "mode", "device", "dtype") if key in data})

    @property
    def batched(self) -> bool:
        """Whether networks of the same equations run as one batch, so that it pays to share them."""
        return self.backend == "torch"

    @property
    def side_by_side(self) -> bool:
        """Whether several simulations can run at once: Brian2's programs can, what lives in this process cannot."""
        if self.backend != "brian2" or self.mode != "standalone":
            return False
        from tacos.backends.brian2.cache import compiler

        return compiler() is not None


def check_chunk(chunk: Any) -> int | None:
    """A size of chunks as a whole number; a :class:`BackendError` about one that cannot be."""
    return None if chunk is None else whole(chunk, "A chunk is at least one presentation", 1, error=BackendError)


def batch_key(network: Network, choice: Choice) -> str | None:
    """The same for networks that one simulator can run side by side; None for one that needs a simulator of its own."""
    if not choice.batched:
        return None
    from tacos.backends.torch.source import program

    return program(network.lowered)


def simulator(
    network: Network,
    choice: Choice | None = None,
    chunk: int | None = None,
    say: Callable[[str], Any] = lambda _: None,
) -> Simulator:
    """The simulator of a network.

    Parameters
    ----------
    network : Network
    choice : Choice, optional
        Brian2, C++ standalone, float32 if not given.
    chunk : int, optional
        Presentations run in one go, between two checkpoints; changes no result.
    say : callable
        Told what takes time or was decided, in one sentence.
    """
    choice = choice or Choice()
    chunk = check_chunk(chunk)
    if choice.backend == "torch":
        from tacos.backends.brian2.cache import compiler
        from tacos.backends.torch.simulator import TorchSimulator

        if choice.device == "cpu" and compiler():
            say("PyTorch on a CPU takes 20 to 100 times as long as Brian2's compiled program; it is meant for a GPU")
        return TorchSimulator(network, choice.dtype, choice.device, chunk, say)
    if choice.mode == "standalone":
        from tacos.backends.brian2.cache import compiler
        from tacos.backends.brian2.standalone import StandaloneSimulator

        if compiler():
            starting = "Compiling the network (once, about half a minute)"
            return StandaloneSimulator(network, choice.dtype, on_compile=lambda: say(starting), chunk=chunk)
        say("No C++ compiler was found: running with NumPy instead, some ten times slower")
    from tacos.backends.brian2.runtime import RuntimeSimulator

    return RuntimeSimulator(network, choice.dtype, chunk)
