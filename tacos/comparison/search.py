"""Which constants to try: a grid, and one step beyond it wherever its best lies at an edge."""

from __future__ import annotations

from typing import Any

#: Step beyond an edge in learning rates; strengths go on in the steps of their grid.
STEP = 3.0


def best_of(trials: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The trial with the largest accuracy on validation data; None if all have failed."""
    return max((trial for trial in trials if "accuracy" in trial), key=lambda t: t["accuracy"], default=None)


def constants_of(trial: dict[str, Any]) -> dict[str, Any]:
    """What was tried, without what came out."""
    return {key: value for key, value in trial.items() if key not in ("accuracy", "reason")}


def at_edges(trials: list[dict[str, Any]]) -> dict[str, tuple[float, list[float]]]:
    """Constants whose best value is the least or the largest tried: ``{name: (best value, all that were tried)}``.

    Learning rates are compared with those of the same optimizer. A failed trial counts as tried.
    """
    best = best_of(trials)
    if best is None:
        return {}
    alike = [trial for trial in trials if trial.get("optimizer") == best.get("optimizer")]
    found = {}
    for name, value in constants_of(best).items():
        if isinstance(value, float):
            tried = sorted({trial[name] for trial in alike})
            if value in (tried[0], tried[-1]):
                found[name] = value, tried
    return found


def beyond(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What to try next: the best trial with one constant a step beyond the edge at which it lies."""
    found = []
    for name, (value, tried) in at_edges(trials).items():
        step = max(tried[1] / tried[0], tried[-1] / tried[-2]) if name == "strength" and len(tried) > 1 else STEP
        best = constants_of(best_of(trials) or {})
        if value == tried[0]:
            found.append(best | {name: float(f"{value / step:.3g}")})
        if value == tried[-1]:
            found.append(best | {name: float(f"{value * step:.3g}")})
    return found
