"""Tasks that show all classes, each in its own way: what permuted and rotated streams have in common."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.streams.stream import Task


def variants(names: Sequence[str], n_classes: int, scenario: str) -> list[Task]:
    """Return one task a name; class c of task k has output c if they are shared, else k * n_classes + c."""
    classes = tuple(range(n_classes))
    first = [0 if scenario == "domain-incremental" else k * n_classes for k in range(len(names))]
    return [Task(k, name, classes, tuple(first[k] + c for c in classes)) for k, name in enumerate(names)]
