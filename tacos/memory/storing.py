"""Random patterns stored one after the other by a synapse of the language, on either backend."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from brian2.utils.stringtools import get_identifiers
from numpy.typing import NDArray

from synapses import DeclarationError, Synapse, title
from synapses.language.values import whole
from tacos.backends import Choice, RawRecord, Stretch, simulator
from tacos.errors import RunError
from tacos.memory.decay import Curve, lifetime_of_curve, spaced_ages
from tacos.memory.drive import DRIVES, STORED, Drive, refuse_what_spikes_cannot_drive
from tacos.networks.initial import evaluated, initial_state
from tasks import IMAGE

Floats = NDArray[np.float64]

#: A trial that finds out which drive works: synapses, patterns, and how many standard errors the effect must have.
TRIAL = (1000, 40, 5.0)
#: Purpose of the random numbers of patterns.
_PATTERNS = 0x6D656D


@dataclass(frozen=True, eq=False)
class Stored:
    """Patterns and the weights after each.

    Attributes
    ----------
    patterns : ndarray of int8, shape (n_patterns, n_synapses)
        +1 where potentiation was asked for, -1 where depression was.
    weights : ndarray, shape (n_patterns, n_synapses)
        Efficacies at the end of the presentation of each pattern.
    """

    patterns: NDArray[np.int8]
    weights: Floats

    def signal(self, ages: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Covariance of weights with patterns that are so old: mean over these patterns, and its standard error."""
        n = self.weights.shape[1]
        asked = self.patterns - self.patterns.mean(axis=1, keepdims=True)
        weights = self.weights - self.weights.mean(axis=1, keepdims=True)
        every = asked @ weights.T / n  # [pattern, after which pattern]
        found = [np.diagonal(every, int(age)) for age in ages]
        spread = [values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else np.nan for values in found]
        return np.array([values.mean() for values in found]), np.array(spread)

    def noise(self) -> float:
        """Standard deviation of weights over synapses, the root mean square over patterns."""
        return float(np.sqrt(self.weights.var(axis=1).mean()))


def random_patterns(n_patterns: int, n_synapses: int, seed: int) -> NDArray[np.int8]:
    """Independent +1 and -1, equally likely, shape (n_patterns, n_synapses)."""
    rng = np.random.default_rng([seed, _PATTERNS])
    return (2 * rng.integers(0, 2, (n_patterns, n_synapses), np.int8) - 1).astype(np.int8)


def store(
    synapse: Synapse,
    patterns: NDArray[np.int8],
    drive: Drive,
    seed: int = 0,
    choice: Choice | None = None,
    settle: int = 0,
) -> Stored:
    """Show patterns to synapses, and keep the weights after each.

    Parameters
    ----------
    synapse : Synapse
    patterns : ndarray of int8, shape (n_patterns, n_synapses)
    drive : Drive
    seed : int
        Of initial values and of what the synapse draws.
    choice : Choice, optional
        What runs it; see :class:`tacos.backends.Choice`.
    settle : int
        How many of the first patterns are shown, and not kept.

    Returns
    -------
    Stored

    Raises
    ------
    RunError
        If spikes cannot drive the synapse.
    """
    n_patterns, n = patterns.shape
    network = drive.network(synapse, n)
    made = simulator(network, choice or quick())
    states = sorted(get_identifiers(synapse.lowered.efficacy) & set(synapse.lowered.states))
    state = initial_state(network.lowered, seed)
    asked = (patterns > 0).astype(float)
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in states}
        records = [RawRecord(f"{STORED}.{name}", file) for name, file in files.items()]
        for first in range(0, n_patterns, made.capacity):
            shown = asked[first : first + made.capacity]
            stretch = Stretch({IMAGE: shown}, first, seed, 0, True, len(shown), records=records)
            state = made.run(state, stretch).state
        kept = {}
        for name, file in files.items():
            kind = np.int32 if state[f"{STORED}.{name}"].dtype.kind in "iub" else np.float32
            kept[name] = np.fromfile(file, kind).reshape(n_patterns, n)[settle:].astype(float)
    return Stored(patterns[settle:], _efficacy(synapse, kept, (n_patterns - settle, n)))


