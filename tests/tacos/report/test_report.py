"""A page holds every table and figure of its folder, and refers to nothing outside."""

import re
import shutil
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure

import synapses
import tacos
import tasks
from tacos import folders
from tacos.comparison.outcome import load as load_comparison
from tacos.figures import figures
from tacos.protocols import apply
from tacos.report import report
from tacos.report.page import LARGEST_DRAWING, picture
from tests.tacos import made_up_simulator, runs_support

RECORDED = runs_support.ROOT / "tests" / "recorded"


class Page(HTMLParser):
    """Tables, figures and references of a page."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.figures, self.references, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.references += [named[key] for key in ("src", "href", "xlink:href", "data", "action") if key in named]
        if tag == "figure":
            self.figures.append(named["id"].removeprefix("figure-"))
        if tag in ("svg", "img") and "figure" in self.open:
            self.open[self.open.index("figure")] = "drawn"
        self.open += [tag] if tag in ("section", "pre", "figure") else []
        if self.open[-2:] == ["section", "pre"]:
            self.tables.append("")

    def handle_endtag(self, tag):
        if tag == "figure":
            assert self.open.pop() == "drawn", "a figure with nothing in it"
        elif tag in ("section", "pre"):
            self.open.pop()

    def handle_data(self, data):
        if self.open[-2:] == ["section", "pre"]:
            self.tables[-1] += data


def checked(path):
    """The page in a file, which needs nothing outside it."""
    text = path.read_text()
    page = Page(text)
    outside = [found for found in page.references if not found.startswith(("#", "data:"))]
    assert not outside and not re.search(r"url\((?!#)|@import|<link|<script [^>]*src", text)
    assert path.stat().st_size < 5e6
    return page, text


@pytest.mark.slow
def test_a_run(tmp_path, capfd):
    folder = shutil.copytree(RECORDED / "run", tmp_path / "run")
    status, out, error = runs_support.cli(capfd, "report", folder)
    assert (status, out.strip(), error) == (0, str(folder / "report.html"), "")
    page, text = checked(folder / "report.html")
    result = tacos.load(folder)
    assert page.tables == [str(result)]
    assert page.figures == list(figures(result))
    assert "<title>task 0</title>" in text, "curves say what they are"
    assert "dc3c784" in text and "@" in text, "commit and citations"


@pytest.mark.slow
@pytest.mark.compiled
def test_a_page_tells_how_to_run_it_again(tmp_path):
    """The declaration in it is a run: the same numbers come out."""
    folder = tmp_path / "pairs"
    first = apply("pairs", synapses.stdp(), out=folder, progress=False)
    page, text = checked(report(folder, tmp_path / "sent" / "page.html"))
    assert page.tables == [str(first)] and page.figures == ["protocol"]
    declaration = re.search(r"<summary>Declaration</summary><pre>(.*?)</pre>", text, re.DOTALL).group(1)
    again = tmp_path / "again"
    again.mkdir()
    (again / "run.toml").write_text(declaration.replace("&#34;", '"').replace("&gt;", ">").replace("&lt;", "<"))
    tacos.resume(again, progress=False)
    assert folders.outcome(again).dataset.identical(first.dataset)


def test_a_comparison(tmp_path):
    folder = shutil.copytree(RECORDED / "comparison", tmp_path / "comparison")
    page, _ = checked(report(folder))
    found = load_comparison(folder)
    assert page.tables == [str(found), found.grids()] and page.figures == ["comparison"]


def test_a_sweep(tmp_path, monkeypatch):
    stream = tasks.named("split-digits", samples=10, test_samples=10)
    made_up_simulator.install(monkeypatch, stream)
    found = tacos.sweep(
        tacos.error_driven(stream, hidden=4), stream, {"dm*": [1, 2]}, out=tmp_path / "s", progress=False
    )
    page, text = checked(report(found.path))
    assert page.tables == [str(found)] and page.figures == ["sweep"] and "sweep.toml" not in text


def test_no_folder_of_ours(tmp_path):
    with pytest.raises(tacos.RunError, match="is not the folder of a run"):
        report(tmp_path)
    assert not list(tmp_path.iterdir())


def test_too_many_points_are_pixels():
    figure = Figure()
    figure.subplots().plot(range(100), ".", label="points")
    assert "<svg" in picture(figure)
    axes = figure.subplots()
    for k in range(LARGEST_DRAWING // 200):
        axes.plot([0, 1], [k, 1])
    assert picture(figure).startswith("<img")
