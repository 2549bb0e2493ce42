"""What protocols do to synapses, against sums written by hand, on both backends."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import synapses
import tacos
from synapses import DeclarationError
from tacos import Population
from tacos.backends.base import capacity_for
from tacos.cli import app
from tacos.folders import is_protocol
from tacos.protocols import Outcome, apply, protocol_network
from tacos.runs.result import Result
from tasks import protocols

LAGS = [-20, -5, 5, 20]
SHORT = protocols.pairs(LAGS, n=2, rate=25, dt="1 ms", piece="20 ms", lasts=0.1)


def by_hand(model, protocol):
    """Additive pair-based STDP: each spike reads the traces that both neurons had before it."""
    p = {name: q.value for name, q in model.all_parameters().items()}
    found = []
    for pre, post in zip(protocol.pre, protocol.post, strict=True):
        w, trace = 0.5, {"plus": 0.0, "minus": 0.0}
        pre, post = (np.rint(np.array(own) / protocol.dt).astype(int) for own in (pre, post))
        for step in range(round(protocol.lasts / protocol.dt)):
            trace = {sign: x * (1 - protocol.dt / p[f"tau_{sign}"]) for sign, x in trace.items()}
            if step in pre:
                w -= p["A_minus"] * trace["minus"]
            if step in post:
                w += p["A_plus"] * trace["plus"]
            trace["plus"] += step in pre
            trace["minus"] += step in post
        found.append(w / 0.5)
    return np.array(found)


@pytest.mark.parametrize(
    "options",
    [{"backend": "torch"}, pytest.param({}, marks=[pytest.mark.slow, pytest.mark.compiled])],
    ids=["torch", "brian2"],
)
def test_pairs_change_a_weight_as_by_hand(tmp_path, options):
    outcome = apply(
        SHORT, synapses.stdp(), start={"w": 0.5}, out=tmp_path / "run", dtype="float64", progress=False, **options
    )
    np.testing.assert_allclose(outcome.change()[0], by_hand(synapses.stdp(), SHORT), rtol=1e-9)
    assert outcome.change()[0][1] < 1 < outcome.change()[0][2] and outcome.is_ratio()
    course = outcome.course()
    np.testing.assert_allclose(course.values[0, -1, :, 0], outcome.dataset["after"].values[0, :, 0], rtol=1e-6)
    assert course["time"].values.tolist() == pytest.approx(np.arange(1, len(course["time"]) + 1) * 0.02)


def test_where_the_pieces_are_cut_changes_nothing(tmp_path):
    options = {"backend": "torch", "dtype": "float64", "progress": False, "start": {"w": 0.5}}
    changes = []
    for k, piece in enumerate((0.02, 0.013, 0.1)):
        protocol = SHORT.with_options(piece=piece)
        changes.append(apply(protocol, synapses.stdp(), out=tmp_path / str(k), chunk=1 + k, **options).change())
    np.testing.assert_allclose(changes[1], changes[0], rtol=1e-12)
    np.testing.assert_allclose(changes[2], changes[0], rtol=1e-12)


def test_what_is_shown_step_by_step_fits_into_memory():
    """A thousand seconds of spikes in steps of 0.1 ms would be gigabytes, written anew at every start."""
    protocol = protocols.pairs(n=1000)
    lowered = protocol_network(protocol, synapses.stdp()).lowered
    capacity = capacity_for(lowered, 1000)
    assert 1 <= capacity and capacity * lowered.steps * protocol.n_inputs <= 4e6
    assert capacity_for(protocol_network(SHORT, synapses.stdp()).lowered, 1000) == 1000
    assert capacity_for(tacos.error_driven((8, 2), 4).lowered, 1000) == 1000


def test_a_folder_says_what_was_done_and_is_gone_on_with(tmp_path):
    options = {"backend": "torch", "progress": False}
    first = apply(SHORT, synapses.stdp(), 2, synapses=3, out=tmp_path / "run", **options)
    assert is_protocol(tmp_path / "run") and not is_protocol(tmp_path)
    again = Outcome(Result(first.folder))
    assert again.protocol == SHORT and again.synapse == synapses.stdp()
    np.testing.assert_array_equal(again.change(), first.change())
    assert again.dataset["after"].shape == (2, 4, 3)
    assert apply(SHORT, synapses.stdp(), 2, synapses=3, out=tmp_path / "run", **options).change().shape == (2, 4)
    assert "conditions begin at different efficacies" in str(first) and "2 seeds, 3 synapses" in str(first)
    assert again.save_figure().exists()


def test_a_clamp_holds_the_potential(tmp_path):
    one = synapses.Parameter("one", "1 volt", "unit of the potential")
    reads = synapses.Mechanism(
        "reads", parameters=[one], post=[synapses.NeuronState("V", unit="volt")], on_pre="w = w + V_post/one"
    )
    model = synapses.Synapse("reader", [reads], [synapses.State("w", 0.0)])
    protocol = protocols.pairing([-60, -20, 0], n=3, rate=20, dt="1 ms", piece="40 ms", lasts=0.2)
    outcome = apply(protocol, model, out=tmp_path / "run", backend="torch", dtype="float64", progress=False)
    assert not outcome.is_ratio()
    np.testing.assert_allclose(outcome.change()[0], [-0.18, -0.06, 0.0], atol=1e-12)


def test_a_synapse_that_reads_the_potential_is_put_on_a_cell_that_has_one(tmp_path):
    """It fires once for every spike that it is told of, and the synapse sees its potential."""
    protocol = protocols.pairs([-10, 10], n=2, rate=20, piece="50 ms", lasts=0.1)
    asked = {"backend": "torch", "dtype": "float64", "progress": False}
    asked["record"] = ["post: spikes", "pre-post: w; synapses=all"]
    outcome = apply(protocol, synapses.voltage_based(), start={"w": 0.5}, out=tmp_path / "run", **asked)
    spikes = outcome.result.trajectories("post", "spikes")
    told = np.rint(np.array(protocol.post) / protocol.dt).astype(int)
    for neuron in (0, 1):
        mine = spikes["neuron"].values == neuron
        steps = spikes["presentation"].values[mine] * protocol.steps + spikes["step"].values[mine]
        assert steps.tolist() == (told[neuron] + 1).tolist()
    before, after = outcome.change()[0]
    assert before < after and after > 1


def test_nothing_drives_a_neuromodulator(tmp_path):
    asked = {"backend": "torch", "dtype": "float64", "progress": False}
    outcome = apply(SHORT, synapses.reward_modulated(), out=tmp_path / "run", **asked)
    np.testing.assert_array_equal(outcome.dataset["after"], outcome.dataset["before"])
    assert "nothing drives the neuromodulator dopamine" in str(outcome)


@pytest.mark.parametrize(
    "options",
    [{"backend": "torch"}, pytest.param({}, marks=[pytest.mark.slow, pytest.mark.compiled])],
    ids=["torch", "brian2"],
)
def test_a_reward_reaches_what_was_eligible(tmp_path, options):
    """A pair marks the synapse, the mark fades with tau_c, and dopamine that fades with its own turns it into weight."""
    protocol = protocols.reward([0, 500, 1500], n=1, every=3, piece="0.5 s")
    model = synapses.reward_modulated()
    outcome = apply(protocol, model, out=tmp_path / "run", start={"w": 1}, dtype="float64", progress=False, **options)
    p = {name: q.value for name, q in model.all_parameters().items()}
    mark = p["A_plus"] * (1 - protocol.dt / p["tau_plus"]) ** 10
    turned = mark / p["tau_dopamine"] / (1 / p["tau_c"] + 1 / p["tau_dopamine"])
    expected = turned * np.exp(-np.array(protocol.x) / 1e3 / p["tau_c"])
    np.testing.assert_allclose(outcome.change()[0] - 1, expected, rtol=0.01)  # steps of 1 ms
    assert "neuromodulator" not in str(outcome)
    assert Outcome(Result(outcome.folder)).protocol == protocol
    backwards = protocols.reward([500], lag=-10, n=1, every=3, piece="0.5 s")
    other = apply(backwards, model, out=tmp_path / "back", start={"w": 1}, backend="torch", progress=False)
    assert other.change().item() < 1


def test_a_release_that_nothing_receives_is_said(tmp_path):
    protocol = protocols.reward([0], n=1, every=0.2, piece="50 ms")
    outcome = apply(protocol, synapses.stdp(), out=tmp_path / "run", backend="torch", progress=False)
    assert "no neuromodulator of stdp has a source, so that the release did nothing" in str(outcome)


def test_a_cell_of_ones_own_has_to_be_told_to_fire():
    cell = Population(
        "cell", 1, "dV/dt = -V/(10*ms) : 1", threshold="V > 1", reset="V = 0", receptors={"current": "V += efficacy"}
    )
    with pytest.raises(DeclarationError, match="no receptor 'spike'"):
        protocol_network(SHORT, synapses.stdp(), cell=cell)
    clamped = protocols.pairing([-60], n=1)
    told = Population(
        "cell",
        1,
        "V : 1",
        threshold="V > 1",
        reset="V = 0",
        receptors={"spike": "V += 2*efficacy", "current": "V += 0*efficacy"},
    )
    with pytest.raises(DeclarationError, match="clamps the potential"):
        protocol_network(clamped, synapses.stdp(), cell=told)
    assert protocol_network(SHORT, synapses.stdp(), 2, told).population("post").size == 8


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = [
        "protocol",
        "pairs",
        "--synapse",
        "stdp",
        "--set",
        "A_plus=0.01",
        "--start",
        "w=0.5",
        "--protocol",
        "lags=-10,10",
    ]
    asked += ["--protocol", "n=2", "--protocol", "rate=20", "--dt", "1 ms", "--backend", "torch", "--out", "runs/p"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "efficacy after / before" in done.output and (tmp_path / "runs/p/protocol.png").exists()
    shown = CliRunner().invoke(app, ["show", "runs/p"])
    assert shown.output.splitlines()[0] in done.output and "-10" in shown.output
    resumed = CliRunner().invoke(app, ["resume", "runs/p"])
    assert resumed.exit_code == 0 and resumed.output == shown.output
    data = json.loads(CliRunner().invoke(app, ["show", "runs/p", "--json"]).output)
    assert data["t_post - t_pre (ms)"] == [-10, 10] and len(data["after / before"][0]) == 2
    assert CliRunner().invoke(app, ["plot", "runs/p"]).output.strip() == "runs/p/protocol.png"
