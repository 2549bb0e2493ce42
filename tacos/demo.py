"""The demonstration: five tasks in a row, with all mechanisms and with none."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tasks
from tacos import plots
from tacos.figures.of_run import save_figures
from tacos.networks.error_driven import error_driven
from tacos.runs.experiment import run
from tacos.runs.result import Result
from tacos.runs.tables import comparison_text

#: Learning rate of the network without mechanisms, its best on validation data; with them the flagship's own is.
PLAIN_RATE = {"input-hidden.eta": 0.015, "hidden-output.eta": 0.0015}


def demo(out: Path, seeds: int | Iterable[int] = 3, say: Any = print) -> dict[str, Result]:
    """Run split-digits under both conditions, print them side by side, write figures."""
    stream = tasks.named("split-digits")
    full = error_driven(stream, hidden=100)
    mechanisms = [name for name in full.projections[0].synapse.mechanism_names() if name != "error feedback"]
    conditions = {
        "all mechanisms": full,
        "no mechanism": full.without(*mechanisms).with_parameters(**PLAIN_RATE),
    }
    say(f"Five tasks in a row, each shown once: {stream}")
    results = {}
    for label, network in conditions.items():
        folder = out / label.replace(" ", "-")
        shutil.rmtree(folder, ignore_errors=True)
        record = "w, m; synapses=random(200); every=4 presentations" if label == "all mechanisms" else None
        results[label] = run(network, stream, seeds, out=folder, label=label, record=record)
    say("\n" + comparison_text(results))
    save_figures(results["all mechanisms"], out / "figures")
    data = {label: result.dataset for label, result in results.items()}
    plots.save(plots.comparison(data), out / "figures" / "comparison")
    plots.save(plots.accuracy_through_stream(data), out / "figures" / "both_through_stream")
    say(f"""
Figures are in {out / "figures"}. What to try next:
  tacos show {out / "all-mechanisms"}
  tacos run split-digits --without metaplasticity --seeds 3
  tacos run split-mnist --samples 8000 --seeds 3""")
    return results
