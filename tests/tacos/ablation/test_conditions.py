"""Conditions from short texts, and what equations say of them."""

from dataclasses import replace

import pytest

import synapses
import tacos
from synapses import DeclarationError
from synapses.language.influence import idle_mechanisms, still_states
from tacos.ablation.conditions import default_conditions, read_conditions, scaled
from tests.tacos import runs_support as runs

NETWORK = runs.flagship()


def read(wanted, network=NETWORK, shared=False):
    return {c.label: c for c in read_conditions(wanted, network, "eta", shared)}


def value(network, projection, name):
    return network.projection(projection).synapse.all_parameters()[name].value


def test_default_is_every_combination_and_the_shared_state_frozen():
    found = read(None)
    assert list(found) == [
        "full",
        "without neuromodulation",
        "without heterosynaptic, consolidation",
        "without metaplasticity",
        "without heterosynaptic, consolidation, neuromodulation",
        "without metaplasticity, neuromodulation",
        "without metaplasticity, heterosynaptic, consolidation",
        "without all mechanisms",
        "frozen w_ref",
    ]
    assert found["full"].network == NETWORK
    assert found["without metaplasticity"].network == NETWORK.without("metaplasticity")
    for projection in found["frozen w_ref"].network.plastic_projections():
        assert projection.synapse.frozen == {"w_ref"}


def test_defaults_come_from_the_declarations():
    fading = synapses.Mechanism("fading", parameters=[synapses.Parameter("fade", 0.1)], at_end="w = w*(1 - fade)")
    small = tacos.error_driven(runs.stream(), hidden=8, synapse=synapses.tacos().only("error feedback") + fading)
    assert default_conditions(small, "eta") == ["full", "without fading"]
    with pytest.raises(tacos.RunError, match="no mechanism besides the learning rule"):
        default_conditions(small.without("fading"), "eta")


def test_default_leaves_no_mechanism_without_what_it_reads():
    """One that reads m goes out with metaplasticity, and by itself; one that declares m too goes with it always."""
    state = next(s for m in synapses.tacos().mechanisms for s in m.states if s.name == "m")
    wear = synapses.Mechanism("wear", parameters=[synapses.Parameter("rate", 0.1)], at_end="w = w*(1 - rate/(1 + m))")
    base = synapses.tacos().only("error feedback", "metaplasticity")
    for mechanism in (wear, replace(wear, needs=("metaplasticity",))):
        network = tacos.error_driven(runs.stream(), hidden=8, synapse=base + mechanism)
        assert default_conditions(network, "eta") == ["full", "without wear", "without metaplasticity, wear"]
        with pytest.raises(synapses.DeclarationError, match="^Condition 'metaplasticity': Synapse 'tacos'.*'wear'"):
            read_conditions("metaplasticity", network, "eta", False)
    shared = tacos.error_driven(runs.stream(), hidden=8, synapse=base + replace(wear, states=(state,)))
    assert default_conditions(shared, "eta") == ["full", "without metaplasticity, wear", "freeze m"]


def test_default_counts_combinations_that_have_a_meaning():
    """Four mechanisms of which each needs the one before, and one beside: ten, though they are five."""
    first, *others = (
        synapses.Mechanism(
            name, parameters=[synapses.Parameter(f"rate_{name}", 0.1)], at_end=f"w = w*(1 - rate_{name})"
        )
        for name in "abcd"
    )
    model = synapses.tacos().only("error feedback", "metaplasticity") + first
    for other, needed in zip(others, "abc", strict=True):
        model = model + replace(other, needs=(needed,))
    found = default_conditions(tacos.error_driven(runs.stream(), hidden=8, synapse=model), "eta")
    assert len(found) == 10 and "without a, b, c, d" in found and "without a" not in found
    rule, *rest = synapses.tacos().only("error feedback", "metaplasticity").mechanisms
    bound = replace(synapses.tacos(), mechanisms=(replace(rule, needs=("metaplasticity",)), *rest), roles={})
    with pytest.raises(tacos.RunError, match="There is no default ablation"):
        default_conditions(tacos.error_driven(runs.stream(), hidden=8, synapse=bound), "eta")


def test_a_state_with_a_standstill_at_infinity_is_switched_off():
    assert value(NETWORK.switched_off("consolidation"), "input-hidden", "tau_c") == float("inf")


def test_texts():
    found = read("metaplasticity; all; freeze w_ref; input-hidden.dm=0.01; dm*0.5, tau_c=1 s; hidden.tau_m=20 ms; full")
    assert list(found) == [
        "full",
        "without metaplasticity",
        "without all mechanisms",
        "frozen w_ref",
        "input-hidden.dm=0.01",
        "dm*0.5, tau_c=1 s",
        "hidden.tau_m=20 ms",
    ]
    assert value(found["input-hidden.dm=0.01"].network, "input-hidden", "dm") == 0.01
    assert value(found["input-hidden.dm=0.01"].network, "hidden-output", "dm") == value(NETWORK, "hidden-output", "dm")
    both = found["dm*0.5, tau_c=1 s"].network
    for projection in ("input-hidden", "hidden-output"):
        assert value(both, projection, "dm") == 0.5 * value(NETWORK, projection, "dm")
        assert value(both, projection, "tau_c") == 1.0
    bare = found["without all mechanisms"].network
    assert bare.projection("input-hidden").synapse.mechanism_names() == ("error feedback",)
    assert list(read(list(found))) == list(found), "labels can be given back"


