"""The comparison: what is refused, the table from known numbers, and a small one from start to end."""

import csv
import errno
import json
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

import synapses
import tacos
import tasks
from tacos import plots
from tacos.baselines import METHODS, method_class, worker
from tacos.baselines.networks import MLP
from tacos.comparison import Comparison, Plan, Row, candidates, compare
from tacos.comparison.compare import Baseline
from tacos.comparison.outcome import GROUPS, load
from tacos.comparison.plan import QUICK, REGULARIZERS
from tacos.errors import Interrupted, RunError
from tacos.figures import comparison_figures
from tacos.measures.statistics import holm, paired_difference
from tacos.runs.folder import RunFolder
from tacos.tuning import Outcome, Trial
from tests.tacos import made_up_simulator, runs_support


def stream(**options):
    return tasks.split("digits", classes_per_task=5, **{"samples": 60, "test_samples": 20, **options})


def plan(out, chosen=None, **options):
    small = {
        "seeds": 2,
        "networks": ("mlp",),
        "epochs": (1,),
        "eta_factors": (0.7, 1.0),
        "strengths": 1,
        "hidden": 30,
        "extensions": 0,
    }
    return Plan(chosen or stream(), out, **{**small, "steps": (("adam", 1e-3),), "processes": 1, **options})


def by_seed(*values):
    return dict(enumerate(values))


def made_up(**more):
    own = Row(
        "flagship", "error-driven", "flagship", accuracy=by_seed(0.80, 0.82, 0.81), learning=by_seed(0.9, 0.9, 0.9)
    )
    rows = [
        own,
        Row(
            "naive",
            "MLP 400",
            "free",
            accuracy=by_seed(0.60, 0.63, 0.60),
            trials=[{"learning_rate": 0.1, "accuracy": 0.5}],
        ),
        Row("EWC", "MLP 400", "boundaries", 4, boundaries=True, accuracy=by_seed(0.79, 0.83, 0.81)),
        Row("MAS", "SNN 200, 20 steps", "boundaries", boundaries=True, accuracy=by_seed(0.90, 0.93, 0.91)),
        Row("SI", "MLP 400", "boundaries", boundaries=True, reason="the loss is no longer finite"),
        Row("joint", "MLP 400", "stored", stores_data=True, accuracy=by_seed(0.98, 0.99, 0.98)),
        Row("flagship, shuffled stream", "error-driven", "ceiling", accuracy=by_seed(0.88, 0.89, 0.88)),
    ]
    return Comparison("made up", rows, 0.5)


def drawn(found):
    (figure,) = comparison_figures(
        "any", [asdict(row) for row in found.rows], GROUPS, found.title, found.chance
    ).values()
    return figure


def test_differences_are_paired_and_corrected_over_all_baselines():
    found = made_up().differences()
    there = [1, 2, 3, 5]  # neither itself, nor what failed, nor its own ceiling
    assert list(found.index[found["pairs"] > 0]) == there
    pairs = [paired_difference([0.80, 0.82, 0.81], list(made_up().rows[k].accuracy.values())) for k in there]
    np.testing.assert_array_equal(found.loc[there, "difference"].tolist(), [d.mean for d in pairs])
    np.testing.assert_array_equal(found.loc[there, "low"].tolist(), [d.low for d in pairs])
    np.testing.assert_allclose(found.loc[there, "p"].astype(float), holm([d.p for d in pairs]))


def test_the_table_says_what_each_row_needs_to_know():
    table = made_up().table()
    lines = {line.split("  ")[0]: line for line in table.splitlines()}
    assert "boundaries" in table and "task labels" in table and "keeps" in table
    assert lines["EWC"].split() == [
        "EWC", "MLP", "400", "4", "yes", "no", "no", "81.0", "+-", "2.0", "-", "-", "3", "-", "+0.0", "(-2.5", "to", "+2.5)", "1.000",
    ]  # fmt: skip
    assert lines["joint"].split()[:7] == ["joint", "MLP", "400", "1", "no", "no", "images"]
    assert "SI, MLP 400, 1 epoch: failed: the loss is no longer finite" in table
    assert "The flagship is above 1 of 3 rows without stored images" in table
    assert "The flagship is below 1 of 3 rows without stored images: MAS (SNN, 1 epoch)" in table
    assert "undecided against 1 of 3 rows without stored images: EWC (MLP, 4 epochs)" in table


