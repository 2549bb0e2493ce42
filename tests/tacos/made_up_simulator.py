"""A simulator that learns nothing: what it answers is a known function of the learning rate, and it takes no time.

For tests of what is built around runs. A share of presentations is answered right that is largest, 0.9, at ``BEST`` times
the learning rate and falls by a tenth with every factor of two; earlier tasks lose a little with every presentation.
"""

from dataclasses import replace
from math import log2

import numpy as np

from tacos.backends import Simulated
from tacos.backends.base import OneByOne, parameter_values
from tacos.errors import Unlearnable

ETA = 0.08
#: By whether there is metaplasticity: the best learning rate as a factor on ETA.
BEST = {True: 1.0, False: 0.25}


class MadeUpSimulator(OneByOne):
    """Answers by rule; ``targets`` maps the bytes of an image to the output that is right."""

    parallel, capacity, description = True, 500, "made up"

    def __init__(self, network, targets):
        self.declared, self.network, self.targets = network, network.lowered, targets

    def share(self, stretch, state):
        synapse = self.declared.projection("input-hidden").synapse
        values = parameter_values(self.network, stretch.parameters)
        eta = values.get("input-hidden.eta") or ETA * values[self.declared.learning_rate]
        best = BEST["metaplasticity" in synapse.mechanism_names()]
        seed = 0.02 * np.sin(stretch.seed + 7 * len(synapse.mechanisms))
        return 0.9 - 0.1 * abs(log2(eta / ETA / best)) - 0.0005 * state["hidden-output.w"][0] + seed

    def run(self, state, stretch):
        state = {key: values.copy() for key, values in state.items()}
        if stretch.learning:
            end = state["hidden-output.w"][0] = stretch.first + stretch.n
            for key in state.keys() & {"input-hidden.m", "hidden-output.m", "surprise.surprise"}:
                state[key] = 0.1 * (1 + stretch.seed % 5) * end * (1 + np.arange(len(state[key])) % 3)
            for record in stretch.records:
                steps = range(stretch.first + 1, stretch.first + stretch.n + 1)
                rows = sum(k % record.every == 0 for k in steps)
                values = state[record.key] if record.indices is None else state[record.key][record.indices]
                with record.path.open("ab") as file:
                    file.write(np.tile(values, rows).astype(np.float32).tobytes())
        counts = {name: np.ones((stretch.n, self.network.population(name).size), int) for name in stretch.counts}
        if stretch.counts:
            right = np.array([self.targets[image.tobytes()] for image in stretch.shown["image"]])
            correct = (0.618 * np.arange(stretch.n)) % 1 < self.share(stretch, state)
            answers = counts[self.network.readout] = np.zeros_like(counts[self.network.readout])
            answers[np.arange(stretch.n), np.where(correct, right, 1 - right)] = 3
        return Simulated(state, counts, 1e-3 * stretch.n)


def install(patch, stream):
    """Let runs of a stream use this simulator."""
    targets = {}
    for held_out in ("validation", "test"):
        part = replace(stream, held_out=held_out)
        for stretch in range(stream.n_tasks):
            shown = part.held_out_presentations(stretch)
            targets |= {image.tobytes(): target for image, target in zip(shown.images, shown.targets, strict=True)}
    patch.setattr(
        "tacos.runs.simulating.simulator", lambda network, choice, chunk, say: MadeUpSimulator(network, targets)
    )


def failing(patch, fails, how=Unlearnable):
    """Let the replicas that satisfy a condition diverge, or be stopped by a KeyboardInterrupt."""
    from tacos.runs import replica

    learn = replica.Replica._learn

    def broken(self, *arguments):
        if fails(self):
            raise how("w is no longer finite")
        return (yield from learn(self, *arguments))

    patch.setattr(replica.Replica, "_learn", broken)
