"""What every method of continual learning declares, and the hooks by which it takes part in training.

Scenarios: the loss is the cross-entropy over all outputs; in task-incremental streams over those of the task, so that
there the label of the task is used in training as well as at test. No other method sees a context.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from synapses.language.values import finite, whole
from tacos.errors import RunError

if TYPE_CHECKING:
    from tacos.baselines.settings import Training
    from tacos.baselines.training import Learner, Section


@dataclass
class Method:
    """Naive training; other methods override what they do differently.

    Attributes
    ----------
    strength : float
        Weight of what protects earlier tasks; 0 is naive training, bit for bit.
    title : str
        Name in tables.
    boundaries_in_training : bool
        Whether it has to be told when a task ends (`end_task`).
    stores_data : bool
        Whether it keeps presentations of earlier tasks.
    keeps_matrix : bool
        Whether it keeps a matrix over all features, of all tasks.
    network : str
        The one network it is for, by its name; empty for methods that train any.
    trained : bool
        Whether an optimizer with a learning rate trains it.
    grid : tuple of float
        Strengths to try on validation data; empty for methods without one.
    source, defaults_from : str
        The paper, and where the default constants come from.
    positive : tuple of str
        Options that are above zero.
    choices : mapping of str to tuple of str
        Options that are one of a few words.

    Raises
    ------
    RunError
        If an option cannot have its value.
    """

    strength: float = 0.0

    title: ClassVar[str]
    boundaries_in_training: ClassVar[bool]
    stores_data: ClassVar[bool] = False
    keeps_matrix: ClassVar[bool] = False
    network: ClassVar[str] = ""
    trained: ClassVar[bool] = True
    grid: ClassVar[tuple[float, ...]] = ()
    source: ClassVar[str]
    defaults_from: ClassVar[str]
    positive: ClassVar[tuple[str, ...]] = ()
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __post_init__(self) -> None:
        right = f"The strength of {self.title} is a number, zero or more"
        self.strength = finite(self.strength, right, least=0, error=RunError)
        counts = {field.name for field in dataclasses.fields(self) if field.type == "int"}
        for name in self.positive:
            right = f"The {name} of {self.title} is a {'whole ' * (name in counts)}number above zero"
            given, whole_one = getattr(self, name), name in counts
            number = (
                whole(given, right, 1, error=RunError) if whole_one else finite(given, right, above=0, error=RunError)
            )
            setattr(self, name, number)
        for name, words in self.choices.items():
            if getattr(self, name) not in words:
                raise RunError(f"{name} of {self.title} is one of {', '.join(words)}, not '{getattr(self, name)}'.")

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Before the first presentation; `generator` is all the randomness a method may use."""

    def optimizer(self, model: nn.Module, training: Training) -> Any:
        """The optimizer of a network that starts anew; None where nothing is trained."""
        kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[training.optimizer]
        return kind(trained, lr=training.learning_rate) if (trained := trainable(model)) else None

    def learn(self, learner: Learner, section: Section) -> None:
        """Learn the presentations up to the next evaluation."""
        for images, targets, mask in section.batches(learner.training.batch):
            learner.step(images, targets, mask)

    def loss(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """Loss of a batch, without penalties on parameters."""
        return cross_entropy(model(images), targets, mask)

    def after_backward(self, model: nn.Module) -> None:
        """Add gradients of penalties to that of the loss, in ``parameter.grad``, before the optimizer's step."""

    def after_step(self, model: nn.Module) -> None:
        """After the optimizer's step."""

    def end_task(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """A task is over, and these were its samples; told only to methods with `boundaries_in_training`."""

    def to_dict(self) -> dict[str, Any]:
        """Its options, plain enough for TOML."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def cross_entropy(logits: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
    """Mean cross-entropy [] of logits [n, outputs] over the outputs where the mask [n, outputs] is true."""
    return nn.functional.cross_entropy(masked(logits, mask), targets)


def masked(logits: Tensor, mask: Tensor | None) -> Tensor:
    """Logits with those outputs at minus infinity that are not of the task."""
    return logits if mask is None else logits.masked_fill(~mask, -torch.inf)


def trainable(model: nn.Module) -> list[nn.Parameter]:
    """Parameters that are learned, in the order of the module."""
    return [p for p in model.parameters() if p.requires_grad]


def copies(values: Sequence[Tensor]) -> list[Tensor]:
    """Values of now, cut off from any graph."""
    return [value.detach().clone() for value in values]
