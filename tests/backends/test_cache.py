"""Compiled programs: what tells them apart, where they are kept, and the process that compiles them."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import synapses
import tacos
import tasks
from synapses import static
from tacos.backends.brian2 import cache
from tacos.backends.brian2.standalone import as_argument
from tacos.networks.populations import lif


def network(**options):
    return tacos.error_driven((6, 2), 3, synapses.tacos(), **options)


def two(*projections, **options):
    return tacos.Network((lif("a", 2), lif("b", 3)), projections, **options)


def key(built, capacity=10, dtype="float64"):
    return cache._key(built.lowered, capacity, dtype)


def test_key_of_a_compiled_program():
    base = key(network())
    assert key(network()) == base
    for same in (
        {"eta": 0.9}, {"hidden.tau_m": "30 ms"}, {"output.V_th": 3.0}, {"w_max": 9.0}, {"tau_s": "9 s"}, {"w_initial": 0.1},
    ):  # fmt: skip
        assert key(network().with_parameters(**same)) == base, same
    others = {
        "capacity": key(network(), capacity=11),
        "dtype": key(network(), dtype="float32"),
        "mechanism": key(network().without("metaplasticity")),
        "gate": key(tacos.error_driven((6, 2), 3, synapses.tacos(gate="exponential"))),
        "other gate": key(tacos.error_driven((6, 2), 3, synapses.tacos(gate="hyperbolic"))),
        "size": key(tacos.error_driven((6, 2), 4, synapses.tacos())),
        "dt": key(network(dt="0.5 ms")),
        "duration": key(network(duration="100 ms")),
        "silence": key(network(silence_target=True)),
        "no silence": key(network(silence_target=False)),
        "encoding": key(network(encoding=tasks.Latency("40 ms"))),
    }
    others["same as base"] = base
    assert len(set(others.values())) == len(others) - 2  # one gate and one choice of silence are the default


def test_the_key_knows_delays_of_single_synapses_and_signs():
    drifting = synapses.Synapse(
        "drifting", (synapses.Mechanism("drift", equations="dw/dt = -w/second : 1 (clock-driven)"),)
    )

    def wide(delays=0.0, sign=""):
        cells = tacos.Population("b", 40, "V : 1", receptors={"current": "V += efficacy"})
        return tacos.Network((lif("a", 40), cells), (tacos.Projection("a", "b", drifting, delay=delays, sign=sign),))

    late = np.full((40, 40), 2e-3)  # more than NumPy writes out whole
    later = late.copy()
    later[20, 20] = 3e-3
    keys = [key(wide()), key(wide(late)), key(wide(later)), key(wide(sign="excitatory")), key(wide(sign="inhibitory"))]
    assert len(set(keys)) == 5 and key(wide(late.copy())) == keys[1]


def test_the_key_knows_every_file_that_shapes_the_program(monkeypatch):
    built, read = network(), Path.read_bytes
    base = key(built)

    def changed(name):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path == cache.ROOT / name))
            return key(built)

    folders = ("tacos/backends/brian2", "tacos/networks/lowering", "synapses/language")
    found = [path for folder in folders for path in (cache.ROOT / folder).rglob("*") if path.suffix in (".py", ".cpp")]
    shaping = [str(path.relative_to(cache.ROOT)) for path in found]
    assert "tacos/backends/brian2/templates/threshold.cpp" in shaping
    assert base not in [changed(name) for name in [*shaping, "tacos/backends/random_functions.py"]]
    unrelated = ("synapses/tacos.py", "tacos/cli.py", "tacos/networks/norse.py", "tacos/backends/torch/source.py")
    assert {changed(name) for name in unrelated} == {base}


def test_parameters_as_the_program_reads_them():
    """Brian2's program takes what begins with a letter, as inf does, for the name of a file."""
    for value in (0.0, -2.5, 1e-300, float("inf"), -float("inf")):
        written = as_argument(value)
        assert float(written) == value and (written[0] == "-" or written[0].isdigit())


