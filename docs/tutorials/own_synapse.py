# %% [markdown]
# # A synapse with your own mechanism
#
# A synapse is composed of named mechanisms, each a few lines of equations with units. Here one is written, looked at
# alone with a protocol, added to the flagship's synapse, and switched off again to see what it did.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np

import synapses
import tacos
import tasks
from synapses import Mechanism, NeuronState, Parameter, State, Synapse
from tacos import protocols

size = {"samples": 20, "test_samples": 20} if "TACOS_SHORT" in os.environ else {}

# %% [markdown]
# ## Mechanisms
#
# A trace of the presynaptic spikes, and two mechanisms: the weight grows when the cell fires after its input, and it
# learns less the larger it is. A gate is a factor; the product of all gates is read as `gate`.

# %%
trace = NeuronState(
    "trace", "dtrace/dt = -trace/tau : 1", on_spike="trace += 1", parameters=[Parameter("tau", "20 ms", "its decay")]
)
hebb = Mechanism(
    "hebb",
    "grows when the cell fires after its input",
    parameters=[Parameter("rate", 0.02, "learning rate")],
    pre=[trace],
    on_post="w = clip(w + rate*trace_pre*gate, 0, 1)",
)
tired = Mechanism("tired", "a strong synapse learns less", gate="1 - w")

synapse = Synapse("hebb", [hebb, tired], states=[State("w", 0.2, "efficacy")])
print(synapse)

# %% [markdown]
# A mistake is said in one sentence, when the model is made:

# %%
try:
    Synapse("wrong", [hebb], states=[State("v", 0.2, "efficacy")])
except synapses.DeclarationError as error:
    print(error)

# %% [markdown]
# ## Alone, with pairs of spikes
#
# Input before cell, by 5 to 80 ms, thirty times: the change falls with the time constant of the trace. Without
# `tired` it is larger.

# %%
lags = [5, 10, 20, 40, 80]
pairs = tasks.protocols.named("pairs", lags=lags, n=30)
figure, axes = plt.subplots(layout="constrained")
for label, model in {"hebb, tired": synapse, "hebb": synapse.without("tired")}.items():
    outcome = protocols.apply(pairs, model, out=f"runs/pairs-{len(model.mechanisms)}")
    axes.plot(lags, outcome.change()[0], "o-", label=label)
axes.set(xlabel="input before cell (ms)", ylabel="w after / before")
axes.legend()

# %% [markdown]
# ## In a network that learns
#
# Weights that fade a little at every presentation, unless the synapse is metaplastic, added to the flagship. `off`
# says where the mechanism does nothing, so that networks with and without it are one program.

# %%
fading = Mechanism(
    "fading",
    parameters=[Parameter("fade", 0.0005, "share of w lost at a presentation")],
    at_end="w = w * (1 - fade*gate)",
    off={"fade": 0.0},
)
stream = tasks.split("digits", scenario="domain-incremental", **size)
network = tacos.error_driven(stream, hidden=20, synapse=synapses.tacos() + fading)
conditions = {"fading": network, "no fading": network.switched_off("fading")}
results = tacos.run_conditions(conditions, stream, out="runs/fading", record="input-hidden: w; synapses=all")

for label, result in results.items():
    w = abs(result.trajectories("input-hidden")["w"].isel(replica=0)).mean("synapse")
    accuracy = 100 * np.mean(result.accuracy_matrix[-1])
    print(f"{label}: mean magnitude {float(w[0]):.3f} -> {float(w[-1]):.3f}, accuracy at the end {accuracy:.0f} %")

# %% [markdown]
# All that can be written is on the page [a synapse of your own](../synapses.md), every class in the
# [reference](../reference/language.md).
#
# Next: [your own data, your own stream](own_stream.py).
