"""A sweep as an array job of Slurm."""

from __future__ import annotations

import shlex
from pathlib import Path

from tacos.runs.storage import write_text
from tacos.sweeps.sweep import Sweep

_SCRIPT = """#!/bin/bash
# One task a cell of the sweep; given again, cells that are done are not run again. Change the limits to yours.
#SBATCH --job-name={name}
#SBATCH --array=1-{cells}
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --mem=4G
#SBATCH --output={log}

export OMP_NUM_THREADS=1
tacos sweep {folder} --cell "$SLURM_ARRAY_TASK_ID/{cells}" --processes "$SLURM_CPUS_PER_TASK"
# When all have ended: tacos show {folder}
"""


def array_job(sweep: Sweep) -> Path:
    """Write ``array.sbatch`` into the folder of a declared sweep; returns it."""
    path = sweep.path.resolve()
    target = sweep.path / "array.sbatch"
    text = _SCRIPT.format(
        name=path.name,
        cells=len(sweep.cells),
        log=shlex.quote(str(path / "array-%a.log")),
        folder=shlex.quote(str(path)),
    )
    write_text(target, text)
    return target
