"""Short-term plasticity against the recursion of Maass and Markram, a fine integration of its equations, and NEST."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import synapses
from synapses import Event, Mechanism
from synapses.short_term.tsodyks_markram import PARAMETER_SETS, depression
from tests.synapses.given_spikes import both, round_trip, run

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/short_term.json").read_text())
#: U, tau_rec and tau_fac of the recorded runs, in ms.
RECORDED = {"depressing": (0.5, 800, 0), "facilitating": (0.05, 100, 1000), "both": (0.3, 300, 200)}
TRAIN = [5, 15, 40, 41, 60, 150, 152, 190]


def model(release, tau_rec, tau_fac, inactivation=False):
    """With constants of its own, and without facilitation where that has no time constant."""
    own = synapses.tsodyks_markram("facilitating", inactivation)
    own = own if tau_fac else own.without("short-term facilitation")
    return own.with_parameters(U=release, tau_rec=f"{tau_rec} ms", **({"tau_fac": f"{tau_fac} ms"} if tau_fac else {}))


def sent(rows, train):
    """What single spikes transmitted: rises of the sum that the cell keeps."""
    total = np.append(0, rows["post.got"][:, 0])
    return total[np.asarray(train) + 1] - total[np.asarray(train)]


def fine(own, train, dt=1e-3, parts=400):
    """The equations by forward Euler in steps of a part of dt; u rests at zero and jumps before it is read."""
    tau_in = own.tau_in / 1000
    u, x, y, out = 0.0, 1.0, 0.0, []
    for step in range(max(train) + 1):
        if step in train:
            u += own.U * (1 - u) if own.tau_fac else own.U - u
            out.append(u * x)
            x, y = x - u * x, y + u * x
        for _ in range(parts):
            x, y = x + dt / parts * (1 - x - y) / (own.tau_rec / 1000), y - dt / parts * y / tau_in
            u -= dt / parts * u / (own.tau_fac / 1000) if own.tau_fac else 0.0
    return out


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("inactivation", [False, True])
def test_what_nest_sends(name, inactivation, tmp_path):
    state = {"pre-post.w": 2.0}
    _, rows = run(
        model(*RECORDED[name], inactivation), {"pre": [ORACLE["pre"]], "post": [[]]}, ORACLE["pre"][-1] + 2, "torch",
        start=state, record=["post.got"], folder=tmp_path,
    )  # fmt: skip
    expected = ORACLE["three_states" if inactivation else "two_states"][name]
    np.testing.assert_allclose(sent(rows, ORACLE["pre"]), expected, atol=2e-6)  # records have 32 bits


@pytest.mark.parametrize("name", PARAMETER_SETS)
@pytest.mark.parametrize("inactivation", [False, True])
def test_a_fine_integration_and_both_backends(name, inactivation):
    own = synapses.tsodyks_markram(name, inactivation)
    round_trip(own)
    state = both(own, {"pre": [TRAIN, TRAIN[:1]], "post": [[]]}, 200)
    constants = PARAMETER_SETS[name]
    constants = constants if inactivation else replace(constants, tau_in=1e-3 * 2.6)
    assert state["post.got"][0] == pytest.approx(sum(fine(constants, TRAIN)) + constants.U, rel=2e-4)


def test_two_states_exactly():
    """The recursion from spike to spike, to the last digits."""
    release, rec, fac = 0.1, 0.1, 1.0
    u, x, total = release, 1.0, release
    for since in np.diff(TRAIN) * 1e-3:
        x = 1 + (x - u * x - 1) * np.exp(-since / rec)
        u = release + u * (1 - release) * np.exp(-since / fac)
        total += u * x
    state = run(synapses.tsodyks_markram("facilitating"), {"pre": [TRAIN], "post": [[]]}, 200)
    assert state["post.got"][0] == pytest.approx(total, rel=1e-12)


def test_long_silence_recovers_all_resources():
    """Exponentials of the time since the last spike do not overflow, nor does the sum leave one."""
    own = synapses.tsodyks_markram("depressing", True).with_parameters(tau_in="0.1 ms", tau_rec="1 ms")
    state = run(own, {"pre": [[5, 900]], "post": [[]]}, 1000)
    assert state["post.got"][0] == pytest.approx(2 * 0.67, rel=1e-12)


def test_on_top_of_a_weight_that_learns():
    """Resources change what is transmitted and not what is learned; the weight is transmitted before it learns."""
    trains = {"pre": [[10, 30, 50]], "post": [[20, 40]]}
    plain = both(synapses.stdp(), trains, 70, start={"pre-post.w": 0.5})
    composed = synapses.with_short_term(synapses.stdp(), "depressing")
    round_trip(composed)
    state = both(composed, trains, 70, start={"pre-post.w": 0.5})
    np.testing.assert_array_equal(state["pre-post.w"], plain["pre-post.w"])
    x, w, total = 1.0, 0.5, 0.0
    for k, t in enumerate(trains["pre"][0]):
        x = x if k == 0 else 1 + (x * (1 - 0.67) - 1) * np.exp(-20 / 450)
        total += w * 0.67 * x
        w -= 0.00525 * sum(np.exp(-(t - s) / 20) for s in trains["post"][0] if s < t)
        w += 0.005 * sum(np.exp(-(t + 10 - s) / 20) for s in trains["pre"][0] if s <= t) if k < 2 else 0.0
    assert state["post.got"][0] == pytest.approx(total, rel=1e-12)
    assert state["pre-post.w"][0] == pytest.approx(w, rel=1e-12)


@pytest.mark.parametrize("name", ["triplet", "vogels", "voltage_based", "bcm", "scaling", "normalization"])
def test_on_top_of_other_models(name):
    """No name of theirs is one of ours, neither in a synapse nor in its neurons."""
    plain = synapses.named(name)
    composed = synapses.with_short_term(plain, "facilitating", inactivation=True)
    round_trip(composed)
    own = set(composed.all_states()) | set(composed.own_parameters())
    asked = {need.name for need in (*composed.lowered.pre, *composed.lowered.post)}
    assert not own & asked and {*plain.all_states(), "u", "x", "y"} <= own


def test_resources_go_on_while_plasticity_is_frozen():
    own = synapses.with_short_term(synapses.stdp(), "depressing")
    trains = {"pre": [[10, 30]], "post": [[20]]}
    state = run(own, trains, 50, learning=False, start={"pre-post.w": 0.5})
    assert state["pre-post.w"][0] == 0.5
    assert state["post.got"][0] == pytest.approx(0.5 * 0.67 * (2 - 0.67 * np.exp(-20 / 450)), rel=1e-12)


def test_mechanisms_can_be_taken_out():
    full = synapses.tsodyks_markram("facilitating")
    for name in ("short-term depression", "short-term facilitation"):
        round_trip(full.without(name))
    flat = full.without("short-term facilitation")
    state = run(flat, {"pre": [[5, 6]], "post": [[]]}, 10)
    assert state["post.got"][0] == pytest.approx(0.1 * (2 - 0.1 * np.exp(-1 / 100)))
    constant = full.without("short-term depression", "short-term facilitation")
    assert run(constant, {"pre": [[5, 6]], "post": [[]]}, 10)["post.got"][0] == pytest.approx(0.2)
    with pytest.raises(synapses.DeclarationError, match="'short-term depression' needs .*'release'"):
        full.without("release")


def test_bad_constants_are_refused():
    with pytest.raises(synapses.DeclarationError, match="no parameter set 'tired'; there are depressing, facilitating"):
        synapses.tsodyks_markram("tired")
    with pytest.raises(synapses.DeclarationError, match="tau_in is shorter than tau_rec"):
        depression("3 ms", tau_in="3 ms")


def test_a_statement_that_only_brings_up_to_date_is_kept():
    """Without it the efficacy would be that of the last spike, which the language refuses."""
    stale = replace(depression(), on_pre="x = x - u*x")
    with pytest.raises(synapses.DeclarationError, match="brought up to date at events only"):
        synapses.tsodyks_markram() + stale
    assert isinstance(depression(), Mechanism) and depression().on_pre[0] == Event("x = x", stage=-1)
