import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import Hz, kHz, ms, mV, second

import tasks
from tasks import TaskError
from tasks.units import hertz, seconds


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("150 ms", 0.15),
        ("35ms", 0.035),
        ("150*ms", 0.15),
        ("2 s", 2.0),
        ("1e2 us", 1e-4),
        (".5 second", 0.5),
        (0.15, 0.15),
        (np.float32(0.5), 0.5),
        (150 * ms, 0.15),
        (2 * second, 2.0),
    ],
)
def test_times(given, expected):
    time = seconds(given, "duration")
    assert type(time) is float
    assert time == expected


@pytest.mark.parametrize(("given", "expected"), [("250 Hz", 250), ("0.25 kHz", 250), (250 * Hz, 250), (1 * kHz, 1e3)])
def test_rates(given, expected):
    assert hertz(given, "max_rate") == expected


@pytest.mark.parametrize(
    "given", ["150", "150 mV", "ms", "nan s", 150 * mV, 150 * Hz, ms * ms, float("inf"), None, True, [1, 2]]
)
def test_what_is_not_a_time_is_refused(given):
    with pytest.raises(TaskError, match=r"^duration = .* is not a time; write for example '150 ms' or 0.15"):
        seconds(given, "duration")


def test_what_is_not_a_rate_is_refused():
    with pytest.raises(TaskError, match=r"^max_rate = '5 ms' is not a rate"):
        hertz("5 ms", "max_rate")


def test_brian2_is_not_imported():
    code = "import sys, tasks; assert not {'brian2', 'sklearn', 'pooch', 'tacos', 'synapses'} & set(sys.modules)"
    root = Path(tasks.__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
