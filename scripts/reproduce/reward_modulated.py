"""One synapse is rewarded, about a second after its two cells have fired in order, and is found among others.

    python scripts/reproduce/reward_modulated.py

After Figure 1 of Izhikevich 2007, without the network: 40 pairs of cells fire at random, and in order, 10 ms apart, at
random times of each pair. When those of the first pair fire in order, a reward follows 0.5 to 1.5 s later; in the paper
it is 1 to 3 s, for an hour.
"""

from __future__ import annotations

import numpy as np
from brian2 import NeuronGroup, TimedArray, ms
from drawing import figure_path, keep
from given_spikes import run
from matplotlib.figure import Figure

import synapses
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

SECONDS, STEP, PAIRS, RATE = 120, 2e-3, 40, 0.5


def main() -> None:
    """Draw spikes and rewards, run, print what was expected and measured, and draw."""
    path = figure_path(__doc__, "models/reward_modulated")
    rng = np.random.default_rng(7)
    steps = round(SECONDS / STEP)
    pre, post = ([np.flatnonzero(rng.random(steps) < RATE * STEP) for _ in range(PAIRS)] for _ in range(2))
    for k in range(PAIRS):
        in_order = np.sort(rng.choice(steps - 10, SECONDS // 10, replace=False))
        pre[k], post[k] = np.union1d(pre[k], in_order), np.union1d(post[k], in_order + round(0.01 / STEP))
        if k == 0:
            rewards = in_order + rng.integers(round(0.5 / STEP), round(1.5 / STEP), in_order.size)
    released = np.zeros(steps + 1)
    np.add.at(released, [r for r in rewards if r < steps], 1 / 0.2)
    dopamine = NeuronGroup(
        1, "ddopamine/dt = -dopamine/(200*ms) : hertz", method="euler",
        namespace={"released": TimedArray(released, dt=STEP * 1000 * ms)},
    )  # fmt: skip
    dopamine.run_regularly("dopamine += released(t)*Hz", when="end")
    model = synapses.reward_modulated().with_parameters(A_plus=0.5, A_minus=0.75, w_max=4.0)
    built, watch = run(
        model, pre, post, steps, STEP, {"w": 0.5}, record=("w", "c"), every=25, modulators={"dopamine": dopamine}
    )
    w, c = np.asarray(watch.w), np.asarray(watch.c)
    others = w[1:, -1]
    print(f"{len(rewards)} rewards; expected: the rewarded synapse is the strongest")
    print(f"rewarded synapse {w[0, -1]:.2f}; others: mean {others.mean():.2f}, largest {others.max():.2f}")
    keep(draw(np.asarray(watch.t), w, c[0], rewards * STEP), path)


@styled
def draw(time: np.ndarray, w: np.ndarray, c: np.ndarray, rewards: np.ndarray) -> Figure:
    """Weights and rewards through the run; the eligibility trace of the rewarded synapse in its first part."""
    figure = new_figure(PAGE, 2.8)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    for k, course in enumerate(w[1:]):
        left.plot(time, course, color="0.8", linewidth=0.6, label="others" if k == 0 else None)
    left.plot(time, w[0], color=PALETTE[0], label="rewarded synapse")
    left.plot(rewards, np.full(rewards.size, -0.15), "x", color=PALETTE[1], label="reward", markersize=3)
    left.set_xlabel("time (s)")
    left.set_ylabel("w (dimensionless)")
    left.legend(loc="upper left")
    part = time < 20
    right.plot(time[part], c[part], color=PALETTE[2])
    soon = rewards[rewards < 20]
    right.plot(soon, np.zeros(soon.size), "x", color=PALETTE[1])
    right.set_xlabel("time (s)")
    right.set_ylabel("eligibility c of the\nrewarded synapse (dimensionless)")
    return figure


if __name__ == "__main__":
    main()
