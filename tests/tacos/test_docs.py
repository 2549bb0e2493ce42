"""The pages of the documentation: their code runs as it stands, in order, and gives what they say.

Those on ablations and comparisons have tests of their own, beside the packages.
"""

import inspect
import re
from dataclasses import fields

import brian2
import numpy as np
import pytest

import synapses
import tacos
import tasks
from tacos.backends import Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.initial import initial_state
from tasks.streams.named import KINDS
from tests.tacos import runs_support as runs
from tests.tacos.docs_support import page, quoted, run_page

#: In the order in which they are read; each leads to the next.
ORDER = (
    "start",
    "synapses",
    "models",
    "protocols",
    "networks",
    "recruiting",
    "streams",
    "ablate",
    "compare",
    "learners",
    "sweeps",
    "record_and_plot",
    "torch",
)


def form(text):
    """The lines of a text without its numbers, which another processor may give otherwise."""
    return [re.sub(r" *-?\d+(\.\d+)?", " #", line).strip() for line in text.splitlines()]


@pytest.mark.slow
@pytest.mark.compiled
def test_start(tmp_path, capfd, monkeypatch):
    names, printed = run_page("start", tmp_path, capfd, monkeypatch)
    (table,) = quoted("start")
    assert form(printed)[: len(form(table))] == form(table)
    figures = {path.stem for path in (tmp_path / "runs/first/figures").glob("*.png")}
    told = {"accuracy_matrix", "accuracy_through_stream", "distribution_w", "distribution_w_ref", "distribution_m"}
    assert told | {"effective_learning_rate", "receptive_fields_input-hidden", "phase_input-hidden_w_m"} <= figures
    for name in ("trajectories_input-hidden_w", "trajectories_input-hidden_m", "synapse"):
        assert (tmp_path / f"runs/first/one/{name}.png").exists()
    change = np.abs(names["recorded"]["w"].values[-1] - names["recorded"]["w"].values[0])
    assert names["one"]["synapse"] == change.argmax() and (np.diff(names["one"]["m"]) >= 0).all()
    full, without = (names["results"][label] for label in ("full", "no metaplasticity"))
    assert full.state(0)["input-hidden.m"].max() > 1 and not without.state(0)["input-hidden.m"].any()


@pytest.mark.slow
@pytest.mark.compiled
def test_learners(tmp_path, capfd, monkeypatch):
    from tacos.baselines import LEARNERS, METHODS

    names, printed = run_page("learners", tmp_path, capfd, monkeypatch)
    assert "metaplastic" in printed and "MESU" in printed
    assert (names["result"].accuracy_matrix != names["plain"].accuracy_matrix).any()
    told = set(re.findall(r"`([\w-]+)`", " ".join(re.findall(r"^\| (`.*?) \|", page("learners"), re.MULTILINE))))
    assert set(LEARNERS) <= told | {"metaplastic-control", "metaplastic-chain"} and told <= set(LEARNERS) | set(METHODS)


@pytest.mark.slow
@pytest.mark.compiled
def test_sweeps(tmp_path, capfd, monkeypatch):
    names, printed = run_page("sweeps", tmp_path, capfd, monkeypatch)
    assert "4 of 4 cells are done" in printed and "1 of 2 cells are done" in printed and "sbatch" in printed
    assert (tmp_path / "runs/sweep/sweep.png").exists() and (tmp_path / "runs/array/array.sbatch").exists()
    by_command = names["load_sweep"]("runs/sweep").dataset
    np.testing.assert_array_equal(by_command["accuracy"], names["found"].dataset["accuracy"])
    assert float(names["best"].max()) == float(names["final"].max())
    assert names["one"].folder.network().population("hidden").size == 20
    assert (names["declared"].dataset["state"] == "started").all()


@pytest.mark.slow
def test_synapses(tmp_path, capfd, monkeypatch):
    monkeypatch.setitem(brian2.prefs, "codegen.target", "numpy")  # so that the script in it compiles nothing
    names, _ = run_page("synapses", tmp_path, capfd, monkeypatch)
    assert names["synapse"].w[:].mean() > names["before"].mean()
    assert "w" in names["still"].frozen
    w = names["w"]
    assert w[-1] < 0.97 * w[0], "weights fade"


