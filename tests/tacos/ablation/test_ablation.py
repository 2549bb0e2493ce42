"""Ablations: grid and table, what may not be run twice, what fails, what the grid may see."""

import csv
import io
import re
import shutil
from html import escape
from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest
import xarray as xr

import synapses
import tacos
import tasks
from tacos.ablation import ablate as ablating
from tacos.ablation.grid import sweeps
from tacos.ablation.reading import Ablation, load_ablation
from tacos.ablation.table import ablation_text, grid_rows, grid_text, table_rows
from tacos.errors import Interrupted, RunError
from tacos.measures.statistics import holm, paired_difference
from tacos.report import report
from tacos.runs.folder import RunFolder
from tests.tacos import made_up_simulator as made_up
from tests.tacos import runs_support as runs
from tests.tacos.made_up_simulator import failing

OPTIONS = {"factors": (0.25, 1), "rounds": 1, "front": (), "progress": False}
CONDITIONS = "metaplasticity; dm*4"
ETA = ["--set", "input-hidden.eta=0.08", "--set", "hidden-output.eta=0.008"]


def stream(**options):
    return tasks.named("split-digits", **{"samples": 40, "test_samples": 100, **options})


@pytest.fixture(autouse=True, scope="module")
def simulator():
    """All runs here are answered by rule; test_ablation_runs.py has real ones."""
    with pytest.MonkeyPatch.context() as patch:
        made_up.install(patch, stream())
        yield


def network():
    return tacos.error_driven(stream(), hidden=10).with_parameters(
        **{"input-hidden.eta": 0.08, "hidden-output.eta": 0.008}
    )


def ablate(path, conditions=CONDITIONS, shown=None, seeds=2, **options):
    return tacos.ablate(network(), shown or stream(), conditions, seeds, out=path, **{**OPTIONS, **options})


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return ablate(tmp_path_factory.mktemp("ablation") / "digits", front={"dm": (0.5, 2)}, evaluate_every=4)


# -- what comes out ------------------------------------------------------------------------------------------------


def test_every_condition_has_the_same_budget(finished):
    rows = [r for r in grid_rows(finished) if r["parameter"] == "eta"]
    for label in finished.conditions:
        mine = [r for r in rows if r["condition"] == label]
        assert len({r["factor"] for r in mine}) == len(mine) == 4 == finished.dataset.attrs["n_trials"]
        assert sum(r["chosen"] for r in mine) == 1
    assert {p.parent.name for p in finished.path.glob("grid/*/run.toml")} == {
        re.sub(r"[^\w.,+-]+", "-", f"{r['condition']}, {r['parameter']}*{r['factor']:g}") for r in grid_rows(finished)
    }


def test_its_page(finished, tmp_path):
    text = report(finished.path, tmp_path / "page.html").read_text()
    for told in (str(finished), grid_text(finished)):
        assert escape(told) in text
    assert all(f'<figure id="figure-{name}">' in text for name in finished.figures())


def test_the_best_on_validation_data_is_chosen_and_run_on_test_data(finished):
    for label in finished.conditions:
        rows = [r for r in grid_rows(finished) if r["condition"] == label and r["parameter"] == "eta"]
        chosen = next(r for r in rows if r["chosen"])
        assert chosen["average accuracy"] == max(r["average accuracy"] for r in rows)
        coarse = [r for r in rows if r["factor"] in (0.25, 1)]
        around = max(coarse, key=lambda r: (r["average accuracy"], -r["factor"]))["factor"]
        assert {r["factor"] for r in rows} == {0.25, 1, 0.5, around * (4 if around == 1 else 1 / 4)}
        assert chosen["factor"] == made_up.BEST[label != "without metaplasticity"], "the best there is by construction"
        declared = finished.run(label).folder.declaration()
        assert declared["seeds"] == [0, 1] and declared["stream"].get("held_out", "test") == "test"
        used = tacos.Network.from_dict(declared["network"]).projection("input-hidden").synapse
        assert used.all_parameters()["eta"].value == pytest.approx(0.08 * chosen["factor"])
        assert finished.dataset["learning_rate"].sel(condition=label).values == pytest.approx(
            [0.08 * chosen["factor"], 0.008 * chosen["factor"]]
        )
    for path in finished.path.glob("grid/*"):
        declared = RunFolder(path).declaration()
        assert declared["stream"]["held_out"] == "validation" and declared["seeds"] == [1000]


