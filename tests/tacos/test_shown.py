"""Consoles and notebooks show what `print` shows."""

import html

import synapses
import tacos
from tacos.ablation.reading import load_ablation
from tacos.comparison.outcome import load
from tacos.sweeps.sweep import Sweep
from tests.tacos import runs_support as runs

RECORDED = runs.ROOT / "tests" / "recorded"


def test_what_is_printed_is_shown():
    for value in (
        synapses.tacos(), runs.flagship(), tacos.load(RECORDED / "run"), load_ablation(RECORDED / "ablation"),
        load(RECORDED / "comparison"),
    ):  # fmt: skip
        assert repr(value) == str(value) and len(str(value).splitlines()) > 1
        shown = value._repr_html_().removeprefix("<pre>").removesuffix("</pre>")
        assert html.unescape(shown) == str(value) and "<" not in shown


def test_what_has_nothing_to_show_yet_says_so(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: [[1.0, 0.5]]})
    assert repr(result).startswith("Result: No replica of '") and "Result: No" in result._repr_html_()
    assert "is not the folder of a sweep" in repr(Sweep(tmp_path))
