"""The page on recording and plotting: its code runs as it stands, in order."""

import re
import shlex

import numpy as np
import pytest

from tests.tacos import runs_support as runs

PAGE = (runs.ROOT / "docs" / "record_and_plot.md").read_text()
BLOCKS = re.findall(r"^```(bash|python)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.compiled
def test_the_code_of_the_page(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for language, code in BLOCKS:
        if language == "python":
            exec(compile(code, "record_and_plot.md", "exec"), names)
            continue
        for line in code.splitlines():
            program, *arguments = shlex.split(line)
            assert program == "tacos"
            status, _, error = runs.cli(capfd, *arguments)
            assert status == 0, f"{line}: {error}"
    assert len(BLOCKS) == 5
    assert (tmp_path / "runs" / "mine" / "figures" / "phase_input-hidden_w_m.png").exists()
    drawn = {path.stem for path in (tmp_path / "runs" / "mine" / "chosen").glob("*.png")}
    assert {"most_changed", "histogram_input-hidden_w_ref", "receptive_fields_input-hidden"} <= drawn
    assert names["most"].sizes["synapse"] == 50
    assert names["centre"].sizes["synapse"] == 16 * 20
    assert 0 < names["consolidated"].sizes["synapse"] < 64 * 20
    assert (names["consolidated"]["m"][-1] > 1).all()
    assert names["before"].shape == (2, 8, 8) and not np.array_equal(names["before"], names["after"])
