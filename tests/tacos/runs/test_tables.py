"""Tables as text, and numbers that agree with the accuracy matrix."""

import json

import numpy as np
import pytest

from tacos.errors import RunError
from tacos.measures import metrics
from tacos.runs.tables import comparison_text, result_text
from tests.tacos import runs_support as runs

FIRST = [[0.9, 0.2], [0.7, 0.8]]
SECOND = [[0.8, 0.3], [0.6, 0.9]]
WORSE = [[0.9, 0.2], [0.3, 0.8]], [[0.8, 0.3], [0.4, 0.9]]


def test_a_run(tmp_path):
    text = result_text(runs.made_up_run(tmp_path / "run", {0: FIRST, 1: SECOND}, label="with everything"))
    assert text.splitlines() == [
        "split-digits, domain-incremental, test data",
        "condition: with everything",
        "2 of 2 seeds finished, 20 presentations, mean +- sd",
        "  average accuracy    75.0 +- 0.0 %",
        "  learning accuracy   85.0 +- 0.0 %",
        "  backward transfer   -20.0 +- 0.0 %",
        "  forgetting          20.0 +- 0.0 %",
        f"  retention           {100 * (7 / 9 + 6 / 8) / 2:.1f} +- {100 * (7 / 9 - 6 / 8) / 2**0.5:.1f} %",
        "accuracy (%), rows: trained up to, columns: tested on",
        f"{'':10}{'0/1/2/3/4':>10}{'5/6/7/8/9':>10}",
        " 0/1/2/3/4      85.0      25.0",
        " 5/6/7/8/9      65.0      85.0",
        "2.00 ms a presentation while learning, per replica and core, float64",
    ]


def test_a_run_without_answers_says_so(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: FIRST, 1: SECOND})
    result.dataset["silent"][:, -1] = [[0.5, 0.25], [0.25, 0.0]]
    line = "without an answer in 25.0 % of the tests at the end: no output neuron spiked"
    assert line in result_text(result).splitlines()


def test_a_run_with_ties_says_who_answered(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: FIRST, 1: SECOND})
    result.dataset["tied"][:, -1] = [[0.02, 0.0], [0.0, 0.0]]
    line = "a tie in 0.5 % of the tests at the end: the lowest of the outputs that spiked most answers"
    assert line in result_text(result).splitlines()


def test_an_undefined_metric_says_why(tmp_path):
    text = result_text(runs.made_up_run(tmp_path / "run", {0: [[0.0, 0.2], [0.7, 0.8]]}))
    assert "retention           undefined: " in text
    assert "nothing to retain" in text
    assert "average accuracy    75.0 %\n" in text  # one seed: no deviation


def test_a_run_under_way(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: FIRST, 1: SECOND[:1], 2: []}, state="running")
    text = result_text(result)
    assert "1 of 3 seeds finished" in text
    assert "average accuracy    75.0 %" in text
    assert list(result.finished()) == [True, False, False]
    assert json.loads(result.to_json())["seeds"] == [0]


def test_nothing_finished(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: FIRST[:1], 1: []}, state="stopped")
    expected = f"^No replica of '{tmp_path / 'run'}' has finished; go on with: tacos resume {tmp_path / 'run'}$"
    for use in (result.summary, result.to_json, lambda: str(result)):
        with pytest.raises(RunError, match=expected):
            use()


def test_json(tmp_path):
    accuracies = np.random.default_rng(0).uniform(0.1, 1, (3, 5, 5))
    result = runs.made_up_run(tmp_path / "run", dict(enumerate(accuracies.tolist())))
    data = json.loads(result.to_json())
    assert (data["scenario"], data["stream"], data["status"]) == ("domain-incremental", "split-digits", "done")
    assert (data["condition"], data["held_out"], data["seeds"]) == ("made up", "test", [0, 1, 2])
    np.testing.assert_array_equal(data["accuracy_matrix"], accuracies)
    for name in ("average_accuracy", "backward_transfer", "forgetting", "learning_accuracy", "retention"):
        each = getattr(metrics, name)(accuracies)
        assert data[name] == {"mean": pytest.approx(each.mean()), "sd": pytest.approx(each.std(ddof=1)), "n": 3}
    assert data["ms_per_presentation"] == {"mean": pytest.approx(2.0), "sd": pytest.approx(0, abs=1e-9), "n": 3}
    # From the definitions.
    assert data["average_accuracy"]["mean"] == pytest.approx(accuracies[:, -1].mean())
    diagonal = accuracies[:, range(5), range(5)]
    assert data["learning_accuracy"]["mean"] == pytest.approx(diagonal.mean())
    assert data["backward_transfer"]["mean"] == pytest.approx((accuracies[:, -1] - diagonal)[:, :-1].mean())