def test_labels_and_networks_of_ones_own():
    mine = NETWORK.with_parameters(dm=0.3)
    found = read({"mine": mine, "no m": "metaplasticity"})
    assert list(found) == ["full", "mine", "no m"]
    assert found["mine"].network == mine
    with pytest.raises(tacos.RunError, match="Two conditions are called 'full'"):
        read({"full": mine})


def test_conditions_that_share_their_equations():
    found = read("metaplasticity; heterosynaptic; neuromodulation", shared=True)
    assert found["without metaplasticity"].network == NETWORK.switched_off("metaplasticity")
    # Nothing brings a neuromodulator to a standstill: it is taken out.
    assert found["without neuromodulation"].network == NETWORK.without("neuromodulation")
    # What is said of a condition does not depend on how it is run.
    assert found["without heterosynaptic"].notes == read("heterosynaptic")["without heterosynaptic"].notes != ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metaplastcity", "no condition 'metaplastcity'; there are the mechanisms error feedback, metaplasticity,"),
        ("freeze w_reef", "'freeze STATE' with w, m, w_ref"),
        ("eta=0.1", "every condition gets its own eta from the grid"),
        ("input-hidden.eta*2", "every condition gets its own eta from the grid"),
        ("dm*much", r"multiplied by a number, such as dm\*0.5"),
        ("dmm=1", "No plastic projection has a parameter 'dmm'; there are "),
        ("dmm*2", "No plastic projection has a parameter 'dmm'; there are "),
        ("hidden-input.dm=1", "no projection or population 'hidden-input'"),
        ("tau_c=3 mV", "tau_c"),
    ],
)
def test_bad_conditions(text, message):
    with pytest.raises((tacos.RunError, DeclarationError), match=message) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_scaled():
    changed = scaled(NETWORK, "eta", 0.5)
    for name in ("input-hidden", "hidden-output"):
        assert value(changed, name, "eta") == 0.5 * value(NETWORK, name, "eta")
    one = scaled(NETWORK, "hidden-output.tau_c", 2)
    assert (value(one, "hidden-output", "tau_c"), value(one, "input-hidden", "tau_c")) == (6.0, 3.0)
    slow = scaled(NETWORK, "hidden.tau_m", 3)
    tau = {p.name: p.value for p in NETWORK.population("hidden").parameters}["tau_m"]
    assert {p.name: p.value for p in slow.population("hidden").parameters}["tau_m"] == pytest.approx(3 * tau)


# -- what the equations say ----------------------------------------------------------------------------------------


def test_consolidation_without_a_reader_is_inert():
    notes = read("heterosynaptic")["without heterosynaptic"].notes
    assert notes == (
        "'without heterosynaptic': consolidation changes w_ref only, and nothing else reads that: it does nothing here, "
        "in or out.",
    )
    assert not any(c.notes for label, c in read(None).items())


def test_a_reference_weight_that_nobody_moves_is_frozen():
    notes = read("consolidation")["without consolidation"].notes
    assert notes == (
        "'without consolidation': nothing changes w_ref any more, and heterosynaptic still reads it, so that it keeps its "
        "initial value: the same as 'freeze w_ref'.",
    )


def test_influence_is_read_from_equations_not_from_names():
    counts = synapses.Mechanism("tally", states=[synapses.State("n")], on_pre="n = n + 1")
    slows = synapses.Mechanism("brake", states=[synapses.State("n")], gate="1/(1 + n)")
    plain = synapses.tacos().only("error feedback")
    assert idle_mechanisms(plain + counts) == {"tally": ("n",)}
    assert idle_mechanisms(plain + counts + slows) == {}
    assert still_states(plain + slows) == {"n": ("brake",)}
    # A gate counts only where some rule says 'gate'; a state that only feeds itself does not count.
    rule = synapses.Mechanism("drift", at_end="w = w*0.9")
    assert idle_mechanisms(synapses.Synapse("s", mechanisms=(rule, counts, slows))) == {"tally": ("n",), "brake": ()}


def test_influence_through_locals_sums_and_equations():
    local = synapses.Mechanism(
        "local", states=[synapses.State("a"), synapses.State("b")], on_pre="jump = a\nb = b + jump", equations="da/dt = -a/(10*ms) : 1"
    )  # fmt: skip
    read_in_sum = synapses.Synapse("s", mechanisms=(local,), efficacy="b")
    assert idle_mechanisms(read_in_sum) == {}
    assert idle_mechanisms(synapses.Synapse("s", mechanisms=(local,))) == {"local": ("b", "a")}
    assert idle_mechanisms(synapses.tacos("calcium", "chain")) == {}
    assert idle_mechanisms(synapses.tacos().freeze("w_ref")) == {"consolidation": ()}
