"""On a CPU one thread, but for large networks of which every synapse is visited in every step."""

import numpy as np
import pytest
import torch

import tacos
from tacos import backends
from tacos.backends import Stretch
from tacos.backends.torch import simulator
from tacos.networks.initial import initial_state


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("every_synapse", "many", "expected"),
    [(True, 1 << 20, 1), (True, 6 * 4 * 2, 3), (True, 6 * 4 * 2 + 1, 1), (False, 6 * 4 * 2, 1)],
)
def test_threads_by_the_size_of_the_batch(three_threads, every_synapse, many, expected, monkeypatch):
    made = simulator.TorchSimulator(tacos.error_driven((6, 2), 4))
    used = []

    def present(self, requests):
        used.append(torch.get_num_threads())
        return [(state, {}) for state, _ in requests]

    monkeypatch.setattr(simulator, "MANY", many)
    monkeypatch.setattr(simulator.TorchSimulator, "masked", every_synapse)
    monkeypatch.setattr(simulator.TorchSimulator, "_present", present)
    request = initial_state(made.network, 0), Stretch({"image": np.zeros((1, 6))}, 0, 0, 0, True, 1)
    made.run_together([request, request])
    assert used == [expected] and torch.get_num_threads() == 3


@pytest.mark.compiled
def test_a_batch_on_a_cpu_is_said_to_be_slow():
    said = []
    made = backends.simulator(tacos.error_driven((6, 2), 4), backends.Choice("torch"), say=said.append)
    assert made.batched and said == [
        "PyTorch on a CPU takes some 20 times as long as Brian2's compiled program; it is meant for a GPU"
    ]
