"""Where the figures of the scripts of ``scripts/reproduce`` go."""

import re
import sys

import drawing
import pytest
from matplotlib.figure import Figure

from tests.tacos.runs_support import ROOT

SCRIPTS = [p for p in (ROOT / "scripts/reproduce").glob("*.py") if re.search(r"\bkeep\(", p.read_text())]


@pytest.mark.parametrize("path", [p for p in SCRIPTS if p.stem != "drawing"], ids=lambda path: path.stem)
def test_every_script_takes_its_figure_to_where_the_documentation_has_one(path):
    text = path.read_text()
    (place,) = re.findall(r'(?:add_figure\(\w+|figure_path\(__doc__), "([\w/]+)"\)', text)
    assert place.partition("/")[0] in ("models", "learners") and (drawing.FIGURES / f"{place}.png").exists()
    assert "docs/figures" not in text and "plots.save(" not in text, "one rule"


def test_figure_option(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "argv", ["script", "--figure", str(tmp_path / "mine")])
    drawing.keep(Figure(), drawing.figure_path("What it does.\n\nMore.", "models/cascade"))
    assert [p.name for p in tmp_path.iterdir()] == ["mine.png"]
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'mine.png'}: ")
    monkeypatch.setattr(sys, "argv", ["script"])
    assert drawing.figure_path(None, "models/cascade") == ROOT / "docs/figures/models/cascade"
