"""Cued recall after a delay: orchestrated plasticity in a recurrent network of 400 excitatory cells.

    python scripts/reproduce/orchestrated_network.py
    python scripts/reproduce/orchestrated_network.py --seeds 3 --minutes 30 --delay 20

Four patterns are shown in turn, then nothing for five minutes, then half of each: do the cells answer that belong to
the other half, do they go on when the cue has ended, and do they so before learning? Without the heterosynaptic term
the same network is to run away. One program is compiled, half a minute; then two to four minutes for each seed.

Equations of cells, synapses and inhibitory plasticity, and all numbers of the source ``CODE``, were read in the
authors' code. Ours are: 400 cells in place of 4096, connected five times as densely, and stronger (`RECURRENT`); groups
of cells that hear the same inputs, in place of overlapping discs on a sheet; initial weights; steps of 1 ms; inhibitory
plasticity twice as fast; short-term depression that recovers in 100 ms. The authors' 200 ms are a control at recall.
Connections are the same for all seeds.
"""

from __future__ import annotations

import argparse
from copy import copy
from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
from drawing import add_figure, keep
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import synapses
import tacos
from synapses import Mechanism, Modulator, Parameter
from synapses.short_term.tsodyks_markram import with_short_term
from tacos.backends import Choice, Simulator, Stretch, simulator
from tacos.networks.initial import initial_state
from tacos.plots import style
from tasks import IMAGE

CODE = "Zenke et al. 2015, code"
GROUPS, CELLS, INPUTS = 16, 25, 32  # groups; cells and inputs of each
PATTERNS, PER_PATTERN = 4, 2  # patterns of two groups each, the cue is one of them; eight groups belong to none
EXCITATORY, INHIBITORY, SHARE = GROUPS * CELLS, 100, 0.5
RECURRENT = 2.5  # strength of excitatory synapses between excitatory cells, beyond what makes up for their number
SLICE = 0.25  # seconds of a presentation
SETTLING, CUE, PAUSE = 160, 2, 28  # presentations: before anything is shown, of a cue, after a cue
SHOWN, AFTER = 4, 8  # presentations: a pattern while learning, and the time after it
SOON, LATE = slice(CUE + 2, CUE + 6), slice(CUE + 12, CUE + 28)  # 0.5 to 1.5 s and 3 to 7 s after a cue
SHORT_TERM = {"U": 0.2, "tau_rec": "100 ms", "tau_fac": "600 ms"}
NO_HETEROSYNAPTIC = {f"{p}-excitatory.beta": 0.0 for p in ("input", "excitatory")}
SLOW_RECOVERY = {f"{p}.tau_rec": 0.2 for p in ("input-excitatory", "excitatory-excitatory", "excitatory-inhibitory")}


def cells(name: str, size: int, ratio: float, adaptation: float) -> tacos.Population:
    """Conductances of AMPA, NMDA and GABA, a threshold that jumps at a spike, and adaptation."""
    values = {
        "E_l": "-70 mV", "E_i": "-80 mV", "V_th": "-50 mV", "jump": "100 mV", "tau_thr": "5 ms", "tau_m": "20 ms",
        "tau_ampa": "5 ms", "tau_nmda": "100 ms", "tau_gaba": "10 ms", "tau_adapt": "100 ms",
        "ampa": ratio / (1 + ratio), "adaptation": adaptation,
    }  # fmt: skip
    return tacos.Population(
        name, size,
        equations="""
            dV/dt = (E_l - V - (ampa*g_ampa + (1 - ampa)*g_nmda)*V + (g_gaba + g_adapt)*(E_i - V))/tau_m : volt
            dg_ampa/dt = -g_ampa/tau_ampa : 1
            dg_nmda/dt = (g_ampa - g_nmda)/tau_nmda : 1
            dg_gaba/dt = -g_gaba/tau_gaba : 1
            dg_adapt/dt = -g_adapt/tau_adapt : 1
            draised/dt = -raised/tau_thr : volt
        """,
        threshold="V > V_th + raised",
        reset="V = E_l\nraised = jump\ng_adapt += adaptation",
        parameters=tuple(Parameter(key, value, source=CODE) for key, value in values.items()),
        initial={"V": "E_l"},
    )  # fmt: skip


