"""The tutorials run as Python from the first cell to the last, in their short form, on a simulator that is made up.

`make docs` runs them for real, and shows what they print and draw.
"""

import runpy

import numpy as np
import pytest

from tacos.backends import Simulated
from tests.tacos import runs_support as runs
from tests.tacos.made_up_simulator import MadeUpSimulator

TUTORIALS = runs.ROOT / "docs" / "tutorials"


class Anything(MadeUpSimulator):
    """Any network: states stay as they are but for ``m``, which grows, and every neuron that is counted spikes at random."""

    def __init__(self, network):
        super().__init__(network, {})

    def run(self, state, stretch):
        state = {key: values + (stretch.n if key.endswith(".m") else 0) for key, values in state.items()}
        for record in stretch.records:
            kept = state[record.key] if record.indices is None else state[record.key][record.indices]
            rows = sum(k % record.every == 0 for k in range(stretch.first + 1, stretch.first + stretch.n + 1))
            with record.path.open("ab") as file:
                file.write(np.tile(kept, rows).astype(np.float32).tobytes())
        rng = np.random.default_rng(stretch.seed)
        counts = {name: rng.poisson(3, (stretch.n, self.network.population(name).size)) for name in stretch.counts}
        return Simulated(state, counts, 1e-3 * stretch.n)


def tutorial(name, folder, monkeypatch, capsys):
    """Names that it leaves, and what it printed."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("TACOS_SHORT", "1")
    monkeypatch.setattr("tacos.runs.simulating.simulator", lambda network, choice, chunk, say: Anything(network))
    return runpy.run_path(str(TUTORIALS / f"{name}.py")), capsys.readouterr().out


def test_first_run(tmp_path, monkeypatch, capsys):
    names, printed = tutorial("first_run", tmp_path, monkeypatch, capsys)
    assert "20 of" not in printed and "accuracy (%), rows" in printed and "without metaplasticity" in printed
    assert names["recorded"].sizes == {"record": 20, "synapse": 1280} and float(names["one"]["m"][-1]) > 0
    assert {"comparison", "retention"} <= set(names["figures"])


def test_own_synapse(tmp_path, monkeypatch, capsys):
    names, printed = tutorial("own_synapse", tmp_path, monkeypatch, capsys)
    assert "Synapse 'wrong', mechanism 'hebb'" in printed and "no fading: mean magnitude" in printed
    assert names["outcome"].change().shape == (1, 5) and names["synapse"].mechanism_names() == ("hebb", "tired")


def test_own_stream(tmp_path, monkeypatch, capsys, recwarn):
    names, printed = tutorial("own_stream", tmp_path, monkeypatch, capsys)
    assert "pixels must be numbers from 0 to 1" in printed and names["brightest"] == pytest.approx([1.0, 0.5, 0.25])
    assert names["raster"].shape == (3 * 600, 8) and not [w for w in recwarn if "spikes fall" in str(w.message)]


def test_recruited(tmp_path, monkeypatch, capsys):
    names, printed = tutorial("recruited", tmp_path, monkeypatch, capsys)
    assert "recruited by presentation" in printed and [row.label for row in names["table"].rows][0] == "recruiting"
    assert all(row.accuracy and not row.reason for row in names["table"].rows)
    assert names["prototype"].sizes == {"record": 4, "synapse": 64} and names["images"].shape[1:] == (8, 8)


def test_every_tutorial_has_a_test():
    assert {f"test_{path.stem}" for path in TUTORIALS.glob("*.py")} <= set(globals())
