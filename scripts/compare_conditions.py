"""Print finished runs side by side, with the paired difference of each to the first.

    python scripts/compare_conditions.py runs/full runs/without-metaplasticity

The runs must be of one stream; seeds that both have are paired.
"""

from __future__ import annotations

import argparse

from tacos.folders import load
from tacos.runs.tables import comparison_text


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+")
    results = [load(path) for path in parser.parse_args().runs]
    labels = [result.label for result in results]
    shared = {label for label in labels if labels.count(label) > 1}
    print(comparison_text({str(r.folder.path) if r.label in shared else r.label: r for r in results}))


if __name__ == "__main__":
    main()