def test_one_seed_has_no_deviation(tmp_path):
    data = json.loads(runs.made_up_run(tmp_path / "run", {4: FIRST}).to_json())
    assert data["seeds"] == [4]
    assert data["average_accuracy"] == {"mean": 0.75, "sd": None, "n": 1}
    assert data["ms_per_presentation"]["sd"] is None


def test_conditions_side_by_side(tmp_path):
    full = runs.made_up_run(tmp_path / "full", {0: FIRST, 1: SECOND}, label="full")
    less = runs.made_up_run(tmp_path / "less", dict(enumerate(WORSE)), label="less")
    lines = comparison_text({"full": full, "less": less}).splitlines()
    assert lines[0] == "split-digits, domain-incremental, mean +- sd over seeds"
    assert lines[1].split("  ")[0] == "condition" and "full - condition, 95 % CI (points)" in lines[1]
    assert lines[2].split() == "full 75.0 +- 0.0 85.0 +- 0.0 20.0 +- 0.0 2 - -".split()
    # Differences 0.20 and 0.10; Student's t for one degree of freedom, 12.706, times 0.05.
    assert lines[3].split() == "less 60.0 +- 7.1 85.0 +- 0.0 50.0 +- 14.1 2 +15.0 (-48.5 to +78.5) 0.205".split()
    assert len({line.index("2  ") for line in lines[2:4]}) == 1, "columns are aligned"


def test_seeds_that_all_differ_by_the_same_have_no_interval(tmp_path):
    full = runs.made_up_run(tmp_path / "full", {0: FIRST, 1: SECOND}, label="full")
    less = runs.made_up_run(tmp_path / "less", {0: [[0.9, 0.2], [0.6, 0.8]], 1: [[0.8, 0.3], [0.6, 0.8]]}, label="less")
    assert comparison_text({"full": full, "less": less}).splitlines()[-1].endswith("2      +5.0 (-)                            -")


def test_only_shared_seeds_are_paired(tmp_path):
    full = runs.made_up_run(tmp_path / "full", {0: FIRST, 1: SECOND, 2: FIRST}, label="full")
    less = runs.made_up_run(tmp_path / "less", {1: WORSE[0], 2: WORSE[1], 3: FIRST}, label="less")
    assert " (" in comparison_text({"full": full, "less": less}).splitlines()[-1]
    alone = runs.made_up_run(tmp_path / "alone", {2: WORSE[1]}, label="alone")
    assert comparison_text({"full": full, "alone": alone}).splitlines()[-1].split()[-3:] == ["1", "-", "-"]


def test_runs_of_different_streams_are_not_paired(tmp_path):
    first = runs.made_up_run(tmp_path / "a", {0: FIRST, 1: SECOND})
    second = runs.made_up_run(tmp_path / "b", {0: FIRST, 1: SECOND})
    declared = tmp_path / "b" / "run.toml"
    text = declared.read_text()
    (tmp_path / "b" / "digests.json").unlink()
    declared.write_text(
        text.replace('held_out = "test"', 'held_out = "validation"').replace("shuffled = false", "shuffled = true")
    )
    with pytest.raises(
        RunError, match="'b' cannot be paired with 'a': their streams differ in held_out, shuffled; compare"
    ):
        comparison_text({"a": first, "b": second})
    declared.write_text(text.replace("passes = 1", "passes = 4"))  # as a baseline with more epochs
    assert "+0.0 (-)" in comparison_text({"a": first, "b": second})


def test_where_tasks_do_not_end_there_is_no_forgetting(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: FIRST, 1: SECOND})
    result.dataset.attrs["has_ends"] = 0
    assert set(result.summary()) == {"average_accuracy", "undefined"}
    undefined = json.loads(result.to_json())["undefined"]
    assert set(undefined.values()) == {"tasks of this stream do not end"} and "forgetting" in undefined
    assert "undefined" not in undefined
    text = result_text(result)
    assert "  forgetting          undefined: tasks of this stream do not end" in text
    assert "rows: presentations learned" in text and "\n        10      85.0" in text
