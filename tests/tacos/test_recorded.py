"""What an earlier version wrote, with files lying flat in the package, is read, goes on, and comes to the same choices.

`tests/recorded` was made with commit dc3c784 by `tacos run split-digits --hidden 5 --samples 20 --test-samples 20 --seeds 2
--record "w, m; synapses=random(6); every=5 presentations"`, `tacos ablate split-digits --samples 300 --seeds 3 --conditions
"metaplasticity; dm*0.5; freeze w_ref"` and `tacos compare split-digits --samples 300 --seeds 3 --methods naive,ewc,l2
--networks mlp,error-driven --epochs 1`; of the last two the outcome alone is kept.
"""

import csv
import json
import shutil

import numpy as np
import pytest

import synapses
import tacos
import tasks
from synapses.regularizers import penalty
from tacos.ablation.reading import load_ablation
from tacos.ablation.table import grid_rows, table_rows
from tacos.comparison import Plan
from tacos.comparison.compare import Baseline
from tacos.comparison.outcome import Row, load
from tacos.comparison.own_network import OwnNetwork, _error_feedback
from tacos.comparison.plan import FACTORS, REGULARIZERS
from tacos.runs.checkpoint import load_checkpoint
from tacos.tuning import Closing, Outcome, tune
from tests.tacos import runs_support

RECORDED = runs_support.ROOT / "tests" / "recorded"


@pytest.fixture
def old(tmp_path):
    return shutil.copytree(RECORDED / "run", tmp_path / "run")


@pytest.mark.slow
def test_a_run_is_shown_and_drawn(old, capfd):
    status, out, error = runs_support.cli(capfd, "show", old)
    assert (status, error) == (0, "") and "2 of 2 seeds finished, 20 presentations" in out
    status, out, error = runs_support.cli(capfd, "plot", old)
    assert (status, error) == (0, "")
    assert {"accuracy_matrix.png", "trajectories_input-hidden_w.png", "phase_hidden-output_w_m.png"} <= {
        path.name for path in (old / "figures").iterdir()
    }


def test_a_run_is_known_as_done(old, monkeypatch):
    monkeypatch.setattr("tacos.runs.simulating.simulator", None)
    before = tacos.load(old)
    assert tacos.resume(old).dataset.identical(before.dataset)
    stream = tasks.named("split-digits", samples=20, test_samples=20)
    record = "w, m; synapses=random(6); every=5 presentations"
    again = tacos.run(tacos.error_driven(stream, hidden=5), stream, 2, out=old, record=record)
    assert again.dataset.identical(before.dataset), "the same declaration, in every key"


@pytest.mark.slow
@pytest.mark.compiled
def test_a_declaration_comes_to_the_same(old):
    """Rounding may differ between machines: the same number of right answers, and weights as near as single precision."""
    before = tacos.load(old)
    states = [load_checkpoint(before.folder.replica(seed))[0] for seed in (0, 1)]
    data, declaration = before.dataset, before.folder.declaration()
    new = old.parent / "again"
    stream = tasks.from_dict(declaration["stream"])
    network = tacos.Network.from_dict(declaration["network"])
    again = tacos.run(network, stream, declaration["seeds"], out=new, progress=False)
    np.testing.assert_array_equal(again.dataset["accuracy"], data["accuracy"])
    for seed in (0, 1):
        for key, values in again.state(seed).items():
            np.testing.assert_allclose(values, states[seed][key], rtol=1e-3, atol=1e-4, err_msg=key)


def test_an_ablation_has_the_same_table(tmp_path):
    ablation = load_ablation(shutil.copytree(RECORDED / "ablation", tmp_path / "ablation"))
    assert str(ablation).splitlines()[0] == (RECORDED / "ablation/table.txt").read_text().splitlines()[0]
    for name, rows in (("table", table_rows(ablation)), ("grid", grid_rows(ablation))):
        recorded = list(csv.DictReader((RECORDED / f"ablation/{name}.csv").open()))
        assert all(row.pop("without an answer", None) is None for row in rows), "not measured then"
        assert [list(row) for row in rows] == [list(row) for row in recorded]
        for row, known in zip(rows, recorded, strict=True):
            for key, value in row.items():
                if isinstance(value, float):
                    assert value == pytest.approx(float(known[key]), rel=1e-12, abs=1e-12), key
                else:
                    assert str("" if value is None else value) == known[key], key


def test_the_grid_of_an_ablation_is_chosen_again(tmp_path):
    recorded = list(csv.DictReader((RECORDED / "ablation/grid.csv").open()))
    rows = [row for row in recorded if row["parameter"] == "eta"]
    accuracy = {(row["condition"], float(row["factor"])): float(row["average accuracy"]) for row in rows}
    labels = list(dict.fromkeys(row["condition"] for row in rows))
    searches = {label: Closing("eta", (1 / 64, 1 / 16, 1 / 4, 1.0), 2) for label in labels}
    found = tune(searches, lambda trials: [_outcome(t, accuracy[t.subject, t.constants["eta"]]) for t in trials])
    for label in labels:
        mine = [row for row in rows if row["condition"] == label]
        assert [o.trial.constants["eta"] for o in found[label]] == [float(row["factor"]) for row in mine]
        chosen = next(float(row["factor"]) for row in mine if row["chosen"] == "True")
        assert searches[label].best(found[label]).trial.constants["eta"] == chosen


def test_the_trials_of_a_comparison_choose_the_same_constants(tmp_path):
    """Every row's grid, what was tried beyond it, and the choice."""
    stream = tasks.named("split-digits", samples=300)
    plan = Plan(
        stream, tmp_path, methods=("naive", "ewc", "l2"), networks=("mlp", "error-driven"), epochs=(1,), seeds=3
    )
    rows = load(RECORDED / "comparison").rows
    naive = next(row for row in rows if row.label == "naive" and row.network == plan.own_network)
    best = naive.chosen["eta"] / penalty.ETA

    def own(synapse, factors, strengths=()):
        return OwnNetwork(plan, Row("", "", "free"), tmp_path, synapse, factors, strengths)

    candidates = {
        ("flagship", plan.own_network): own(plan.synapse, plan.eta_factors),
        ("naive", plan.own_network): own(_error_feedback, plan.eta_factors),
        ("L2", plan.own_network): own(
            lambda: synapses.named("l2"), tuple(best * factor for factor in FACTORS), REGULARIZERS["l2"][2]
        ),
    } | {(b.row.label, b.row.network): b for b in (Baseline.of(plan, name, "mlp", 1) for name in plan.methods)}
    tried = [row for row in rows if row.trials]
    assert {(row.label, row.network) for row in tried} == candidates.keys()
    for row in tried:
        strategy = candidates[row.label, row.network].strategy
        known = {json.dumps(_constants(trial), sort_keys=True): trial for trial in row.trials}

        def replay(trials, known=known):
            return [_outcome(t, known[json.dumps(t.constants, sort_keys=True)].get("accuracy")) for t in trials]

        outcomes = tune({"row": strategy}, replay)["row"]
        assert [o.trial.constants for o in outcomes] == [_constants(trial) for trial in row.trials], row.label
        assert strategy.best(outcomes).trial.constants == row.chosen, row.label


def _constants(trial):
    return {key: value for key, value in trial.items() if key not in ("accuracy", "reason")}


def _outcome(trial, accuracy):
    return Outcome(trial, None if accuracy is None else np.full((1, 1, 1), accuracy), "diverged")
