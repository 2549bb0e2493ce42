"""TACOS: spiking networks that learn continually, on Brian2 and PyTorch.

The names below are imported when first used, so that looking at a finished run does not load the simulator.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

for _name in ("synapses", "tasks"):
    _found = find_spec(_name)
    if _found and _found.origin and Path(_found.origin).resolve().parents[1] != Path(__file__).resolve().parents[1]:
        raise ImportError(f"'{_found.origin}' hides the package '{_name}' of TACOS; give it another name.")

if TYPE_CHECKING:
    from tacos.ablation.ablate import ablate as ablate
    from tacos.errors import RunError as RunError
    from tacos.folders import resume as resume
    from tacos.networks.connectomes import Connect as Connect
    from tacos.networks.error_driven import error_driven as error_driven
    from tacos.networks.network import Network as Network
    from tacos.networks.populations import Population as Population
    from tacos.networks.projections import AllToAll as AllToAll
    from tacos.networks.projections import OneToOne as OneToOne
    from tacos.networks.projections import Projection as Projection
    from tacos.networks.projections import Random as Random
    from tacos.networks.recruiting import recruiting as recruiting
    from tacos.networks.recruiting_dale import recruiting_dale as recruiting_dale
    from tacos.recordings.recording import Recording as Recording
    from tacos.runs.experiment import run as run
    from tacos.runs.experiment import run_conditions as run_conditions
    from tacos.sweeps.maps import sensitivity as sensitivity
    from tacos.sweeps.merging import merge as merge
    from tacos.sweeps.sweep import sweep as sweep

_WHERE = {
    "AllToAll": "networks.projections",
    "Connect": "networks.connectomes",
    "Network": "networks.network",
    "OneToOne": "networks.projections",
    "Population": "networks.populations",
    "Projection": "networks.projections",
    "Random": "networks.projections",
    "Recording": "recordings.recording",
    "RunError": "errors",
    "ablate": "ablation.ablate",
    "error_driven": "networks.error_driven",
    "load": "folders",
    "merge": "sweeps.merging",
    "recruiting": "networks.recruiting",
    "recruiting_dale": "networks.recruiting_dale",
    "resume": "folders",
    "run": "runs.experiment",
    "run_conditions": "runs.experiment",
    "sensitivity": "sweeps.maps",
    "sweep": "sweeps.sweep",
}
__all__ = sorted(_WHERE)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"tacos has no '{name}'; there are {', '.join(__all__)}.")
    return getattr(import_module(f"tacos.{_WHERE[name]}"), name)


class _Package(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        # Importing the module tacos.error_driven would otherwise put it in the place of the function of the same name.
        super().__setattr__(name, getattr(value, name) if name in _WHERE and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Package