@pytest.mark.slow
def test_models(tmp_path, capfd, monkeypatch):
    _, printed = run_page("models", tmp_path, capfd, monkeypatch)
    assert "@misc{pfister2006," in printed and "two_state" in printed
    assert len(list(tmp_path.glob("runs/memory-two_state/*.png"))) == 2
    linked = re.findall(r"\]\(((?:figures|models)/[\w/.]+)", page("models"))
    assert len(linked) > 13 and all((runs.ROOT / "docs" / target).exists() for target in linked)


@pytest.mark.slow
@pytest.mark.compiled
def test_protocols(tmp_path, capfd, monkeypatch):
    names, printed = run_page("protocols", tmp_path, capfd, monkeypatch)
    change = dict(zip(names["window"].protocol.x, names["window"].change()[0], strict=True))
    assert change[-10] < 0.95 and change[10] > 1.05 and abs(change[-100] - 1) < 0.01 and "after / before" in printed
    assert names["outcome"].change()[0, 1] > 1 == names["outcome"].change()[0, 0]
    assert names["course"].sizes == {"seed": 1, "time": 7, "condition": 2, "synapse": 1}


@pytest.mark.slow
@pytest.mark.compiled
def test_recruiting(tmp_path, capfd, monkeypatch):
    names, _ = run_page("recruiting", tmp_path, capfd, monkeypatch)
    assert names["result"].summary()["average_accuracy"]["mean"] > 0.8
    assert 20 < len(names["used"]) < 80 and len(set(names["classes"][names["used"]])) == 10
    assert (tmp_path / "runs/recruited/recruitment.png").exists()


