"""A small replay buffer: a reference line, since it keeps images of earlier tasks.

Experience replay with reservoir sampling, Chaudhry et al. 2019, arXiv:1902.10486. It needs no boundaries.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tacos.baselines.method import Method, cross_entropy


@dataclass
class Replay(Method):
    """Each batch is learned together with as many presentations drawn from the buffer.

    Attributes
    ----------
    size : int
        Presentations kept; each that was seen is in the buffer with the same probability.
    """

    size: int = 100

    title = "replay"
    boundaries_in_training = False
    stores_data = True
    source = "Chaudhry et al. 2019, arXiv:1902.10486"
    defaults_from = "size 100 is ours"
    positive = ("size",)

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Nothing is kept yet."""
        self.generator = generator
        self.seen = 0
        self.kept: list[tuple[Tensor, Tensor, Tensor | None]] = []

    def loss(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """Loss of the batch and of as many from the buffer; then the batch may enter the buffer."""
        drawn = []
        if self.kept:
            places = torch.randint(len(self.kept), (len(images),), generator=self.generator)
            drawn = [self.kept[int(k)] for k in places]
        all_images = torch.cat([images, *(i[None] for i, _, _ in drawn)])
        all_targets = torch.cat([targets, *(t[None] for _, t, _ in drawn)])
        all_masks = None if mask is None else torch.cat([mask, *(m[None] for _, _, m in drawn if m is not None)])
        for k in range(len(images)):
            self._keep(images[k], targets[k], None if mask is None else mask[k])
        return cross_entropy(model(all_images), all_targets, all_masks)

    def _keep(self, image: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Reservoir sampling: the n-th replaces one with probability size / n."""
        self.seen += 1
        if len(self.kept) < self.size:
            self.kept.append((image, target, mask))
        else:
            place = int(torch.randint(self.seen, (), generator=self.generator))
            if place < self.size:
                self.kept[place] = (image, target, mask)
