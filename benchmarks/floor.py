"""The hand-written loop that bounds what generated code can reach."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_suffix(".cpp")


class Floor:
    """``floor.cpp``, compiled for a number of hidden neurons.

    Parameters
    ----------
    hidden : int
    images : array, shape (n, 784), 0 to 1
    source : path
    """

    def __init__(self, hidden: int, images: np.ndarray, source: Path = SOURCE) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="tacos-floor-")
        folder = Path(self.folder.name)
        row = 16 * (-(-(hidden + 8) // 16))
        sizes = f"N_HID = {hidden}, ROW = {row}"
        code, changed = re.subn(r"N_HID = \d+, ROW = \d+", sizes, source.read_text())
        if changed != 1:
            raise ValueError(f"{source} no longer says 'N_HID = ..., ROW = ...'")
        (folder / "floor.cpp").write_text(code)
        np.round(255 * images).astype(np.uint8).tofile(folder / "images")
        command = ["g++", "-O3", "-march=native", "-ffast-math", "-o", "floor", "floor.cpp"]
        subprocess.run(command, cwd=folder, check=True)

    def seconds(self, n: int) -> float:
        """Seconds a presentation."""
        command = ["./floor", "images", str(n)]
        done = subprocess.run(command, cwd=self.folder.name, check=True, capture_output=True, text=True)
        return 1e-3 * float(done.stdout.split()[0])
