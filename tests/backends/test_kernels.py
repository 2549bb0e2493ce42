"""Triton kernels against the same statements on PyTorch: run by Triton's interpreter here, compiled where there is a GPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import synapses
import tacos
import tasks
from synapses import Mechanism, NeuronState, Parameter, State, Synapse, static
from tacos.backends import BackendError, Stretch
from tacos.backends.torch.simulator import TorchSimulator
from tacos.backends.torch.source import module_source
from tacos.networks.initial import initial_state
from tacos.networks.populations import lif, stimulus
from tests.backends.by_name import simulator
from tests.backends.test_torch import driven, requests

pytest.importorskip("triton", reason="there are no wheels of Triton for this machine")
#: Cells of these networks fire within a presentation.
STRONG, N = "40*rand()", 2
#: All that a kernel can, on numbers that keep their digits.
EVERYTHING = """
a = exp(-w) + log(abs(w) + 1) + sqrt(abs(w)) + floor(5*w) + ceil(w) + sin(w) + cos(w) + sign(w - 0.5) + w**2
d = exp(-1) + sqrt(2) + floor(n) + sqrt(i + 1) + log(1 + n) + abs(-1) + n/2 + int(i*1000000000 > 3000000000)
b = int(w > 0.3 and not (n > 2)) + int(w < 0.1 or n == 1) + int(3*w) + timestep(dt, dt) + 0.25*i - j
c = clip(0.01*a + 0.001*b/(1 + n) + 0.01*d, 0.01, inf) + 1e-3*n/7 + 0.1*x + int(on)
w = 0.5*w + 0.1*c
n = n + 1
x = x + 1
on = not on
real = 0.5*w
I_post += 40*w
count_post += int(w > 0)
count_post -= 0.5
"""


def everything():
    """Inputs onto cells, through synapses that do all that a kernel can."""
    rule = Mechanism(
        "everything",
        parameters=(Parameter("tau_x", "7 ms"),),
        states=(State("n", unit="integer"), State("on", unit="boolean"), State("real", unit="boolean"), State("x")),
        equations="dx/dt = -x/tau_x : 1 (event-driven)",
        on_pre=EVERYTHING,
        post=(NeuronState("I"), NeuronState("count", "count : integer")),
    )
    source, cells = stimulus("input", 6, tasks.Rate("200 Hz")), lif("post", 4)
    made = Synapse("everything", (rule,), (State("w", "rand()"),))
    return tacos.Network((source, cells), (tacos.Projection("input", "post", made),), 0.02, 1e-3, readout="post")


def asked(network, **options):
    """Requests of two replicas with inputs and initial values of their own."""
    return [
        (
            initial_state(network.lowered, seed),
            Stretch({"image": np.full((N, 6), 0.9)}, 3, seed, 0, True, N, counts=["input", "post"], **options),
        )
        for seed in (1, 2)
    ]


def compare(network, requested, dtype="float64", tolerance=1e-12):
    """States and counts with and without kernels; every population that is counted has fired."""
    found = simulator("kernels", network, dtype, N).run_together(requested)
    expected = simulator("torch", network, dtype, N).run_together(requested)
    for one, other in zip(found, expected, strict=True):
        for name, counts in other.counts.items():
            assert counts.any(), f"{name} never fires"
            np.testing.assert_array_equal(one.counts[name], counts, err_msg=name)
        for key, values in other.state.items():
            np.testing.assert_allclose(one.state[key], values, rtol=tolerance, atol=tolerance, err_msg=key)
    return found


def with_kernels(network):
    """Names of pathways with a kernel, and of those without."""
    source = module_source(network.lowered, kernels=True)
    on_rows = {line.split(", ")[4].removesuffix("_rows") for line in source.splitlines() if "    on_rows(_n" in line}
    others = {line.split(", ")[3].rstrip(")") for line in source.splitlines() if "    _n.on_spike(" in line}
    return on_rows, others - on_rows


@pytest.mark.slow
@pytest.mark.parametrize("model", ["stdp", "triplet", "tsodyks_markram", "graupner_brunel", "bayesian"])
def test_a_model_of_the_library(model):
    network = driven(getattr(synapses, model)()).with_parameters(**{"post.V_th": 1e-3})
    assert not with_kernels(network)[1]
    compare(network, asked(network))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_flagship_with_parameters_of_its_own_for_each_replica(dtype):
    busy = {"w_initial": 30.0, "hidden.V_th": 0.01, "output.V_th": 0.01, "false positive.E_th": 0.5}
    network = tacos.error_driven((6, 2), 5, duration=0.016).with_parameters(**busy)
    given = requests(network, range(2), n=N, of1={"input-hidden.eta": 0.5, "hidden.tau_m": 0.03})
    found = compare(network, given, dtype, 1e-12 if dtype == "float64" else 1e-5)
    for outcome, (before, _) in zip(found, given, strict=True):
        assert (outcome.state["input-hidden.w"] != before["input-hidden.w"]).any()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_all_that_a_kernel_can(dtype):
    network = everything()
    assert not with_kernels(network)[1]
    compare(network, asked(network), dtype, 1e-12 if dtype == "float64" else 1e-5)


def test_what_is_no_number_stays_none():
    """A bound would hide that a network diverges."""
    network = everything()
    requested = asked(network)
    for state, _ in requested:
        state["input-post.w"][:4] = np.nan
    for backend in ("kernels", "torch"):
        for found in simulator(backend, network, capacity=N).run_together(requested):
            assert (
                np.isnan(found.state["input-post.w"][:4]).all() and np.isfinite(found.state["input-post.w"][4:]).all()
            )


def test_kernels_are_for_a_gpu(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    for fused in (None, True):
        with pytest.raises(BackendError, match="^Kernels are for fused steps on a GPU"):
            TorchSimulator(driven(static(1.0)), device="cpu", fused=fused, kernels=True)


def test_spikes_under_way():
    network = driven(static(STRONG) + Mechanism("hears", on_pre="w = w*0.9"), delay="3 ms")
    assert len(with_kernels(network)[0]) == 2
    compare(network, asked(network))


def test_rows_of_silent_neurons_are_not_read():
    network = driven(static(STRONG))
    requested = asked(network)
    for state, stretch in requested:
        stretch.shown["image"][:, 2] = 0.0
        state["input-post.w"].reshape(6, 4)[2] = np.nan
    for (state, _), found in zip(
        requested, simulator("kernels", network, capacity=N).run_together(requested), strict=True
    ):
        assert np.isfinite(found.state["post.V"]).all() and found.counts["post"].any()
        np.testing.assert_array_equal(found.state["input-post.w"], state["input-post.w"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("w = w + rand()", "random numbers"),
        ("w = w**1.5", "a power"),
        ("w = tanh(w)", "a function that the interpreter lacks"),
        ("w = w % 2", "a remainder"),
        ("X_pre += w", "a sum over a row"),
    ],
)
def test_what_has_no_kernel_runs_as_it_did(change, why):
    pre = (synapses.NeuronState("X", "X : 1"),) if "X_pre" in change else ()
    network = driven(Synapse("s", (Mechanism("own", pre=pre, on_pre=change),), (State("w", STRONG),)))
    kernels, others = with_kernels(network)
    assert kernels == {"input_post_transmit"} and others == {"input_post_pre"}, why


def test_sparse_projections_have_none():
    network = driven(static(STRONG), connectivity=tacos.Random(0.7, seed=1))
    assert with_kernels(network) == (set(), {"input_post_transmit"})


@pytest.mark.slow
def test_they_compile_for_a_gpu(tmp_path):
    """Triton's compiler needs no GPU to make its code: of all kernels of the flagship, as they are launched."""
    script = Path(__file__).with_name("compile_kernels.py")
    environment = {**os.environ, "TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": "0"}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, env=environment)
    assert not done.returncode, done.stderr[-3000:]
    sizes = json.loads(done.stdout.splitlines()[-1])
    assert {f"{name}_kernel" for name in with_kernels(tacos.error_driven((6, 2), 5))[0]} < sizes.keys()
    assert {f"input_post_pre_kernel, {dtype}" for dtype in ("float32", "float64")} < sizes.keys()
    assert len(sizes) > 15 and min(sizes.values()) > 1000
