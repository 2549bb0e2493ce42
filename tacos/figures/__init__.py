"""All figures of a run, an ablation or a comparison: what is drawn of which folder; :mod:`tacos.plots` draws it."""

from tacos.figures.of_recordings import trajectory_figures
from tacos.figures.of_run import effective_learning_rate, figures, save_figures

__all__ = ["effective_learning_rate", "figures", "save_figures", "trajectory_figures"]
