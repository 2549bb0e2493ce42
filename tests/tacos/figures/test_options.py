"""What a user says about figures: which, where, title, size, format, style."""

import re

import matplotlib
import pytest

from tacos import plots
from tacos.errors import RunError
from tacos.plots import style
from tests.tacos import runs_support as runs


@pytest.fixture
def run(tmp_path):
    """A run under way: the figures of its accuracies."""
    return runs.made_up_run(tmp_path / "runs" / "one", {0: [[0.9, 0.2]]}, state="running").folder.path


def test_one_figure_with_title_size_format_and_style(run, tmp_path, capfd):
    sheet = tmp_path / "mine.mplstyle"
    sheet.write_text("axes.labelsize: 13  # larger\n")
    status, out, error = runs.cli(
        capfd, "plot", run, "--only", "accuracy_matrix", "--title", "Mine", "--size", "5x4", "--format", "svg, pdf",
        "--style", sheet, "--out", tmp_path / "out",
    )  # fmt: skip
    assert (status, out, error) == (0, f"{tmp_path / 'out' / 'accuracy_matrix.svg'}\n", "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["accuracy_matrix.pdf", "accuracy_matrix.svg"]
    drawn = (tmp_path / "out" / "accuracy_matrix.svg").read_text()
    assert 'width="360pt" height="288pt"' in drawn, "inches"
    assert ">Mine<" in drawn and ">Accuracy matrix" not in drawn
    assert re.search(r'style="font-size: 13px[^>]*>tested on task<', drawn)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--only", "retention"], "has no figure 'retention'; there are accuracy_matrix, accuracy_through_stream."),
        (["--title", "a"], "--title is for one figure; choose it by --only: accuracy_matrix, accuracy_through_stream."),
        (["--size", "5"], "--size takes width and height in inches, such as 3.5x2.5; not '5'."),
        (["--size", "0x3"], "The size of a figure is width and height from 1 to 100 inches, not 0 x 3."),
        (["--format", "bmp"], "; not as 'bmp'."),
        (["--style", "none.mplstyle"], "'none.mplstyle' is neither a style sheet that can be read nor the name of one"),
    ],
)
def test_what_cannot_be_drawn_so_is_said(run, capfd, options, sentence):
    status, out, error = runs.cli(capfd, "plot", run, *options)
    assert (status, out) == (1, "") and sentence in error and error.count("\n") == 1
    assert not (run / "figures").exists(), "nothing is written by half"


@pytest.mark.parametrize("command", ["plot", "show"])
def test_a_folder_of_runs_says_which_there_are(run, capfd, command):
    status, out, error = runs.cli(capfd, command, run.parent)
    first, second = error.splitlines()
    assert (status, out) == (1, "")
    assert first == f"tacos: '{run.parent}' is a folder of runs, so name one of them:"
    assert second.split()[0] == str(run) and "killed" in second


def test_a_comparison_under_way_is_no_folder_of_runs(run, capfd):
    (run.parent / "baselines").mkdir()
    status, _, error = runs.cli(capfd, "plot", run.parent)
    assert status == 1 and "folder of runs, so name one" not in error


def test_settings_of_ones_own_hold_inside_and_no_longer():
    values = {"a": [1.0, 2.0], "b": [2.0, 3.0]}
    before = dict(matplotlib.rcParams)
    with plots.using({"axes.prop_cycle": matplotlib.cycler(color=["red", "blue"]), "legend.fontsize": 11}):
        mine = plots.firing_rates(values)
    outlines = [patch for patch in mine.axes[0].patches if not patch.get_fill()]
    assert [patch.get_edgecolor()[:3] for patch in outlines] == [(1, 0, 0), (0, 0, 1)]
    assert mine.legends[0].get_texts()[0].get_fontsize() == 11
    assert mine.axes[0].xaxis.label.get_fontsize() == 9, "what is not named is the package's"
    assert plots.firing_rates(values).legends[0].get_texts()[0].get_fontsize() == 8
    assert dict(matplotlib.rcParams) == before
    for wrong, sentence in (({"font.sise": 9}, "font.sise"), ({"font.size": "large text"}, "font.size")):
        with pytest.raises(RunError, match=f"A style sheet holds what Matplotlib does not take: .*{sentence}"):
            plots.using(wrong).__enter__()


def test_title_and_size_of_a_saved_figure(tmp_path):
    figure = plots.firing_rates({"a": [1.0, 2.0]}, scenario="domain-incremental, of a long name, " * 2)
    lines = figure.get_suptitle().count("\n")
    (png,) = plots.save(figure, tmp_path / "rates", size=(2, 3), formats=[".PNG"])
    assert figure.get_suptitle().count("\n") > lines, "folded to the new width"
    assert int.from_bytes(png.read_bytes()[16:20], "big") == 400
    plots.save(figure, tmp_path / "rates", title="", formats=("png",))
    assert figure.get_suptitle() == ""


def test_the_package_brings_its_style_sheet():
    assert style.SHEET.name == "tacos.mplstyle" and style.PALETTE[0] == "#0072B2"
    package_data = (runs.ROOT / "pyproject.toml").read_text()
    assert '"*.mplstyle"' in package_data