@pytest.mark.slow
def test_the_grid_never_sees_a_test_image(tmp_path, monkeypatch):
    """With the test part unreadable, all trials are run as before; only the final runs fail."""
    from tasks.datasets import Dataset

    real = Dataset.images

    def images(self, part, indices):
        if part == "test":
            raise tacos.RunError("a test image was read")
        return real(self, part, indices)

    with pytest.MonkeyPatch.context() as patch:
        # The declaration of the final runs reads its held-out data before anything is run: only the grid is left.
        patch.setattr(Dataset, "images", images)
        with pytest.raises(tacos.RunError, match="a test image was read"):
            ablate(tmp_path / "blind")
    blind, seeing = Ablation(tmp_path / "blind"), ablate(tmp_path / "seeing")
    assert grid_rows(blind) == grid_rows(seeing)
    assert len(grid_rows(blind)) == 12
    assert not list((tmp_path / "blind" / "test").glob("*/results.nc"))


def test_table(finished):
    rows = {row["condition"]: row for row in table_rows(finished)}
    assert list(rows) == ["full", "without metaplasticity", "dm*4"]
    final = {label: 100 * finished.run(label).accuracy_matrix[:, -1].mean(axis=1) for label in rows}
    for label, row in rows.items():
        assert row["seeds"] == 2 and not row["failed"]
        assert row["average_accuracy mean"] == pytest.approx(final[label].mean())
        assert row["average_accuracy sd"] == pytest.approx(final[label].std(ddof=1))
    assert rows["full"]["difference"] is None
    others = ["without metaplasticity", "dm*4"]
    expected = [paired_difference(final[label], final["full"]) for label in others]
    for label, d, p in zip(others, expected, holm([d.p for d in expected]), strict=True):
        row = rows[label]
        found = [row[key] for key in ("difference", "difference low", "difference high", "p (Holm)")]
        found = [np.nan if value is None else value for value in found]
        assert found == pytest.approx([d.mean, d.low, d.high, p], nan_ok=True)


def test_what_a_network_declares_is_chosen_and_shown(tmp_path):
    """A recruiting network: the rate of recruitment, a parameter of its cells, in place of a synapse's learning rate."""
    built = tacos.recruiting(stream(), 5)
    found = tacos.ablate(built, stream(), "release", 2, out=tmp_path / "recruiting", **OPTIONS)
    rates = found.dataset["learning_rate"]
    assert rates.coords["projection"].values.tolist() == ["hidden"]
    assert set(rates.values.ravel()) <= {0.125, 0.25, 0.5, 1, 2}
    assert "hidden.recruitment" in ablation_text(found) and "without release" in ablation_text(found)


def test_a_condition_that_differs_by_the_same_on_every_seed(finished):
    changed = load_ablation(finished.path)
    accuracy = changed.dataset["accuracy"]
    accuracy.loc[{"condition": "dm*4"}] = accuracy.sel(condition="full") - 0.1
    row = next(row for row in table_rows(changed) if row["condition"] == "dm*4")
    assert row["difference"] == pytest.approx(-10)
    assert row["difference low"] is row["difference high"] is row["p (Holm)"] is None
    assert re.search(r"^dm\*4 .* -10\.0 \(-\) +-$", str(changed), re.MULTILINE)


