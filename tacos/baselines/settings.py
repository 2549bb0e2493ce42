"""How a baseline is trained, apart from method and network."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real

from tacos.errors import RunError

OPTIMIZERS = ("adam", "sgd")


@dataclass(frozen=True)
class Training:
    """Optimizer and size of a step; how often samples are shown is the stream's ``passes``.

    Attributes
    ----------
    optimizer : {"adam", "sgd"}
        With PyTorch's defaults; SGD has no momentum.
    learning_rate : float
    batch : int
        Presentations of a step, in the order of the stream; the last ones before a test make a smaller step.
    device : str
        Of PyTorch: ``"cpu"``, ``"cuda"`` ... A GPU pays for large networks and batches alone.
    """

    optimizer: str = "adam"
    learning_rate: float = 1e-3
    batch: int = 128
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise RunError(f"There is no optimizer '{self.optimizer}'; there are {', '.join(OPTIMIZERS)}.")
        if not (isinstance(self.learning_rate, Real) and 0 < self.learning_rate < 1e30):  # PyTorch's single precision
            raise RunError(f"A learning rate is a number above zero and finite, not {self.learning_rate!r}.")
        if not (isinstance(self.batch, Integral) and self.batch >= 1):
            raise RunError(f"A batch is a whole number of presentations, at least one, not {self.batch!r}.")
        if self.device != "cpu":
            from tacos.backends.torch.device import checked_device

            checked_device(self.device, "float32")
