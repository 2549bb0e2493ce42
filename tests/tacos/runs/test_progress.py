"""Progress: one for the whole, in a log, a terminal and a notebook."""

import re
import sys
import types
from dataclasses import replace

import pytest

import tacos
import tasks
from tacos.comparison import Plan, compare
from tacos.runs import progress
from tacos.runs.progress import EVALUATION_COST, ProgressReport
from tests.tacos import made_up_simulator as made_up
from tests.tacos import runs_support as runs


def test_lines_in_a_log(capfd, monkeypatch):
    """One for each tenth, with the time left by what was done since the clock started; no control characters."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with ProgressReport("whole", 200) as report:
        report.already(50)
        report.begin()
        now[0] = 110.0
        report.advance(20, 40)  # 30 of it
        report.begin()  # again: the clock goes on
        report.say("[bold]a sentence")
        now[0] = 120.0
        for _ in range(30):
            report.advance(1)
        report.expect(10)
        report.advance(10)
    lines = capfd.readouterr().err.splitlines()
    assert EVALUATION_COST == 0.25
    assert lines[0] == "whole:  25 %, done before"
    assert lines[1] == "whole:  40 %, 40 s left"  # 30 in 10 s, 120 to do
    assert lines[2] == "[bold]a sentence"
    assert lines[3] == "whole:  50 %, 40 s left"  # 50 in 20 s, 100 to do
    assert lines[-1] == "whole: 100 %, 0 s left" and len(lines) == 5
    assert all(line.isprintable() for line in lines)


def test_nothing_is_said_where_nobody_asked(capfd):
    with ProgressReport("whole", 10, visible=False) as report:
        report.say("a sentence")
        report.advance(10)
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def notebook(monkeypatch):
    """What a notebook shows: IPython is not needed here."""
    shown = []
    module = types.ModuleType("IPython.display")
    module.HTML = str
    module.display = lambda value, display_id: types.SimpleNamespace(update=shown.append)
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(progress, "Console", lambda stderr: types.SimpleNamespace(is_jupyter=True))
    return shown


def test_a_bar_in_a_notebook(notebook, capfd):
    with ProgressReport("<a> & b", 4) as report:
        report.begin()
        report.advance(1)
        report.advance(3)
    assert notebook[0].startswith('&lt;a&gt; &amp; b <progress value="0.2500" max="1"></progress> 25 %, ')
    assert "100 %, 0 s left" in notebook[-1] and capfd.readouterr().err == ""


def test_a_bar_in_a_terminal(monkeypatch):
    import io

    from rich.console import Console

    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=100))
    with ProgressReport("whole", 4) as report:
        report.begin()
        report.advance(1)
        report.say("a sentence")
        report.advance(3)
    assert "whole" in screen.getvalue() and "a sentence" in screen.getvalue() and "100%" in screen.getvalue()
    assert "0 s left" in screen.getvalue()


def shares(error, label):
    return [int(share) for share in re.findall(rf"^{re.escape(label)}: +(\d+) %, ", error, re.M)]


def test_one_progress_for_all_runs_of_an_ablation(tmp_path, capfd, monkeypatch):
    """Grid, front and tests, together."""
    stream = runs.stream()
    made_up.install(monkeypatch, stream)
    options = {"factors": (1,), "rounds": 0, "front": {"dm": [0.5]}, "processes": 1}
    tacos.ablate(runs.flagship(), stream, ["metaplasticity"], 2, out=tmp_path, **options)
    error = capfd.readouterr().err
    found = shares(error, "ablation")
    assert found == sorted(found) and found[-1] == 100 and len(found) >= 5, error  # 5 runs
    assert "grid 1/2: " in error and "test 2/2: " in error and "\r" not in error and "\x1b" not in error


def test_one_progress_for_all_runs_of_a_comparison(tmp_path, capfd, monkeypatch):
    """Own network, ceilings, regularizers on it and baselines, their trials and tests; done ones count when it goes on."""
    stream = tasks.named("split-digits", samples=40, test_samples=100)
    made_up.install(monkeypatch, stream)
    given = Plan(
        stream, tmp_path, methods=("naive", "class-mean"), networks=("error-driven", "mlp"), epochs=(1,), seeds=2,
        eta_factors=(0.5, 1.0), steps=(("adam", 1e-3),), validation_samples=100, extensions=0, processes=1,
    )  # fmt: skip
    assert given.running.progress
    compare(given)
    error = capfd.readouterr().err
    found = shares(error, "comparison")
    assert found == sorted(found) and found[-1] == 100 and len(found) >= 8, error
    assert "flagship, error-driven 200, 1 epoch: done" in error and "baselines: 2 trials" in error, error
    compare(replace(given, methods=("naive", "class-mean", "fly")))
    found = shares(capfd.readouterr().err, "comparison")
    assert found[0] > 5 and found[-1] == 100, found
