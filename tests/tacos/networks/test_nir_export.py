"""Feed-forward networks as NIR: values, files, and the same voltages from NIR's own equations."""

import sys
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import synapses
import tacos
import tasks
from synapses import DeclarationError, static
from tacos.backends import RawRecord, Stretch
from tacos.networks.initial import initial_state
from tacos.networks.nir_export import to_nir
from tacos.networks.norse import norse_lif, norse_lif_refractory
from tacos.networks.populations import conductance_lif, lif, stimulus

nir = pytest.importorskip("nir")

DT, STEPS, PRESENTATIONS = 5e-4, 60, 5
NORSE = SimpleNamespace(tau_syn_inv=180.0, tau_mem_inv=90.0, v_leak=0.1, v_th=0.7, v_reset=-0.2)


def plain(name, size, **constants):
    """LIF neurons without what NIR lacks, which keep their states so that one can look at them."""
    return replace(lif(name, size, refractory=0.0, **constants), floors={}, persistent=("V", "I"))


def norse(name, size):
    return replace(norse_lif(name, size, NORSE), persistent=("V", "I"))


def layers(hidden=plain, output=plain, scale=1.0, **options):
    output = (
        output("output", 3, tau_syn="25 ms", resistance=5.0, threshold=2.0) if output is plain else output("output", 3)
    )
    return tacos.Network(
        (stimulus("input", 8, tasks.Raster()), hidden("hidden", 6), output),
        (
            tacos.Projection("input", "hidden", static(f"{scale}*(3 + 6*randn())"), **options),
            tacos.Projection("hidden", "output", static(f"{scale}*(1 + 3*randn())")),
        ),
        duration=STEPS * DT, dt=DT,
    )  # fmt: skip


def forward_euler(graph, spikes, dt):
    """NIR's equations as its simulators step them: all derivatives from the old values, a spike a 1 for one step.

    Returns spikes ``[step, neuron]`` and the last voltages of every layer.
    """
    into = {name: [source for source, target in graph.edges if target == name] for name in graph.nodes}
    layers = {name: node for name, node in graph.nodes.items() if isinstance(node, nir.CubaLIF)}
    i = {name: np.zeros(node.tau_syn.shape) for name, node in layers.items()}
    v = {name: node.v_leak.copy() for name, node in layers.items()}
    fired = {name: [] for name in graph.nodes if name in layers or name in graph.inputs}
    for given in spikes:
        for name in graph.inputs:
            fired[name].append(given)
        for name, node in layers.items():
            v[name] += dt / node.tau_mem * ((node.v_leak - v[name]) + node.r * i[name])
            fired[name].append((v[name] > node.v_threshold).astype(float))
            v[name] = np.where(fired[name][-1] > 0, node.v_reset, v[name])
        for name, node in layers.items():
            current = np.zeros_like(i[name])
            for linear in into[name]:
                (source,) = into[linear]
                steps = 0
                if isinstance(graph.nodes[source], nir.Delay):
                    steps = round(graph.nodes[source].delay[0] / dt)
                    (source,) = into[source]
                arriving = fired[source][-1 - steps] if len(fired[source]) > steps else np.zeros_like(fired[source][0])
                current += graph.nodes[linear].weight @ arriving
            i[name] += dt / node.tau_syn * (-i[name] + node.w_in * current)
    return {name: np.array(x) for name, x in fired.items()}, v


@pytest.mark.parametrize(
    "network",
    [
        layers(),
        layers(connectivity=tacos.Random(0.6, seed=1)),
        layers(norse, norse, 0.3),
        layers(norse, plain),
    ],
    ids=["lif", "sparse", "norse", "mixed"],
)
def test_the_equations_of_nir_give_our_voltages(network, tmp_path):
    torch = pytest.importorskip("tacos.backends.torch.simulator")
    simulator = torch.TorchSimulator(network, "float64")
    state = initial_state(network.lowered, 4)
    nir.write(tmp_path / "network.nir", to_nir(network, state))
    graph = nir.read(tmp_path / "network.nir")
    shown = (np.random.default_rng(2).random((PRESENTATIONS * STEPS, 8)) < 0.06).astype(float)
    records = [RawRecord(name, tmp_path / name, unit="spikes") for name in ("hidden", "output")]
    for k in range(PRESENTATIONS):
        until = (k + 1) * STEPS
        task = Stretch({"image": shown[k * STEPS : until]}, k, 4, 0, False, 1, records=records)
        state = simulator.run(state, task).state
        fired, v = forward_euler(graph, shown[:until], DT)
        for name, x in v.items():
            np.testing.assert_allclose(x, state[f"{name}.V"], rtol=0, atol=1e-9)
    for name in ("hidden", "output"):
        rows = np.fromfile(tmp_path / name, np.int32).reshape(-1, 3)
        found = np.zeros_like(fired[name])
        found[rows[:, 0] * STEPS + rows[:, 1], rows[:, 2]] = 1
        np.testing.assert_array_equal(found, fired[name])
        assert found.sum() > 5


