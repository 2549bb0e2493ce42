"""Neurons of one's own in the flagship: a layer of them, or in the place of a population that is there."""

from dataclasses import replace

import numpy as np
import pytest

import tacos
from synapses import DeclarationError
from tacos.backends import Stretch
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.adex import adaptive_exponential
from tacos.networks.initial import initial_state
from tacos.networks.norse import norse_lif
from tacos.networks.populations import adaptive_lif, lif


def learned(network, n=3):
    rng = np.random.default_rng(1)
    shown = {"image": rng.random((n, 6)), "target": np.eye(2)[rng.integers(0, 2, n)]}
    stretch = Stretch(shown, 0, 3, 0, True, n, counts=("hidden", "output"))
    return TorchSimulator(network, "float64").run(initial_state(network.lowered, 3), stretch)


def test_lif_neurons_of_ones_own_are_the_flagships():
    assert tacos.error_driven((6, 2), lif("hidden", 4)) == tacos.error_driven((6, 2), 4)
    cells = [lif("hidden1", 4), lif("hidden2", 3)]
    assert (
        tacos.error_driven((6, 2), cells)
        == tacos.error_driven((6, 2), [4, 3])
        == tacos.error_driven((6, 2), [4, cells[1]])
    )


@pytest.mark.parametrize("cell", [norse_lif, adaptive_lif, adaptive_exponential])
def test_other_neurons_learn_by_the_same_rule(cell):
    network = tacos.error_driven((6, 2), cell("hidden", 5), duration="50 ms").with_parameters(
        pre_threshold=0.0, post_threshold=0.0, **{"input-hidden.w_initial": 3.0}
    )
    after, before = learned(network), initial_state(network.lowered, 3)
    assert after.counts["hidden"].any(), "they fire"
    assert set(after.state) == set(before) and {"hidden.X", "hidden.U"} <= set(before), (
        "traces and errors are theirs, too"
    )
    assert tacos.Network.from_dict(network.to_dict()) == network


def test_a_layer_keeps_its_name():
    network = tacos.error_driven((6, 2), norse_lif("cells", 5))
    assert [p.name for p in network.projections[:2]] == ["input-cells", "cells-output"]
    with pytest.raises(DeclarationError, match="There are two populations named 'input'"):
        tacos.error_driven((6, 2), norse_lif("input", 5))


def test_other_neurons_in_the_place_of_a_population():
    network = tacos.error_driven((6, 2), 4)
    slower = lif("output", 2, tau_m="50 ms")
    changed = network.with_population(slower)
    assert changed.population("output") == slower and changed.with_population(network.population("output")) == network
    with pytest.raises(
        DeclarationError, match="There is no population 'outputs'; there are input, hidden, output.* mean 'output'"
    ):
        network.with_population(replace(slower, name="outputs"))


def test_a_current_with_a_unit_is_refused():
    cell = replace(
        norse_lif("hidden", 4),
        equations="dV/dt = -V/(10*ms) : 1\ndI/dt = -I/(5*ms) : amp",
        receptors={"current": "I += efficacy*amp"},
    )
    with pytest.raises(DeclarationError, match="'hidden' has 'I' in amp, and a synapse on it needs it in 1"):
        _ = tacos.error_driven((6, 2), cell).lowered
