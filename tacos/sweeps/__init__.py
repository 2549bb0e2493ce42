"""Many runs over any number of quantities: here, on a cluster, or cell by cell as an array job."""

from tacos.sweeps.array_jobs import array_job
from tacos.sweeps.axes import Between
from tacos.sweeps.merging import merge
from tacos.sweeps.sweep import Sweep, load_sweep, sweep

__all__ = ["Between", "Sweep", "array_job", "load_sweep", "merge", "sweep"]
