"""Results as labelled datasets and as tables."""

import numpy as np
import pytest

import tacos
from tacos.ablation.reading import load_ablation
from tacos.comparison.outcome import load
from tests.tacos import runs_support as runs

RECORDED = runs.ROOT / "tests" / "recorded"


def test_a_result_is_selected_by_what_it_is_called(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {3: [[1.0, 0.5], [0.5, 0.75]], 4: [[0.9, 0.4], [0.6, 0.7]]})
    data = result.dataset
    assert float(data.sel(seed=4, task_name="5/6/7/8/9").accuracy[1]) == 0.7
    np.testing.assert_array_equal(data.sel(presentation=20).accuracy_through, data.accuracy[:, 1])


@pytest.mark.parametrize("of", ["result", "ablation", "trajectories"])
def test_everything_says_its_unit_and_what_it_is(of):
    """Of files of an earlier version, too; a text has no unit."""
    run = tacos.load(RECORDED / "run")
    data = {
        "result": lambda: run.dataset,
        "ablation": lambda: load_ablation(RECORDED / "ablation").dataset,
        "trajectories": lambda: run.trajectories("input-hidden"),
    }[of]()
    for name, values in data.variables.items():
        assert values.attrs["long_name"], name
        assert ("units" in values.attrs) == (values.dtype.kind in "ifb"), name


def test_a_record_of_an_earlier_version_has_its_presentations():
    recorded = tacos.load(RECORDED / "run").trajectories("hidden-output")
    assert recorded["presentation"].values.tolist() == [4, 9, 14, 19]
    np.testing.assert_array_equal(recorded.sel(presentation=14).w, recorded.w[:, 2])


def test_the_table_of_a_result(tmp_path):
    """A row for each replica, task trained on and task tested on."""
    result = runs.made_up_run(tmp_path / "run", {3: [[1.0, 0.5], [0.5, 0.75]], 4: [[0.9, 0.4]]}, label="mine")
    table = result.to_dataframe()
    assert list(table) == [
        "condition", "replica", "trained_on", "tested_on", "seed", "task_name", "presentations_seen", "accuracy",
        "silent", "tied",
    ]  # fmt: skip
    assert table["accuracy"].tolist()[:6] == [1.0, 0.5, 0.5, 0.75, 0.9, 0.4] and table["accuracy"][6:].isna().all()
    assert table["seed"].tolist() == [3] * 4 + [4] * 4
    assert table.query("seed == 3 and trained_on == 1 and tested_on == 0")["presentations_seen"].item() == 20
    assert set(table["condition"]) == {"mine"} and (table["silent"][:6] == 0).all()


def test_tests_between_the_ends_of_tasks_have_no_row():
    import xarray as xr

    from tacos.runs.labels import RESULTS, labelled, tidy

    through = np.arange(6.0).reshape(1, 3, 2)
    data = xr.Dataset(
        {
            "accuracy": (("replica", "trained_on", "tested_on"), through[:, [0, 2]]),
            "silent": (("replica", "point", "tested_on"), 10 + through),
        },
        {"presentation": ("point", [5, 7, 10]), "presentations_seen": ("trained_on", [5, 10])},
    )
    table = tidy(labelled(data, RESULTS))
    assert (table["silent"] == 10 + table["accuracy"]).all() and len(table) == 4


def test_the_table_of_an_ablation():
    ablation = load_ablation(RECORDED / "ablation")
    table = ablation.to_dataframe()
    data = ablation.dataset
    assert len(table) == data["accuracy"].size
    for label in ablation.conditions:
        mine = table[table["condition"] == label]
        assert (mine["factor"] == float(data["factor"].sel(condition=label))).all()
        np.testing.assert_array_equal(mine["accuracy"], data["accuracy"].sel(condition=label).values.ravel())


def test_the_table_of_a_comparison():
    comparison = load(RECORDED / "comparison")
    table = comparison.to_dataframe()
    assert len(table) == sum(len(row.accuracy) for row in comparison.rows)
    for row in comparison.rows:
        mine = table[(table["method"] == row.label) & (table["network"] == row.network) & (table["epochs"] == row.epochs)]
        assert dict(zip(mine["seed"], mine["accuracy"], strict=True)) == row.accuracy
        assert dict(zip(mine["seed"], mine["forgetting"], strict=True)).items() >= row.forgetting.items()
