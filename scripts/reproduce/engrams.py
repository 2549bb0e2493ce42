"""Stochastic engrams on class-incremental split-MNIST, with the gate on and off, and the memory that it takes.

    python scripts/reproduce/engrams.py             # what docs/learners/metaplastic.md shows: half an hour
    python scripts/reproduce/engrams.py --hidden 256 256 --images 2000 --tested 2000      # some minutes

After Aguilar et al. 2025, in our form. Constants are chosen on validation data, with a seed of their own.
"""

from __future__ import annotations

import argparse
import resource
from dataclasses import replace

import numpy as np
import torch
from drawing import add_figure, keep
from matplotlib.figure import Figure

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.gated_layers import GatedLayers, overlap
from tacos.baselines.learners.networks import Gated
from tacos.baselines.training import learn_stream
from tacos.measures.statistics import paired_difference
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

STRENGTHS, RATES = (5.0, 50.0), (1e-3, 5e-3)


def conditions(options: argparse.Namespace) -> dict[str, tuple[Gated, tuple[float, ...]]]:
    """Networks, and the strengths that are tried for each."""
    gated = Gated(tuple(options.hidden), active=options.active)
    off = replace(gated, gate="off")
    return {
        "binarized, naive": (off, (0.0,)),
        "metaplastic, gate off": (off, STRENGTHS),
        "engrams, k of n": (gated, STRENGTHS),
        "engrams, each by itself": (replace(gated, gate="bernoulli"), STRENGTHS),
    }


def learned(
    stream: tasks.Stream, network: Gated, m: float, rate: float, batch: int, seed: int
) -> tuple[GatedLayers, np.ndarray]:
    """Network, and accuracies in percent [trained on, tested on]."""
    training = Training("adam", rate, batch)
    model, progress = learn_stream(baselines.named("engrams", strength=m), network, training, stream, seed)
    assert isinstance(model, GatedLayers)
    return model, 100 * np.array(progress.accuracy)


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@styled
def drawn(found: dict[str, np.ndarray], shares: dict[str, tuple[float, float]]) -> Figure:
    """Accuracy with and without gates, and overlap of masks."""
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2)
    for k, values in enumerate(found.values()):
        left.barh(k, values.mean(), color=PALETTE[0])
        left.plot(values, [k] * len(values), "k.", markersize=4)
    left.axvline(20, color="0.4", linestyle=":", label="the last task alone")
    left.set_yticks(range(len(found)), list(found))
    left.invert_yaxis()
    left.set(xlabel="accuracy on all ten classes at the end (%)")
    left.legend(loc="lower right", bbox_to_anchor=(1, 0.98))
    for k, (name, pair) in enumerate(shares.items()):
        right.bar(np.arange(2) + 0.4 * k - 0.2, pair, 0.4, color=PALETTE[k], label=name)
    right.set_xticks([0, 1], ["same image", "another image"])
    right.set(ylabel="share of open gates in common", ylim=(0, 1))
    right.legend()
    return figure


def main() -> None:
    """Choose constants, run, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden", type=int, nargs="+", default=[512, 512])
    parser.add_argument("--images", type=int, default=10_000, help="of all tasks; 0: all")
    parser.add_argument("--tested", type=int, default=0, help="test images; 0: all")
    parser.add_argument("--active", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    add_figure(parser, "learners/engrams")
    options = parser.parse_args()
    counts = {"samples": options.images or None, "test_samples": options.tested or None}
    stream = tasks.split("mnist", scenario="class-incremental", **counts)
    validation = stream.with_options(held_out="validation")
    before, found, shares = megabytes(), {}, {}
    shown = torch.from_numpy(stream.held_out_presentations(0).images.astype(np.float32))
    print("condition: m and learning rate chosen; accuracy on all classes at the end")
    for name, (network, strengths) in conditions(options).items():
        trials = {
            (m, rate): learned(validation, network, m, rate, options.batch, 1000)[1][-1].mean()
            for m in strengths for rate in RATES
        }  # fmt: skip
        m, rate = max(trials, key=lambda pair: trials[pair])
        ends = []
        for seed in range(options.seeds):
            model, accuracy = learned(stream, network, m, rate, options.batch, seed)
            ends.append(accuracy[-1].mean())
        found[name] = np.array(ends)
        print(
            f"  {name:24s} m {m:g}, rate {rate:g}: {found[name].mean():.1f} +- {found[name].std(ddof=1):.1f}",
            flush=True,
        )
        if network.gate != "off":
            masks = [model.train().mask(part, 0).detach() for part in (shown, shown, shown.roll(1, 0))]
            shares[network.gate] = overlap(masks[0], masks[1]), overlap(masks[0], masks[2])
            p = model.probabilities(shown, 0).detach().clamp(1e-6, 1 - 1e-6)
            entropy = -(p * p.log2() + (1 - p) * (1 - p).log2()).mean()
            print(f"    gates open {masks[0].mean():.3f} (asked {options.active:g}), {entropy:.2f} bits a gate")
            print("    in common: same image {:.2f}, another {:.2f}".format(*shares[network.gate]))
    for name in list(found)[:2]:
        paired = paired_difference(found["engrams, k of n"], found[name])
        print(f"engrams, k of n, above {name}: {paired.mean:+.1f} ({paired.low:.1f} to {paired.high:.1f})")
    print(
        f"peak memory of the process {megabytes():.0f} MB, of which {megabytes() - before:.0f} MB since before learning"
    )
    keep(drawn(found, shares), options.figure)


if __name__ == "__main__":
    main()
