"""The page about ablations and the scripts to copy do what they say."""

import runpy
import sys

import pytest

import tasks
from tacos.runs.folder import RunFolder
from tests.tacos import made_up_simulator as made_up
from tests.tacos import runs_support as runs

PAGE = (runs.ROOT / "docs" / "ablate.md").read_text()


def python_blocks():
    """Indented code of the page, one text; what is no Python is left out."""
    blocks, block = [], []
    for line in [*PAGE.splitlines(), ""]:
        if line.startswith("    ") or (block and not line.strip()):
            block.append(line[4:])
            continue
        if block and block[0].startswith(("import", "found", "from")):
            blocks.append("\n".join(block))
        block = []
    return "\n".join(blocks)


@pytest.mark.slow
def test_the_page(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    made_up.install(monkeypatch, tasks.split("digits", samples=200, test_samples=100))
    code = python_blocks()
    assert "tacos.ablate(" in code and "tacos.sensitivity(" in code
    exec(compile(code, "docs/ablate.md", "exec"), {})
    printed = capfd.readouterr()
    said = printed.err + printed.out
    for line in [line.strip() for line in PAGE.splitlines() if line.strip().startswith("'without heterosynaptic'")]:
        assert line in said, "the page quotes what is said"
    assert (tmp_path / "runs/map/sensitivity.png").exists()
    assert (tmp_path / "runs/ablation-split-digits/figures/stability_plasticity_front.pdf").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "arguments", "expected"),
    [
        ("ablate", ["--out", "runs/mine"], "runs/mine/figures/retention.png"),
        ("sensitivity", ["--x", "dm*", "0.5", "1", "--y", "tau_c", "1 s", "3 s"], "runs/sensitivity/sensitivity.png"),
    ],
)
def test_scripts(script, arguments, expected, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    made_up.install(monkeypatch, tasks.named("split-digits", samples=40, test_samples=100))
    common = ["--samples", "40", "--test-samples", "100", "--hidden", "10", "--seeds", "2"]
    monkeypatch.setattr(sys, "argv", [script, *common, *arguments])
    text = (runs.ROOT / "scripts" / f"{script}.py").read_text()
    edited = text.replace('CONDITIONS = "default"', 'CONDITIONS = {"full": "full", "slow": "dm*0.25"}')
    assert (edited != text) == (script == "ablate")  # as its user would edit it: the default are nine conditions
    (tmp_path / "mine.py").write_text(edited)
    runpy.run_path(str(tmp_path / "mine.py"), run_name="__main__")
    out = capfd.readouterr().out
    assert expected in out and (tmp_path / expected).exists()
    for toml in (tmp_path / "runs").rglob("run.toml"):
        assert RunFolder(toml.parent).status()["state"] == "done"
