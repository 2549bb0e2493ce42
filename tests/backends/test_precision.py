"""Single precision learns as well as double precision."""

import numpy as np
import pytest

import tacos
import tasks
from tacos.metrics import average_accuracy
from tacos.statistics import paired_difference

SEEDS = 20


@pytest.mark.slow
@pytest.mark.compiled
def test_same_accuracy(tmp_path):
    """The 90 % confidence interval of the difference lies within one point."""
    stream = tasks.named("split-digits")
    network = tacos.error_driven(stream, hidden=20)
    results = [
        tacos.run(network, stream, SEEDS, dtype=dtype, out=tmp_path / dtype, progress=False)
        for dtype in ("float64", "float32")
    ]
    double, single = (np.asarray(average_accuracy(result.accuracy_matrix)) for result in results)
    assert double.shape == (SEEDS,) and double.mean() > 0.7 and (single != double).any()
    difference = paired_difference(single, double, confidence=0.9)
    assert -0.01 < difference.low <= difference.high < 0.01