def test_the_files_say_what_the_table_says(finished):
    text = str(finished)
    assert (finished.path / "table.txt").read_text() == text + "\n"
    assert text.splitlines()[0] == "split-digits, domain-incremental, test data, mean +- sd over seeds"
    assert "64-10-2, 40 presentations; eta of each condition chosen on 100 validation images, 4 trials" in text
    rows = list(csv.DictReader(io.StringIO((finished.path / "table.csv").read_text())))
    lines = {
        row["condition"]: next(x for x in text.splitlines() if x.startswith(row["condition"] + " ")) for row in rows
    }
    assert list(lines) == list(finished.conditions)
    for row in rows:
        line = lines[row["condition"]]
        for name in ("average_accuracy", "learning_accuracy", "forgetting"):
            assert f"{float(row[name + ' mean']):.1f} +- {float(row[name + ' sd']):.1f}" in line
        assert f"{float(row['eta input-hidden']):.3g} / {float(row['eta hidden-output']):.3g}" in line
        if row["difference low"]:
            assert f"{float(row['difference']):+.1f} ({float(row['difference low']):+.1f}" in line
    grid = list(csv.DictReader(io.StringIO((finished.path / "grid.csv").read_text())))
    assert len(grid) == 12 + 2
    printed = grid_text(finished)
    assert printed.startswith("validation data, average accuracy (%) by factor on eta; * chosen")
    for row in grid:
        shown = f"{float(row['factor']):.3g}: {float(row['average accuracy']):.1f}{'*' * (row['chosen'] == 'True')}"
        assert (shown in printed) == (row["parameter"] == "eta")
    again = load_ablation(finished.path)
    assert str(again) == text and again.dataset.identical(finished.dataset)


def test_the_grid_tells_where_the_network_is_silent(finished):
    data = finished.dataset
    trial = data["grid_parameter"].values.tolist().index("eta")
    assert (data["grid_silent"] == 0).all() and "spiked" not in grid_text(finished)
    silent = data["grid_silent"].copy()
    silent[trial] = 0.25
    told = grid_text(SimpleNamespace(dataset=data.assign(grid_silent=silent)))
    assert told.count(" (25)") == 1 and told.endswith(
        "% of the tests in which no output neuron spiked, so that there was no answer)"
    )


def test_results_are_labelled(finished):
    data = finished.dataset
    assert data["accuracy"].dims == ("condition", "replica", "trained_on", "tested_on")
    assert (
        data["accuracy"]
        .sel(condition="dm*4")
        .equals(finished.run("dm*4").dataset["accuracy"].assign_coords(condition="dm*4"))
    )
    assert data["grid_accuracy"].shape == (14, 1, 5, 5)
    assert (data.attrs["scenario"], data.attrs["held_out"], data.attrs["grid_held_out"]) == (
        "domain-incremental", "test", "validation",
    )  # fmt: skip
    sweeps = [r for r in grid_rows(finished) if r["parameter"] == "dm"]
    assert {r["factor"] for r in sweeps} == {0.5, 2} and {r["condition"] for r in sweeps} == {"full"}
    with pytest.raises(tacos.RunError, match="no condition 'nothing'; there are full, without metaplasticity"):
        finished.run("nothing")


# -- going on ------------------------------------------------------------------------------------------------------


def test_what_has_finished_is_not_run_again(finished, monkeypatch):
    failing(monkeypatch, lambda replica: True)
    before = {p: p.stat().st_mtime_ns for p in finished.path.rglob("*.npz")}
    again = ablate(finished.path, front={"dm": (0.5, 2)}, evaluate_every=4)
    assert again.dataset.identical(finished.dataset)
    assert {p: p.stat().st_mtime_ns for p in finished.path.rglob("*.npz")} == before


@pytest.mark.slow
def test_interrupted_and_continued(finished, tmp_path, monkeypatch):
    """Stopped in the final runs: a second call simulates these only and ends as if never stopped."""
    path, learned = tmp_path / "stopped", []
    from tacos.runs import replica

    learn = replica.Replica._learn

    def watched(self, *arguments):
        learned.append(self.seed)
        if self.seed < 1000 and not (path / "again").exists():
            raise KeyboardInterrupt
        return (yield from learn(self, *arguments))

    monkeypatch.setattr(replica.Replica, "_learn", watched)
    with pytest.raises(tacos.RunError, match="Stopped; the same ablation into the same folder goes on where it was"):
        ablate(path, front={"dm": (0.5, 2)}, evaluate_every=4)
    assert len(grid_rows(Ablation(path))) == 14
    assert table_rows(Ablation(path))[0]["failed"] == "not run yet"
    (path / "again").touch()
    learned.clear()
    again = ablate(path, front={"dm": (0.5, 2)}, evaluate_every=4)
    assert learned and set(learned) == {0, 1}
    xr.testing.assert_identical(
        again.dataset.drop_vars("ms_per_presentation"), finished.dataset.drop_vars("ms_per_presentation")
    )


