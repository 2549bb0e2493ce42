"""How the seeds of a network are run: one simulator for all replicas of networks that share their equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from threading import Semaphore
from typing import Any

from tacos.backends import Simulator, batch_key, simulator
from tacos.backends.base import parameter_values
from tacos.backends.spread import Spread
from tacos.errors import RunError, Unlearnable
from tacos.networks.network import Network
from tacos.recordings.recording import Recording
from tacos.runs.checkpoint import CHECKPOINT, load_checkpoint
from tacos.runs.jobs import Halt, Job, Seed
from tacos.runs.progress import ProgressReport
from tacos.runs.replica import Replica, run_together
from tacos.runs.running import Running
from tacos.runs.storage import write_text
from tacos.runs.trajectories import remove_raw_records, save_trajectories


@dataclass(frozen=True)
class Networks:
    """Runs declared networks on the backend that the folder names."""

    def key(self, job: Job) -> str | None:
        """What a simulator for several networks needs to have in common."""
        return batch_key(job.folder.network(), Running.from_dict(job.declaration))

    def is_complete(self, job: Job) -> bool:
        """Whether all replicas are at the end, and their records in one file."""
        ended = all(
            (job.folder.replica(seed) / CHECKPOINT).exists()
            and len(load_checkpoint(job.folder.replica(seed))[1].accuracy) == len(job.points)
            for seed in job.seeds
        )
        return ended and (job.folder.trajectories.exists() or not job.folder.recordings())

    def misses(self, job: Job) -> bool:
        """Nothing is run again: the raw records of the other seeds are gone, too."""
        return False

    def side_by_side(self, job: Job, running: Running) -> bool:
        """Whether several simulators can run at once."""
        return Running.from_dict(job.declaration).side_by_side

    def session(self, jobs: Sequence[Job], running: Running) -> AbstractContextManager[Simulators]:
        """Simulators share nothing."""
        return nullcontext(Simulators(running))


@dataclass(frozen=True)
class Simulators:
    """Makes the simulator of some networks."""

    running: Running

    def open(self, jobs: Sequence[Job], report: ProgressReport, halt: Halt) -> Simulation:
        """One simulator for all of them."""
        networks = {job.folder.path: job.folder.network() for job in jobs}
        choice = Running.from_dict(jobs[0].declaration)
        engine = simulator(networks[jobs[0].folder.path], choice, self.running.chunk, report.say)
        for job in jobs:
            if source := getattr(engine, "source", ""):
                write_text(job.folder.path / "network.py", source)
        return Simulation(jobs, networks, engine, report, halt)


class Simulation:
    """Networks of the same equations and their simulator."""

    def __init__(
        self,
        jobs: Sequence[Job],
        networks: dict[Any, Network],
        engine: Simulator,
        report: ProgressReport,
        halt: Callable[[], bool],
    ) -> None:
        self.jobs, self.networks, self.engine, self.report, self.halt = jobs, networks, engine, report, halt
        self.description, self.parallel = engine.description, engine.parallel
        everyone = [(job, seed) for job in jobs for seed in job.seeds]
        self.parts = [everyone] if engine.batched else [[one] for one in everyone]

    def simulate(self, part: Sequence[Seed], free: Semaphore) -> list[RunError | None]:
        """Run replicas; one that diverges stops no other."""
        engine = Spread(self.engine, free) if self.parallel else self.engine
        ends = run_together([self._replica(engine, job, seed) for job, seed in part])
        return [end if isinstance(end, Unlearnable) else None for end in ends]

    def settle(self, job: Job) -> None:
        """Write the trajectories."""
        save_trajectories(job.folder, self.networks[job.folder.path].lowered, job.folder.recordings(), job.seeds)

    def tidy(self, job: Job) -> None:
        """Remove the raw records, which are in the trajectories now."""
        remove_raw_records(job.folder, job.folder.recordings(), job.seeds)

    def _replica(self, engine: Simulator, job: Job, seed: int) -> Replica:
        network = self.networks[job.folder.path].lowered
        replica = Replica(
            engine,
            job.stream,
            seed,
            job.folder.replica(seed),
            job.points,
            job.folder.recordings(),
            self.report.advance,
            self.halt,
            {} if job is self.jobs[0] else parameter_values(network),
            network,
        )
        if (replica.folder / CHECKPOINT).exists():
            before = load_checkpoint(replica.folder)[1]
            self.report.already(before.position, job.held_out * len(before.accuracy))
        return replica
