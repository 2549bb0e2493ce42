"""Three protocols, one synapse: the unified calcium model with one set of parameters.

    python scripts/reproduce/shouval_bear_cooper.py

Spike timing (40 pairs at 1 Hz), pairing (40 pulses at 1 Hz, clamped potential) and rate (100 pulses), as in Shouval,
Bear, Cooper 2002, Fig. 3. Only the size of the postsynaptic potential differs (1, 1 and 10 mV). Expected numbers
were computed from the same equations by an independent program, by the rectangle rule in steps of 0.25 ms.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from drawing import add_figure, keep

import synapses
import tacos
from tacos.backends import Choice, Stretch, simulator
from tacos.networks.initial import initial_state
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

DT = 0.25e-3
EXPECTED = {
    -80: 1.00, -40: 0.985, -20: 0.78, -10: 0.51, -5: 0.43, -2: 2.02, 3: 1.99, 10: 1.91, 20: 1.77, 30: 1.56, 40: 1.26,
    60: 0.55, 80: 0.57, 100: 0.70, 120: 0.84,
}  # fmt: skip


def timed(name: str, size: int) -> tacos.Population:
    """Cells that fire ``pulses`` times, each from its own ``start`` on with its own ``period``, in steps."""
    return tacos.Population(
        name, size, "start : integer\nperiod : integer\npulses : integer\nsent : integer",
        threshold="sent < pulses and step >= start and (step - start) % period == 0", reset="sent += 1",
    )  # fmt: skip


def stimulated(
    model: synapses.Synapse, pre: Any, post: Any, period: Any, pulses: int, values: dict[str, Any] | None = None
) -> np.ndarray:
    """Final over initial weight of synapses between pairs of cells, which first fire at the steps ``pre`` and ``post``.

    A cell whose step is negative never fires.
    """
    pre, post, period = np.broadcast_arrays(pre, post, period)
    size = len(pre)
    last = int((np.maximum(pre, post) + (pulses - 1) * period).max())
    network = tacos.Network(
        (timed("pre", size), timed("post", size)),
        (tacos.Projection("pre", "post", model, "sent += 0", tacos.OneToOne(), values=values or {}),),
        duration=(last + 4000) * DT, dt=DT, readout="post",
    )  # fmt: skip
    state = initial_state(network.lowered, 0)
    for name, start in (("pre", pre), ("post", post)):
        state[f"{name}.start"], state[f"{name}.period"] = start.astype(np.int32), period.astype(np.int32)
        state[f"{name}.pulses"] = np.where(start < 0, 0, pulses).astype(np.int32)
    made = simulator(network, Choice(dtype="float64"), chunk=1, say=print)
    end = made.run(state, Stretch({}, 0, 0, 0, True, 1)).state
    return end["pre-post.w"] / state["pre-post.w"]


def spike_timing(lags: np.ndarray) -> np.ndarray:
    """40 pairs at 1 Hz; lags ``t_post - t_pre`` in ms."""
    steps = np.rint(lags / (DT * 1e3)).astype(int)
    return stimulated(synapses.shouval_bear_cooper(), np.full(len(lags), 800), 800 + steps, 4000, 40)


def pairing(potentials: np.ndarray) -> np.ndarray:
    """40 pulses at 1 Hz while the potential is clamped, in mV."""
    clamped = synapses.shouval_bear_cooper().without("back-propagating action potential", "postsynaptic potential")
    return stimulated(clamped, np.full(len(potentials), 800), -1, 4000, 40, {"V_0": potentials * 1e-3})


def rate(hertz: np.ndarray) -> np.ndarray:
    """100 presynaptic pulses, of inputs that are active together."""
    model = synapses.shouval_bear_cooper().with_parameters(epsp_size="10 mV")
    return stimulated(model, np.full(len(hertz), 800), -1, np.rint(1 / hertz / DT).astype(int), 100)


def crossings(x: np.ndarray, change: np.ndarray) -> list[float]:
    """Where a curve passes one, by linear interpolation."""
    k = np.flatnonzero((change[:-1] - 1) * (change[1:] - 1) < 0)
    return [float(v) for v in x[k] + (x[k + 1] - x[k]) * (1 - change[k]) / (change[k + 1] - change[k])]


@styled
def drawn(curves: list[tuple[str, str, np.ndarray, np.ndarray]]) -> Any:
    """One panel a protocol."""
    figure = new_figure(PAGE, 2.5)
    for k, (axes, (title, label, x, change)) in enumerate(zip(figure.subplots(1, 3), curves, strict=True)):
        axes.axhline(1, color="#999999", linewidth=0.8)
        axes.plot(x, change, color=PALETTE[0], label="model")
        if k == 0:
            axes.plot(list(EXPECTED), list(EXPECTED.values()), "o", color=PALETTE[1], label="expected")
            axes.legend(loc="upper right", bbox_to_anchor=(1.05, 1.0))
        axes.set(title=title, xlabel=label)
        axes.set_ylabel("final / initial weight" if k == 0 else "")
    return figure


def main() -> None:
    """Run the three protocols, print what was expected and what came out, draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/shouval_bear_cooper")
    options = parser.parse_args()
    lags = np.unique([*np.arange(-100, 152, 2.0), *EXPECTED])
    potentials = np.arange(-70, 1, 0.5)
    hertz = np.concatenate([np.arange(0.5, 4, 0.5), np.arange(4, 8, 0.1), np.arange(8, 21, 1.0)])
    timing, paired, driven = spike_timing(lags), pairing(potentials), rate(hertz)
    print("spike timing: lag (ms), expected, measured, difference")
    for lag, expected in EXPECTED.items():
        found = timing[lags == lag][0]
        print(f"{lag:6.0f}  {expected:6.3f}  {found:6.3f}  {found / expected - 1:+7.1%}")
    late = lags > 40
    print(f"second depression, below 0.95: {lags[late & (timing < 0.95)].min():.0f} to "
          f"{lags[late & (timing < 0.95)].max():.0f} ms (expected: some 50 to 120 ms)")  # fmt: skip
    low = potentials[paired < 0.99]
    print(f"pairing: depression from {low.min():.1f} to {low.max():.1f} mV (expected: some -62 to -52 mV)")
    above = [x for x in crossings(hertz, driven) if x > 2]
    print(f"rate: from depression to potentiation at {above[0]:.2f} Hz (expected: between 5 and 7 Hz)")
    curves = [
        ("Spike timing, 40 pairs", "$t_{post} - t_{pre}$ (ms)", lags, timing),
        ("Pairing, 40 pulses", "clamped potential (mV)", potentials, paired),
        ("Rate, 100 pulses", "presynaptic rate (Hz)", hertz, driven),
    ]
    keep(drawn(curves), options.figure)


if __name__ == "__main__":
    main()
