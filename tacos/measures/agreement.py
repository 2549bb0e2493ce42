"""What others measured, beside ours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tacos.measures.paired import mean_cell, mean_sd
from tacos.measures.statistics import welch_interval


def agreement_text(rows: Sequence[tuple[str, float, float, int, np.ndarray]]) -> str:
    """Accuracies of a source beside ours: ``(label, its mean, sd and number of runs, our values)``, in per cent.

    Verified: the means differ by at most 2 points. Not contradicted: they differ by more, but the 95 % confidence
    interval of our mean minus theirs (Welch's t) holds zero.
    """
    lines = [f"{'':<14}{'source':>16}{'ours':>16}{'runs':>6}  ours - source, 95 % CI"]
    for label, mean, sd, n, ours in rows:
        low, high = welch_interval(mean, sd, n, ours)
        difference = float(np.mean(ours)) - mean
        verdict = "verified" if abs(difference) <= 2 else "not contradicted" if low <= 0 <= high else "not verified"
        lines.append(
            f"{label:<14}{mean_cell(mean, sd, 1):>16}{mean_cell(*mean_sd(ours), 1):>16}"
            f"{len(ours):>6}  {difference:+.1f} ({low:+.1f} to {high:+.1f})  {verdict}"
        )
    return "\n".join(lines)
