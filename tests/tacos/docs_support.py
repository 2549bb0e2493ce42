"""Pages of documentation: their code runs as it stands, in order."""

import re
import shlex

from tests.tacos import runs_support as runs


def page(name):
    """The text of a page."""
    return (runs.ROOT / "docs" / f"{name}.md").read_text()


def blocks(name):
    """Language and code of the fenced blocks of a page that are to be run: commands and Python."""
    return re.findall(r"^```(bash|python)\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def quoted(name):
    """What the page says is printed: its fenced blocks of text."""
    return re.findall(r"^```text\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def run_page(name, folder, capfd, monkeypatch):
    """Run the code of a page in an empty folder; the names that its Python leaves, and all that was printed."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names, printed = {"__name__": "page"}, []
    for language, code in blocks(name):
        if language == "python":
            capfd.readouterr()
            exec(compile(code, f"docs/{name}.md", "exec"), names)
            printed.append(capfd.readouterr().out)
            continue
        for line in code.splitlines():
            program, *arguments = shlex.split(line, comments=True)
            assert program == "tacos"
            status, out, error = runs.cli(capfd, *arguments)
            assert status == 0, f"{line}: {error}"
            printed.append(out)
    return names, "".join(printed)
