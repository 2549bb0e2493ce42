"""Norse's neurons declared as equations, on both backends, against Norse itself: equal spikes, equal states."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import tacos
import tasks
from synapses import DeclarationError, static
from tacos.backends import RawRecord, Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.initial import initial_state
from tacos.networks.norse import norse_lif, norse_lif_refractory, norse_lsnn
from tacos.networks.populations import stimulus

pytest.importorskip("norse")
from norse.torch.functional.lif import LIFFeedForwardState, LIFParameters, lif_feed_forward_step  # noqa: E402
from norse.torch.functional.lif_refrac import (  # noqa: E402
    LIFRefracFeedForwardState,
    LIFRefracParameters,
    lif_refrac_feed_forward_step,
)
from norse.torch.functional.lsnn import LSNNFeedForwardState, LSNNParameters, lsnn_feed_forward_step  # noqa: E402

#: States are looked at after every presentation of so many steps, and go on to the next.
PRESENTATIONS, STEPS = 8, 50
N_IN, N = 8, 5


def double(**values):
    """Parameters in double precision: Norse multiplies single ones by dt in single precision."""
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}


COMMON = double(tau_syn_inv=180.0, tau_mem_inv=90.0, v_leak=0.1, v_th=0.7, v_reset=-0.2)
LIF = LIFParameters(**COMMON)
LSNN = LSNNParameters(**COMMON, **double(tau_adapt_inv=12.0, beta=0.3))


def refractory(steps):
    return LIFRefracParameters(LIF, torch.tensor(steps, dtype=torch.float64))


def full(value):
    return torch.full((N,), float(value), dtype=torch.float64)


def lif_of(p):
    return lif_feed_forward_step, LIFFeedForwardState(full(p.v_leak), full(0)), lambda s: {"V": s.v, "I": s.i}, True


def refractory_of(p):
    start = LIFRefracFeedForwardState(LIFFeedForwardState(full(p.lif.v_leak), full(0)), full(0))
    return lif_refrac_feed_forward_step, start, lambda s: {"V": s.lif.v, "I": s.lif.i}, True


def lsnn_of(p):
    start = LSNNFeedForwardState(full(p.v_leak), full(0), full(p.v_th))
    return lsnn_feed_forward_step, start, lambda s: {"V": s.v, "I": s.i, "b": s.b}, False


def norse_runs(of, p, inputs, dt):
    """Norse's raster, and its states after each of our presentations."""
    step, state, named, input_first = of(p)
    raster, states = [], []
    before = torch.zeros_like(inputs[0])
    for k, given in enumerate(inputs):
        z, state = step(before if input_first else given, state, p, dt)
        before = given
        raster.append(z.numpy() > 0)
        if (k + 1) % STEPS == 0:
            found = {name: x.numpy() for name, x in named(state).items()}
            if input_first:  # what Norse is handed next, we have added already
                found["I"] = found["I"] + given.numpy()
            states.append(found)
    return np.array(raster), states


@pytest.mark.slow
@pytest.mark.parametrize(
    ("population", "of", "p", "dt"),
    [
        (norse_lif, lif_of, LIF, 1e-3),
        (norse_lif_refractory, refractory_of, refractory(0.0), 1e-3),
        (norse_lif_refractory, refractory_of, refractory(1.0), 1e-3),
        (norse_lif_refractory, refractory_of, refractory(4.5), 7e-4),
        (norse_lsnn, lsnn_of, LSNN, 1e-3),
    ],
)
def test_spikes_and_states_are_those_of_norse(population, of, p, dt, tmp_path):
    cells = population("cells", N, p)
    states = tuple(cells.initial) + tuple(name for name in ("I", "rho") if f"d{name}/dt" in cells.equations)
    network = tacos.Network(
        (stimulus("input", N_IN, tasks.Raster()), replace(cells, persistent=states)),
        (tacos.Projection("input", "cells", static("0.5*randn() + 0.4")),),
        duration=STEPS * dt, dt=dt, readout="cells",
    )  # fmt: skip
    start = initial_state(network.lowered, 5)
    shown = np.random.default_rng(2).random((PRESENTATIONS * STEPS, N_IN)) < 0.15
    weights = torch.as_tensor(start["input-cells.w"]).view(N_IN, N)
    raster, expected = norse_runs(of, p, torch.as_tensor(shown.astype(float)) @ weights, dt)
    assert 0.03 < raster.mean() < 0.6
    for name, simulator in (
        ("torch", TorchSimulator(network, "float64")),
        ("brian2", RuntimeSimulator(network, "float64", capacity=1, target="numpy")),
    ):
        state, records = start, [RawRecord("cells", tmp_path / name, unit="spikes")]
        for k, values in enumerate(expected):
            stretch = Stretch({"image": shown[k * STEPS : (k + 1) * STEPS]}, k, 5, 0, False, 1, records=records)
            state = simulator.run(state, stretch).state
            for key, x in values.items():
                np.testing.assert_allclose(
                    state[f"cells.{key}"], x, rtol=0, atol=1e-9, err_msg=f"{name}, {key} after {k}"
                )
        rows = np.fromfile(tmp_path / name, np.int32).reshape(-1, 3)
        found = np.zeros_like(raster)
        found[rows[:, 0] * STEPS + rows[:, 1], rows[:, 2]] = True
        np.testing.assert_array_equal(found, raster, err_msg=name)


def test_defaults_are_those_of_norse():
    ours = {p.name: p.value for p in norse_lif("cells", N).parameters}
    assert ours == {name: float(getattr(LIFParameters(), name)) for name in ours}
    assert {p.name: p.value for p in norse_lif_refractory("cells", N).parameters}["rho_reset"] == 5
    assert {p.name: p.value for p in norse_lsnn("cells", N).parameters}["beta"] == pytest.approx(1.8)


def test_numbers_are_accepted_and_vectors_are_refused():
    p = LIFParameters(*(float(x) for x in LIF[:5]))
    assert norse_lif("cells", N, p) == norse_lif("cells", N, LIF)
    message = r"Population 'cells': all neurons share one 'v_th', so it is a number, not a tensor of \(5,\)\."
    with pytest.raises(DeclarationError, match=message):
        norse_lif("cells", N, LIF._replace(v_th=torch.ones(N)))


def test_without_norse_only_its_defaults_are_missing(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "norse"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "norse", None)
    norse_lif("cells", N, LIF)
    with pytest.raises(DeclarationError, match=r"pip install 'tacos-snn\[torch\]'"):
        norse_lif("cells", N)
