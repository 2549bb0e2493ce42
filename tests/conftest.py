"""What all tests share.

Compiled networks go into a cache of this session, so that no test depends on what the user has compiled before. To keep
them between sessions while writing tests, set ``TACOS_TEST_CACHE`` to a folder: the second session then starts at once.
Tests that build C++ carry the marker ``compiled``: leave them out with ``-m 'not compiled'``.
"""

import logging
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Scripts of ``scripts/reproduce`` are imported by their names, as they import each other.
sys.path.insert(0, str(ROOT / "scripts/reproduce"))
# Tests run side by side: PyTorch's threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Without a GPU, Triton interprets kernels; it asks when it is imported.
if shutil.which("nvidia-smi") is None:
    os.environ.setdefault("TRITON_INTERPRET", "1")


@pytest.fixture(scope="session", autouse=True)
def compiled_networks(tmp_path_factory):
    """The folder of compiled networks; workers of pytest-xdist share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = Path(os.environ.get("TACOS_TEST_CACHE") or shared / "compiled-networks")
    # Brian2 logs every code object, and pytest would keep it all; importing it sets the level, so this comes after.
    brian2 = import_module("brian2")
    flags = brian2.prefs["codegen.cpp.extra_compile_args_gcc"]  # Cython's modules; programs keep the flags of users
    brian2.prefs["codegen.cpp.extra_compile_args_gcc"] = ["-O1" if flag == "-O3" else flag for flag in flags]
    logging.getLogger("brian2").setLevel(logging.WARNING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TACOS_CACHE", str(folder))
        # Compiling is a process of its own; it finds the packages even where they are not installed.
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        yield folder


def pytest_collection_modifyitems(items):
    """Without a C++ compiler there is nothing to compile."""
    if shutil.which(os.environ.get("CXX", "g++")) or shutil.which("c++"):
        return
    for item in items:
        if item.get_closest_marker("compiled"):
            item.add_marker(pytest.mark.skip(reason="needs a C++ compiler"))
