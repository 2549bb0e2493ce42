"""Figures of runs: every function takes data and returns a Matplotlib `Figure`; `save` writes it.

Nothing here touches pyplot, its current figure or its backend, so figures can be made anywhere: in scripts,
in notebooks, on a cluster without a display.
"""

from tacos.plots.activity import activity_through_stream
from tacos.plots.front import stability_plasticity_front
from tacos.plots.histogram import histogram_through_time
from tacos.plots.learning_rates import effective_learning_rate
from tacos.plots.matrix import accuracy_matrix
from tacos.plots.memory import memory_decay, memory_map
from tacos.plots.methods import methods
from tacos.plots.phase import phase_plot
from tacos.plots.plasticity import plasticity_through_stream
from tacos.plots.potentials import potentials
from tacos.plots.raster import spike_raster
from tacos.plots.rates import firing_rates
from tacos.plots.receptive_fields import receptive_fields
from tacos.plots.recruitment import prototypes, recruitment
from tacos.plots.retention import retention
from tacos.plots.sensitivity import sensitivity_map
from tacos.plots.side_by_side import comparison
from tacos.plots.states import state_distribution
from tacos.plots.style import save, using
from tacos.plots.through_stream import accuracy_through_stream
from tacos.plots.trajectory import trajectories

__all__ = [
    "accuracy_matrix",
    "accuracy_through_stream",
    "activity_through_stream",
    "comparison",
    "effective_learning_rate",
    "firing_rates",
    "histogram_through_time",
    "phase_plot",
    "prototypes",
    "receptive_fields",
    "recruitment",
    "memory_decay",
    "memory_map",
    "methods",
    "plasticity_through_stream",
    "potentials",
    "retention",
    "save",
    "sensitivity_map",
    "spike_raster",
    "stability_plasticity_front",
    "state_distribution",
    "trajectories",
    "using",
]
