# %% [markdown]
# # First run, ablation, one synapse
#
# A network learns five tasks, one after the other. Then a mechanism of its synapses is taken out, and then one looks
# at what a single synapse went through.
#
# This page is a notebook: `docs/tutorials/first_run.py` opens in Jupyter (with jupytext), in VS Code and in Spyder.
# It takes a minute or two, most of it to compile; `TACOS_SHORT=1` in the environment makes it shorter, with numbers
# that mean little.

# %%
import os

import matplotlib.pyplot as plt

import synapses
import tacos
import tasks
from tacos import plots
from tacos.recordings import selecting

size = {"samples": 20, "test_samples": 20} if "TACOS_SHORT" in os.environ else {}

# %% [markdown]
# ## What is shown, and what learns it
#
# The 8 x 8 digits that come with scikit-learn: 0 or 1, then 2 or 3, and so on. The even digit belongs to the first
# output, the odd one to the second, and nothing tells the network where a task ends.

# %%
stream = tasks.split("digits", scenario="domain-incremental", **size)
network = tacos.error_driven(stream, hidden=20, synapse=synapses.tacos())
print(stream)
print(network)

# %% [markdown]
# ## A run
#
# One seed. Three states of all 1,280 synapses onto the hidden neurons are recorded. After each task all five are
# tested.

# %%
result = tacos.run(network, stream, out="runs/first", record="input-hidden: w, w_ref, m; synapses=all")
print(result)

# %% [markdown]
# The matrix is read from the diagonal: the accuracy right after a task was learned; below it, in the same column,
# what is left of it later.

# %%
plots.accuracy_matrix(result.dataset)

# %% [markdown]
# ## Take a mechanism out
#
# Without metaplasticity another learning rate is the best one. So an ablation chooses one for each condition, with
# the same number of trials on validation data, and then compares on the same seeds: same weights at the start, same
# order, same spikes. Two rates each here, to be quick; without `factors` and `rounds` there are eight.

# %%
ablation = tacos.ablate(
    network, stream, ["metaplasticity"], seeds=2, factors=(1 / 4, 1), rounds=0, out="runs/ablation", front=()
)
print(ablation)

# %%
figures = ablation.figures()
print(", ".join(figures))
figures["comparison"]

# %% [markdown]
# ## One synapse
#
# Of the recorded synapses the one whose weight changed most. `recorded` is an xarray Dataset: states by time and
# synapse, with the neurons on both sides beside them.

# %%
recorded = result.trajectories("input-hidden").isel(replica=0)
one = selecting.most_changed(recorded, "w", 1).isel(synapse=0)
row, column = divmod(int(one["pre"]), 8)
print(f"synapse {int(one['synapse'])}: pixel ({row}, {column}) to hidden neuron {int(one['post'])}")

figure, (upper, lower) = plt.subplots(2, sharex=True, layout="constrained")
upper.plot(one["time"], one["w"], label="w")
upper.plot(one["time"], one["w_ref"], label="w_ref")
upper.legend()
lower.plot(one["time"], one["m"])
lower.set(xlabel="presentations seen", ylabel="m")
for end in result.dataset["presentations_seen"].values[:-1]:  # where tasks end: known to us, never to the network
    upper.axvline(end, color="grey", linestyle=":")
    lower.axvline(end, color="grey", linestyle=":")

# %% [markdown]
# Where both of its neurons are active its metaplastic state `m` grows, and the learning rate left to it falls to
# `eta/(1 + m)`.
#
# Next: [a synapse with your own mechanism](own_synapse.py).
