"""The flagship beside the methods of :mod:`tacos.baselines`, on one stream and the same seeds.

>>> from tacos.comparison import Plan, compare
>>> print(compare(Plan(tasks.split("mnist", samples=8000), out="runs/compare")))
"""

from tacos.comparison.compare import compare
from tacos.comparison.outcome import Comparison, Row
from tacos.comparison.plan import Plan

__all__ = ["Comparison", "Plan", "Row", "compare"]