def test_a_row_of_which_some_seeds_failed_says_so():
    found = made_up()
    found.rows[3] = Row("MAS", "SNN 200, 20 steps", "boundaries", accuracy=by_seed(0.90, 0.93), reason="diverged")
    assert "MAS, SNN 200, 20 steps, 1 epoch: some seeds failed: diverged" in found.table()
    line = next(line for line in found.table().splitlines() if line.startswith("MAS  "))
    assert "91.5 +- 2.1" in line


def test_a_row_that_differs_by_the_same_on_every_seed_is_undecided():
    found = made_up()
    found.rows[1].accuracy = by_seed(0.70, 0.72, 0.71)
    line = next(line for line in found.table().splitlines() if line.startswith("naive"))
    assert line.split()[-3:] == ["+10.0", "(-)", "-"]
    assert "undecided against 2 of 3 rows without stored images: naive (MLP, 1 epoch), EWC" in found.table()
    others = made_up().differences().loc[[2, 3, 5], "p"].tolist()
    assert found.differences().loc[[2, 3, 5], "p"].tolist() >= others, "it counts among the comparisons"


def test_it_is_read_back_as_it_was(tmp_path):
    made_up().save(tmp_path)
    assert load(tmp_path) == made_up()
    assert (tmp_path / "comparison.txt").read_text() == made_up().table() + "\n"
    assert (tmp_path / "comparison.png").exists() and (tmp_path / "comparison.pdf").exists()
    with (tmp_path / "trials.csv").open() as file:
        assert [row["accuracy"] for row in csv.DictReader(file)] == ["0.5"]
    with pytest.raises(RunError, match="not the folder of a finished comparison"):
        load(tmp_path / "nothing")


def test_the_figure_shows_every_row_that_finished():
    figure = drawn(made_up())
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert len(labels) == 6 and "EWC, MLP 400, 4 epochs" in labels and "MAS, SNN 200, 1 epoch" in labels
    said = [text.get_text() for text in figure.axes[0].texts]
    assert "81.0 ± 1.0  (n = 3)" in said and "chance 50 %" in said and "told when a task ends" in said
    with pytest.raises(ValueError, match="nothing to draw"):
        plots.methods([asdict(Row("flagship", "error-driven", "flagship"))], GROUPS, "empty")


def test_the_label_of_chance_meets_no_row():
    """Nor where networks stay at chance, in the first row and in the last."""
    found = made_up()
    found.rows[0].accuracy = found.rows[-1].accuracy = by_seed(0.50, 0.52, 0.54)
    figure = drawn(found)
    figure.canvas.draw()
    axes = figure.axes[0]
    label = next(text for text in axes.texts if text.get_text() == "chance 50 %").get_window_extent()
    rows = [axes.transData.transform((51, y))[1] for y in axes.get_yticks()]
    assert len(rows) == 6 and label.height > 0
    marker = 4 / 72 * figure.dpi
    assert all(y + marker < label.y0 or y - marker > label.y1 for y in rows)
    assert label.y1 < axes.get_window_extent().y1


def test_trials_are_equal_where_the_constants_are_as_many(tmp_path):
    full = plan(tmp_path, steps=Plan.steps, strengths=3, eta_factors=Plan.__dataclass_fields__["eta_factors"].default)
    counts = {name: len(Baseline.of(full, name, "mlp", 1).grid()) for name in full.methods}
    anchors = {name: counts.pop(name) for name in METHODS if method_class(name).network}
    assert anchors == {"class-mean": 1, "streaming-lda": 3, "ridge": 3, "fly": 1}  # nothing but their strength
    strength = {n for name, n in counts.items() if name not in ("naive", "replay", "joint")}
    assert strength == {9} == {len(full.eta_factors)}
    assert {counts[name] for name in ("naive", "replay", "joint")} == {3}
    assert len(QUICK["eta_factors"]) == len(QUICK["steps"]) * QUICK["strengths"]


