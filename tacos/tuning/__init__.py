"""Constants chosen on validation data: what is tried, what came out, and what to try next.

>>> found = tune({"full": Closing("eta", (0.25, 1.0), rounds=2)}, run)
>>> best(found["full"])
"""

from tacos.tuning.search import run_trials, tune
from tacos.tuning.strategies import Closing, Edges, Strategy
from tacos.tuning.trials import Outcome, Trial, best, nothing_chosen

__all__ = ["Closing", "Edges", "Outcome", "Strategy", "Trial", "best", "nothing_chosen", "run_trials", "tune"]
