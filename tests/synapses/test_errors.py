"""Every mistake in a declaration gets one sentence that says what, where, and what would be right."""

import pytest

from synapses import (
    DeclarationError,
    Event,
    Mechanism,
    Modulator,
    NeuronState,
    Parameter,
    Reference,
    State,
    Synapse,
)

TAU = Parameter("tau", "10 ms")
X = NeuronState("x", "x : 1")


def m(**parts):
    return Mechanism("rule", **parts)


def one(*mechanisms, **options):
    return Synapse("model", mechanisms=mechanisms, **options)


WRONG = {
    "two mechanisms of a name": (lambda: one(m(), m()), "'model' has two mechanisms named 'rule'"),
    "no name": (lambda: one(Mechanism("")), "without a name"),
    "needed mechanism": (
        lambda: one(m(needs=("calcium",))),
        "'rule' needs mechanism 'calcium', which is not there",
    ),
    "state declared twice": (
        lambda: one(m(states=(State("s", 1.0),)), Mechanism("other", states=(State("s", 2.0),))),
        "'s' is declared differently by mechanism 'rule' .* and by mechanism 'other'",
    ),
    "state and parameter": (
        lambda: one(m(states=(State("tau"),), parameters=(TAU,))),
        "'tau' is declared diff",
    ),
    "neuron state in two ways": (
        lambda: one(m(post=(X,)), Mechanism("o", post=(NeuronState("x", "dx/dt = -x/second : 1"),))),
        "'x' is asked for in two ways",
    ),
    "reserved name": (lambda: one(m(states=(State("gate"),))), "'gate' has a meaning in the language"),
    "reserved pathway": (lambda: one(m(states=(State("end"),))), "'end' has a meaning in the language"),
    "reserved local": (lambda: one(m(on_pre="step = 1\nw = step")), "'step' has a meaning in the language"),
    "reserved neuron state": (lambda: one(m(pre=(NeuronState("dt"),))), "'dt' has a meaning in the language"),
    "name of a neuron": (
        lambda: one(m(states=(State("s_post"),))),
        "'s_post' reads like a variable of a neuron",
    ),
    "not a name": (lambda: one(m(states=(State("2s"),))), "'2s' cannot be a name"),
    "name of a unit": (
        lambda: one(m(states=(State("ms"),))),
        "'ms' cannot be a name .'ms' is the name of a unit",
    ),
    "unknown in event": (
        lambda: one(m(parameters=(TAU,), on_pre="w = w*taU")),
        "'rule', on_pre: 'w = w.taU' reads 'taU', which no mechanism .*states: tau, w.; did you mean 'tau'",
    ),
    "unknown in equation": (lambda: one(m(equations="dw/dt = -w/tu : 1")), "equation of 'w' reads 'tu'"),
    "unknown in gate": (lambda: one(m(gate="exp(-q)")), "'rule', gate reads 'q'"),
    "a type in the place of the meaning": (lambda: State("n", 0, "integer"), "write unit='integer'"),
    "unknown in initial": (lambda: one(states=(State("w", "q"),)), "initial value of 'w' reads 'q'"),
    "unknown in efficacy": (lambda: one(efficacy="w*q"), "efficacy reads 'q'"),
    "unknown neuron state": (lambda: one(m(on_pre="w = V_post")), "reads 'V_post'"),
    "mistyped state": (
        lambda: one(m(on_pre="W = w + 1")),
        "assigns 'W', which is no state .*did you mean 'w'",
    ),
    "constant of a neuron": (
        lambda: one(m(pre=(NeuronState("y", "dy/dt = -y/tau : 1", parameters=(TAU,)),), on_pre="w = w*second/tau")),
        "reads 'tau', which is a constant of a neuron state",
    ),
    "unit in event": (
        lambda: one(m(parameters=(TAU,), on_pre="w = tau")),
        "on_pre: the units do not fit in 'w = tau': 'w' has 1",
    ),
    "unit in sum": (
        lambda: one(m(parameters=(TAU,), on_pre="w = w + tau")),
        "units do not fit in 'w = w . tau'",
    ),
    "unit of factor": (
        lambda: one(m(parameters=(TAU,), on_pre="w *= tau")),
        "units do not fit in 'w .= tau'",
    ),
    "unit in equation": (lambda: one(m(equations="dw/dt = -w : 1")), "equation of 'w': the units do not fit"),
    "unit of equation": (
        lambda: one(m(states=(State("v", unit="volt"),), equations="dv/dt = -v/second : 1")),
        "'v' is declared with the unit volt, its equation has 1",
    ),
    "unit of initial": (
        lambda: State("v", "3 ms * 2", unit="volt") and one(states=(State("w", "2*ms"),)),
        "do not fit",
    ),
    "unit of gate": (lambda: one(m(parameters=(TAU,), gate="tau")), "gate: the units do not fit"),
    "unit of neuron state": (
        lambda: one(m(pre=(NeuronState("V", "V : volt"),))),
        "'V' is declared with the unit 1, its equation has volt",
    ),
    "unit in neuron state": (
        lambda: one(m(pre=(NeuronState("y", "dy/dt = -y : 1"),))),
        "'y': the units do not fit",
    ),
    "unit in modulator": (
        lambda: one(m(modulators=(Modulator("mood", "dmood/dt = -mood : 1", "error", "mood += 1"),))),
        "'mood': the units do not fit",
    ),
    "neuron state that is not defined": (
        lambda: one(m(pre=(NeuronState("y", "z : 1"),))),
        "'y' is not defined by",
    ),
    "unreadable neuron state": (
        lambda: one(m(pre=(NeuronState("y", "dy/dt -y"),))),
        "write them like 'dx/dt",
    ),
    "unreadable equations": (
        lambda: one(m(equations="dw/dt = -w")),
        "cannot read the equations 'dw/dt = -w'",
    ),
    "not a state": (
        lambda: one(m(equations="dq/dt = -q/second : 1")),
        "'q' has an equation but is not declared",
    ),
    "parameter in equations": (lambda: one(m(equations="q : 1")), "declare 'q' as a State"),
    "two equations": (
        lambda: one(m(equations="dw/dt = -w/second : 1"), Mechanism("o", equations="dw/dt = w/second : 1")),
        "'w' has an equation in mechanism 'rule' and another in 'o'",
    ),
    "assigned expression": (
        lambda: one(m(equations="q = 2*w : 1", on_pre="q = 1")),
        "'q', which is defined by an",
    ),
    "changed parameter": (lambda: one(m(parameters=(TAU,), on_pre="tau = 1*ms")), "changes a parameter"),
    "changed modulator": (
        lambda: one(m(modulators=(Modulator("mood", "mood : 1", "error", "mood += 1"),), on_pre="mood = 1")),
        "changes a neuromodulator",
    ),
    "changed builtin": (lambda: one(m(on_pre="pi = 3\nw = pi")), "'pi', which has a meaning already"),
    "undeclared neuron state": (lambda: one(m(on_pre="V_post += w")), "reads 'V_post'"),
    "local of two kinds": (
        lambda: one(m(on_pre="r = 0\nr = r + 0.5\nw = r")),
        "'r' is integer at first and float in 'r = r . 0.5'",
    ),
    "order of synapses": (lambda: one(m(post=(X,), on_pre="x_post = w")), "use a later stage"),
    "non-linear and event-driven": (
        lambda: one(m(equations="dw/dt = -w**2/second : 1 (event-driven)")),
        "only equations that are linear",
    ),
    "event-driven by another state": (
        lambda: one(m(states=(State("s"),), equations="ds/dt = (w - s)/second : 1 (event-driven)")),
        "reads 'w'; it may read parameters",
    ),
    "event-driven noise": (
        lambda: one(m(equations="dw/dt = xi/second**0.5 : 1 (event-driven)")),
        "reads 'xi'; it may read parameters",
    ),
    "two integrators": (
        lambda: one(
            m(equations="dw/dt = -w/second : 1"),
            Mechanism("o", states=(State("s"),), equations="ds/dt = -s/second : 1", method="exponential_euler"),
        ),
        "mixes the integrators euler, exponential_euler",
    ),
    "unknown integrator": (
        lambda: one(m(equations="dw/dt = -w/second : 1", method="rk5")),
        "no integrator 'rk5'; there are .*heun",
    ),
    "integrator of noise": (
        lambda: one(m(equations="dw/dt = w*xi/second**0.5 : 1")),
        "'euler' cannot integrate multiplicative noise; use method='heun' or 'milstein'",
    ),
    "gate in a gate": (lambda: one(m(gate="gate")), "'gate', which has a meaning only in events"),
    "elapsed without equations": (
        lambda: one(m(on_pre="w = elapsed/second")),
        "a meaning only in the events of",
    ),
    "size in an efficacy": (lambda: one(m(), efficacy="w/n_pre"), "'n_pre', which has a meaning only in events, eq"),
    "delay": (lambda: one(m(on_pre=Event("w = 1", delay="D"))), "the delay 'D' is not a parameter"),
    "delay that is no time": (
        lambda: one(m(parameters=(Parameter("D", 3.0),), on_pre=Event("w = 1", delay="D"))),
        "is not a time of zero",
    ),
    "stage": (
        lambda: one(m(on_pre=Event("w = 1", stage=99))),
        "the stage 99 is not a whole number from -20 to 20",
    ),
    "sum to nothing": (lambda: one(m(summed={"x_post": "w"})), "'x_post' is not declared"),
    "two sums": (
        lambda: one(m(post=(X,), summed={"x_post": "w"}), Mechanism("o", post=(X,), summed={"x_post": "1"})),
        "another mechanism sums to 'x_post' too",
    ),
    "circular initial values": (
        lambda: one(states=(State("w", "v"), State("v", "w"))),
        "initial values of 'w', 'v' are defined by one another",
    ),
    "frozen state": (lambda: one(frozen={"q"}), "the frozen state 'q' does not exist"),
    "relation": (lambda: Reference("X", relation="stolen from"), "'taken from' or 'inspired by' its source"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_one_sentence(mistake):
    build, words = WRONG[mistake]
    with pytest.raises(DeclarationError, match=words) as error:
        build()
    assert "\n" not in str(error.value)
    assert str(error.value)[-1] in ".?)", str(error.value)


def test_what_is_right_passes():
    assert one(
        m(
            parameters=(TAU,),
            states=(
                State("v", "3*mV + w*volt", unit="volt"),
                State("count", 0, unit="integer"),
                State("flag", unit="boolean"),
            ),
            pre=(X,),
            equations="dv/dt = -v/tau*gate : volt\nhigh = v > 2*mV : boolean",
            on_pre=[
                "r = 0.0\nr = r + rand()\nw = clip(r, 0, 1)*gate",
                Event("count += 1\nflag = w > i", stage=-2),
            ],
            gate="int(high) + x_pre",
        ),
        states=(State("w", "1/sqrt(n_pre) + randn()"),),
        efficacy="w*(1 + count)",
    )
