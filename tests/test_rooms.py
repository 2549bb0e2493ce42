"""Imports run one way: from a room only to rooms that stand before it in this list, type-only imports included."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Every room imports only from rooms above it. `synapses` and `tasks` import nothing of ours.
ORDER = (
    "synapses",
    "tasks",
    "tacos.errors",
    "tacos.shown",
    "tacos.networks",
    "tacos.backends",
    "tacos.recordings",
    "tacos.measures",
    "tacos.runs",
    "tacos.plots",
    "tacos.protocols",
    "tacos.figures",
    "tacos.tuning",
    "tacos.baselines",
    "tacos.ablation",
    "tacos.comparison",
    "tacos.memory",
    "tacos.folders",
    "tacos.sweeps",
    "tacos.report",
    "tacos.demo",
    "tacos.cli_options",
    "tacos.cli_results",
    "tacos.cli_sweeps",
    "tacos.cli_synapses",
    "tacos.cli",
)
#: Hands out names of the rooms, when they are asked for.
FRONT = "tacos"


def imported(source, module):
    """Modules of ours that a source imports, wherever the import stands; relative imports are not written here."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write imports from the root"
            yield from ([f"{node.module}.{name.name}" for name in node.names] if node.module else [])
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def room(module):
    """The room of a module; None for what is not ours."""
    parts = module.split(".")
    if parts[0] not in ("synapses", "tasks", "tacos"):
        return None
    if parts[0] != "tacos":
        return parts[0]
    return ".".join(parts[:2])


def arrows(files):
    """``(file, its room, room that it imports)`` between different rooms."""
    for name, source in files.items():
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for target in imported(source, module):
            here, there = room(module), room(target)
            if there and there != here and here != FRONT:
                yield name, here, there


def against_the_order(files):
    found = []
    for name, here, there in arrows(files):
        where = FRONT if there not in ORDER else there
        if where == FRONT or here not in ORDER or ORDER.index(where) > ORDER.index(here):
            found.append(f"{name} ({here}) imports {there}")
        elif here == "tasks":
            found.append(f"{name} imports {there}, and tasks know no synapses")
    return found


def sources():
    paths = [path for package in ("synapses", "tasks", "tacos") for path in sorted((ROOT / package).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def test_no_room_imports_one_that_stands_after_it():
    assert against_the_order(sources()) == []


def test_every_room_is_in_the_order():
    inside = {room(name.removesuffix(".py").replace("/", ".")) for name in sources()}
    assert inside - {"tacos", "tacos.__init__"} == set(ORDER)


@pytest.mark.parametrize(
    "file, source",
    [
        ("tacos/networks/new.py", "def f():\n    from tacos.runs.folder import RunFolder"),
        ("tacos/runs/new.py", "if TYPE_CHECKING:\n    from tacos.figures import figures"),
        ("tasks/new.py", "import synapses"),
        ("synapses/new.py", "import tacos.errors"),
        ("tacos/runs/new.py", "from tacos import plots"),
        ("tacos/runs/new.py", "import tacos"),
        ("tacos/new_room/file.py", "import synapses"),
    ],
)
def test_an_arrow_against_the_order_is_found(file, source):
    assert len(against_the_order({file: source})) == 1


def test_backends_know_nothing_of_each_other():
    other = {"brian2": "tacos.backends.torch", "torch": "tacos.backends.brian2"}
    for name, source in sources().items():
        backend = other.get(name.removeprefix("tacos/backends/").partition("/")[0])
        assert not [found for found in imported(source, name) if backend and found.startswith(backend)], name


def test_files_can_be_read_in_one_sitting():
    long = {name: n for name, text in sources().items() if (n := text.count("\n")) > 350}
    assert long == {}
