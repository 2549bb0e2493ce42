"""Metaplastic weights on devices: levels, writes and noise on MNIST then Fashion-MNIST, and weak-RESET pairs.

    python scripts/reproduce/metaplastic_devices.py             # what docs/learners/metaplastic.md shows: half an hour
    python scripts/reproduce/metaplastic_devices.py --hidden 128 --images 5000 --tested 4000      # some minutes

After D'Agostino et al. 2023 and Majumdar et al. 2021, in our forms.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from drawing import add_figure, keep
from matplotlib.figure import Figure

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.device_layers import QuantizedLayers, WeakResetLayers, writes
from tacos.baselines.learners.networks import Hidden, Quantized, WeakReset
from tacos.baselines.training import learn_stream
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

#: Levels, m, programming noise.
LEVELS = (
    *((2, m, 0.0) for m in (0.0, 3.0)),
    *((4, m, 0.0) for m in (0.0, 2.0, 3.0, 4.0)),
    *((4, 3.0, noise) for noise in (0.1, 0.5)),
)
#: Relative spread from pulse to pulse and from device to device.
SPREADS = {"ideal": (0.0, 0.0), "pulses": (1.5, 0.0), "devices": (0.0, 1.5), "both": (1.5, 1.5)}


def learned(
    method: str, m: float, network: Hidden, stream: tasks.Stream, options: argparse.Namespace
) -> tuple[list[torch.nn.Module], np.ndarray]:
    """Networks of all seeds, and accuracies at the end in percent, ``[seed, task]``."""
    training, models, ends = Training("adam", options.rate, 100, options.device), [], []
    for seed in range(options.seeds):
        model, progress = learn_stream(baselines.named(method, strength=m), network, training, stream, seed)
        models.append(model)
        ends.append(progress.accuracy[-1])
    return models, 100 * np.array(ends)


def cells(values: np.ndarray) -> str:
    """Mean and standard deviation over seeds of every task."""
    sd = values.std(0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1])
    return "  ".join(f"{mean:5.1f} +- {one:.1f}" for mean, one in zip(values.mean(0), sd, strict=True))


@styled
def drawn(rows: dict[str, tuple[np.ndarray, float]], weak: dict[str, np.ndarray]) -> Figure:
    """Accuracy and writes by levels, and accuracy of weak-RESET pairs."""
    figure = new_figure(PAGE, 2.9)
    left, middle, right = figure.subplots(1, 3, gridspec_kw={"width_ratios": [1.2, 1, 0.9]})
    places = np.arange(len(rows))
    for k, (label, colour) in enumerate(zip(("MNIST, first", "Fashion, then"), PALETTE, strict=False)):
        left.barh(places + 0.4 * k - 0.2, [v[:, k].mean() for v, _ in rows.values()], 0.4, color=colour, label=label)
    left.set_yticks(places, list(rows))
    left.invert_yaxis()
    left.set(xlabel="accuracy at the end (%)", xlim=(0, 100))
    left.legend(loc="lower right", bbox_to_anchor=(1.05, 0.98), ncols=2)
    middle.barh(places, [count for _, count in rows.values()], 0.6, color=PALETTE[2])
    middle.set_yticks(places, [])
    middle.invert_yaxis()
    middle.set(xlabel="writes of a device, mean")
    right.plot(range(len(weak)), [v.mean() for v in weak.values()], "_", color=PALETTE[0], markersize=16)
    for k, values in enumerate(weak.values()):
        right.plot([k] * len(values), values, "k.", markersize=4)
    right.set_xticks(range(len(weak)), list(weak), rotation=30)
    right.margins(x=0.15)
    right.set(ylabel="MNIST: accuracy (%)", xlabel="what differs")
    return figure


def main() -> None:
    """Run, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden", type=int, nargs="+", default=[512])
    parser.add_argument("--images", type=int, default=10_000, help="of a data set; 0: all")
    parser.add_argument("--tested", type=int, default=0, help="test images of both; 0: all")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--norm", default="per task")
    parser.add_argument("--w-range", type=float, default=0.3, help="of weak-RESET pairs")
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="cpu, cuda ...")
    add_figure(parser, "learners/metaplastic_devices")
    options = parser.parse_args()
    hidden, common = tuple(options.hidden), {"passes": options.epochs, "test_samples": options.tested or None}
    stream = tasks.consecutive(("mnist", "fashion-mnist"), samples=2 * options.images or None, **common)
    print(f"{stream}\nlevels, m, noise: MNIST and Fashion-MNIST at the end; writes of a device, mean and most")
    rows = {}
    for levels, m, noise in LEVELS:
        network = Quantized(hidden, options.norm, levels, programming_noise=noise)
        models, ends = learned("quantized", m, network, stream, options)
        counts = torch.stack([writes(model) for model in models])
        name = f"{levels} levels, m={m:g}" + f", noise {noise:g}" * bool(noise)
        rows[name] = ends, float(counts.mean())
        print(f"  {levels} {m:<4g} {noise:<4g} {cells(ends)}  {counts.mean():.1f}, {counts.max():.0f}", flush=True)
        if not noise and m:
            assert isinstance(models[0], QuantizedLayers)
            bits = models[0].bits()
            print(
                f"    memory {bits['devices'] / 8e3:.1f} kB on devices, {bits['hidden'] / 8e3:.0f} kB of hidden weights"
            )
    one = tasks.split("mnist", classes_per_task=10, samples=options.images or None, **common)
    print(f"{one}\nweak RESET, what differs: accuracy; pulses of a pair, share of them that set it")
    weak = {}
    for name, (pulse, pair) in SPREADS.items():
        network = WeakReset(hidden, "shared", options.w_range, pulse_spread=pulse, pair_spread=pair)
        models, ends = learned("weak-reset", 0.0, network, one, options)
        weak[name] = ends[:, 0]
        assert isinstance(models[0], WeakResetLayers)
        pulses, sets = (sum(float(s.sum()) for s in models[0].of(what)) for what in ("pulses", "sets"))
        n = sum(w.numel() for w in models[0].hidden)
        print(f"  {name:8s} {cells(ends)}  {pulses / n:.0f}, {sets / pulses:.4f}", flush=True)
    keep(drawn(rows, weak), options.figure)


if __name__ == "__main__":
    main()
