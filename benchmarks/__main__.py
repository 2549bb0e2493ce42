"""Speed and memory, measured side by side in one run.

    make bench                                    # all of it
    python -m benchmarks speed --presentations 100
    python -m benchmarks scaling                  # writes runs/scaling.png and .pdf
    python -m benchmarks processes
    python -m benchmarks replicas --device cuda   # with --check: are the results equal, and how near is the bound?
    python -m benchmarks growth --presentations 20000
    python -m benchmarks precision
    python -m benchmarks models                   # of the library, by event
    python -m benchmarks peers                    # feedforward, beside four others; many replicas
    python -m benchmarks sparse                   # recurrent, plastic, beside NEST and stock Brian2
    python -m benchmarks recording --presentations 10000
    python -m benchmarks kills                    # not of speed: killed and resumed, bit for bit?

Times depend on the machine and on what else it does: compare within one table only.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.growth import growth  # noqa: E402
from benchmarks.kills import kills  # noqa: E402
from benchmarks.models import models  # noqa: E402
from benchmarks.peers import peers  # noqa: E402
from benchmarks.precision import precision  # noqa: E402
from benchmarks.processes import processes  # noqa: E402
from benchmarks.recording import recording  # noqa: E402
from benchmarks.replicas import replicas  # noqa: E402
from benchmarks.scaling import scaling  # noqa: E402
from benchmarks.sparse import sparse  # noqa: E402
from benchmarks.speed import speed  # noqa: E402

#: Each with the number of presentations that it takes if not told another.
BENCHMARKS = {
    "speed": (speed, 100),
    "processes": (processes, 200),
    "replicas": (replicas, 10),
    "scaling": (scaling, 50),
    "growth": (growth, 20000),
    "precision": (precision, 100),
    "models": (models, 3),
    "peers": (peers, 20),
    "sparse": (sparse, 20),
    "recording": (recording, 1000),
    "kills": (kills, 1000),
}


def main() -> None:
    """Run one benchmark, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="?", choices=(*BENCHMARKS, "all"), default="all")
    parser.add_argument("--presentations", type=int, default=None)
    parser.add_argument("--device", default="cpu", help="of the benchmark 'replicas'")
    parser.add_argument("--check", action="store_true", help="of the benchmark 'replicas', for a GPU")
    options = parser.parse_args()
    for name, (function, default) in BENCHMARKS.items():
        if options.which in (name, "all"):
            print(f"\n{name}: {(function.__doc__ or '').splitlines()[0]}")
            arguments = {"device": options.device, "check": options.check} if name == "replicas" else {}
            function(options.presentations or default, **arguments)


if __name__ == "__main__":
    main()
