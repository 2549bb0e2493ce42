"""Which figures there are of a run, an ablation, a comparison, and what they show; :mod:`tacos.plots` draws them."""

from tacos.figures.of_ablation import ablation_figures
from tacos.figures.of_comparison import comparison_figures
from tacos.figures.of_recordings import trajectory_figures
from tacos.figures.of_run import effective_learning_rate, figures, save_all, save_figures

__all__ = [
    "ablation_figures",
    "comparison_figures",
    "effective_learning_rate",
    "figures",
    "save_all",
    "save_figures",
    "trajectory_figures",
]
