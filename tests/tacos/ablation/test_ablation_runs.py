"""Real runs: conditions side by side on Brian2, as one batch on PyTorch, and maps over two parameters."""

import csv

import numpy as np
import pytest

import synapses
import tacos
import tasks
from tacos import plots
from tacos.ablation.table import table_rows
from tacos.errors import Interrupted, RunError, Unlearnable
from tests.tacos import made_up_simulator as made_up
from tests.tacos import runs_support as runs
from tests.tacos.made_up_simulator import failing


@pytest.mark.slow
@pytest.mark.compiled
def test_conditions_and_seeds_side_by_side_give_what_they_give_alone(tmp_path):
    """On Brian2, two programs at once; the sum of it is the run that anybody would have started by hand."""
    stream = runs.stream(samples=20)
    found = tacos.ablate(
        runs.flagship(), stream, "dm*4", seeds=2, out=tmp_path / "ablation", factors=(0.5, 1), rounds=0, processes=2,
        progress=False,
    )  # fmt: skip
    factor = float(found.dataset["factor"].sel(condition="dm*4"))
    by_hand = runs.flagship()
    for name in ("eta", "dm"):
        for projection in ("input-hidden", "hidden-output"):
            value = by_hand.projection(projection).synapse.all_parameters()[name].value
            by_hand = by_hand.with_parameters(**{f"{projection}.{name}": value * {"eta": factor, "dm": 4.0}[name]})
    alone = tacos.run(by_hand, stream, 2, out=tmp_path / "alone", processes=1, progress=False)
    for seed in (0, 1):
        runs.assert_same_state(alone.state(seed), found.run("dm*4").state(seed))
    np.testing.assert_array_equal(alone.accuracy_matrix, found.dataset["accuracy"].sel(condition="dm*4"))
    assert found.run("full").folder.status()["simulator"].startswith("brian2")


@pytest.mark.slow
@pytest.mark.parametrize("how", [Unlearnable, RunError])
def test_one_that_fails_in_a_batch_stops_no_other(how, tmp_path, monkeypatch):
    """On PyTorch a disk that is full stops the whole batch; the others go on without the one at fault."""
    stream = tasks.named("split-digits", samples=10, test_samples=20, duration="10 ms")
    network = tacos.error_driven(stream, hidden=5)
    failing(monkeypatch, lambda replica: "dm-4" in str(replica.folder) and replica.seed == 1, how)
    found = tacos.ablate(
        network, stream, "metaplasticity; dm*4; dm*2", seeds=2, out=tmp_path, factors=(1,), rounds=0, backend="torch",
        progress=False,
    )  # fmt: skip
    failed = {row["condition"]: row["failed"] for row in table_rows(found)}
    kept = " 1 of 2 seeds have finished." if how is Unlearnable else ""
    assert failed == {"full": "", "without metaplasticity": "", "dm*4": f"w is no longer finite{kept}", "dm*2": ""}
    # Taken out by its parameters, so that it shares the batch.
    declared = tacos.Network.from_dict(found.run("without metaplasticity").folder.declaration()["network"])
    assert "metaplasticity" in declared.projection("input-hidden").synapse.mechanism_names()


# -- maps ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stream(monkeypatch):
    made = tasks.named("split-digits", samples=40, test_samples=100)
    made_up.install(monkeypatch, made)
    return made


def test_map_over_a_parameter_and_the_length_of_tasks(tmp_path, stream, monkeypatch):
    network = tacos.error_driven(stream, hidden=10)
    axes = {"eta*": [0.25, 1, 4], "stream.samples": [40, 80]}
    failing(monkeypatch, lambda replica: replica.stream.samples == 80 and "eta-4" in str(replica.folder))
    found = tacos.sensitivity(network, stream, axes, seeds=2, out=tmp_path, progress=False)
    assert found["accuracy"].dims == ("y", "x", "replica", "trained_on", "tested_on")
    assert (list(found["x"].values), list(found["y"].values)) == (["0.25", "1", "4"], ["40", "80"])
    assert found.attrs["held_out"] == "validation" and (found.attrs["x_now"], found.attrs["y_now"]) == ("1", "40")
    final = found["accuracy"].values[..., -1, :].mean(axis=(2, 3))
    assert final[0].argmax() == 1, "by construction the learning rate is best as it is"
    assert str(found["reason"].values[1, 2]) == "w is no longer finite" and np.isnan(final[1, 2])
    rows = list(csv.DictReader((tmp_path / "sweep.csv").open()))
    assert len(rows) == 6 and "w is no longer finite" in rows[5]["state"] and rows[5]["seeds"] == "0"
    for row, expected in zip(rows[:5], final.ravel(), strict=False):
        assert float(row["average accuracy mean"]) == pytest.approx(100 * expected)
    figure = plots.sensitivity_map(found)
    axes = figure.axes[0]
    assert axes.get_xlabel() == "eta (multiples of its value)"
    assert axes.get_ylabel() == "samples (training presentations)"
    assert [t.get_text().split("\n")[0] for t in axes.texts] == [*(f"{100 * v:.1f}" for v in final.ravel()[:5]), "–"]
    assert [p.get_xy() for p in axes.patches] == [(0.5, -0.5)], "the frame is around what the network has"
    title = figure.get_suptitle().replace("\n", " ")
    assert "domain-incremental, validation data (n = 2) chance 50 %; frame: as given" in title


def test_map_is_not_run_again(tmp_path, stream, monkeypatch):
    network = tacos.error_driven(stream, hidden=10)
    axes = {"input-hidden.dm": [0.1, 0.2], "tau_c": ["1 s", "3 s"]}
    first = tacos.sensitivity(network, stream, axes, out=tmp_path, progress=False)
    assert (first.attrs["x_now"], first.attrs["y_now"]) == ("0.2", "3")
    failing(monkeypatch, lambda replica: True)
    assert tacos.sensitivity(network, stream, axes, out=tmp_path, progress=False).identical(first)


def test_a_stop_is_no_failed_cell(tmp_path, stream, monkeypatch):
    failing(monkeypatch, lambda replica: "dm-2" in str(replica.folder), KeyboardInterrupt)
    with pytest.raises(Interrupted, match="Stopped; the same call into the same folder goes on where it was"):
        tacos.sensitivity(
            tacos.error_driven(stream, hidden=10),
            stream,
            {"dm*": [1, 2], "tau_c": ["1 s"]},
            out=tmp_path,
            progress=False,
        )
    assert not (tmp_path / "sweep.nc").exists()


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"dm*": [1]}, "A map has two axes"),
        ({"dm*": [1], "eta*": []}, "at least one value each"),
        ({"dm*": [1, 1], "eta*": [1]}, "same value twice"),
        ({"dm*": ["much"], "eta*": [1]}, "multiplied by numbers, not by 'much'"),
        ({"dmm*": [1], "eta*": [1]}, "No plastic projection has a parameter 'dmm'"),
        ({"stream.sample": [1], "eta*": [1]}, "option of a split stream 'sample' is not known; there are .*samples"),
        ({"stream.classes_per_task": [5], "eta*": [1]}, "gives 2 tasks, not 5"),
    ],
)
def test_bad_axes(tmp_path, stream, axes, message):
    with pytest.raises((tacos.RunError, synapses.DeclarationError, tasks.TaskError), match=message) as error:
        tacos.sensitivity(tacos.error_driven(stream, hidden=10), stream, axes, out=tmp_path / "new", progress=False)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "new").exists()