def test_the_folder_of_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TACOS_CACHE", str(tmp_path / "ours"))
    assert cache.cache_folder() == tmp_path / "ours"
    monkeypatch.delenv("TACOS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "tacos" / "brian2" or sys.platform != "linux"


def test_delays_and_connections_are_compiled_in():
    def built(**options):
        return key(two(tacos.Projection("a", "b", static(), **options), readout="b"))

    keys = {
        built(), built(delay="2 ms"), built(delay="3 ms"), built(sign="inhibitory"),
        built(connectivity=tacos.Random(0.5, seed=1)), built(connectivity=tacos.Random(0.5, seed=2)),
    }  # fmt: skip
    assert len(keys) == 6


def test_two_threads_compile_once(monkeypatch, tmp_path):
    """Replicas ask for the same program at the same time."""
    monkeypatch.setenv("TACOS_CACHE", str(tmp_path / "cache"))
    calls, told = [], []

    def compile_slowly(command, **options):
        if "--version" in command:
            return subprocess.CompletedProcess(command, 0, "", "")
        calls.append(command)
        time.sleep(0.3)
        folder = Path(command[5])
        (folder / "main").touch(0o755)
        (folder / cache.MANIFEST).write_text('{"states": {}}')
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(cache.subprocess, "run", compile_slowly)
    built, found = network(), []
    threads = [
        threading.Thread(target=lambda: found.append(cache.compiled(built, 10, "float64", lambda: told.append(1))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == len(told) == 1
    assert len(found) == 4 and len(set(found)) == 1
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == ["", ".lock"]


@pytest.mark.parametrize("damage", ["", '{"states": ', "[", "\0", "no manifest", "no program"])
def test_a_damaged_program_is_built_anew(damage, monkeypatch, tmp_path):
    monkeypatch.setenv("TACOS_CACHE", str(tmp_path / "cache"))
    told = []

    def compile_at_once(command, **options):
        if "--version" not in command:
            folder = Path(command[5])
            (folder / "main").touch(0o755)
            (folder / cache.MANIFEST).write_text('{"states": {}}')
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(cache.subprocess, "run", compile_at_once)
    built = network()
    folder = cache.compiled(built, 10, "float64", lambda: told.append(1))
    assert cache.compiled(built, 10, "float64", lambda: told.append(1)) == folder and len(told) == 1
    if damage == "no manifest":
        (folder / cache.MANIFEST).unlink()
    elif damage == "no program":
        (folder / "main").unlink()
    else:
        (folder / cache.MANIFEST).write_text(damage)
    assert cache.compiled(built, 10, "float64", lambda: told.append(1)) == folder and len(told) == 2
    assert cache.is_whole(folder)


def test_a_compilation_that_fails_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("TACOS_CACHE", str(tmp_path / "cache"))

    def fail(command, **options):
        return subprocess.CompletedProcess(command, 1, "", "no space left on device")

    monkeypatch.setattr(cache.subprocess, "run", fail)
    with pytest.raises(tacos.backends.BackendError, match="could not be compiled:\n  no space left"):
        cache.compiled(network(), 10, "float64")
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["installed", "on the path", "in the source folder"])
def test_files_beside_the_run_do_not_reach_the_compilation(how, tmp_path):
    """Files with names of modules stand there; the packages are found in one of three ways; nothing is compiled."""
    compiler = tmp_path / "pretended"
    compiler.write_text('#!/bin/sh\nwhile [ $# -gt 1 ] && [ "$1" != -o ]; do shift; done\ntouch "${2:-/dev/null}"\n')
    compiler.chmod(0o755)
    here = tmp_path / "beside"
    here.mkdir()
    for name in ("random.py", "synapses.py"):
        (here / name).write_text("raise RuntimeError('a file of the user was imported')")
    environment = {**os.environ, "CXX": str(compiler), "TACOS_CACHE": str(tmp_path / "cache")}
    environment["PYTHONPATH"] = str(cache.ROOT) if how == "installed" else ""
    script = """
        import tacos
        from tacos.backends.brian2.cache import compiled
        compiled(tacos.Network((tacos.Population("a", 2, "V : 1", "V > 1"),), ()), 10, "float64")
    """
    script = textwrap.dedent(script)
    if how == "on the path":
        unread = "sys.path.append(pathlib.Path('unread'))"  # Python passes over what is no text
        script = f"import pathlib, sys\n{unread}\nsys.path.insert(0, {str(cache.ROOT)!r})\n{script}"
    command = [sys.executable, *([] if how == "in the source folder" else ["-P"]), "-c", script]
    folder = cache.ROOT if how == "in the source folder" else here
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "cache").glob("*/manifest.json"))
