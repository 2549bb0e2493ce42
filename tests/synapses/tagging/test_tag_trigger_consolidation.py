"""Tags, proteins and late states against closed forms and a loop written from the equations."""

import json
from dataclasses import replace

import numpy as np
import pytest
from long_times import Timeline
from scipy.integrate import solve_ivp
from scipy.stats import kstest
from tag_trigger_consolidation import SIZE, networks

import synapses
import tacos
from tacos.backends import Stretch
from tacos.networks.adex import adaptive_exponential
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tasks import Raster
from tests.backends.both import agree
from tests.backends.by_name import simulator

CRITICAL = 0.4811  # proteins above which the late state of a tagged synapse leaves zero, of the reference sheet
LAST = 1e12  # seconds: a tag that does not decay


def rest(seconds, dt, model=None, size=2 * SIZE, **start):
    """Silent synapses of one cell after some time; ``start`` are initial values."""
    silent = networks()["silent"]
    model = model or silent.projections[0].synapse
    populations = (replace(silent.populations[0], size=size), silent.populations[1])
    network = replace(
        silent,
        populations=populations,
        projections=(tacos.Projection("input", "cell", model),),
        duration=seconds,
        dt=dt,
    )
    state = initial_state(network.lowered, 1)
    for key, value in start.items():
        name = key.replace("__", ".") if "__" in key else f"input-cell.{key}"
        state[name] = np.broadcast_to(np.asarray(value, float), state[name].shape).copy()
    return simulator("torch", network).run(state, Stretch({}, 0, 1, 0, True, 1)).state


def steady(**values):
    """A resting synapse whose proteins stay as they are."""
    model = synapses.tag_trigger_consolidation().without("high tag", "low tag")
    return model.with_parameters(theta_p=1e9, tau_pd="1e12 second", **values)


# -- late state and proteins ---------------------------------------------------------------------------------------


def test_proteins_that_the_late_state_needs():
    z = np.linspace(0, 0.5, 100001)
    critical = -(z * (1 - z) * (z - 0.5)).min() / 0.1
    assert critical == pytest.approx(CRITICAL, abs=1e-4)
    for factor, late in ((0.99, 0.0), (1.01, 1.0)):
        after = rest(1e5, 50.0, steady(), 1, left_h=LAST, z=0.0, cell__p=factor * critical)
        assert (after["input-cell.z"][0] > 0.5) == bool(late), factor


@pytest.mark.parametrize(("tag", "start"), [("left_h", 1.0), ("left_l", 0.0), ("", 0.0), ("", 1.0)])
def test_late_states_that_stay(tag, start):
    """A high tag keeps what is potentiated, a low one what is depressed, and proteins without a tag do nothing."""
    after = rest(2e4, 20.0, steady(), 1, z=start, cell__p=0.909, **({tag: LAST} if tag else {}))
    assert (after["input-cell.z"][0] > 0.5) == bool(start)
    if not tag:
        assert after["input-cell.z"][0] == start


def test_a_low_tag_takes_the_late_state_down():
    after = rest(2e4, 20.0, steady(), 1, z=1.0, cell__p=0.909, left_l=LAST)
    assert after["input-cell.z"][0] < 0.1


def test_proteins_while_triggered():
    """The closed form, which is above the critical value after 247 s and ends at 0.909."""
    tau, end = 1 / (1 / 3600 + 1 / 360), 10 / 11
    assert -tau * np.log(1 - CRITICAL / end) == pytest.approx(247, abs=0.5)
    tagged = np.where(np.arange(2 * SIZE) < 61, LAST, 0.0)
    for seconds in (247.0, 2000.0):
        after = rest(seconds, 1.0, left_h=tagged)
        assert after["cell.p"][0] == pytest.approx(end * (1 - np.exp(-seconds / tau)), abs=1e-3)
    assert rest(247.0, 1.0, left_h=tagged * (np.arange(2 * SIZE) > 0))["cell.p"][0] == 0, "60 are not enough"


