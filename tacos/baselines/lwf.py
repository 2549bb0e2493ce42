"""Learning without forgetting: on new images, answer as the network did before the task began.

Li and Hoiem 2016, arXiv:1606.09282: distillation at temperature 2 beside the loss of the new task.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from tacos.baselines.method import Method, cross_entropy


@dataclass
class LwF(Method):
    r"""Loss :math:`CE + \lambda w_k T^2 KL(\text{before} \,\|\, \text{now})` in the k-th task.

    The distance is over the outputs of the tasks that have ended: all of them at once or, where tasks have outputs of
    their own (task-incremental), the mean over tasks. The paper is read as the sum over
    them: with ``growing`` the weight makes the mean that sum; without it all old tasks together weigh as much as one.

    Attributes
    ----------
    temperature : float
    growing : bool
        Whether :math:`w_k = k - 1`, so that all tasks seen so far weigh the same, or always 1, the paper's weight
        beside our mean.
    """

    strength: float = 1.0
    temperature: float = 2.0
    growing: bool = True

    title = "LwF"
    boundaries_in_training = True
    grid = (0.3, 1.0, 3.0)
    source = "Li and Hoiem 2016, arXiv:1606.09282"
    defaults_from = "the paper: strength 1, temperature 2; the growing weight is our choice"
    positive = ("temperature",)

    teacher: nn.Module | None = field(init=False, default=None, repr=False)
    heads: list[Tensor] = field(init=False, default_factory=list, repr=False)

    def loss(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """Loss of the new task, and distance from the answers of before."""
        logits = model(images)
        loss = cross_entropy(logits, targets, mask)
        if self.teacher is None or self.strength == 0:
            return loss
        with torch.no_grad():
            before = self.teacher(images)
        weight = self.strength * (len(self.heads) if self.growing else 1)
        heads = [torch.cat(self.heads).unique()] if mask is None else self.heads
        distances = [distillation(logits[:, head], before[:, head], self.temperature) for head in heads]
        return loss + weight * torch.stack(distances).mean()

    def end_task(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """Keep the network of now as the teacher, and which outputs it has learned."""
        self.teacher = copy.deepcopy(model).requires_grad_(False)
        if mask is None:
            self.heads.append(targets.unique())
        else:  # where boundaries are blurred, samples of other tasks are among them
            kinds, counts = mask.unique(dim=0, return_counts=True)
            self.heads.append(kinds[counts.argmax()].nonzero()[:, 0])


def distillation(logits: Tensor, before: Tensor, temperature: float) -> Tensor:
    """Kullback-Leibler divergence of softened answers [n, outputs] from those of before, times temperature squared."""
    now, then = (x / temperature for x in (logits, before))
    return temperature**2 * nn.functional.kl_div(
        now.log_softmax(1), then.log_softmax(1), reduction="batchmean", log_target=True
    )