def test_delays():
    torch = pytest.importorskip("tacos.backends.torch.simulator")
    network = layers(delay="3 ms")
    graph = to_nir(network)
    np.testing.assert_array_equal(graph.nodes["input-hidden delay"].delay, np.full(8, 3e-3))
    shown = (np.random.default_rng(2).random((STEPS, 8)) < 0.1).astype(float)
    task = Stretch({"image": shown}, 0, 0, 0, False, 1)
    state = torch.TorchSimulator(network, "float64").run(initial_state(network.lowered, 0), task).state
    _, v = forward_euler(graph, shown, DT)
    for name, x in v.items():
        np.testing.assert_allclose(x, state[f"{name}.V"], rtol=0, atol=1e-9)


def test_values_units_and_files(tmp_path):
    network = tacos.Network(
        (stimulus("input", 8, tasks.Raster()), plain("hidden", 6), plain("output", 3, tau_m="25 ms", resistance=5.0)),
        (
            tacos.Projection("input", "hidden", static("randn()")),
            tacos.Projection("hidden", "output", static("rand()"), sign="inhibitory"),
        ),
        dt="1 ms",
    )  # fmt: skip
    state = initial_state(network.lowered, 2)
    made = to_nir(network, state, tmp_path / "network.nir")
    for graph in (made, nir.read(tmp_path / "network.nir")):
        assert set(graph.nodes) == {"input", "hidden", "output", "input-hidden", "hidden-output", "readout"}
        assert ("input", "input-hidden") in graph.edges and ("output", "readout") in graph.edges
        cell = graph.nodes["output"]
        for name, value in {
            "tau_syn": 0.01,
            "tau_mem": 0.025,
            "r": 5,
            "v_leak": 0,
            "v_threshold": 1,
            "v_reset": 0,
            "w_in": 1,
        }.items():
            np.testing.assert_allclose(getattr(cell, name), np.full(3, value), rtol=1e-12)
        weights = graph.nodes["input-hidden"].weight
        np.testing.assert_allclose(weights, state["input-hidden.w"].reshape(8, 6).T, rtol=1e-12)
        np.testing.assert_allclose(
            graph.nodes["hidden-output"].weight, -state["hidden-output.w"].reshape(6, 3).T, rtol=1e-12
        )
        assert graph.metadata["dt"] == pytest.approx(1e-3)
        assert graph.metadata["not_carried"] in ("", b"")


def test_what_is_not_carried_is_said():
    network = tacos.error_driven((8, 2), 5, synapses.tacos(), dt="1 ms", duration="20 ms")
    with pytest.warns(UserWarning, match="NIR does not carry: ") as told:
        graph = to_nir(network)
    (said,) = (str(one.message) for one in told if one.category is UserWarning)
    for phrase in (
        "the refractory period of hidden (4 ms)", "the floor of V in output", "the plasticity of input-hidden",
        "what does not lead to the readout (teacher, false positive,",
    ):  # fmt: skip
        assert phrase in said
    assert graph.metadata["not_carried"] in said
    assert set(graph.nodes) == {"input", "hidden", "output", "input-hidden", "hidden-output", "readout"}
    cells = norse_lif_refractory("hidden", 6, SimpleNamespace(lif=NORSE, rho_reset=4.0))
    with pytest.warns(UserWarning, match=r"the refractory period of hidden \(4 steps\)"):
        to_nir(layers(lambda name, size: cells))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="NIR")
        to_nir(layers())


def test_what_has_no_counterpart_is_refused(monkeypatch):
    network = layers()
    back = tacos.Projection("output", "hidden", static(1.0))
    with pytest.raises(DeclarationError, match="the loop output -> hidden -> output"):
        to_nir(replace(network, projections=(*network.projections, back)))
    receptor = [replace(network.projections[0], receptor="excitatory"), network.projections[1]]
    conductances = replace(
        network, populations=(network.populations[0], conductance_lif("hidden", 6), network.populations[2])
    )
    with pytest.raises(DeclarationError, match="Population 'hidden' has no counterpart in NIR"):
        to_nir(replace(conductances, projections=tuple(receptor)))
    odd = replace(network.projections[0], receptor="I += efficacy*V")
    with pytest.raises(DeclarationError, match="Projection 'input-hidden' has no counterpart in NIR: .* 'V_post'"):
        to_nir(replace(network, projections=(odd, network.projections[1])))
    direct = replace(network.projections[0], receptor="V += efficacy")
    with pytest.raises(DeclarationError, match="'input-hidden' has no counterpart in NIR: a spike changes V, not"):
        to_nir(replace(network, projections=(direct, network.projections[1])))
    monkeypatch.setitem(sys.modules, "nir", None)
    with pytest.raises(DeclarationError, match=r"pip install 'tacos-snn\[torch\]'"):
        to_nir(network)
