"""How much of a comparison is left, for its one bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tacos.comparison.candidates import Candidate
from tacos.comparison.plan import FACTORS, OWN, REGULARIZERS, Plan
from tacos.runs.jobs import length
from tacos.runs.progress import ProgressReport

#: How many trials beyond its grid a row is taken to need.
BEYOND = 2


@dataclass
class Ahead:
    """The parts of a comparison that have not begun, in order, with their presentations.

    Attributes
    ----------
    report : ProgressReport
        Where the bar is shown.
    parts : dict
        Of "own trials", "own tests", "ceilings", "regularizers" on the own network, and "trials" and "tests" of the
        baselines.
    """

    report: ProgressReport
    parts: dict[str, float]

    def begin(self, part: str) -> None:
        """Go on to a part; those before it are over, or were left out because nothing could be chosen."""
        if self.report.visible:
            names = list(self.parts)
            self.parts = {name: self.parts[name] for name in names[names.index(part) :]}
            self.report.expect(sum(self.parts.values()))

    @classmethod
    def of(cls, plan: Plan, baselines: Sequence[Candidate], report: ProgressReport) -> Ahead:
        """All of a comparison; counted only where somebody looks."""
        if not report.visible:
            return cls(report, {})
        seeds, trial, test = len(plan.replicas), length(plan.validation, 1), length(plan.stream, 1)
        asked = [name for name in REGULARIZERS if name in plan.methods] if OWN in plan.networks else []
        tried = len(plan.eta_factors) + BEYOND
        strengths = [len(REGULARIZERS[name][2][: plan.strengths]) for name in asked]
        others = sum(n * len(FACTORS[: len(plan.steps)]) + BEYOND for n in strengths if n)
        ceilings = 2 if plan.ceilings and not plan.draws else 0  # the shuffled stream, and all tasks one by one
        grids = [(row.row.epochs, len(row.grid()) + BEYOND) for row in baselines]
        parts = {
            "own trials": tried * trial,
            "own tests": seeds * test,
            "ceilings": ceilings * seeds * test,
            "regularizers": (tried * bool(asked) + others) * trial + len(asked) * seeds * test,
            "trials": sum(epochs * n * trial for epochs, n in grids),
            "tests": sum(epochs * seeds * test for epochs, _ in grids),
        }
        return cls(report, parts)
