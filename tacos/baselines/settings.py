"""How a baseline is trained, apart from method and network."""

from __future__ import annotations

from dataclasses import dataclass

from synapses.language.values import finite, whole
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
        right = "A learning rate is a number above zero and finite"
        rate = finite(self.learning_rate, right, most=1e30, above=0, error=RunError)  # PyTorch's single precision
        object.__setattr__(self, "learning_rate", rate)
        right = "A batch is a whole number of presentations, at least one"
        object.__setattr__(self, "batch", whole(self.batch, right, 1, error=RunError))
        if self.device != "cpu":
            from tacos.backends.torch.device import checked_device

            checked_device(self.device, "float32")