@pytest.mark.slow
@pytest.mark.compiled
def test_networks(tmp_path, capfd, monkeypatch):
    names, _ = run_page("networks", tmp_path, capfd, monkeypatch)
    accuracy = names["result"].summary()
    assert accuracy["average_accuracy"]["mean"] > 0.65 and accuracy["forgetting"]["mean"] < 0.1
    assert [p.size for p in names["deeper"].populations[1:3]] == [30, 20] and names["deeper"].duration == 0.1
    cortical = names["looked_at"].dataset
    rates = dict(zip(cortical["population"].values, cortical["rate"].values[0, -1], strict=True))
    assert all(rates[name] > 1 for name in ("excitatory", "inhibitory", "output")), rates
    assert names["looked_at"].trajectories("activity")["activity"].max() > 1
    assert (tmp_path / "runs/cortical/voltage.png").exists()
    winners, few = names["winners"], names["few"]
    shown = few.presentations(0, 0, 20)
    stretch = Stretch({"image": shown.images}, 0, 1, 0, True, 20, counts=("cells",))
    start = initial_state(winners.lowered, 1)
    one = RuntimeSimulator(winners, "float64", target="numpy", capacity=20).run(start, stretch)
    other = TorchSimulator(winners, "float64").run(start, stretch)
    np.testing.assert_array_equal(one.counts["cells"], other.counts["cells"])
    assert one.state["cells.hard"].sum() > 1 and one.state["drug.drug"][0] > 0.1
    for key, values in one.state.items():
        np.testing.assert_allclose(other.state[key], values, rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.slow
@pytest.mark.compiled
def test_streams(tmp_path, capfd, monkeypatch):
    names, printed = run_page("streams", tmp_path, capfd, monkeypatch)
    assert (
        "class-incremental: 10 outputs" in printed
        and "task-incremental: 10 outputs, task 1 may answer [2 3]" in printed
    )
    assert (tmp_path / "orders.png").exists()
    lengths = {name: one.n_presentations for name, one in names["orders"].items()}
    assert lengths == {"sharp": 500, "blurred": 500, "random": 500, "shuffled": 500, "two passes": 1000}
    for one in names["orders"].values():
        counts = np.bincount(one.contexts(0, 0, one.n_presentations))
        assert (counts == one.n_presentations / 5).all(), "every sample is shown equally often"
    assert names["spikes"].sum() == (names["image"] > 0.2).sum()
    assert names["result"].summary()["average_accuracy"]["mean"] > 0.9
    np.testing.assert_array_equal(names["again"].accuracy_matrix, names["result"].accuracy_matrix)


def test_the_table_of_streams_has_every_option():
    told = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", page("streams"), re.MULTILINE)))
    assert set(told) == {option.name for kind in KINDS.values() for option in fields(kind)} - {"dataset"}


@pytest.mark.slow
@pytest.mark.compiled
def test_record_and_plot(tmp_path, capfd, monkeypatch):
    names, _ = run_page("record_and_plot", tmp_path, capfd, monkeypatch)
    assert (tmp_path / "runs" / "mine" / "figures" / "phase_input-hidden_w_m.png").exists()
    drawn = {path.stem for path in (tmp_path / "runs" / "mine" / "chosen").glob("*.png")}
    assert {"most_changed", "histogram_input-hidden_w_ref", "receptive_fields_input-hidden"} <= drawn
    assert names["most"].sizes["synapse"] == 50
    assert names["centre"].sizes["synapse"] == 16 * 20
    assert 0 < names["consolidated"].sizes["synapse"] < 64 * 20
    assert (names["consolidated"]["m"][-1] > 1).all()
    assert names["before"].shape == (2, 8, 8) and not np.array_equal(names["before"], names["after"])


@pytest.mark.slow
def test_torch(tmp_path, capfd, monkeypatch):
    names, _ = run_page("torch", tmp_path, capfd, monkeypatch)
    sources = {(tmp_path / "runs/batch" / folder / "network.py").read_text() for folder in ("full", "slow")}
    assert len(sources) == 1, "conditions that differ in parameters are one batch"
    assert names["graph"].nodes["input-output"].weight.shape == (5, 8)
    assert (tmp_path / "network.nir").exists()


def test_pages_lead_to_one_another():
    index = (runs.ROOT / "docs" / "README.md").read_text()
    for name, following in zip(ORDER, (*ORDER[1:], "README"), strict=True):
        assert f"]({name}.md)" in index
        assert page(name).rstrip().splitlines()[-1].endswith(f"]({following}.md).")


PAGES = [runs.ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted(path for path in (runs.ROOT / "docs").rglob("*.md") if "_build" not in path.parts)


def prose(path):
    """A page without its fenced code."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(path):
    """What GitHub and the site call the headings of a page; the second of the same name has ``-1``."""
    found = []
    for title in re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE):
        title = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", title)
        name = re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")
        found.append(name if name not in found else f"{name}-{found.count(name)}")
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(runs.ROOT)))
def test_links_lead_somewhere(path):
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", prose(path)):
        found = path.parent / target if target else path
        assert found.exists(), target
        assert not heading or heading in anchors(found), f"{target}#{heading}"


def test_every_page_is_in_the_navigation():
    listed = set(re.findall(r"^(?:.* <)?([\w/]+)>?$", (runs.ROOT / "docs" / "index.md").read_text(), re.MULTILINE))
    docs = runs.ROOT / "docs"
    pages = [path for path in PAGES if docs in path.parents] + sorted((docs / "tutorials").glob("*.py"))
    assert {str(path.relative_to(docs).with_suffix("")) for path in pages} == listed | {"index"}


@pytest.mark.parametrize("package", [synapses, tacos, tasks], ids=lambda package: package.__name__)
def test_every_public_name_is_in_the_reference_and_has_a_docstring(package):
    told = set()
    for path in sorted((runs.ROOT / "docs/reference").glob("*.md")):
        for block in path.read_text().split(".. currentmodule:: ")[1:]:
            of, _, directives = block.partition("\n")
            if of == package.__name__:
                told |= set(re.findall(r"^\.\. auto\w+:: (\w+)$", directives, re.MULTILINE))
    modules = {name for name in package.__all__ if inspect.ismodule(getattr(package, name))}
    assert told == set(package.__all__) - modules
    for name in package.__all__:
        thing = getattr(package, name)
        if callable(thing) or name in modules:
            own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__  # not an inherited one
            assert own and len(own.split()) > 2, name
            assert not own.startswith(f"{name}("), "the signature that a data class writes is no docstring"


def test_the_gallery_has_every_figure_and_the_command_that_made_it():
    docs = runs.ROOT / "docs"
    rows = re.findall(
        r"^\| \[!\[.*?\]\((figures/\S+?)\)\]\(\S+\) \| .*: `(\w+) ([^\s`]+)", page("gallery"), re.MULTILINE
    )
    there = sorted(str(path.relative_to(docs)) for path in (docs / "figures").rglob("*.png"))
    assert sorted(figure for figure, _, _ in rows) == there
    for figure, program, first in rows:
        assert program == "tacos" or first == "-m" or (runs.ROOT / first).exists(), figure