def test_validation_data_and_seed_are_not_those_of_the_test(tmp_path):
    chosen = plan(tmp_path, validation_samples=20)
    assert chosen.validation.held_out == "validation"
    assert sum(len(chosen.validation.held_out_presentations(k).targets) for k in range(2)) == 20
    assert chosen.choice_seed not in range(chosen.seeds)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"methods": ("ewcc",)}, "no method 'ewcc' to compare with; there are naive"),
        ({"methods": ()}, "Name at least one method"),
        ({"networks": ("cnn",)}, "no network 'cnn'"),
        ({"networks": ("error-driven",), "methods": ("ewc",)}, "there are the methods naive, l2, si, mas; name one"),
        ({"seeds": 1}, "at least two seeds"),
        ({"epochs": (0,)}, "epochs are different numbers of passes"),
        ({"epochs": (1, 1)}, "epochs are different numbers of passes.*not 1,1"),
        ({"steps": (("adam", 1), ("adam", 1.0))}, "Each step is tried once"),
        ({"steps": (("adamw", 1.0),)}, "no optimizer 'adamw'"),
        ({"batch": 0}, "at least one, not 0"),
        ({"choice_seed": "a"}, "choice_seed is a whole number, not 'a'"),
        ({"validation_samples": 0}, "validation_samples is a whole number, at least one, or None, not 0"),
        ({"eta_factors": (1.0, 1.0)}, "Each factor on eta is tried once"),
        ({"processes": -1}, "processes is how many replicas run at once, at least one, not -1"),
        ({"choice_seed": 1}, "choice_seed = 1 is one of the 2 seeds"),
        ({"strengths": 0}, "at least one trial"),
        ({"extensions": -1}, "extensions at least 0; found 30 and -1"),
        ({"synapse": synapses.stdp()}, "The synapse 'stdp' has no learning rate 'eta' to choose on validation data"),
        ({"synapse": synapses.l2(), "title": "flagship"}, "'flagship' is the title of the flagship as it is"),
        ({"chosen": stream(passes=2)}, "a stream of one pass"),
        ({"chosen": stream(held_out="validation")}, "held_out='test'"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(options, sentence, tmp_path):
    with pytest.raises(RunError, match=sentence):
        plan(tmp_path, **options)


@pytest.mark.slow
@pytest.mark.compiled
def test_a_small_comparison_from_start_to_end(tmp_path, monkeypatch):
    said = []
    chosen = plan(tmp_path / "c", stream(samples=200), methods=("naive", "ewc", "joint"), epochs=(1, 2))
    found = compare(chosen, said.append)
    assert [row.label for row in found.rows] == [
        "flagship", "naive", "naive", "EWC", "EWC", "joint", "joint", "flagship, shuffled stream", "flagship, each task alone",
    ]  # fmt: skip
    assert [row.epochs for row in found.rows[1:7]] == [1, 2] * 3
    assert all(sorted(row.accuracy) == [0, 1] and not row.reason for row in found.rows)
    assert all(value > 0.2 for row in found.rows[1:7] for value in row.learning.values())  # above chance
    assert max(found.flagship.accuracy.values()) > 0  # so few hidden cells leave some outputs silent
    assert [row.boundaries for row in found.rows[:6]] == [False, False, False, True, True, False]
    assert len(found.flagship.trials) == 2 and found.flagship.chosen["eta"] in (0.056, 0.08)
    ewc = found.rows[3]
    assert ewc.chosen == {"optimizer": "adam", "learning_rate": 1e-3, "strength": 100.0}
    assert load(tmp_path / "c") == found
    rows = json.loads((tmp_path / "c/comparison.json").read_text())["rows"]
    assert rows[3]["trials"][0]["accuracy"] == ewc.trials[0]["accuracy"]

    monkeypatch.setattr(worker, "learn_stream", lambda *given: pytest.fail("a finished seed was run again"))
    assert compare(chosen, said.append) == found


def test_rows_on_the_flagships_own_network(tmp_path, monkeypatch):
    """Error feedback alone, and regularizers as synapses: as many trials as the flagship, told of boundaries or not."""
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    factors = Plan.__dataclass_fields__["eta_factors"].default
    given = plan(
        tmp_path, chosen, methods=("naive", "ewc", "si"), networks=("error-driven",), steps=Plan.steps,
        strengths=3, eta_factors=factors, validation_samples=100, ceilings=False,
    )  # fmt: skip
    found = compare(given, lambda text: None)
    assert [(row.label, row.boundaries) for row in found.rows] == [
        ("flagship", False), ("naive", False), ("SI", True)
    ]  # fmt: skip
    assert {row.network for row in found.rows} == {"error-driven 30"} and {row.epochs for row in found.rows} == {1}
    assert [len(row.trials) for row in found.rows] == [9] * 3
    naive, si = found.rows[1:]
    assert naive.chosen == {"eta": 3e-3}  # what the simulator likes best of the grid
    assert sorted({trial["eta"] for trial in si.trials}) == [3e-3, 6e-3, 12e-3] and si.chosen["eta"] == 12e-3
    assert "9 trials, chosen at the edge of what was tried: eta" in found.grids()
    *_, last = found.table().splitlines()
    assert last.startswith("Chosen at the edge of what was tried, better ones may lie beyond: ")
    assert "naive, error-driven 30, 1 epoch (eta)" in last and "flagship" not in last
    more = compare(replace(given, extensions=2), lambda text: None).rows[1]
    assert more.trials[:9] == naive.trials and [t["eta"] for t in more.trials[9:]] == [9e-3, 0.027]
    assert more.chosen == {"eta": 0.027}  # the simulator is best at 0.02
    assert {trial["strength"] for trial in si.trials} == set(REGULARIZERS["si"][2])
    assert all(sorted(row.accuracy) == [0, 1] and not row.reason for row in found.rows)
    declared = tacos.Network.from_dict(
        RunFolder(next((tmp_path / "error-driven/si").glob("test-*"))).declaration()["network"]
    )
    for name, eta in (("input-hidden", 12e-3), ("hidden-output", 12e-4)):
        values = declared.projection(name).synapse.all_parameters()
        assert values["eta"].value == pytest.approx(eta) and values["strength"].value == si.chosen["strength"]


def test_rows_without_answers_are_named():
    """A network that does not spike is at chance for want of answers, and the table and the list of trials say so."""
    found = made_up()
    found.rows[1].silent = by_seed(0.7, 0.8, 0.6)
    found.rows[0].silent = by_seed(0.0, 0.001, 0.0)
    said = "Without an answer, since no output neuron spiked: naive, MLP 400, 1 epoch in 70 % of the tests"
    assert said in found.table().splitlines()
    found.rows[1].trials = []
    trial = Trial("naive", {"eta": 0.1})
    outcome = Outcome(trial, np.full((1, 1, 1), 0.25), silent=np.array([0.5]))
    found.rows[1].tried([outcome], outcome)
    assert "  * eta 0.1: 25.0 (without an answer: 50 %)" in found.grids().splitlines()


def test_a_method_without_constants_is_run_too(tmp_path, monkeypatch):
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    few = dict(seeds=2, eta_factors=(1.0,), validation_samples=100, extensions=0, ceilings=False)
    found = compare(Plan(chosen, tmp_path, methods=("class-mean", "fly"), networks=("mlp",), **few), lambda text: None)
    for row in found.rows[1:]:
        assert (row.chosen, row.reason) == ({}, "") and sorted(row.accuracy) == [0, 1], row.label
    few["seeds"] = [0, 1, 4]
    more = compare(Plan(chosen, tmp_path, methods=("class-mean", "fly"), networks=("mlp",), **few), lambda text: None)
    for row, before in zip(more.rows, found.rows, strict=True):
        assert sorted(row.accuracy) == [0, 1, 4] and {k: row.accuracy[k] for k in (0, 1)} == before.accuracy, row.label


@pytest.mark.slow
def test_another_synapse_in_the_place_of_the_flagship(tmp_path, monkeypatch, capfd):
    """By the command: beside the flagship's files, told of boundaries or not, and with the rows that are there."""
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    small = dict(
        seeds=2, strengths=1, steps=(("adam", 1e-3),), eta_factors=(0.5, 1.0, 2.0), validation_samples=100, extensions=0
    )
    monkeypatch.setattr("tacos.comparison.plan.QUICK", small)
    values = ("split-digits", "--quick", "--samples", 40, "--test-samples", 100, "--out", tmp_path)
    values += ("--methods", "naive", "--networks", "error-driven", "--no-ceilings")
    without = ("--without", "metaplasticity", "--without", "neuromodulation")
    for more in ((), without, ("--synapse", "l2")):
        status, _, error = runs_support.cli(capfd, "compare", *values, *more)
        assert status == 0, error
    title = "tacos without metaplasticity, neuromodulation"
    flagship, other, l2 = (
        load(tmp_path, name)
        for name in ("comparison", "comparison-tacos-without-metaplasticity,-neuromodulation", "comparison-l2")
    )
    assert [found.flagship.label for found in (flagship, other, l2)] == ["flagship", title, "l2"]
    assert [found.flagship.boundaries for found in (flagship, other, l2)] == [False, False, True]
    assert flagship.rows[1:] == other.rows[1:] == l2.rows[1:]
    assert flagship.flagship.chosen == {"eta": 0.08} and other.flagship.chosen == {"eta": 0.04}  # best as made up
    declared = RunFolder(next((tmp_path / f"synapse-{title.replace(' ', '-')}").glob("test-*"))).declaration()[
        "network"
    ]
    assert tacos.Network.from_dict(declared).projection("input-hidden").synapse.mechanism_names() == (
        "error feedback", "heterosynaptic", "consolidation",
    )  # fmt: skip
    assert f"{title} - method, 95 % CI" in other.table() and f"\n{title} is " in other.table()
    texts = [text.get_text() for text in drawn(l2).axes[0].texts]
    assert "single pass, told when a task ends" in texts and "told nothing" in texts


@pytest.mark.slow
@pytest.mark.compiled
def test_a_method_that_cannot_run_is_recorded_and_the_others_go_on(tmp_path):
    found = compare(
        plan(tmp_path, stream(boundaries="random"), methods=("ewc", "naive"), ceilings=False), lambda text: None
    )
    naive, ewc = found.rows[1:]
    assert (naive.label, ewc.label) == ("naive", "EWC") and len(naive.accuracy) == 2
    assert "EWC has to be told when a task ends" in ewc.reason and not ewc.accuracy
    assert "EWC, MLP 400-400, 1 epoch: failed: all trials failed; the last: EWC has to be told" in found.table()


@pytest.mark.slow
@pytest.mark.compiled
def test_streams_drawn_anew_for_each_seed(tmp_path):
    chosen = plan(tmp_path, methods=("naive",), draws=True, ceilings=False)
    assert chosen.drawn(0).task_names != chosen.drawn(1).task_names
    found = compare(chosen, lambda text: None)
    assert [sorted(row.accuracy) for row in found.rows] == [[0, 1], [0, 1]]
    assert "drawn anew for each seed" in found.title
    assert load(tmp_path, "draws") == found and not (tmp_path / "comparison.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("part", ["flagship", "naive"])
def test_a_trial_that_did_not_finish_chooses_nothing(part, tmp_path, monkeypatch):
    """A full disk is no property of the constants: the row fails, and the same command ends as if it had not been full."""
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    given = plan(
        tmp_path / "one", chosen, methods=("naive", "si"), networks=("mlp", "error-driven"), extensions=1,
        eta_factors=(0.5, 1.0, 2.0), validation_samples=100, ceilings=False,
    )  # fmt: skip
    undisturbed = compare(replace(given, out=tmp_path / "other"), lambda text: None)
    with monkeypatch.context() as patch:
        made_up_simulator.failing(
            patch,
            lambda replica: part in replica.folder.parts and replica.folder.parents[1].name == "eta-0.08",
            RunError,
        )
        made_up_simulator.failing(
            patch,
            lambda replica: part in replica.folder.parts and replica.folder.parents[1].name == "eta-0.001",
            RunError,
        )

        def full(method, network, training, stream, seed):
            raise OSError(errno.ENOSPC, "No space left on device")

        if part == "naive":
            patch.setattr(worker, "learn_stream", full)
        found = compare(given, lambda text: None)
    failed = {(row.label, row.network.split()[0]): row.reason for row in found.rows if row.reason}
    if part == "flagship":
        assert set(failed) == {("flagship", "error-driven")}
    else:
        assert set(failed) == {("naive", "error-driven"), ("SI", "error-driven"), ("naive", "MLP"), ("SI", "MLP")}
        assert failed["SI", "error-driven"].startswith("its learning rates start from the one that naive chooses")
        assert "w is no longer finite" in failed["SI", "error-driven"]
        assert "free some space" in failed["naive", "MLP"]
    label = ("flagship" if part == "flagship" else "naive", "error-driven")
    assert failed[label].startswith("a trial did not finish, and nothing is chosen without it: w is no longer finite")
    assert all(not row.chosen and not row.accuracy for row in found.rows if row.reason)
    assert compare(given, lambda text: None) == undisturbed


def test_kinds_of_what_is_asked_for(tmp_path):
    assert plan(tmp_path, methods=["ewc"], steps=[["adam", 1]]).steps == (("adam", 1.0),)
    for options, sentence in (
        ({"methods": "ewc"}, r"methods is a tuple, such as \('ewc', 'si'\), not 'ewc'"),
        ({"epochs": 4}, "epochs is a tuple.*not 4"),
        ({"steps": ("adam", 1e-3)}, "steps are pairs of an optimizer and a learning rate"),
        ({"synapse": "tacos"}, "synapse is a model, such as synapses.tacos"),
        ({"networks": (MLP((7,)), MLP((7,), pad=2))}, "told apart by their sizes; two of MLP 7, MLP 7"),
        ({"networks": ("mlp", MLP())}, "told apart by their sizes"),
        ({"seeds": "3"}, "seeds is how many replicas to run, .*; not '3'"),
        ({"seeds": (3, 1000)}, "choice_seed = 1000 is one of the 2 seeds that are tested."),
        ({"epochs": (1.5,)}, "epochs are whole numbers"),
        ({"eta_factors": (-1.0,)}, "eta_factors are numbers above zero"),
        ({"chosen": "split-digits"}, "A comparison is of a stream, such as .* not of 'split-digits'"),
    ):
        with pytest.raises(RunError, match=sentence):
            plan(tmp_path, **options)


def test_what_is_no_outcome_of_a_comparison(tmp_path, capfd):
    for text in ("{", '{"x": 1}'):
        (tmp_path / "comparison-of-mine.json").write_text(text)
        status, _, error = runs_support.cli(capfd, "show", tmp_path)
        assert status == 1 and "comparison-of-mine.json' " in error and error.count("\n") == 1


def test_sizes_of_a_perceptron():
    assert MLP([50]) == MLP(50) == MLP((50,)) and str(MLP([50, 20])) == "MLP 50-20"
    with pytest.raises(RunError, match="hidden is the size of each hidden layer.*not 2.5"):
        MLP(2.5)


def test_a_method_whose_strength_would_not_be_tuned_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(method_class("l2"), "grid", ())
    monkeypatch.setattr(sys.modules["tacos.comparison.compare"], "flagship", lambda *given: pytest.fail("it was run"))
    with pytest.raises(RunError, match="'l2' has a strength but declares none to try; give its class some"):
        compare(plan(tmp_path / "new", methods=("l2",)), lambda text: None)
    assert not (tmp_path / "new").exists()


def test_networks_of_other_sizes(tmp_path, monkeypatch, capfd):
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    given = plan(
        tmp_path, chosen, methods=("naive",), networks=(MLP((7,)), "mlp"), validation_samples=100, ceilings=False
    )
    found = compare(given, lambda text: None)
    assert [row.network for row in found.rows[1:]] == ["MLP 7", "MLP 400-400"]
    assert {p.name for p in (tmp_path / "baselines").iterdir()} == {"MLP-7-1-epochs", "mlp-1-epochs"}
    status, out, _ = runs_support.cli(capfd, "show", tmp_path)
    assert status == 0 and out.strip() == str(found)
    status, out, _ = runs_support.cli(capfd, "plot", tmp_path, "--out", tmp_path / "figures")
    assert status == 0 and (tmp_path / "figures/comparison.png").exists() and out.strip().endswith("comparison.png")
    for command in ("resume", "plot"):
        more = ("--trajectories",) if command == "plot" else ()
        status, _, error = runs_support.cli(capfd, command, tmp_path, *more)
        assert status == 1 and "comparison" in error


def test_two_comparisons_in_one_folder_at_once_are_refused(tmp_path, monkeypatch):
    given = plan(tmp_path)
    with RunFolder(tmp_path).lock(), pytest.raises(RunError, match="is being run by another process"):
        compare(given, lambda text: None)


def test_where_tasks_do_not_end_there_is_no_forgetting(tmp_path, monkeypatch):
    chosen = tasks.named("split-digits", samples=40, test_samples=100, boundaries="random")
    made_up_simulator.install(monkeypatch, chosen)
    found = compare(
        plan(tmp_path, chosen, methods=("naive",), validation_samples=100, ceilings=False), lambda text: None
    )
    for row in found.rows:
        assert len(row.accuracy) == 2 and not row.learning and not row.forgetting


@pytest.mark.slow
def test_seeds_that_finished_are_kept_where_others_fail(tmp_path, monkeypatch):
    """Of a ceiling that is a mean over tasks only if every task has some."""
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    monkeypatch.setattr(Comparison, "save", lambda *given: None)  # figures take their time
    few = dict(methods=("naive",), networks=("error-driven",), seeds=3, eta_factors=(1.0,), validation_samples=100)
    for draws, part in ((False, "test-eta-0.08"), (True, "draws-eta-0.08"), (False, "task-2-eta-0.08")):
        given = plan(tmp_path / f"{part}.", chosen, draws=draws, ceilings="task" in part, **few)
        with monkeypatch.context() as patch:
            made_up_simulator.failing(
                patch,
                lambda r, part=part: part in r.folder.parts and (r.seed == 2 or "alone" in r.folder.parts),
            )
            found = compare(given, lambda text: None)
        failed = next(row for row in found.rows if row.reason)
        assert "w is no longer finite" in failed.reason and failed.label.startswith("flagship")
        assert sorted(failed.accuracy) == ([] if "task" in part else [0, 1])
        assert sum(bool(row.reason) for row in found.rows) == 1
        again = {row.label: row for row in compare(given, lambda text: None).rows}
        assert sorted(again[failed.label].accuracy) == [0, 1, 2] and not again[failed.label].reason


def test_a_comparison_of_which_no_row_finished_says_why(tmp_path, monkeypatch):
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    made_up_simulator.failing(monkeypatch, lambda replica: True)
    one = plan(
        tmp_path, chosen, methods=("naive",), networks=("error-driven",), eta_factors=(1.0,), validation_samples=100
    )
    found = compare(one, lambda text: None)
    assert "all trials failed; the last: w is no longer finite" in (tmp_path / "comparison.txt").read_text()
    assert not (tmp_path / "comparison.png").exists()
    with pytest.raises(RunError, match="^No row of this comparison has finished, so that there is nothing to draw.$"):
        found.save_figure(tmp_path)


def test_stopping_the_flagship_is_no_failure_of_it(tmp_path, monkeypatch):
    """In a trial, and in the final runs; the second call goes on after the trials."""
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    told = []
    for part in ("trials", "test-eta-0.08"):
        with monkeypatch.context() as patch:
            made_up_simulator.failing(patch, lambda replica: part in replica.folder.parts, KeyboardInterrupt)  # noqa: B023
            with pytest.raises(Interrupted, match="^Stopped; give the same command again to go on.$"):
                compare(plan(tmp_path, chosen, validation_samples=100), told.append)
    assert told == ["flagship, error-driven 30, 1 epoch: eta 0.08 of 2 trials"]


def test_stopping_between_runs_says_how_to_go_on(tmp_path, monkeypatch):
    """Where the main thread waits for trials side by side, a Ctrl-C meets no run that could say it."""
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)

    def ctrl_c(*_, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(candidates, "run_trials", ctrl_c)
    with pytest.raises(Interrupted, match="^Stopped; give the same command again to go on.$"):
        compare(plan(tmp_path, chosen, validation_samples=100), lambda text: None)


def test_the_command_refuses_what_cannot_be_meant(tmp_path, capfd):
    for arguments, sentence in (
        (("--epochs", "1,many"), "tacos: --epochs takes whole numbers with commas, such as 1,4; 'many' is none."),
        (("--methods", "ewcc"), "tacos: There is no method 'ewcc' to compare with"),
        (("--networks", "cnn"), "tacos: There is no network 'cnn' to compare with"),
        (("--seeds", "1"), "tacos: A comparison needs at least two seeds"),
        (
            ("--network", "recruit"),
            "tacos: There is no network 'recruit' of ours; there are error-driven, recruiting, recruiting-dale.",
        ),
        (("--network", "recruiting", "--synapse", "stdp"), "tacos: The network 'recruiting' has synapses of its own"),
    ):
        status, _, error = runs_support.cli(capfd, "compare", "split-digits", "--samples", 60, *arguments)
        assert status == 1 and error.startswith(sentence) and error.count("\n") == 1


def test_a_folder_of_another_comparison_is_refused(tmp_path, monkeypatch):
    """Its trials are none that failed."""
    own = dict(networks=("error-driven",), methods=("naive",), validation_samples=100, ceilings=False)
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    compare(plan(tmp_path, chosen, **own), lambda text: None)
    kept = (tmp_path / "comparison.json").read_text()
    other = chosen.with_options(order_seed=1)
    with pytest.raises(RunError, match="already holds a different run"):
        compare(plan(tmp_path, other, **own), lambda text: None)
    assert (tmp_path / "comparison.json").read_text() == kept

    monkeypatch.setattr(sys.modules[Baseline.__module__], "flagship", lambda *given: [made_up().flagship])
    only = dict(networks=("mlp",), methods=("naive",), ceilings=False)
    compare(plan(tmp_path / "mlp", **only), lambda text: None)
    with pytest.raises(RunError, match=r"already holds a different run \(another training\)"):
        compare(plan(tmp_path / "mlp", batch=20, **only), lambda text: None)


@pytest.mark.slow
def test_regularizers_start_from_the_rate_of_error_feedback(tmp_path, monkeypatch):
    """Whatever the order of the methods, and whether naive is asked for or not."""
    chosen = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, chosen)
    tried = []
    for k, methods in enumerate((("naive", "si"), ("si", "naive"), ("si",))):
        given = plan(
            tmp_path / str(k), chosen, methods=methods, networks=("error-driven",), eta_factors=(0.3, 3.0),
            validation_samples=100, ceilings=False,
        )  # fmt: skip
        rows = compare(given, lambda text: None).rows[1:]
        assert {row.label for row in rows} == {"SI", *({"naive"} if "naive" in methods else ())}
        tried.append([trial["eta"] for row in rows if row.label == "SI" for trial in row.trials])
    assert tried == [[3e-3]] * 3