def simulated_curve(
    synapse: Synapse,
    synapses: int = 10_000,
    patterns: int = 500,
    *,
    drive: Drive | None = None,
    settle: int | None = None,
    simulated: int | None = None,
    seed: int = 0,
    choice: Choice | None = None,
    label: str = "",
) -> Curve:
    """The curve of a synapse of the language, from patterns that it stores.

    Parameters
    ----------
    synapse : Synapse
    synapses : int
        N of the signal-to-noise ratio.
    patterns : int
        How many are stored and followed; a pattern is followed until half as many came after it.
    drive : Drive, optional
        The first of :data:`tacos.memory.drive.DRIVES` that works, if not given.
    settle : int, optional
        How many are stored before; as many as are followed, if not given.
    simulated : int, optional
        How many synapses are simulated: ``synapses`` up to 5000 if not given. Synapses are independent, so that signal
        and noise of one do not depend on it.
    seed, choice, label : optional

    Raises
    ------
    RunError
        If no drive moves the synapse.
    """
    n = min(synapses, 5000) if simulated is None else whole(simulated, "At least two synapses", 2, error=RunError)
    patterns = whole(patterns, "At least ten patterns are stored", 10, error=RunError)
    before = patterns if settle is None else whole(settle, "Zero or more patterns come before", 0, error=RunError)
    drive = drive or working_drive(synapse)
    stored = store(synapse, random_patterns(before + patterns, n, seed), drive, seed, choice, before)
    ages = spaced_ages(patterns // 2)
    signal, error = stored.signal(ages)
    noise = np.full(ages.size, stored.noise())
    about = {"drive": drive.name, "patterns": patterns, "settle": before, "simulated": n, "seed": seed}
    curve = Curve(label or title(synapse), synapses, ages, signal, noise, 0.0, 0.0, "simulated", error, about)
    snr = curve.snr
    return replace(curve, initial=float(snr[0]), lifetime=lifetime_of_curve(ages, snr))


def working_drive(synapse: Synapse) -> Drive:
    """The first drive that makes potentiated synapses clearly stronger than depressed ones, in a short trial.

    Raises
    ------
    RunError
        If there is none.
    """
    refuse_what_spikes_cannot_drive(synapse)
    n, patterns, clear = TRIAL
    for drive in DRIVES.values():
        try:
            stored = store(synapse, random_patterns(patterns, n, 0), drive)
        except DeclarationError:  # a delay that is longer than its presentations
            continue
        asked, changes = stored.patterns[1:].ravel(), np.diff(stored.weights, axis=0).ravel()
        up, down = changes[asked > 0], changes[asked < 0]
        error = np.sqrt(up.var() / up.size + down.var() / down.size)
        if up.mean() - down.mean() > clear * error:
            return drive
    raise RunError(
        f"'{title(synapse)}' stores no patterns of spikes: none of the drives {', '.join(DRIVES)} makes "
        "potentiated synapses stronger than depressed ones; give one of its own, drive=Drive(...)."
    )


def quick() -> Choice:
    """What starts at once: PyTorch, or Brian2 in this process where there is none; in double precision."""
    return Choice("torch", dtype="float64") if find_spec("torch") else Choice(mode="runtime", dtype="float64")


def _efficacy(synapse: Synapse, states: dict[str, Floats], shape: tuple[int, int]) -> Floats:
    """Efficacies from the recorded states."""
    built = synapse.lowered
    values: dict[str, Any] = {name: p.value for name, p in built.parameters.items()} | states
    try:
        return np.broadcast_to(np.asarray(evaluated(built.efficacy, values), dtype=float), shape)
    except NameError as error:
        raise RunError(
            f"'{title(synapse)}' stores no patterns of spikes: its efficacy '{synapse.efficacy}' reads more than its "
            f"own states ({error})."
        ) from None
