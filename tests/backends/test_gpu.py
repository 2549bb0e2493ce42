"""What runs on a GPU against what runs on a CPU, which is compared with Brian2.

Where there is none, the same statements without being compiled, which takes a minute, and a small network compiled.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

import tacos
import tasks
from synapses import static, stdp
from tacos.backends import RawRecord, Stretch
from tacos.backends.torch import simulator as backend
from tacos.backends.torch.simulator import TorchSimulator
from tacos.backends.torch.transmission import transmits_alike
from tacos.networks.initial import initial_state
from tests.backends import assembly
from tests.backends.test_torch import driven, requests, same, same_anywhere

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
gpu = pytest.mark.skipif(DEVICE == "cpu", reason="needs a GPU")
pytestmark = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=[
        ("float64", False),
        pytest.param(("float32", False), marks=gpu),
        pytest.param(("float32", True), marks=gpu),
    ],
)
def small(request):
    dtype, kernels = request.param
    network = tacos.error_driven((12, 2), 9, duration=0.05).with_parameters(w_initial=3.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "SLOTS", (4, 3))
        fused = TorchSimulator(network, dtype, DEVICE, fused=True, kernels=kernels)
        if DEVICE == "cpu":
            fused._one_step = fused._module.step
        yield network, dtype, fused


def test_a_fused_step_is_the_same(small, tmp_path):
    """No lists of events; on a GPU compiled by PyTorch, and one graph; records."""
    network, dtype, fused = small
    records = {
        place: [RawRecord("input-hidden.w", tmp_path / place, np.array([5, 2]), 2)] for place in ("here", "there")
    }
    asked = requests(network, range(3), n=6, of2={"input-hidden.eta": 0.5, "hidden.tau_m": 0.03})
    here = [(asked[0][0], replace(asked[0][1], records=records["here"])), *asked[1:]]
    there = [(asked[0][0], replace(asked[0][1], records=records["there"])), *asked[1:]]
    plain = TorchSimulator(network, dtype)
    for found, expected in zip(fused.run_together(here), plain.run_together(there), strict=True):
        assembly.assert_identical(found.counts, expected.counts)
        for key, values in expected.state.items():
            np.testing.assert_allclose(
                found.state[key], values, rtol=0, atol=1e-9 if dtype == "float64" else 1e-4, err_msg=key
            )
    assert (tmp_path / "here").stat().st_size == (tmp_path / "there").stat().st_size == 3 * 2 * 4
    tested = requests(network, range(3), n=7, learning=False, of2={"hidden.tau_m": 0.03})
    assert transmits_alike(network.lowered)
    for found, expected in zip(fused.run_together(tested), plain.run_together(tested), strict=True):
        same(found, expected)
        assert found.counts["hidden"].sum() > 0


@pytest.mark.compiled
@pytest.mark.parametrize("kernels", [False, True])
def test_compiled(kernels):
    if kernels:
        pytest.importorskip("triton", reason="there are no wheels of Triton for this machine")
    network = driven(stdp()).with_parameters(**{"post.V_th": 1e-3}) if kernels else driven(static("12*rand()"))
    asked = [
        (initial_state(network.lowered, k), Stretch({"image": np.full((2, 6), 0.9)}, k, k, 0, True, 2, ["post"]))
        for k in (1, 2)
    ]
    for found, expected in zip(
        TorchSimulator(network, "float64", DEVICE, fused=True, kernels=kernels).run_together(asked),
        TorchSimulator(network, "float64").run_together(asked), strict=True,
    ):  # fmt: skip
        assembly.assert_identical(found.counts, expected.counts)
        assert found.counts["post"].sum() > 0
        np.testing.assert_allclose(found.state["post.V"], expected.state["post.V"], rtol=0, atol=1e-9)


@gpu
@pytest.mark.parametrize("learning", [True, False])
def test_a_replica_is_the_same_alone_and_anywhere_in_a_batch(small, learning):
    network, _, simulator = small
    same_anywhere(
        simulator, requests(network, range(6), learning=learning, of2={"input-hidden.eta": 0.5, "hidden.tau_m": 0.03})
    )


@gpu
def test_chunks_change_nothing(small):
    """One presentation a run is no graph."""
    network, _, simulator = small
    ((state, stretch),) = requests(network, [1], n=4)
    whole = simulator.run(state, stretch)
    for k in range(4):
        shown = {channel: values[k : k + 1] for channel, values in stretch.shown.items()}
        state = simulator.run(state, replace(stretch, shown=shown, first=stretch.first + k, n=1)).state
    assembly.assert_identical(state, whole.state)


@gpu
def test_delays_noise_and_sparse_connections():
    """Spikes under way from one presentation to the next, and sums in no fixed order."""
    network = assembly.network(0.03)
    states = [assembly.run(TorchSimulator(network, "float64", device), 6, 3) for device in ("cpu", "cuda")]
    for key, values in states[0].items():
        np.testing.assert_allclose(states[1][key], values, rtol=1e-9, atol=1e-9, err_msg=key)


@gpu
def test_runs_on_it_are_resumed_and_read_as_others(tmp_path):
    stream = tasks.split("digits", classes_per_task=5, samples=60, test_samples=40, duration="50 ms")
    network = tacos.error_driven(stream, hidden=20)
    options = dict(backend="torch", progress=False, record="w; synapses=random(5)")
    found = tacos.run(network, stream, 3, out=tmp_path / "gpu", device="cuda", **options)
    other = tacos.run(network, stream, 3, out=tmp_path / "cpu", **options)
    assert np.abs(found.accuracy_matrix - other.accuracy_matrix).max() < 0.2
    drawn = [result.trajectories("input-hidden").w.values[:, 0] for result in (found, other)]
    np.testing.assert_allclose(*drawn, atol=1e-4)
