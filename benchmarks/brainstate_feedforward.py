"""The feedforward network of ``benchmarks/peers.py`` in brainstate, for an interpreter that has it; prints JSON.

The same cells, weights, rates and rule, written for dense arrays as one would there: every synapse is updated in every
step, by outer products of spikes and traces. Replicas are a leading axis. Time to compile is not counted.
"""

from __future__ import annotations

import json
import os
import sys
import time

MOST, RATE_OF_LEARNING, DT = 1e-6, 0.005, 1e-3


def main(inputs: int, cells: int, rate: float, makers: float, seconds: float, replicas: int = 1, cores: int = 1):  # type: ignore[no-untyped-def]  # noqa: E501
    """Build it, run it for a while, and print the seconds that one second of it takes, and the rate of its cells."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])  # before JAX counts them
    import brainstate  # type: ignore[import-not-found]
    import jax.numpy as jnp  # type: ignore[import-not-found]

    class Feedforward(brainstate.nn.Module):  # type: ignore[misc]
        """Inputs, cells that are made to fire, and the plastic synapses between them."""

        def __init__(self):  # type: ignore[no-untyped-def]
            super().__init__()
            self.w = brainstate.ParamState(MOST * brainstate.random.rand(replicas, inputs, cells))
            self.x = brainstate.ShortTermState(jnp.zeros((replicas, inputs)))
            self.y = brainstate.ShortTermState(jnp.zeros((replicas, cells)))
            self.v = brainstate.ShortTermState(jnp.zeros((replicas, cells)))
            self.waits = brainstate.ShortTermState(jnp.zeros((replicas, cells)))

        def update(self, step):  # type: ignore[no-untyped-def]
            """A step of 1 ms; gives the number of spikes."""
            decay = jnp.exp(-1 / 20)
            pre = (brainstate.random.rand(replicas, inputs) < rate * DT).astype(jnp.float32)
            made = (brainstate.random.rand(replicas, cells) < makers * DT).astype(jnp.float32)
            x, y = self.x.value * decay, self.y.value * decay
            charge = jnp.einsum("ri,ric->rc", pre, self.w.value) + 2 * made
            v = jnp.where(self.waits.value > 0, self.v.value, self.v.value * decay + charge)
            fired = (v > 1).astype(jnp.float32)
            change = x[:, :, None] * fired[:, None, :] - 1.05 * pre[:, :, None] * y[:, None, :]
            self.w.value = jnp.clip(self.w.value + RATE_OF_LEARNING * MOST * change, 0, MOST)
            self.x.value, self.y.value = x + pre, y + fired
            self.v.value = jnp.where(fired > 0, 0.0, v)
            self.waits.value = jnp.where(fired > 0, 2.0, self.waits.value - 1)
            return fired.sum()

    brainstate.random.seed(1)
    network, steps = Feedforward(), round(seconds / DT)
    run = brainstate.transform.jit(lambda: brainstate.transform.for_loop(network.update, jnp.arange(steps)).sum())
    run().block_until_ready()
    start = time.perf_counter()
    spikes = float(run())
    took = time.perf_counter() - start
    print(json.dumps({"seconds": took / seconds, "rate": spikes / cells / replicas / seconds}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
