"""The flagship against an independent simulator: equal spikes, then equal states."""

import re

import numpy as np
import pytest

from tacos.backends.brian2.runtime import RuntimeSimulator
from tests.backends import flagship

PRESENTATIONS = 20

VARIANTS = {
    "full": {},
    "no error feedback": {"without": ("error feedback",)},
    "no metaplasticity": {"without": ("metaplasticity",)},
    "no heterosynaptic": {"without": ("heterosynaptic",)},
    "no consolidation": {"without": ("consolidation",)},
    "no neuromodulation": {"without": ("neuromodulation",)},
    "error feedback alone": {"without": ("metaplasticity", "heterosynaptic", "consolidation", "neuromodulation")},
    "hyperbolic gate": {"gate": "hyperbolic"},
    "target silenced": {"silence_target": True},
    "clipped weights": {"w_max": 1.0, "eta": 0.5},
    "other neurons": {"hidden.tau_m": "20 ms", "output.V_th": 1.0, "tau_U": "15 ms", "tau_s": "0.5 s"},
}


def compare(simulator, network, folder, learning=True, chunk=PRESENTATIONS):
    """Run both simulators; return the state before and after, and the rasters."""
    given = flagship.stimuli(PRESENTATIONS)
    before = flagship.start(network)
    reference = flagship.reference(network, before)
    expected, margins = flagship.present(reference, given, learning)
    folder.mkdir(exist_ok=True)
    records, state = flagship.spike_records(folder), before
    for first in range(0, PRESENTATIONS, chunk):
        state = simulator.run(
            state, flagship.stretch(given, first, first + chunk, learning=learning, records=records)
        ).state
    found = flagship.rasters(folder, PRESENTATIONS)
    for name in expected:
        differ = np.argwhere(found[name] != expected[name])
        if len(differ):
            presentation, step, neuron = differ[0]
            pytest.fail(
                f"{name} neuron {neuron} differs first in presentation {presentation}, step {step}; the smallest "
                f"margin to a threshold up to there is {min(margins[: presentation + 1]):.3g}"
            )
    states = flagship.reference_states(reference)
    for key, values in states.items():
        if key in state:
            np.testing.assert_allclose(state[key], values, rtol=0, atol=1e-9, err_msg=key)
    return before, state, expected


def check_active(before, after, rasters):
    """The comparison means something: everybody fires and everything moves."""
    for name, raster in rasters.items():
        assert raster.sum() > 8, f"{name} neurons hardly fire"
        assert raster.mean() < 0.2, f"{name} neurons fire all the time"
    for name in (flagship.IN, flagship.OUT):
        for state in flagship.PLASTIC:
            moved = after[f"{name}.{state}"] - before[f"{name}.{state}"]
            assert np.abs(moved).max() > 0.05, f"{name}.{state} does not move"
        grown = after[f"{name}.m"] - before[f"{name}.m"]
        assert 0.02 < (grown > 0).mean() < 0.999, f"{name}.m grows everywhere or nowhere"


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_runtime(variant, tmp_path):
    network = flagship.network(**VARIANTS[variant])
    simulator = RuntimeSimulator(network, "float64", target="numpy", capacity=PRESENTATIONS)
    before, after, rasters = compare(simulator, network, tmp_path / "run")
    if variant == "full":
        check_active(before, after, rasters)
    if variant == "clipped weights":
        assert (after[f"{flagship.IN}.w"] == -1.0).mean() > 0.05
    if variant == "no error feedback":
        assert "hidden.U" not in after


def assert_frozen(before, after):
    for name in (flagship.IN, flagship.OUT):
        for state in flagship.PLASTIC:
            np.testing.assert_array_equal(after[f"{name}.{state}"], before[f"{name}.{state}"])
    assert after["surprise.surprise"][0] > 0


def test_runtime_frozen(tmp_path):
    network = flagship.network()
    simulator = RuntimeSimulator(network, "float64", target="numpy", capacity=PRESENTATIONS)
    before, after, _ = compare(simulator, network, tmp_path, learning=False)
    assert_frozen(before, after)


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("templates", ["ours", "stock"])
@pytest.mark.parametrize("variant", ["full", "clipped weights", "other neurons", "frozen"])
def test_standalone(variant, templates, tmp_path):
    """One program, other values at run time; with our templates and with Brian2's."""
    network = flagship.network(**VARIANTS.get(variant, {}))
    simulator = flagship.standalone(network, templates=templates)
    before, after, rasters = compare(simulator, network, tmp_path, learning=variant != "frozen")
    if variant == "full":
        check_active(before, after, rasters)
    if variant == "clipped weights":
        assert (after[f"{flagship.IN}.w"] == -1.0).mean() > 0.05
    if variant == "frozen":
        assert_frozen(before, after)


@pytest.mark.compiled
def test_the_program_writes_what_is_read():
    """Brian2's own writes every array, some hundred files a run."""
    simulator = flagship.standalone(flagship.network())
    written = re.findall(r'results_dir \+ "(\w+)"', (simulator.folder / "objects.cpp").read_text())
    assert sorted(written) == sorted(entry["file"] for entry in simulator.manifest["states"].values())


@pytest.mark.slow
@pytest.mark.compiled
def test_standalone_in_chunks(tmp_path):
    """The other gate, no neuromodulation, the target silenced; seven presentations a run."""
    network = flagship.network(gate="hyperbolic", without=("neuromodulation",), silence_target=True)
    compare(flagship.standalone(network), network, tmp_path, chunk=7)
