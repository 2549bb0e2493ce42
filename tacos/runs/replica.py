"""One replica through a stream: training in chunks, evaluation with frozen plasticity, checkpoints in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tacos.backends import Simulated, RawRecord, Simulator, Stretch
from tacos.runs.checkpoint import CHECKPOINT, Progress, check_state, damaged, load_checkpoint, save_checkpoint
from tacos.errors import RunError, Stopped, Unlearnable
from tacos.measures.answers import judge
from tacos.networks.initial import State, initial_state, last_updates
from tacos.networks.lowering import LoweredNetwork
from tacos.networks.random_numbers import EVALUATION, TRAINING
from tacos.recordings.recording import Recording
from tacos.recordings.thinning import RecordFile
from tasks import BOUNDARY, IMAGE, TARGET, StreamLike

#: What a replica asks of its simulator, and is sent the outcome of.
Request = tuple[State, Stretch]


@dataclass
class Replica:
    """A network with a seed, on its way through a stream.

    Attributes
    ----------
    simulator : Simulator
    stream : Stream
    seed : int
    folder : Path
        Where its checkpoint and records are kept.
    points : sequence of int
        After how many presentations it is evaluated.
    recordings : sequence of Recording
    on_progress : callable
        Told how many presentations were learned and evaluated since the last call, as ``(learned, evaluated)``.
    stop : callable
        Asked between chunks whether to stop.
    parameters : dict
        ``{"owner.parameter": value}`` in base SI units where the network differs from the simulator's.
    network : LoweredNetwork
        The simulator's if not given.
    """

    simulator: Simulator
    stream: StreamLike
    seed: int
    folder: Path
    points: Sequence[int]
    recordings: Sequence[Recording] = ()
    on_progress: Callable[[int, int], Any] = lambda learned, evaluated: None
    stop: Callable[[], bool] = lambda: False
    parameters: Mapping[str, float] = field(default_factory=dict)
    network: LoweredNetwork = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.network = self.network or self.simulator.network

    def run(self) -> Progress:
        """Run from the last checkpoint, or the start, to the end of the stream."""
        (end,) = run_together([self])
        if isinstance(end, Unlearnable):
            raise end
        return end

    def requests(self) -> Generator[Request, Simulated, Progress]:
        """What is to be simulated, one request after the other; each is to be answered with its outcome."""
        state, progress = self._load()
        records = self._records(progress)
        n = self.stream.n_presentations
        while True:
            done = sum(point <= progress.position for point in self.points)
            if len(progress.accuracy) < done:
                yield from self._evaluate(state, progress)
                save_checkpoint(self.folder, state, progress)
            if progress.position >= n:
                return progress
            if self.stop():
                raise Stopped
            following = [point for point in self.points if point > progress.position]
            stop = min(progress.position + self.simulator.capacity, following[0] if following else n, n)
            state = yield from self._learn(state, progress, stop, records)
            save_checkpoint(self.folder, state, progress)

    # -- learning and evaluation ---------------------------------------------------------------------------------

    def _learn(
        self, state: State, progress: Progress, stop: int, records: Sequence[RecordFile]
    ) -> Generator[Request, Simulated, State]:
        images, targets = self.stream.presentations(self.seed, progress.position, stop)
        self._rows(images, stop - progress.position)
        ends = np.isin(np.arange(progress.position, stop) + 1, self.stream.evaluation_points)
        shown = {IMAGE: images, TARGET: np.eye(self.stream.n_classes)[targets], BOUNDARY: ends[:, None] * 1.0}
        first, count = progress.position, stop - progress.position
        asked = [raw for record in records if (raw := record.asked(first, stop))]
        outcome = yield (
            state,
            Stretch(
                shown, first, self.seed, TRAINING, learning=True, n=count, records=asked, parameters=self.parameters
            ),
        )
        _refuse_invalid(outcome.state, self.seed, stop)
        for record in records:
            record.take(first, stop)
        progress.position = stop
        progress.seconds += outcome.seconds
        progress.record_bytes = {r.path.name: os.path.getsize(r.path) for r in records}
        self.on_progress(count, 0)
        return outcome.state

    def _evaluate(self, state: State, progress: Progress) -> Generator[Request, Simulated, None]:
        """Answers on all held-out presentations of each task, with plasticity frozen; the state is not touched."""
        network = self.network
        counted = [p.name for p in network.populations if p.spikes]
        accuracy, silent, tied = [], [], []
        spikes = dict.fromkeys(counted, 0)
        first = 0
        for task in range(self.stream.n_tasks):
            images, targets = self.stream.held_out_presentations(task)
            rows = self._rows(images, len(targets))
            outputs = self.stream.outputs(task)
            right, mute, ties = 0, 0, 0
            evaluated = at_step(state, progress.position * network.steps, first * network.steps)
            for start in range(0, len(targets), self.simulator.capacity):
                part = slice(start, start + self.simulator.capacity)
                count = len(targets[part])
                given = Stretch(
                    {IMAGE: images[start * rows : (start + count) * rows]},
                    first + start,
                    self.seed,
                    EVALUATION,
                    learning=False,
                    n=count,
                    counts=counted,
                    parameters=self.parameters,
                )
                outcome = yield evaluated, given
                counts, evaluated = outcome.counts, outcome.state  # neurons go on where there is no reset
                found = judge(outputs, counts[network.readout][:, outputs], targets[part])
                right, mute, ties = right + found.right, mute + found.silent, ties + found.tied
                for name in counted:
                    spikes[name] += int(counts[name].sum())  # whole numbers: no rounding that chunks could change
                self.on_progress(0, count)
                if self.stop():
                    raise Stopped
            first += len(targets)
            accuracy.append(right / len(targets))
            silent.append(mute / len(targets))
            tied.append(ties / len(targets))
        progress.accuracy.append(accuracy)
        progress.silent.append(silent)
        progress.tied.append(tied)
        seconds = first * network.duration
        progress.rates.append(
            {name: total / (network.population(name).size * seconds) for name, total in spikes.items()}
        )

    def _rows(self, images: np.ndarray, count: int) -> int:
        """How many rows of stimuli a presentation has: one, or one a step; others are refused."""
        per_step = any(p.per_step and p.channel == IMAGE for p in self.network.populations)
        rows = self.network.steps if per_step else 1
        if len(images) != count * rows:
            each = f"step, {self.network.steps} a presentation with its blank interval" if per_step else "presentation"
            raise RunError(
                f"The stream '{self.stream.name}' shows {len(images)} rows for {count} presentations; the network needs "
                f"one a {each}: {count * rows}."
            )
        return rows

    # -- on disk -------------------------------------------------------------------------------------------------

    def _records(self, progress: Progress) -> list[RecordFile]:
        """Files of records, cut to what the checkpoint knows of."""
        records = []
        for number, recording in enumerate(self.recordings):
            for name in recording.states:
                path = (self.folder / f"{number}.{name}.record").absolute()
                size = progress.record_bytes.get(path.name, 0)
                self.folder.mkdir(parents=True, exist_ok=True)
                path.touch()
                if path.stat().st_size < size:
                    raise RunError(
                        f"'{path}' is shorter than at the checkpoint: its records were cut off; delete '{self.folder}' "
                        f"to run this seed anew."
                    )
                os.truncate(path, size)
                if name == "spikes":
                    records.append(
                        RecordFile(recording, RawRecord(recording.owner, path, unit="spikes"), 3, 0, whole=True)
                    )
                else:
                    key = f"{recording.owner}.{name}"
                    indices = recording.indices(self.network)
                    raw = RawRecord(key, path, indices, recording.every, recording.unit)
                    whole = recording.unit_of(name, self.network) in ("integer", "boolean")
                    width = recording.size(self.network) if indices is None else len(indices)
                    records.append(RecordFile(recording, raw, width, self.network.steps, whole))
        return records

    def _load(self) -> tuple[State, Progress]:
        if not (self.folder / CHECKPOINT).exists():
            return initial_state(self.network, self.seed), Progress()
        state, progress = load_checkpoint(self.folder)
        check_state(state, self.network, self.folder)
        done = sum(point <= progress.position for point in self.points)
        evaluated = len(progress.accuracy)
        sizes = {len(row) for row in progress.accuracy}
        if progress.position > self.stream.n_presentations or evaluated not in (done, done - 1):
            raise damaged(self.folder, f"it is at presentation {progress.position} with {evaluated} tests")
        if sizes - {self.stream.n_tasks}:
            raise damaged(self.folder, f"its tests are of {sizes.pop()} tasks, not of {self.stream.n_tasks}")
        return state, progress


def run_together(replicas: Sequence[Replica]) -> list[Progress | Unlearnable]:
    """Run replicas to the end of their streams; those that ask at the same time are simulated side by side.

    One that diverges is returned as the error; the others go on.

    They share a simulator. A replica that was resumed from a later checkpoint runs beside the others, as far as their
    requests are alike.
    """
    simulator = replicas[0].simulator
    running = {k: replica.requests() for k, replica in enumerate(replicas)}
    finished: dict[int, Progress | Unlearnable] = {}
    asked: dict[int, Request] = {}
    answers: dict[int, Simulated | None] = dict.fromkeys(running)
    while answers:
        for k, outcome in answers.items():
            try:
                asked[k] = running[k].send(outcome)  # type: ignore[arg-type]  # None starts a generator
            except StopIteration as end:
                finished[k] = end.value
            except Unlearnable as error:
                finished[k] = error
        outcomes = simulator.run_together(list(asked.values())) if asked else []
        answers = dict(zip(asked, outcomes, strict=True))
        asked = {}
    return [finished[k] for k in range(len(replicas))]


def at_step(state: State, now: int, step: int) -> State:
    """A state of the step `now` as if it were another step: tests count steps anew, with no time since learning."""
    return state | {key: steps - now + step for key, steps in last_updates(state).items()}


def _refuse_invalid(state: State, seed: int, position: int) -> None:
    for key, values in state.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise Unlearnable(
                f"Seed {seed}: '{key}' is no longer finite at presentation {position}; "
                f"lower the learning rate or the time step."
            )
