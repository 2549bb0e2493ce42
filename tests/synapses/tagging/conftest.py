"""Scripts of ``scripts/reproduce`` are imported by their names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts/reproduce"))