def excitatory() -> synapses.Synapse:
    """The library's synapse with short-term plasticity; its reference weight moves in steps, as in the code."""
    model = synapses.orchestrated()
    own = next(m for m in model.mechanisms if m.name == "consolidation")
    steps = replace(
        own,
        equations="",  # an equation for each synapse in each millisecond would take most of the time
        at_end="""
            wells = (w_a - w_ref)*(0.5*(w_a + w_c) - w_ref)*(w_c - w_ref)
            w_ref = w_ref + interval/tau_cons*(w - w_ref + P*wells)
        """,
        parameters=(*own.parameters, Parameter("interval", SLICE, "time between two steps", unit="second")),
    )
    model = with_short_term(model.with_mechanism(steps), "facilitating")
    return model.with_parameters(**SHORT_TERM, beta=0.04)  # beta of the recall in the code


def inhibitory() -> synapses.Synapse:
    """Coincidence of Vogels' rule, with the sign of what the rate of all excitatory cells is above the target."""
    rate = Modulator(
        "activity", "dactivity/dt = -activity/tau_rate : hertz", "excitatory", "activity += 1/(n_source*tau_rate)",
        (Parameter("tau_rate", "10 second", source=CODE),),
    )  # fmt: skip
    homeostasis = Mechanism(
        "global homeostasis",
        "inhibition grows while the excitatory cells fire more than they should, and shrinks while less",
        parameters=(Parameter("target", "4 Hz", source=CODE),),
        modulators=(rate,),
        gate="activity/target - 1",
        on_pre="w = clip(w + eta*gate, 0, w_max)",
    )
    return (synapses.vogels().without("depression") + homeostasis).with_parameters(eta=4e-5, w_max=5.0)


def network() -> tacos.Network:
    """Inputs, 400 excitatory and 100 inhibitory cells; nothing is reset between presentations."""
    inputs = tacos.Population(
        "input", GROUPS * INPUTS, threshold="rand() < (background + scale*stimulus)*dt", channel=IMAGE,
        parameters=(Parameter("background", "5 Hz", source=CODE), Parameter("scale", "25 Hz", source=CODE)),
    )  # fmt: skip
    hears = np.kron(np.eye(GROUPS), np.ones((INPUTS, CELLS))) > 0
    from_inputs = 205 / INPUTS  # as many in the code, 5 % of 4096
    from_excitatory, from_inhibitory = 410 / (SHARE * EXCITATORY), 102 / (SHARE * INHIBITORY)
    facilitating = synapses.tsodyks_markram("facilitating").with_parameters(**SHORT_TERM)

    def between(source: str, target: str, synapse: synapses.Synapse, w: float, strength: float, seed: int) -> Any:
        conductance = "g_ampa" if source == "excitatory" else "g_gaba"
        receptor, connected = f"{conductance} += {strength}*efficacy", tacos.Random(SHARE, seed=seed)
        sizes = [{"excitatory": EXCITATORY, "inhibitory": INHIBITORY}[name] for name in (source, target)]
        values = {"w": np.full(len(connected.pairs(*sizes)[0]), w)}
        return tacos.Projection(source, target, synapse, receptor, connected, delay="1 ms", values=values)

    return tacos.Network(
        (inputs, cells("excitatory", EXCITATORY, 0.2, 0.1), cells("inhibitory", INHIBITORY, 0.3, 0.0)),
        (
            tacos.Projection(
                "input", "excitatory", excitatory(), f"g_ampa += {from_inputs}*efficacy",
                tacos.Connect(np.argwhere(hears)), values={"w": np.full(hears.sum(), 0.2)},
            ),
            between("excitatory", "excitatory", excitatory(), 0.03, RECURRENT * from_excitatory, 1),
            between("excitatory", "inhibitory", facilitating, 0.6, from_excitatory, 2),
            between("inhibitory", "excitatory", inhibitory(), 0.15, from_inhibitory, 3),
            between("inhibitory", "inhibitory", synapses.static(0.2), 0.2, from_inhibitory, 4),
        ),
        SLICE - 1e-3, 1e-3, "1 ms", signals={"excitatory": ("excitatory",)}, readout="excitatory",
    )  # fmt: skip


def groups_of(pattern: int) -> np.ndarray:
    """Groups of a pattern; its cue is the first half of them."""
    return np.arange(PER_PATTERN * pattern, PER_PATTERN * (pattern + 1))


