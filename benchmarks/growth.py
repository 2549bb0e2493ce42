"""Memory and disk through a long stream."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import tacos
import tasks


def growth(presentations: int) -> None:
    """Memory of this process and size of the run's folder through a long stream."""
    stream = tasks.named("split-mnist", samples=presentations, test_samples=100)
    network = tacos.error_driven(stream, hidden=20)
    print(f"{'presentations':>14}{'memory (MB)':>14}{'folder (kB)':>14}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "run"
        seen: list[int] = []

        def report() -> None:
            files = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(f"{seen[-1]:>14}{pages * 4096 / 1e6:>14.1f}{files / 1e3:>14.1f}", flush=True)

        from tacos.runs import replica

        save = replica.save_checkpoint

        def watched(where: Path, state: Any, progress: Any) -> None:
            save(where, state, progress)
            if progress.position // 2500 > (seen[-1] // 2500 if seen else -1):
                seen.append(progress.position)
                report()

        replica.save_checkpoint = watched
        try:
            tacos.run(network, stream, 1, out=folder, progress=False)
        finally:
            replica.save_checkpoint = save
