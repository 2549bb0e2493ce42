"""One seed of a baseline through a stream: learn, and test on all tasks after each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tacos.backends.torch.device import one_thread
from tacos.baselines.method import Method
from tacos.baselines.networks import Architecture, seen
from tacos.baselines.settings import Training
from tacos.errors import Unlearnable
from tacos.measures.answers import judge
from tacos.runs.checkpoint import Progress
from tacos.runs.declaring import refuse_without_ends
from tasks import StreamLike

_BLOCK = 2000  # presentations read from the stream at once


def learn_stream(
    method: Method, network: Architecture, training: Training, stream: StreamLike, seed: int
) -> tuple[nn.Module, Progress]:
    """Learn a stream from initial weights that depend on the seed alone.

    Returns
    -------
    model : Module
        As it is at the end of the stream.
    progress : Progress
        Accuracies, firing rates and time.

    Raises
    ------
    Unlearnable
        If the loss or an answer is no longer finite, or the method needs boundaries that the stream does not have.
    """
    check_boundaries(method, stream, network)
    stream = seen(stream, network)
    with one_thread():  # results do not depend on the machine, and seeds run side by side as processes
        learner = Learner(method, network, training, stream, seed)
        method.start(learner.model, torch.Generator().manual_seed(seed))
        held_out = [_tensors(training.device, *stream.held_out_presentations(k)) for k in range(stream.n_tasks)]
        progress = Progress()
        for stop in stream.evaluation_points:
            section = Section(stream, seed, progress.position, stop, training.device)
            if network.needs_task:
                learner.model.task = section.task  # type: ignore[assignment]
            begun = time.perf_counter()
            method.learn(learner, section)
            if method.boundaries_in_training:
                method.end_task(learner.model, *section.samples())
            progress.seconds += time.perf_counter() - begun
            progress.position = stop
            _evaluate(learner, held_out, progress)
    return learner.model, progress


@dataclass
class Learner:
    """Network and optimizer, with the method that trains it."""

    method: Method
    network: Architecture
    training: Training
    stream: StreamLike
    seed: int

    def __post_init__(self) -> None:
        self.learned = 0
        self.restart()

    def restart(self) -> None:
        """A network as it was in the beginning: the same initial weights for every method."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.model = self.network.build(self.stream).to(self.training.device)
        self.optimizer: Any = self.method.optimizer(self.model, self.training)

    def step(self, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """One step of the optimizer."""
        self.optimizer.zero_grad()
        loss = self.method.loss(self.model, images, targets, mask)
        if not torch.isfinite(loss):
            raise self.diverged("the loss")
        loss.backward()
        self.method.after_backward(self.model)
        self.optimizer.step()
        self.method.after_step(self.model)
        self.learned += len(images)

    def diverged(self, what: str) -> Unlearnable:
        """The error that says so."""
        return Unlearnable(
            f"Seed {self.seed}: {what} is no longer finite after {self.learned} presentations; "
            f"lower the learning rate ({self.training.learning_rate:g}) or the strength ({self.method.strength:g})."
        )


@dataclass(frozen=True)
class Section:
    """Some presentations; those between two tests are all of one task, where boundaries are sharp."""

    stream: StreamLike
    seed: int
    start: int
    stop: int
    device: str = "cpu"

    @property
    def task(self) -> int:
        """The task of its first presentation."""
        return int(self.stream.contexts(self.seed, self.start, self.start + 1)[0])

    @property
    def passes(self) -> int:
        """How often each sample is shown."""
        return int(self.stream.passes)

    def batches(self, size: int) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        """Images [n, pixels], targets [n] and mask of outputs [n, outputs], in the order of the stream."""
        block = max(size, _BLOCK // size * size)
        for start in range(self.start, self.stop, block):
            images, targets, mask = self._read(start, min(start + block, self.stop))
            for k in range(0, len(images), size):
                part = slice(k, k + size)
                yield images[part], targets[part], None if mask is None else mask[part]

    def samples(self) -> tuple[Tensor, Tensor, Tensor | None]:
        """Each sample of a task once, in the order in which they appear."""
        first = self.stream.first_shown(self.seed, self.start, self.stop)
        parts = []
        for start in range(self.start, self.stop, _BLOCK):
            stop = min(start + _BLOCK, self.stop)
            new = first[(first >= start) & (first < stop)] - start
            if new.size:  # later passes show nothing new
                parts.append([None if x is None else x[new] for x in self._read(start, stop)])
        images, targets, masks = zip(*parts, strict=True)
        return torch.cat(images), torch.cat(targets), None if masks[0] is None else torch.cat(masks)

    def _read(self, start: int, stop: int) -> tuple[Tensor, Tensor, Tensor | None]:
        images, targets = _tensors(self.device, *self.stream.presentations(self.seed, start, stop))
        if self.stream.scenario != "task-incremental":
            return images, targets, None
        allowed = np.zeros((self.stream.n_tasks, self.stream.n_classes), dtype=bool)
        for task in range(self.stream.n_tasks):
            allowed[task, self.stream.outputs(task)] = True
        mask = torch.from_numpy(allowed[self.stream.contexts(self.seed, start, stop)])
        return images, targets, mask.to(self.device)


def check_boundaries(method: Method, stream: StreamLike, network: Architecture) -> None:
    """Refuse a method, or a network, that is told of boundaries where there are none."""
    if method.boundaries_in_training:
        refuse_without_ends(stream, method.title)
    if network.needs_task:
        refuse_without_ends(stream, str(network))


def _evaluate(learner: Learner, held_out: list[tuple[Tensor, Tensor]], progress: Progress) -> None:
    model, shares, rates, counted = learner.model, [], 0.0, 0
    counts = getattr(model, "answers_in_spikes", False)
    model.eval()
    with torch.no_grad():
        for task, (images, targets) in enumerate(held_out):
            outputs = learner.stream.outputs(task)
            if learner.network.needs_task:
                model.task = task  # type: ignore[assignment]
            found = np.zeros(3)  # right, silent, tied
            for image, target in zip(images.split(1000), targets.split(1000), strict=True):
                answers = model(image)[:, torch.from_numpy(outputs).to(image.device)]
                if not torch.isfinite(answers).all():
                    raise learner.diverged("an answer")
                found += judge(outputs, answers.cpu().numpy(), target.cpu().numpy(), spikes=counts)
                rates, counted = rates + len(image) * getattr(model, "rate", 0.0), counted + len(image)
            shares.append((found / len(targets)).tolist())
    model.train()
    accuracy, silent, tied = np.transpose(shares).tolist()
    progress.accuracy.append(accuracy)
    progress.silent.append(silent)
    progress.tied.append(tied)
    progress.rates.append({"hidden": rates / counted} if hasattr(model, "rate") else {})


def _tensors(device: str, images: np.ndarray, targets: np.ndarray) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(images.astype(np.float32)).to(device), torch.from_numpy(targets).to(device)
