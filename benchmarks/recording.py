"""What recording costs: two states of all synapses to disk, against the same run without."""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import tacos
import tasks
from benchmarks.common import largest, largest_program
from tacos.backends import Choice, simulator

RECORD = "input-hidden: w, m; synapses=all; every=10 presentations"


def recording(presentations: int, repeats: int = 3) -> None:
    """Time, memory and disk of a run that records w and m of all 156,800 synapses every tenth presentation."""
    stream = _stream(presentations)
    simulator(tacos.error_driven(stream), Choice(dtype="float32"), say=print)  # compiles, if need be
    print(f"784-200-2, float32, {presentations} presentations; in turns, each in a process of its own")
    titles = (
        "", "ms a presentation", "seconds in all", "CPU seconds", "memory (MB)", "program's (MB)",
        "most on disk (MB)", "kept (MB)",
    )  # fmt: skip
    print("".join(f"{title:>19}" for title in titles))
    found: dict[str, list[dict[str, float]]] = {"without": [], "recording": []}
    for _ in range(repeats):
        for name in found:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                row = pool.submit(_run, presentations, RECORD if name == "recording" else None).result()
            found[name].append(row)
            print(f"{name:>19}" + "".join(f"{value:>19.1f}" for value in row.values()), flush=True)
    for key in ("ms a presentation", "seconds in all", "CPU seconds"):
        ratios = [w[key] / o[key] for o, w in zip(found["without"], found["recording"], strict=True)]
        spread = sorted(round(ratio, 2) for ratio in ratios)
        print(f"recording takes {statistics.median(ratios):.2f} times the {key} (of {spread})")


def _stream(presentations: int) -> Any:
    return tasks.named("split-mnist", samples=presentations, test_samples=100)


def _run(presentations: int, record: str | None) -> dict[str, float]:
    """One run in this process."""
    stream = _stream(presentations)
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name) / "run"
        most = [0.0]

        def watched(*arguments: Any) -> None:
            save(*arguments)
            most[0] = max(most[0], _megabytes(folder))

        from tacos.runs import simulating

        save, simulating.save_trajectories = simulating.save_trajectories, watched
        start = time.perf_counter()
        with largest_program() as program:
            result = tacos.run(
                tacos.error_driven(stream), stream, 1, out=folder, record=record, dtype="float32", progress=False
            )
        seconds = time.perf_counter() - start
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return {
            "ms a presentation": float(result.dataset["ms_per_presentation"][0]),
            "seconds in all": seconds,
            "CPU seconds": sum(each.ru_utime + each.ru_stime for each in used),
            "memory": largest() / 1e6,
            "memory of the program": program[0] / 1e6,
            "most on disk": most[0],
            "kept on disk": _megabytes(folder),
        }


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
