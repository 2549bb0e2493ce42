"""A small network with a bit of everything that has to survive the cut between two chunks."""

import numpy as np

import tacos
import tasks
from synapses import Event, Mechanism, Parameter, State, Synapse, static
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus

N_IN, N_EXC, N_INH = 6, 5, 3
DT = 1e-3


def counting(steps):
    """Counts steps, ends of presentations, ends in the wrong place, and what was counted while plasticity was frozen."""
    return Mechanism(
        "counting",
        parameters=(Parameter("a_step", 1 / DT, unit="hertz"),),
        states=(
            State("ticks"),
            State("ends"),
            State("misplaced"),
            State("first_end", -1.0),
            State("noise"),
            State("draw"),
        ),
        equations="dticks/dt = a_step : 1 (clock-driven)",
        at_end=f"""
            ends = ends + 1
            misplaced = misplaced + int(abs(ticks - {steps}*ends) > 0.5)
            first_end = first_end*int(ends > 1.5) + now*int(ends < 1.5)
            noise = randn()
            draw = rand()
        """,
    )


def fast():
    """Goes on while plasticity is frozen."""
    return Mechanism("fast", states=(State("fast_ends"),), at_end="fast_ends = fast_ends + 1", plastic=False)


def learning():
    """Pair-based plasticity with an event-driven trace and a delayed event; pushes weights against zero."""
    return Mechanism(
        "pairs",
        parameters=(Parameter("tau_trace", "20 ms"), Parameter("rate", 0.05), Parameter("lag", "7 ms")),
        states=(State("trace"), State("late")),
        equations="dtrace/dt = -trace/tau_trace : 1 (event-driven)",
        on_pre=["w = w - rate*(0.5 + rand())\ntrace = trace + 1", Event("late = late + 1", delay="lag")],
        on_post="w = w + 0.4*rate*trace",
    )


def network(duration=0.1, blank=0.0):
    """Random input drives excitatory neurons, which drive each other and inhibitory ones through delays."""
    steps = round((duration + blank) / DT)
    plastic = Synapse("plastic", (learning(), counting(steps), fast()), (State("w", "0.2 + 0.8*rand()"),))
    noisy = tacos.Population(
        "exc", N_EXC,
        equations="""
            dI/dt = -I/tau_syn : 1
            dV/dt = (-V + I + 1.0)/tau_m + sigma*tau_m**-0.5*xi : 1 (unless refractory)
        """,
        threshold="V >= 1", reset="V = 0", refractory="4 ms",
        parameters=(Parameter("tau_syn", "8 ms"), Parameter("tau_m", "15 ms"), Parameter("sigma", 0.2)),
        receptors={"current": "I += 0.9*efficacy"}, floors={"V": "-0.5"},
    )  # fmt: skip
    inhibitory = tacos.Population(
        "inh", N_INH, equations="dV/dt = -V/(10*ms) : 1 (unless refractory)", threshold="V >= 1", reset="V = 0",
        refractory="3 ms", receptors={"current": "V += efficacy"},
    )  # fmt: skip
    relay = tacos.Population(
        "relay", N_EXC, equations="V : 1", threshold="V >= 0.9", reset="V = 0", receptors={"current": "V += efficacy"}
    )
    return tacos.Network(
        (stimulus("input", N_IN, tasks.Rate("120 Hz")), noisy, inhibitory, relay),
        (
            tacos.Projection("input", "exc", plastic, sign="excitatory"),
            tacos.Projection("exc", "exc", static("0.2*rand()"), connectivity=tacos.Random(0.5, seed=4), delay="3 ms"),
            tacos.Projection("exc", "inh", static(1.1), delay="12 ms"),
            tacos.Projection("inh", "exc", static("-0.5*rand()"), sign="inhibitory"),
            tacos.Projection("exc", "relay", static(1.0), connectivity=tacos.OneToOne()),
        ),
        duration=duration, dt=DT, blank=blank, readout="exc",
    )  # fmt: skip


def images(n, seed=0):
    """Pixels of some presentations."""
    return np.random.default_rng(seed).random((n, N_IN))


def run(simulator, n, chunk, seed=11, state=None, first=0, shown=None, learning=True, phase=0, **options):
    """Some presentations in chunks; the state after them."""
    state = initial_state(simulator.network, seed) if state is None else state
    shown = images(n) if shown is None else shown
    for start in range(first, n, chunk):
        count = min(chunk, n - start)
        given = Stretch({"image": shown[start : start + count]}, start, seed, phase, learning, count, **options)
        state = simulator.run(state, given).state
    return state


def assert_identical(found, expected):
    """Every state equal, bit for bit."""
    assert found.keys() == expected.keys()
    for key in expected:
        np.testing.assert_array_equal(found[key], expected[key], err_msg=key)