@pytest.mark.slow
def test_a_stop_in_the_grid_is_no_failed_trial(tmp_path, monkeypatch):
    failing(monkeypatch, lambda replica: "dm-4" in str(replica.folder), KeyboardInterrupt)
    with pytest.raises(Interrupted, match="Stopped; the same ablation into the same folder goes on where it was"):
        ablate(tmp_path)
    states = [RunFolder(path.parent).status()["state"] for path in tmp_path.glob("grid/*/run.toml")]
    assert "stopped" in states and "failed" not in states
    monkeypatch.undo()
    again = ablate(tmp_path)
    assert not any(row["failed"] for row in [*grid_rows(again), *table_rows(again)])


@pytest.mark.slow
def test_conditions_can_be_added(tmp_path, monkeypatch):
    first = ablate(tmp_path, "dm*4")
    seen = set()
    failing(monkeypatch, lambda replica: seen.add(replica.folder.parents[1].name) or False)
    both = ablate(tmp_path, "dm*4; metaplasticity")
    assert seen and all(name.startswith("without-metaplasticity") for name in seen)
    assert both.conditions == ("full", "dm*4", "without metaplasticity")
    np.testing.assert_array_equal(
        both.dataset["accuracy"].sel(condition="dm*4"), first.dataset["accuracy"].sel(condition="dm*4")
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"grid": (1.0,)}, "ablate has no option 'grid'; it has conditions, seeds, out, .*factors, .*mode, device"),
        ({"front": "d"}, "No plastic projection has a parameter 'd'"),
        ({"seeds": "3"}, "seeds is how many replicas to run.*not '3'"),
    ],
)
def test_a_misspelt_option_begins_nothing(options, sentence, tmp_path):
    with pytest.raises((RunError, synapses.DeclarationError), match=sentence):
        ablate(tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


# -- failures ------------------------------------------------------------------------------------------------------


def test_a_failed_condition_is_recorded_and_stops_no_other(tmp_path, monkeypatch):
    failing(monkeypatch, lambda r: "dm-4" in str(r.folder) and r.seed < 1000)
    found = ablate(tmp_path)
    rows = {row["condition"]: row for row in table_rows(found)}
    assert rows["dm*4"]["failed"] == "w is no longer finite" and rows["dm*4"]["difference"] is None
    assert rows["full"]["seeds"] == rows["without metaplasticity"]["seeds"] == 2
    assert rows["without metaplasticity"]["p (Holm)"] is not None
    assert re.search(r"^dm\*4 .* failed: w is no longer finite$", str(found), re.MULTILINE)
    assert RunFolder(tmp_path / "test" / "dm-4").status()["reason"] == "w is no longer finite"
    assert "dm*4" not in found.finished()
    assert {"stability_plasticity_front", "retention"} <= {p.stem for p in found.save_figures()}
    monkeypatch.undo()
    mended = {row["condition"]: row for row in table_rows(ablate(tmp_path))}
    assert mended["dm*4"]["seeds"] == 2 and not mended["dm*4"]["failed"]


@pytest.mark.slow
def test_a_trial_that_did_not_finish_chooses_nothing(finished, tmp_path, monkeypatch):
    """A full disk is no property of the learning rate: the same call goes on and ends as if it had not been full."""
    with monkeypatch.context() as patch:
        failing(patch, lambda r: r.folder.parents[1].name == "full,-eta-1", RunError)
        found = ablate(tmp_path)
    rows = {row["condition"]: row for row in table_rows(found)}
    assert rows["full"]["failed"].startswith("a trial did not finish, and nothing is chosen without it: w is no longer")
    assert not rows["dm*4"]["failed"] and rows["dm*4"]["difference"] is None
    again = ablate(tmp_path)
    xr.testing.assert_equal(again.dataset["accuracy"], finished.dataset["accuracy"])
    assert table_rows(again) == table_rows(finished)


@pytest.mark.slow
def test_where_tasks_do_not_end_there_is_neither_forgetting_nor_retention(tmp_path, monkeypatch):
    chosen = stream(boundaries="random")
    made_up.install(monkeypatch, chosen)
    found = ablate(tmp_path, "dm*4", chosen)
    for row in table_rows(found):
        assert row["average_accuracy mean"] is not None
        assert row["learning_accuracy mean"] is row["forgetting mean"] is None
    assert all(row["learning accuracy"] is row["retained accuracy"] is None for row in grid_rows(found))
    assert not {"retention", "stability_plasticity_front"} & {path.stem for path in found.save_figures()}


@pytest.mark.slow
def test_the_front_sweeps_what_consolidates_if_nothing_else_is_asked(tmp_path):
    swept = {
        r["parameter"]
        for r in grid_rows(ablate(tmp_path, "metaplasticity", rounds=0, front=None))
        if r["condition"] == "full"
    }
    assert swept == {"eta", "dm", "tau_c"}
    assert set(sweeps(None, network().without("metaplasticity"))) == {"tau_c"}
    assert sweeps(["dm"], network()) == {"dm": (0.25, 0.5, 2, 4)} and sweeps((), network()) == {}


def test_failed_trials_are_left_out_of_the_choice(tmp_path, monkeypatch):
    failing(monkeypatch, lambda r: r.folder.parents[1].name in ("full,-eta-1", "dm-4,-eta-1", "dm-4,-eta-0.25"))
    found = ablate(tmp_path)
    rows = {(r["condition"], r["factor"]): r for r in grid_rows(found)}
    assert rows["full", 1]["failed"] and rows["full", 1]["average accuracy"] is None
    assert rows["full", 0.5]["chosen"], "a better one than 0.25, below the one that failed"
    assert "1: failed" in grid_text(found)
    table = {row["condition"]: row for row in table_rows(found)}
    assert table["dm*4"]["failed"] == "all trials failed; the last: w is no longer finite"
    assert table["without metaplasticity"]["seeds"] == 2


# -- recording and figures -----------------------------------------------------------------------------------------


def test_states_that_a_condition_lacks_are_not_recorded_there(tmp_path):
    found = ablate(
        tmp_path, "metaplasticity, neuromodulation", record="w, m; synapses=random(7); every=4 presentations"
    )
    full, without = found.run("full"), found.run("without metaplasticity, neuromodulation")
    assert {"w", "m"} <= set(full.trajectories("input-hidden").data_vars)
    assert full.trajectories("surprise").sizes["neuron"] == 1
    assert "w" in without.trajectories("input-hidden").data_vars
    with pytest.raises(tacos.RunError, match="no recording of 'surprise'"):
        without.trajectories("surprise")


def test_openness_is_the_product_of_the_gates(finished):
    from tacos.figures.of_ablation import openness

    result = finished.run("dm*4")
    times, share = openness(result)["input-hidden"]
    assert times[-1] == 40 and share.shape == (40, 2 * 200)
    m, surprise = (result.trajectories(o, s)[s].values for o, s in (("input-hidden", "m"), ("surprise", "surprise")))
    np.testing.assert_allclose(share[:, :200], (surprise / 17 / (1 + m))[0], rtol=1e-6)
    state = result.state(1)
    indices = result.trajectories("input-hidden", "m")["synapse"].values
    final = state["surprise.surprise"] / 17 / (1 + state["input-hidden.m"][indices])
    np.testing.assert_allclose(share[-1, 200:], final, rtol=1e-6)


def test_figures(finished):
    drawn = finished.save_figures()
    names = {
        "stability_plasticity_front",
        "comparison",
        "retention",
        "activity_through_stream",
        "plasticity_through_stream",
    }
    assert {p.stem for p in drawn} == names
    for path in drawn:
        picture = matplotlib.image.imread(path)
        assert min(picture.shape[:2]) > 300 and np.ptp(picture[..., :3]) > 0.5
        assert path.with_suffix(".pdf").read_bytes()[:5] == b"%PDF-"


@pytest.mark.slow
def test_command_line(finished, capfd):
    values = ["--samples", 40, "--test-samples", 100, "--hidden", 10, *ETA]
    more = ["--seeds", 2, "--grid", "1/4, 1", "--rounds", 1, "--conditions", CONDITIONS]
    plain = ablate(finished.path.parent / "plain")
    status, out, error = runs.cli(capfd, "ablate", "split-digits", *values, *more, "--out", plain.path)
    assert status == 0, error
    assert ablation_text(plain) in out and grid_text(plain) in out and f"figures: tacos plot {plain.path}" in out
    status, out, _ = runs.cli(capfd, "show", plain.path)
    assert (status, out) == (0, f"{plain}\n")
    status, out, _ = runs.cli(capfd, "plot", plain.path, "--out", plain.path / "drawn")
    assert status == 0 and str(plain.path / "drawn" / "retention.png") in out
    status, _, error = runs.cli(capfd, "ablate", "split-digits", *values, "--grid", "a lot")
    assert (status, error) == (1, "tacos: 'a lot' is no list of factors such as '1/4, 1/2, 1'.\n")
    status, _, error = runs.cli(capfd, "ablate", "split-digits", *values, "--conditions", "sleep")
    assert status == 1 and error.startswith(
        "tacos: There is no condition 'sleep'; there are the mechanisms error feedback"
    )


# -- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factors": ()}, "at least one factor"),
        ({"factors": (0, 1)}, "different numbers above zero"),
        ({"factors": (1, 1)}, "different numbers above zero"),
        ({"factors": 0.5}, "The factors of the grid are numbers, such as .*, not 0.5"),
        ({"rounds": -1}, "no negative number of rounds"),
        ({"grid_seeds": 0}, "one seed"),
        ({"learning_rate": "rate"}, "No plastic projection has a parameter 'rate'; there are "),
        ({"start": {"nothing": 1}}, "no condition 'nothing' to start; there are full, without metaplasticity"),
        (
            {"conditions": "error feedback"},
            "'without error feedback' has no eta left to choose; leave the learning rule in",
        ),
        ({"front": ["dmm"]}, "No plastic projection has a parameter 'dmm'"),
        ({"front": ["eta"]}, "already sweeps eta"),
        ({"seeds": 0}, "nothing to run with 0 seeds"),
        ({"seeds": [0, 1000]}, "The seeds from 1000 on choose the learning rates; test others"),
        ({"shown": stream(held_out="validation")}, "held_out='test': validation data are for the choice"),
        ({"shown": "split-digits"}, "needs a stream of tasks"),
        ({"record": "z"}, "no plastic projection has the state 'z'"),
    ],
)
def test_bad_input(tmp_path, options, message):
    with pytest.raises((tacos.RunError, synapses.DeclarationError), match=message) as error:
        ablate(tmp_path / "new", **options)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "new").exists()