def test_a_longer_step_changes_nothing_that_matters():
    """Tags, proteins and late states over two hours in steps of 10 s, 2 s, and by an adaptive integrator."""
    lasting = np.random.default_rng(2).exponential(3600.0, 2 * SIZE)
    z = np.where(np.arange(2 * SIZE) % 10 < 3, 1.0, 0.0)

    def slope(t, y):
        h, p, late = (lasting > t).astype(float), y[0], y[1:]
        made = (1 - p) / 360 * (h.sum() > 60)
        return [-p / 3600 + made, *((late * (1 - late) * (late - 0.5) + 0.1 * h * p) / 360)]

    exact = solve_ivp(slope, (0, 7200), [0, *z], rtol=1e-6, atol=1e-8, max_step=5.0).y[:, -1]
    errors = []
    for dt in (2.0, 10.0):
        after = rest(7200.0, dt, left_h=lasting, z=z)
        errors.append(max(abs(after["cell.p"][0] - exact[0]), abs(after["input-cell.z"] - exact[1:]).max()))
    assert errors[0] < 0.015 and errors[1] < 0.075, errors


# -- tags ----------------------------------------------------------------------------------------------------------


def stimulated(tags, size=4, cell_size=2, **parameters):
    model = synapses.tag_trigger_consolidation(tags).with_parameters(**parameters)
    return tacos.Network(
        (stimulus("input", size, Raster()), adaptive_exponential("cell", cell_size, jump="0.0805 pA", charge="25 pF*3*volt")),
        (tacos.Projection("input", "cell", model),), 0.25, 1e-3, readout="cell",
    )  # fmt: skip


def raster(size=4, steps=250):
    """Trains of 100 Hz, some inputs later than others."""
    step = np.arange(steps)[:, None]
    return ((step % 10 == 3 * (np.arange(size) % 2)) & (step < 200)).astype(float)


def test_expected_tags_against_a_loop_written_from_the_equations():
    """One input, one cell, twenty pulses, each of which makes the cell fire one step later."""
    network = stimulated("expected", 1, 1)
    pulses = raster(1)[:, 0]
    before = initial_state(network.lowered, 1)
    stretch = Stretch({"image": raster(1)}, 0, 1, 0, True, 1, counts=["cell"])
    outcome = simulator("runtime", network).run(before, stretch)
    h = l = use = u_minus = u_plus = 0.0  # the potentials in mV, above rest
    U, adaptation, since, current = -70.6, 0.0, 1e6, 0.0
    fired = 0
    for x in pulses:
        V = 20.0 if since < 0.5 else U
        u_minus += (V + 70.6 - u_minus) / 1000
        u_plus += (V + 70.6 - u_plus) / 100
        drift = -30 * (U + 70.6) + 60 * np.exp((U + 50.4) / 2) - adaptation + current
        U, adaptation = U + drift / 281, adaptation + (4 * (U + 70.6) - adaptation) / 144
        current, since, use = 0.0, since + 1, use * 0.99
        h, l = h * (1 - 1e-3 / 3600), l * (1 - 1e-3 / 5400)
        spike = U > 10
        if spike:
            U, adaptation, since, fired = -70.6, adaptation + 0.0805, 0, fired + 1
        use += 0.01 * x
        if x:
            current = 75e3 * (1 + h - 0.5 * l + 2 * before["input-cell.z"][0])
            l += (1 - h) * (1 - l) * 1e-2 * max(u_minus, 0)
        if spike:
            h += (1 - h) * (1 - l) * min(1e-3 * 70 * use * max(u_plus, 0), 1)
    assert fired == outcome.counts["cell"].sum() == 20
    assert outcome.state["input-cell.h"][0] == pytest.approx(h, rel=1e-9)
    assert outcome.state["input-cell.l"][0] == pytest.approx(l, rel=1e-9)
    assert 0.2 < h < 0.6


