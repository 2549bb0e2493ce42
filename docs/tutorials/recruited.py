# %% [markdown]
# # A network that recruits its cells, and one prototype's life
#
# Ten classes come two at a time, in one pass, and nothing tells the network that they do. Cells are recruited by
# surprise: from the declaration to the table, and then to the life of a single cell.
#
# This page is a notebook: `docs/tutorials/recruited.py`. `TACOS_SHORT=1` in the environment makes it shorter, with
# numbers that mean little.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np

import tacos
import tasks
from tacos.comparison import Plan, compare
from tacos.plots import prototypes

short = "TACOS_SHORT" in os.environ
size = {"samples": 40, "test_samples": 40} if short else {"samples": 1000}
cells = 100

# %% [markdown]
# ## The declaration
#
# The digits 0 and 1, then 2 and 3, and so on, and one output for each of the ten. `print` reads like the method section
# of a paper: populations, what drives them, what inhibits them; the synapse prints its equations.

# %%
stream = tasks.split("digits", scenario="class-incremental", **size)
network = tacos.recruiting(stream, cells=cells)
print(network)

# %%
print(network.projection("input-hidden").synapse)

# %% [markdown]
# ## A run
#
# Recorded are all input weights, and what each cell knows of itself, after every tenth presentation.

# %%
every = "every=10 presentations"
result = tacos.run(
    network, stream, out="runs/recruited",
    record=[
        f"hidden: mature, age, confirmations; {every}",
        f"input-hidden: w; synapses=all; {every}",
        f"hidden-output: w; synapses=all; {every}",
    ],
)  # fmt: skip
print(result)

# %% [markdown]
# ## The table
#
# Beside it a network that learns by gradients with and without a regularizer, and two methods that keep sums over all
# they have seen: the mean of each class, and ridge regression on random units. One constant each here, to be quick; the
# [table of the claim](../results/claim.md) tunes every row.

# %%
plan = Plan(
    stream, "runs/recruited-table", network="recruiting", hidden=cells, methods=("naive", "si", "class-mean", "ridge"),
    networks=("mlp",), epochs=(1,), seeds=2, eta_factors=(1.0,), steps=(("adam", 1e-3),), strengths=1, extensions=0,
    ceilings=False, processes=1,
)  # fmt: skip
table = compare(plan)
print(table)

# %% [markdown]
# The network that forgets gives every image to one of the last two classes. The one that recruits adds cells, and does
# not touch those that are not confirmed.
#
# ## One prototype's life
#
# The cell that was confirmed most often. `recorded` is an xarray Dataset, with the neurons on both sides beside each
# synapse.

# %%
hidden = result.trajectories("hidden").isel(replica=0)
cell = int(hidden["confirmations"].isel(record=-1).argmax("neuron"))
weights = result.trajectories("input-hidden").isel(replica=0)
prototype = weights["w"].where(weights["post"] == cell, drop=True)
votes = result.trajectories("hidden-output").isel(replica=0)
votes = votes["w"].where(votes["pre"] == cell, drop=True)
used = hidden["mature"].isel(neuron=cell).values > 0
born = int(used.argmax()) if used.any() else 0
print(f"cell {cell}: recruited by presentation {float(hidden['time'][born]):.0f}")

# %% [markdown]
# Its input weights when it was recruited, which are the spikes of one moment, and later: each presentation that it
# answers without surprise moves them toward what it saw, the less the older it is.

# %%
moments = np.unique(np.linspace(born, len(used) - 1, 5).astype(int))
images = prototype.values[moments].reshape(-1, *stream.image_shape)
prototypes(images, [f"presentation {float(hidden['time'][k]):.0f}" for k in moments], outputs=votes.values[moments])

# %% [markdown]
# The same as trajectories: the output weights find the class of the cell, and stay; the input weights come to rest as
# confirmations add up.

# %%
time = hidden["time"]
figure, (upper, middle, lower) = plt.subplots(3, sharex=True, layout="constrained", figsize=(6, 6))
upper.plot(time, votes, color="grey", linewidth=0.8)
best = int(votes.isel(record=-1).argmax("synapse"))
upper.plot(time, votes.isel(synapse=best), color="C3", label=f"onto output {best}")
upper.set_ylabel("output weights")
upper.legend()
middle.plot(time, prototype, linewidth=0.6)
middle.set_ylabel("input weights")
lower.step(time, hidden["confirmations"].isel(neuron=cell), where="post", label="confirmations")
lower.step(time, hidden["age"].isel(neuron=cell), where="post", linestyle="--", label="age")
lower.set(xlabel="presentations seen", ylabel="presentations")
lower.legend()
for end in result.dataset["presentations_seen"].values[:-1]:  # where tasks end: known to us, never to the network
    for axes in (upper, middle, lower):
        axes.axvline(end, color="grey", linestyle=":")

# %% [markdown]
# What the network reaches on larger images, what it costs, and which of its mechanisms matter is in
# [the results](../results/claim.md).
