"""Networks composed at random of everything the language has: both backends compute the same, slow states in float32 too."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import tacos
import tasks
from synapses import Event, Mechanism, Modulator, NeuronState, Parameter, State, Synapse, TimeCourse
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tests.backends.by_name import simulator

STEPS, PRESENTATIONS, CELLS, INPUTS = 10, 2, 4, 5
#: Compared with Brian2 in this process; there are no wheels of Triton for some machines.
BACKENDS = ("torch", "kernels") if find_spec("triton") else ("torch",)


def mechanisms():
    """Mechanisms that can be combined at will."""
    sums = (NeuronState("in_all", "in_all : 1"), NeuronState("squares", "squares : 1"))
    return {
        "slow drift": Mechanism(
            "slow drift",
            states=(State("s", 0.9),),
            at_end="s = s*(1 - 3e-8)",
            on_pre="w = w + 1e-3*s",
        ),
        "slow decay": Mechanism(
            "slow decay",
            parameters=(Parameter("tau_slow", "1e5 second"),),
            states=(State("c", "0.5 + 0.1*i"),),
            equations="dc/dt = -c/tau_slow : 1 (clock-driven)",
        ),
        "subexpression": Mechanism(
            "subexpression",
            states=(State("q", 0.1),),
            equations="double_w = 2*w + q : 1",
            on_pre="w = w + 0.01*double_w\nq = 0.5*double_w",
            at_end="q = double_w - w\nw = 0.9*w + 0.01*double_w",
        ),
        "sum": Mechanism("sum", post=(NeuronState("total", "total : 1"),), summed={"total_post": "0.1*w"}),
        "stages": Mechanism(
            "stages",
            post=sums,
            on_post=[
                Event("in_all_post += w"),
                Event("w = w - 0.02*in_all_post\nsquares_post += w**2", stage=1),
                Event("w = w/(1 + 0.01*squares_post)", stage=2),
            ],
        ),
        "named event": Mechanism(
            "named event",
            post=(NeuronState("V_top"), NeuronState("V")),
            on_event={"near_post": "w = w + 0.01*V_top_post", "closed_post": Event("w = 0.95*w + 0.001*rand()", stage=1)},
        ),
        "trace": Mechanism(
            "trace",
            parameters=(Parameter("tau_x", "4 ms"), Parameter("late", "2 ms")),
            states=(State("x"),),
            equations="dx/dt = -x/tau_x : 1 (event-driven)",
            on_pre=["x = x + 1", Event("w = w + 1e-3*x", delay="late")],
            on_post="w = w - 1e-3*x",
        ),
        "gate": Mechanism(
            "gate",
            modulators=(Modulator("calm", "dcalm/dt = -calm/(5*ms) : 1", "cells", "calm += 0.1"),),
            gate="1/(1 + calm)",
            on_pre="w = w + 0.01*gate",
        ),
    }  # fmt: skip


RESETS = ("V = 0.2*V", "z = y", "z += V_top", "theta = theta + 0.01", "V = V - 0.1*spread")
NAMES = tuple(mechanisms())


@st.composite
def networks(draw):
    chosen = [draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4)) for _ in range(2)]
    resets = draw(st.lists(st.sampled_from(RESETS), unique=True))
    needs_total = any("sum" in names for names in chosen)
    read = "total" if needs_total else "0"
    cell = tacos.Population(
        "cell",
        CELLS,
        f"""
        dV/dt = (I + {read} + pulse - 0.1*M - V)/(3*ms) : 1
        dtheta/dt = -theta/(2000*second) : 1
        I : 1
        z : 1
        wins : 1
        y = V + 0.5*theta + 0.1*M : 1
        """,
        threshold=draw(st.sampled_from(["y > 0.4 + theta", "V >= V_third and V > 0.3", "V > V_mean + 0.05"])),
        reset="\n".join(resets),
        initial={"theta": 0.1},
        persistent=("theta", "wins"),
        receptors={"current": "I += efficacy"},
        pooled={
            "V_top": "max(V)",
            "V_third": "largest(V, 3)",
            "V_mean": "mean(V)",
            "spread": "max(y - V_mean)",
            "best": "argmax(wins)",
        },
        events={"near": draw(st.sampled_from(["V > 0.9*V_top", "step == 4 and i == best", "fired and rand() < 0.7"]))},
        end_events={"closed": "spike_count > 0 or i == best"},
        on_event=draw(st.sampled_from([{}, {"near": "V += 0.01\nz = spread"}, {"closed": "wins += 1"}])),
        at_end=draw(st.sampled_from(["", "wins = 0.5*wins + V_top", "theta = theta*0.99"])),
        courses={"pulse": TimeCourse([0, 0.3, 0.1], "3 ms", over=draw(st.sampled_from(["presentation", "stream"])))},
        refractory=draw(st.sampled_from([0.0, 2e-3])),
    )
    made = mechanisms()
    projections = [
        tacos.Projection(
            name,
            "cell",
            Synapse(f"from {name}", [made[m] for m in names], (State("w", f"{0.1 + 0.05 * k} + 0.02*rand()"),)),
            connectivity=draw(st.sampled_from([tacos.AllToAll(), tacos.Random(0.6, seed=k)])),
            delay=draw(st.sampled_from([0.0, 2e-3])),
        )
        for k, (name, names) in enumerate(zip(("one", "two"), chosen, strict=True))
    ]
    return tacos.Network(
        (stimulus("one", INPUTS, tasks.Raster()), stimulus("two", INPUTS, tasks.Raster()), cell),
        projections,
        STEPS * 1e-3,
        signals={"cells": ("cell",)},
        modulators=(Modulator("M", "dM/dt = -M/(6*ms) : 1", "cells", "M += 0.2"),),
        readout="cell",
    )


def run(backend, network, dtype="float64"):
    shown = (np.random.default_rng(5).random((PRESENTATIONS * STEPS, INPUTS)) < 0.4).astype(float)
    stretch = Stretch({"image": shown}, 0, 3, 0, True, PRESENTATIONS, counts=("cell",))
    done = simulator(backend, network, dtype, PRESENTATIONS).run(initial_state(network.lowered, 3), stretch)
    return done.state, done.counts["cell"]


@pytest.mark.slow
def test_composed_networks():
    single = []

    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(networks())
    def compared(network):
        expected, spikes = run("runtime", network)
        for backend in BACKENDS:
            found, counts = run(backend, network)
            np.testing.assert_array_equal(counts, spikes, backend)
            for key, values in expected.items():
                one, other = np.sort(found[key], 0), np.sort(values, 0)
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=f"{key}, {backend}")
        assert tacos.Network.from_dict(network.to_dict()) == network
        found, counts = run("torch", network, "float32")
        if np.array_equal(counts, spikes):  # a spike at another step moves what follows
            slow = network.lowered.states_in_double()
            for key in slow:
                np.testing.assert_allclose(found[key], expected[key], rtol=1e-5, atol=1e-9, err_msg=key)
            single.append(len(slow))

    compared()
    assert sum(n > 0 for n in single) >= 3, "too few networks with slow states spiked alike in both precisions"


def test_what_networks_are_composed_of_is_slow_where_it_should_be():
    slow = {
        name: Synapse("s", (mechanism,), (State("w", 0.1),))
        for name, mechanism in mechanisms().items()
        if "slow" in name
    }
    for name, synapse in slow.items():
        cell = tacos.Population("cell", 2, "V : 1", "V > 1", receptors={"current": "V += efficacy"})
        network = tacos.Network(
            (stimulus("one", 2, tasks.Raster()), cell),
            (tacos.Projection("one", "cell", synapse),),
            0.01,
            readout="cell",
        )
        state = {"slow drift": "s", "slow decay": "c"}[name]
        assert state in network.lowered.projection("one-cell").synapse.double