def test_random_tags_are_as_many_as_expected_and_last_as_long_as_they_should():
    n = 400
    network = stimulated("random", n, 1)
    stretch = Stretch({"image": raster(n)}, 0, 1, 0, True, 1)
    after = simulator("torch", network).run(initial_state(network.lowered, 1), stretch).state
    mean = simulator("torch", stimulated("expected", n, 1))
    expected = mean.run(initial_state(mean.network, 1), stretch).state
    for tag, rate in (("h", 1 / 3600), ("l", 1 / 5400)):
        left = after[f"input-cell.left_{tag}"]
        share = expected[f"input-cell.{tag}"].mean()
        assert (left > 0).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))
        # A tag has lived at most 0.2 s of what it was given: nothing in an hour.
        assert kstest(left[left > 0] * rate, "expon").pvalue > 0.01
    assert not np.any((after["input-cell.left_h"] > 0) & (after["input-cell.left_l"] > 0)), "one tag at a time"


# -- the protocols -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strong", "synthesis", "captured"),
    [(False, 1, False), (True, 1, True), (True, 0, False)],
    ids=["weak alone", "weak after strong", "protein block"],
)
def test_capture_and_its_block(strong, synthesis, captured):
    """As many tags as a tetanus leaves: weak ones are captured an hour after strong ones on the other pathway."""
    made = {"silent": networks(10.0)["silent"]}
    timeline = Timeline(
        made, [], 3, simulators={name: simulator("torch", network, capacity=240) for name, network in made.items()}
    )
    lasting = np.random.default_rng(4).exponential(3600.0, 2 * SIZE)
    at_first = initial_state(made["silent"].lowered, 3)
    for pathway, high, low, minutes in ((0, 73 * strong, 27 * strong, 60), (1, 42, 12, 240)):
        state = dict(timeline.state or at_first)
        place = np.arange(2 * SIZE) - pathway * SIZE
        for tag, start, end in (("h", 0, high), ("l", high, high + low)):
            set_now = (place >= start) & (place < end)
            state[f"input-cell.left_{tag}"] = np.where(set_now, lasting, state[f"input-cell.left_{tag}"])
        timeline.state = state
        timeline.run("silent", minutes, parameters={"cell.synthesis": float(synthesis)})
    gain = (timeline.state["input-cell.z"] - at_first["input-cell.z"]).reshape(2, SIZE).sum(axis=1)
    assert (gain[0] > 5) == bool(strong and synthesis), gain
    assert (gain[1] > 2) == captured and (captured or abs(gain[1]) < 1e-6), gain


# -- as every model ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", ["random", "expected"])
def test_both_backends(tags):
    before, after = agree(stimulated(tags), raster(), input_to_cell__z=0.4, cell__p=0.5)
    name = "left_h" if tags == "random" else "h"
    assert after[f"input-cell.{name}"].max() > 0 and abs(after["input-cell.z"] - 0.4).max() > 0


def test_declaration():
    for tags in ("random", "expected"):
        model = synapses.tag_trigger_consolidation(tags)
        assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
        for name in ("low tag", "high tag", "consolidation"):
            assert name not in model.without(name).mechanism_names()
        assert len(model.without("consolidation", "protein synthesis", "high tag", "low tag").mechanisms) == 1
        with pytest.raises(synapses.DeclarationError, match="'consolidation' needs mechanism 'protein synthesis'"):
            model.without("protein synthesis")
        with pytest.raises(synapses.DeclarationError, match="'low tag' needs mechanism 'tag decay'"):
            model.without("tag decay")
    with pytest.raises(synapses.DeclarationError, match="Tags are 'random' or 'expected', not 'mean'"):
        synapses.tag_trigger_consolidation("mean")
    assert "e1000248" in synapses.tag_trigger_consolidation().cite()
