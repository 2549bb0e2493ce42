"""On a CPU a simulation takes one thread, and says that it is slow."""

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


def test_a_simulation_takes_one_thread(three_threads, monkeypatch):
    made = simulator.TorchSimulator(tacos.error_driven((6, 2), 4))
    used = []

    def present(self, requests):
        used.append(torch.get_num_threads())
        return [(state, {}) for state, _ in requests]

    monkeypatch.setattr(simulator.TorchSimulator, "_present", present)
    request = initial_state(made.network, 0), Stretch({"image": np.zeros((1, 6))}, 0, 0, 0, True, 1)
    made.run_together([request, request])
    assert used == [1] and torch.get_num_threads() == 3


@pytest.mark.compiled
def test_a_batch_on_a_cpu_is_said_to_be_slow():
    said = []
    made = backends.simulator(tacos.error_driven((6, 2), 4), backends.Choice("torch"), say=said.append)
    assert made.batched and said == [
        "PyTorch on a CPU takes 20 to 100 times as long as Brian2's compiled program; it is meant for a GPU"
    ]