def test_seeds_are_added_without_other_trials(finished, tmp_path, monkeypatch):
    """What has finished is not run again; records of all seeds are in one file, whenever they were run."""
    path = shutil.copytree(finished.path, tmp_path / "more")
    with pytest.raises(tacos.RunError, match=f"^'{path}' was run with seeds 0, 1; name these, and more if you like"):
        ablate(path, seeds=[1, 2])
    failing(monkeypatch, lambda replica: replica.seed != 2)
    more = ablate(path, seeds=3, front={"dm": (0.5, 2)}, evaluate_every=4)
    assert grid_rows(finished) == grid_rows(more)
    accuracy = more.dataset["accuracy"]
    np.testing.assert_array_equal(accuracy.isel(replica=slice(2)), finished.dataset["accuracy"])
    assert list(more.dataset["seed"].values) == [0, 1, 2] and np.isfinite(accuracy).all()
    label = more.declaration()["conditions"][0]["label"]
    before, after = (one.run(label).trajectories("input-hidden") for one in (finished, more))
    assert after["seed"].values.tolist() == [0, 1, 2]
    assert after.isel(replica=slice(2)).identical(before)


def test_a_folder_that_holds_something_else(finished, tmp_path):
    with pytest.raises(
        tacos.RunError, match=r"different ablation \(another grid_seeds, summary\); choose another --out"
    ):
        ablate(finished.path, grid_seeds=2)
    mine = {"dm*4": network().with_parameters(dm=0.1)}
    with pytest.raises(tacos.RunError, match=r"another condition 'dm\*4'"):
        ablate(finished.path, mine)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(tacos.RunError, match="is not the folder of an ablation"):
        ablate(tmp_path)
    with pytest.raises(tacos.RunError, match="it has no ablation.toml"):
        load_ablation(tmp_path)


def test_grid_seeds_are_not_those_that_are_tested():
    assert ablating.GRID_SEED > 100
