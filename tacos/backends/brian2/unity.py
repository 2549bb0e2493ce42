"""Compile Brian2's many small C++ files as a few large ones.

Nine tenths of the time of a build goes into reading the same headers for each of some hundred files. Here the code
objects are joined into one file a processor, each in a namespace of its own since their helper functions share names.
"""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_INCLUDE = re.compile(r"^[ \t]*#include.*$", re.MULTILINE)
# The vector versions of glibc's functions; glibc itself offers them only together with -ffinite-math-only.
_VECTOR_MATHS = """
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
extern "C" {
__attribute__((simd("notinbranch"))) double exp(double) noexcept;
__attribute__((simd("notinbranch"))) double log(double) noexcept;
__attribute__((simd("notinbranch"))) double cos(double) noexcept;
__attribute__((simd("notinbranch"))) float expf(float) noexcept;
__attribute__((simd("notinbranch"))) float logf(float) noexcept;
}
#endif
"""
#: Code objects that run once a start, which are half of all in a network of many projections.
_ONCE = re.compile(r"^(before|after)_run_|_synapses_create_")
_FUNCTION = re.compile(r"^void (_\w+)\((?:(\w+) (\w+))?\)$", re.MULTILINE)


def build(directory: Path, compiler: str, flags: list[str], jobs: int | None = None, vector_maths: bool = True) -> None:
    """Compile and link a generated project into ``directory/main``.

    Raises
    ------
    RuntimeError
        With what the compiler said, if it fails.
    """
    jobs = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    sources = sorted((directory / "code_objects").glob("*.cpp"), key=lambda path: -path.stat().st_size)
    once = [source for source in sources if _ONCE.search(source.name)]
    often = [source for source in sources if source not in once]
    units = []
    for name, part in [("once", once), *((f"unit{number}", often[number::jobs]) for number in range(jobs))]:
        unit = directory / f"{name}.cpp"
        unit.write_text(joined(part, _VECTOR_MATHS if vector_maths else ""))
        units.append(unit)
    units += [path for path in sorted(directory.glob("*.cpp")) if path not in units]

    def compile_unit(unit: Path) -> None:
        # What runs once a start, or only reads and writes arrays: optimizing it would take half of the build.
        level = {"objects": ["-O0"], "main": ["-O0"], "once": ["-O1"]}.get(unit.stem, [])
        _call([compiler, "-c", *flags, *level, "-I.", unit.name, "-o", f"{unit.stem}.o"], directory)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(compile_unit, units))
    # The joined files come first: the linker takes functions they share with the others from them.
    objects = [f"{unit.stem}.o" for unit in units]
    _call([compiler, *flags, *objects, "-o", "main"], directory)
    for name in objects:
        (directory / name).unlink()


def joined(sources: list[Path], declarations: str = "") -> str:
    """One file from many: all headers first, then each body in its own namespace, called by its own name."""
    includes: dict[str, None] = {}
    bodies = []
    for number, source in enumerate(sources):
        text = source.read_text()
        includes.update(dict.fromkeys(line.strip() for line in _INCLUDE.findall(text)))
        body = _INCLUDE.sub("", text)
        bodies.append(f"namespace unit_{number} {{\n{body}\n}}")
        bodies += [
            f"void {name}({kind} {value}) {{ unit_{number}::{name}({value}); }}"
            for name, kind, value in _FUNCTION.findall(body)
        ]
    return "\n".join([*includes, declarations, *bodies])


def _call(command: list[str], directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-4000:]}")
