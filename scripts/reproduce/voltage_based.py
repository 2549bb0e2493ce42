"""Voltage-based plasticity: pairs at different frequencies, and presynaptic spikes onto a clamped potential.

    python scripts/reproduce/voltage_based.py

Left, after Figure 2 of Clopath et al. 2010: five pairs 10 ms apart, 15 times; the cell is the adaptive exponential one,
made to fire by strong inputs. Right: 25 presynaptic spikes at 50 Hz while the potential is held.
"""

from __future__ import annotations

import numpy as np
from drawing import figure_path, keep
from given_spikes import run
from matplotlib.figure import Figure

import synapses
import tacos
from synapses import static
from tacos.backends import Stretch
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.adex import plateau_adex
from tacos.networks.initial import initial_state
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

RATES, LAG, PAIRS, REPEATS, DT = (10, 20, 30, 40, 50), 100, 5, 15, 1e-4
LEVELS = np.arange(-80, -14, 5.0)


def pairing() -> np.ndarray:
    """Change of the weight in percent of 0.5, ``[rate, lag]`` with post 10 ms after pre and before."""
    pre, post = [], []
    for rate in RATES:
        times = 300 + np.arange(PAIRS) * round(1e4 / rate)
        pre += [times, times]
        post += [times + LAG, times - LAG]
    steps = int(max(t[-1] for t in post)) + 400
    shown = {}
    for name, trains in (("pre", pre), ("driver", post)):
        shown[name] = np.zeros((steps, len(trains)))
        for cell, times in enumerate(trains):
            shown[name][times, cell] = 1
    model = synapses.voltage_based().with_parameters(w_max=100.0)
    n, given = len(pre), {"threshold": "stimulus > 0.5", "per_step": True}
    network = tacos.Network(
        (tacos.Population("pre", n, channel="pre", **given), tacos.Population("driver", n, channel="driver", **given),
         plateau_adex("post", n)),
        (tacos.Projection("pre", "post", model, "V_m += 0*efficacy*mV", tacos.OneToOne()),
         tacos.Projection("driver", "post", static(80.0), connectivity=tacos.OneToOne())),
        duration=steps * DT, dt=DT, readout="post",
    )  # fmt: skip
    state = initial_state(network.lowered, 1)
    done = TorchSimulator(network, "float64").run(state, Stretch(shown, 0, 1, 0, True, 1, counts=("post",)))
    assert (done.counts["post"] == PAIRS).all(), done.counts["post"]
    return (done.state["pre-post.w"].reshape(-1, 2) - 0.5) * REPEATS / 0.5 * 100


def clamped() -> tuple[np.ndarray, np.ndarray]:
    """Change by 25 spikes at 50 Hz at each level, measured and from sums over spikes."""
    pre = [100 + 200 * k for k in range(25)]
    equations = "V = (-80 + 5*i)*mV : volt"
    model = synapses.voltage_based().with_parameters(w_max=100.0)
    built, _ = run(model, [pre] * len(LEVELS), [[]] * len(LEVELS), 5400, 1e-4, {"w": 50.0}, equations=equations)
    t, end = np.array(pre) * 0.1, 540.0
    depolarization = LEVELS + 70.6
    up = np.maximum(depolarization, 0)
    low = (1 - np.exp(-t / 10)).sum()
    # x decays from every spike on; u_plus has long come up to the potential.
    area = (1 - np.exp(-(end - t) / 15)).sum()
    expected = -14e-5 * up * low + 8e-5 * np.maximum(LEVELS + 45.3, 0) * up * area
    return np.asarray(built.w[:]) - 50, expected


def main() -> None:
    """Run both protocols, print what was expected and measured, and draw."""
    path = figure_path(__doc__, "models/voltage_based")
    change = pairing()
    print("pairs/s   pre before post (%)   post before pre (%)")
    for rate, (after, before) in zip(RATES, change, strict=True):
        print(f"{rate:7d}   {after:19.1f}   {before:19.1f}")
    measured, expected = clamped()
    print("potential (mV)  expected  measured")
    for level, wanted, found in zip(LEVELS, expected, measured, strict=True):
        print(f"{level:14.0f}  {wanted:8.4f}  {found:8.4f}")
    keep(draw(change, measured, expected), path)


@styled
def draw(change: np.ndarray, measured: np.ndarray, expected: np.ndarray) -> Figure:
    """Change against frequency, and against the potential."""
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2)
    left.plot(RATES, change[:, 0], "o-", color=PALETTE[0], label="post 10 ms after pre")
    left.plot(RATES, change[:, 1], "s-", color=PALETTE[1], label="post 10 ms before pre")
    left.axhline(0, color="0.7", linewidth=0.8)
    left.set_xlabel("frequency of the pairs (Hz)")
    left.set_ylabel("change of w by 75 pairs (%)")
    left.legend()
    right.plot(LEVELS, expected, color="0.5", label="closed form")
    right.plot(LEVELS, measured, "o", color=PALETTE[2], label="model")
    right.axhline(0, color="0.7", linewidth=0.8)
    right.set_xlabel("potential of the cell (mV)")
    right.set_ylabel("change of w by 25 spikes\n(dimensionless)")
    right.set_ylim(-0.15, 0.6)
    right.legend()
    return figure


if __name__ == "__main__":
    main()
