"""Single precision learns as well as double precision."""

import numpy as np
import pytest

import tacos
import tasks
from tacos.backends import Stretch
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.measures.statistics import paired_difference
from tacos.networks.initial import initial_state
from tacos.networks.random_numbers import EVALUATION, TRAINING

SEEDS = 20


def accuracies(dtype, stream, network):
    """Accuracy over all held-out images at the end of the stream, for each seed; silence is no answer."""
    simulator = StandaloneSimulator(network, dtype, chunk=2000)
    tested = [stream.held_out_presentations(stretch) for stretch in range(stream.n_tasks)]
    images, targets = (np.concatenate(parts) for parts in zip(*tested, strict=True))
    found = []
    for seed in range(SEEDS):
        shown, classes = stream.presentations(seed, 0, stream.n_presentations)
        given = {"image": shown, "target": np.eye(stream.n_classes)[classes]}
        state = initial_state(simulator.network, seed)
        state = simulator.run(state, Stretch(given, 0, seed, TRAINING, True, len(shown))).state
        test = Stretch({"image": images}, 0, seed, EVALUATION, False, len(images), counts=["output"])
        counts = simulator.run(state, test).counts["output"]
        found.append(np.mean((counts.argmax(axis=1) == targets) & counts.any(axis=1)))
    return np.array(found)


@pytest.mark.slow
@pytest.mark.compiled
def test_same_accuracy():
    """The 90 % confidence interval of the difference in split-digits lies within one point."""
    stream = tasks.named("split-digits")
    network = tacos.error_driven(stream, hidden=20)
    double, single = (accuracies(dtype, stream, network) for dtype in ("float64", "float32"))
    assert double.mean() > 0.7 and (single != double).any()
    difference = paired_difference(single, double, confidence=0.9)
    same = difference.mean == difference.sd == 0  # on every seed: then there is no interval
    assert same or -0.01 < difference.low <= difference.high < 0.01, difference
