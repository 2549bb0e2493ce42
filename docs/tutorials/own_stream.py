# %% [markdown]
# # Your own data, your own stream
#
# Data of your own are arrays: images, or spike trains. A stream cuts them into tasks; where none of those there are
# does, a class of a few lines makes another.

# %%
import os
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

import tacos
import tasks
from tasks.streams.variants import variants

each = 5 if "TACOS_SHORT" in os.environ else 100  # presentations of a class

# %% [markdown]
# ## Images
#
# A bar at one of four heights, and noise. Images are `uint8`, or floats from 0 to 1, labels 0, 1, 2 ...; what is
# wrong with them is said with the place.

# %%
rng = np.random.default_rng(0)
labels = rng.permutation(np.repeat(np.arange(4), 2 * each))
bars = np.zeros((len(labels), 8, 8))
for k in range(2):
    bars[np.arange(len(labels)), 2 * labels + k] = 1.0
bars = np.clip(bars + 0.5 * rng.random(bars.shape), 0, 1)
mine = tasks.from_arrays("bars", bars[::2], labels[::2], bars[1::2], labels[1::2], image_shape=(8, 8))
print(mine)

figure, axes = plt.subplots(1, 4, figsize=(6, 1.6))
for label, ax in enumerate(axes):
    ax.imshow(bars[labels == label][0], cmap="gray_r")
    ax.set(title=label, xticks=[], yticks=[])

# %%
try:
    tasks.from_arrays("bars", 3 * bars[::2], labels[::2], bars[1::2], labels[1::2], image_shape=(8, 8))
except tasks.DataError as error:
    print(error)

# %% [markdown]
# ## A stream of them
#
# Two tasks of two classes; ten classes of digits would be five tasks. The scenario says what the outputs mean, and
# whether the read-out is told the task.

# %%
stream = tasks.split(mine, classes_per_task=2, scenario="class-incremental", duration="80 ms")
print(stream)
network = tacos.error_driven(stream, hidden=20)
result = tacos.run(network, stream, out="runs/bars")
print(result)

# %% [markdown]
# ## Spike trains
#
# When and where there was a spike, and in which presentation. All have one length; what is shorter is followed by
# silence.

# %%
kinds = rng.permutation(np.repeat(np.arange(4), each))
times, units = [], []
for kind in kinds:
    spikes = rng.poisson(6)
    times.append(1e-4 * rng.choice(500, spikes, replace=False))  # seconds
    units.append(2 * kind + rng.integers(0, 2, spikes))
trains = tasks.from_spikes(
    times, units, kinds, test=np.arange(len(kinds)) % 3 == 0, n_units=8, dt="0.1 ms", duration="60 ms", name="trains"
)
spiking = tasks.split(trains, classes_per_task=2, scenario="class-incremental")
print(spiking)
raster, targets = spiking.presentations(seed=0, start=0, stop=3)
print(f"{len(targets)} presentations of {spiking.rows} steps, {raster.shape[1]} units, {int(raster.sum())} spikes")

# %% [markdown]
# ## A stream of your own
#
# The same digits, darker in each task. A name for each task, and what it does to an image, are enough; boundaries,
# scenarios, samples and encodings come with it.


# %%
@dataclass(frozen=True, repr=False)
class Dimmed(tasks.Stream):
    """The same images, darker in each task."""

    factors: tuple[float, ...] = (1.0, 0.5, 0.25)

    kind = "dimmed"

    def _nominal_tasks(self):
        return variants([f"times {factor:g}" for factor in self.factors], self._facts.n_classes, self.scenario)

    def _show(self, images, variant):
        return images * self.factors[variant]


dimmed = Dimmed("digits", samples=60, test_samples=60, boundaries="random")
print(dimmed)
brightest = [float(dimmed.held_out_presentations(task).images.max()) for task in range(dimmed.n_tasks)]
print("brightest pixel of each task:", brightest)

# %% [markdown]
# A run on data or a stream of your own goes on with `tacos.resume("runs/bars", stream=stream)`: they are not kept in
# its folder.
#
# All options are on the page [a stream of your own](../streams.md), every function in the
# [reference](../reference/streams.md).