def rows(groups: Any, n: int) -> np.ndarray:
    """What the inputs are shown in some presentations: one in some groups, zero in others."""
    row = np.zeros(GROUPS)
    row[groups] = 1
    return np.tile(np.repeat(row, INPUTS), (n, 1))


class Experiment:
    """One network that is shown one thing after another.

    Parameters
    ----------
    made : Simulator
    net : Network
    seed : int
        Of all random numbers, and of the order of patterns.

    Attributes
    ----------
    state : dict
        Of the network now.
    presentations : int
        How many there were.
    weights : list
        Presentations, and means of w and w_ref within and between assemblies, after everything that was shown.
    """

    def __init__(self, made: Simulator, net: tacos.Network, seed: int) -> None:
        self._made, self._seed, self._lessons, self.presentations = made, seed, 0, 0
        self.state, self.weights = initial_state(net.lowered, seed), []
        i, j = net.projection("excitatory-excitatory").connectivity.pairs(EXCITATORY, EXCITATORY)
        first, second = i // (CELLS * PER_PATTERN), j // (CELLS * PER_PATTERN)
        both = (first < PATTERNS) & (second < PATTERNS)
        self._within, self._between = both & (first == second), both & (first != second)

    def branch(self) -> Experiment:
        """The same network in the same state, to be shown something else."""
        other = copy(self)
        other.weights = []
        return other

    def show(self, shown: np.ndarray, parameters: dict[str, float] | None = None) -> np.ndarray:
        """Rates of all groups in each presentation, ``[presentation, group]`` in Hz."""
        found = []
        for part in np.split(shown, range(self._made.capacity, len(shown), self._made.capacity)):
            stretch = Stretch(
                {IMAGE: part}, self.presentations, self._seed, 0, True, len(part), ("excitatory",),
                parameters=parameters or {},
            )  # fmt: skip
            outcome = self._made.run(self.state, stretch)
            self.state, self.presentations = outcome.state, self.presentations + len(part)
            found.append(outcome.counts["excitatory"])
        w, w_ref = (self.state[f"excitatory-excitatory.{key}"] for key in ("w", "w_ref"))
        means = [x[part].mean() for x in (w, w_ref) for part in (self._within, self._between)]
        self.weights.append((self.presentations, *means))
        return np.concatenate(found).reshape(len(shown), GROUPS, CELLS).mean(axis=2) / SLICE

    def learn(self, n: int, parameters: dict[str, float] | None = None) -> np.ndarray:
        """Some patterns, all equally often and in random order: a second each, with two seconds after it."""
        self._lessons += 1
        order = np.random.default_rng([7, self._seed, self._lessons]).permutation(np.arange(n) % PATTERNS)
        shown = [part for p in order for part in (rows(groups_of(p), SHOWN), rows([], AFTER))]
        return self.show(np.concatenate(shown), parameters)

    def cue(self, times: int = 4, parameters: dict[str, float] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Half of each pattern, some times, in random order: patterns, and rates ``[cue, presentation, group]``."""
        order = np.random.default_rng([8, self._seed]).permutation(np.arange(times * PATTERNS) % PATTERNS)
        shown = [part for p in order for part in (rows(groups_of(p)[: PER_PATTERN // 2], CUE), rows([], PAUSE))]
        return order, self.show(np.concatenate(shown), parameters).reshape(len(order), CUE + PAUSE, GROUPS)


def aligned(found: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Rates by cue, presentation and part: cued half, other half of its pattern, other patterns, cells of none."""
    half, last = PER_PATTERN // 2, PER_PATTERN * PATTERNS
    parts = []
    for pattern, rates in zip(*found, strict=True):
        own = groups_of(pattern)
        others = np.setdiff1d(np.arange(last), own)
        parts.append([rates[:, which].mean(1) for which in (own[:half], own[half:], others, slice(last, None))])
    return np.array(parts).transpose(0, 2, 1)


def winners(found: tuple[np.ndarray, np.ndarray], when: slice) -> float:
    """Share of cues after which the cued assembly is the most active one, in percent."""
    order, rates = found
    assemblies = rates[:, when, : PER_PATTERN * PATTERNS].mean(1).reshape(len(order), PATTERNS, PER_PATTERN).mean(2)
    return 100 * float(np.mean(assemblies.argmax(1) == order))


def merged(found: tuple[np.ndarray, np.ndarray]) -> str:
    """Pairs of assemblies each of which answers the cue of the other at least half as much as its own."""
    order, rates = found
    answers = rates[:, :CUE, : PER_PATTERN * PATTERNS].mean(1).reshape(len(order), PATTERNS, PER_PATTERN).mean(2)
    mean = np.array([answers[order == k].mean(0) for k in range(PATTERNS)])
    both = (mean > mean.diagonal()[:, None] / 2) & (mean.T > mean.diagonal()[:, None] / 2)
    return ", ".join(f"{i + 1} and {j + 1}" for i, j in zip(*np.nonzero(np.triu(both, 1)), strict=True)) or "none"


def experiment(made: Simulator, net: tacos.Network, minutes: int, delay: int, seed: int) -> dict[str, Any]:
    """Everything for one seed: cues before and after, rates while learning, weights, and both controls."""
    main = Experiment(made, net, seed)
    main.show(rows([], SETTLING))
    before = main.branch().cue()
    control = main.branch()
    without = control.learn(8, NO_HETEROSYNAPTIC)  # half a minute: what fires at a kilohertz takes long
    learning = np.concatenate([main.learn(20) for _ in range(minutes)])  # 20 are a minute
    learned = len(main.weights) - 1
    quiet = np.concatenate([main.show(rows([], round(60 / SLICE))) for _ in range(delay)])
    weights, slow = np.array(main.weights), main.branch()
    cues = {
        "before learning": before,
        "after the delay": main.cue(),
        "after the delay, recovery in 200 ms": slow.cue(parameters=SLOW_RECOVERY),
    }
    return {
        "cues": cues, "weights": weights, "learned": learned, "learning": learning, "quiet": quiet,
        "without": without, "largest": control.state["excitatory-excitatory.w"].max(),
    }  # fmt: skip


@style.styled
def figure(found: dict[str, Any]) -> Figure:
    """Weights, rates with and without the heterosynaptic term, eight cues, and the mean of all."""
    drawn = style.new_figure(style.PAGE, 6.8)
    grid = drawn.add_gridspec(3, 6)
    draw_weights(drawn.add_subplot(grid[0, :3]), found)
    draw_control(drawn.add_subplot(grid[0, 3:]), found)
    draw_cues(drawn.add_subplot(grid[1, :]), *found["cues"]["after the delay"])
    panels: list[Axes] = []
    for k, (name, cued) in enumerate(found["cues"].items()):
        panels.append(axes := drawn.add_subplot(grid[2, 2 * k : 2 * k + 2], sharey=panels[0] if panels else None))
        mean = aligned(cued).mean(0)
        seconds = SLICE * (np.arange(len(mean)) + 0.5)
        for part, label in enumerate(("cued half", "other half", "other patterns")):
            axes.plot(seconds, mean[:, part], color=style.PALETTE[part], label=label)
        axes.axvspan(0, CUE * SLICE, color=style.GREY, alpha=0.25, linewidth=0)
        axes.set_xlabel(style.axis_label("time after cue onset", "s"))
        axes.set_title(name.replace(", ", ",\n") if ", " in name else f"{name},\nmean of {len(cued[0])} cues")
    panels[0].set_ylabel("rate (Hz)")
    panels[0].legend()
    return drawn


def draw_weights(axes: Axes, found: dict[str, Any]) -> None:
    """Mean weights and reference weights of recurrent synapses, while learning and in the delay."""
    time, *means = found["weights"].T
    minutes = (time - SETTLING) * SLICE / 60
    labels = ("w within", "w between", "reference within", "reference between")
    for k, (values, label) in enumerate(zip(means, labels, strict=True)):
        axes.plot(minutes, values, color=style.PALETTE[k % 2], linestyle="-:"[k // 2], label=label)
    axes.axvspan(0, minutes[found["learned"]], color=style.GREY, alpha=0.15, linewidth=0)
    axes.set_xlabel(style.axis_label("time", "min"))
    axes.set_ylabel("recurrent weight\n(dimensionless)")
    axes.set_ylim(0, 1.45 * max(m.max() for m in means))
    axes.set_title("learning (grey), then the delay")
    axes.legend(loc="upper left", ncols=2)


def draw_control(axes: Axes, found: dict[str, Any]) -> None:
    """Mean rate of the cells of all patterns while the first ones are learned."""
    for key, label in (("learning", "all mechanisms"), ("without", "without heterosynaptic plasticity")):
        rates = found[key][: len(found["without"]), : PATTERNS * PER_PATTERN].mean(1)
        axes.plot(SLICE * (np.arange(len(rates)) + 0.5), rates, label=label)
    axes.set_yscale("symlog", linthresh=10)
    axes.set_yticks([0, 10, 100, 1000], ["0", "10", "100", "1000"])
    axes.set_ylim(0, 3e4)
    axes.set_xlabel(style.axis_label("time", "s"))
    axes.set_ylabel("rate (Hz)")
    axes.set_title("cells of all patterns, learning begins")
    axes.legend(loc="upper left")


def draw_cues(axes: Axes, order: np.ndarray, rates: np.ndarray, n: int = 8) -> None:
    """Rates of the four assemblies while the last ones are cued."""
    found = rates[-n:].reshape(-1, GROUPS)
    seconds = SLICE * (np.arange(len(found)) + 0.5)
    for k in range(PATTERNS):
        axes.plot(seconds, found[:, groups_of(k)].mean(1), color=style.PALETTE[k], label=f"assembly {k + 1}")
    top = 1.3 * found.reshape(-1, GROUPS // PER_PATTERN, PER_PATTERN).mean(2).max()
    for k, pattern in enumerate(order[-n:]):
        begin = k * (CUE + PAUSE) * SLICE
        axes.axvspan(begin, begin + CUE * SLICE, color=style.GREY, alpha=0.25, linewidth=0)
        axes.text(begin + 0.65, top, f"cue {pattern + 1}", color=style.PALETTE[pattern], va="top", fontweight="bold")
    axes.set_xlim(0, seconds[-1] + SLICE)
    axes.set_ylim(0, top)
    axes.set_xlabel(style.axis_label("time", "s"))
    axes.set_ylabel("rate (Hz)")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=PATTERNS)


def main() -> None:
    """Run all seeds, print what was expected and measured, draw the first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_figure(parser, "models/orchestrated_network")
    parser.add_argument("--seeds", type=int, default=1, help="how many; the first is drawn")
    parser.add_argument("--minutes", type=int, default=12, help="minutes of learning")
    parser.add_argument("--delay", type=int, default=5, help="minutes without stimulus")
    options = parser.parse_args()
    matplotlib.use("Agg")
    net = network()
    made = simulator(net, Choice(dtype="float64"))
    runs = []
    for seed in range(1, options.seeds + 1):
        runs.append(found := experiment(made, net, options.minutes, options.delay, seed))
        w = found["weights"][[found["learned"], -1], 1:]
        print(f"seed {seed}")
        for name, (within, between, ref_within, ref_between) in zip(("learned", "after the delay"), w, strict=True):
            print(
                f"  {name}: w within assemblies {within:.2f}, between {between:.3f}; "
                f"w_ref {ref_within:.2f} and {ref_between:.3f}"
            )
        print(f"  rate while learning {found['learning'].mean():.1f} Hz, in the delay {found['quiet'].mean():.1f} Hz")
        print(
            f"  without heterosynaptic plasticity, expected: runs away; measured in the last 3 s: "
            f"{found['without'][-12:].mean():.1f} Hz, largest w {found['largest']:.2f}"
        )
        for name, cued in found["cues"].items():
            parts = aligned(cued).mean(0)
            for when, which in (("cue", slice(0, CUE)), ("0.5 to 1.5 s after", SOON), ("3 to 7 s after", LATE)):
                a, b, c, d = parts[which].mean(0)
                print(
                    f"  {name}, {when}: cued half {a:.1f} Hz, other half {b:.1f} Hz, other patterns {c:.1f} Hz, "
                    f"no pattern {d:.1f} Hz; cued assembly the most active {winners(cued, which):.0f} % (chance 25)",
                    flush=True,
                )
            print(f"  {name}: assemblies that answer each other's cue: {merged(cued)}", flush=True)
    keep(figure(runs[0]), options.figure)


if __name__ == "__main__":
    main()
