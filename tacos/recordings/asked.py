"""What is asked to be recorded, read and checked against a network and a stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from synapses import DeclarationError
from synapses.language.values import said
from tacos.networks.lowering import LoweredNetwork
from tacos.networks.network import Network
from tacos.recordings import rules
from tacos.recordings.recording import Recordable, Recording

_UNITS = ("presentation", "step")
#: Names of the coordinates of what was recorded.
_COORDINATES = ("time", "presentation", "step", "seed", "synapse", "neuron", "pre", "post", "statistic")
#: Which synapses changed most in an earlier run: its folder, owner, state, how many, and of how many.
Changed = Callable[[str, str, str, int, int], np.ndarray]


def recordings(
    given: Recordable,
    network: Network,
    image_shape: tuple[int, int] | None = None,
    changed: Changed | None = None,
    n_presentations: int | None = None,
) -> tuple[Recording, ...]:
    """Read recordings and check them against a network.

    A text reads ``"input-hidden: w, m; synapses=random(200); every=10 presentations"``; without an owner the states
    of all plastic projections that have them are meant. ``"output: V; neurons=0,1; every=1 step"`` records neurons,
    ``"hidden: spikes"`` spikes. ``from=100; to=200`` or ``presentations=0,500`` records these presentations alone,
    and ``reduce=mean, q0.9`` statistics over the synapses or neurons. What a rule means is settled now: rows and
    columns are those of ``image_shape``, and ``changed(200, RUN)`` becomes the indices that ``changed`` finds, so
    that nothing more is needed to go on with the run. Presentations are checked against the number of them in the
    stream.
    """
    items = () if given is None else [given] if isinstance(given, str | Recording) else given
    right = "record is such as 'input-hidden: w, m; every=10 presentations', a Recording, or a list of these"
    if isinstance(items, bytes | Mapping) or not isinstance(items, Iterable):
        raise DeclarationError(f"{right}, not {said(given)}.")
    found: list[Recording] = []
    for item in items:
        if not isinstance(item, str | Recording):
            raise DeclarationError(f"{right}, not {said(item)}.")
        found += _read(item, network) if isinstance(item, str) else [item]
    seen: set[tuple[str, str]] = set()
    settled = []
    for recording in found:
        _check(recording, network)
        for state in recording.states:
            if (recording.owner, state) in seen:
                raise DeclarationError(f"'{state}' of '{recording.owner}' is to be recorded twice; ask for it once.")
            seen.add((recording.owner, state))
        if n_presentations is not None:
            recording = _within(recording, network.lowered, n_presentations)
        settled.append(_settled(recording, network.lowered, image_shape, changed))
    return tuple(settled)


def _read(text: str, network: Network) -> list[Recording]:
    head, *options = [part.strip() for part in text.split(";")]
    owner, colon, names = head.rpartition(":")
    states = tuple(name.strip() for name in names.split(",") if name.strip())
    which: str | tuple[int, ...] = "random(200)" if not colon or owner.strip() in _projections(network) else "all"
    every, unit = 1, "presentation"
    window, reduce = {"presentations": "", "from": "", "to": ""}, ""
    for option in options:
        key, _, value = (part.strip() for part in option.partition("="))
        if key in ("synapses", "neurons"):
            which = _which(value, text)
        elif key == "every":
            match = re.fullmatch(r"(\d+)\s*(presentation|step)s?", value)
            if not match or int(match.group(1)) < 1:
                raise DeclarationError(f"'{text}': write every=10 presentations, or every=1 step, not every={value}.")
            every, unit = int(match.group(1)), match.group(2)
        elif key in window:
            window[key] = re.sub(r"\s*presentations?$", "", value)
            if key != "presentations" and not re.fullmatch(r"\d+", window[key]):
                raise DeclarationError(f"'{text}': write {key}=100, a presentation counted from 0, not {key}={value}.")
        elif key == "reduce":
            reduce = value
        else:
            there = "synapses=, neurons=, every=, from=, to=, presentations= and reduce="
            raise DeclarationError(f"'{text}': unknown option '{key}'; there are {there}.")
    only = window["presentations"]
    if window["from"] or window["to"]:
        if only:
            raise DeclarationError(f"'{text}': say either presentations= or from= and to=.")
        only = f"{window['from']}:{window['to']}"
    what = {"presentations": only, "reduce": reduce}
    if colon:
        return [Recording(owner.strip(), states, which, every, unit, **what)]  # type: ignore[arg-type]
    owners = [
        (p.name, tuple(s for s in states if s in p.synapse.lowered.states)) for p in network.plastic_projections()
    ]
    found = [Recording(name, own, which, every, unit, **what) for name, own in owners if own]  # type: ignore[arg-type]
    if not states or not found:
        raise DeclarationError(f"'{text}': no plastic projection has the state '{', '.join(states)}'.")
    return found


def _within(recording: Recording, network: LoweredNetwork, n: int) -> Recording:
    """With open ends settled; what lies outside of the stream, or is never recorded, is refused."""
    if not recording.presentations:
        return recording
    here = f"Recording of '{recording.owner}'"
    try:
        recording = replace(recording, presentations=rules.closed(recording.presentations, n))
    except DeclarationError as error:
        raise DeclarationError(f"{here}: {error}") from None
    if not recording.clock(network, 1)["time"].size:
        raise DeclarationError(
            f"{here}: with every={recording.every} {recording.unit}s nothing of {recording.presentations} is recorded; "
            f"leave every= out, or name other presentations."
        )
    return recording


def _which(value: str, text: str) -> str | tuple[int, ...]:
    try:
        return rules.canonical(value)
    except DeclarationError as error:
        raise DeclarationError(f"'{text}': {error}") from None


def _settled(
    recording: Recording, network: LoweredNetwork, image_shape: tuple[int, int] | None, changed: Changed | None
) -> Recording:
    """With all that its rule refers to; what the rule chooses is checked."""
    if isinstance(recording.which, str):
        try:
            name, arguments = rules.parsed(recording.which)
            recording = replace(recording, which=rules.canonical(recording.which))
        except DeclarationError as error:
            raise DeclarationError(f"Recording of '{recording.owner}': {error}") from None
        if name == "between" and arguments[1] is not None:
            recording = replace(recording, image=recording.image or image_shape)
        if name == "changed":
            recording = _of_earlier_run(recording, arguments[0], arguments[1], recording.size(network), changed)
    recording.indices(network)
    return recording


def _of_earlier_run(recording: Recording, count: int, run: str, size: int, changed: Changed | None) -> Recording:
    """With the indices that changed most in an earlier run."""
    if not run or changed is None:
        raise DeclarationError(
            f"Recording of '{recording.owner}': which change most is known only at the end; name an earlier run, "
            f"changed({count}, RUN), or record all and choose when plotting."
        )
    chosen = changed(run, recording.owner, recording.states[0], count, size)
    return replace(recording, which=tuple(int(k) for k in chosen), rule=str(recording.which))


def _projections(network: Network) -> list[str]:
    return [p.name for p in network.projections]


def _check(recording: Recording, network: Network) -> None:
    lowered = network.lowered
    names = [p.name for p in lowered.projections] + [p.name for p in lowered.populations]
    if recording.owner not in names:
        raise DeclarationError(
            f"Cannot record '{recording.owner}': there is no such projection or population; "
            f"there are {', '.join(names)}."
        )
    if recording.unit not in _UNITS:
        raise DeclarationError(f"Recording of '{recording.owner}': the interval is a number of presentations or steps.")
    projection = recording.owner in _projections(network)
    part = lowered.projection(recording.owner).synapse if projection else lowered.population(recording.owner)
    states = [
        *part.states,
        *(["spikes"] if not projection and lowered.population(recording.owner).spikes else []),
    ]
    for state in recording.states:
        if state in _COORDINATES:
            raise DeclarationError(
                f"'{state}' of '{recording.owner}' cannot be recorded: records have a coordinate of that name; rename "
                f"the state."
            )
        if state not in states:
            raise DeclarationError(
                f"'{recording.owner}' has no state '{state}' to record; there are {', '.join(states)}."
            )
    if not recording.states:
        raise DeclarationError(f"Recording of '{recording.owner}' names no state; there are {', '.join(states)}.")
    if "spikes" in recording.states and recording != Recording(
        recording.owner, ("spikes",), recording.which, presentations=recording.presentations
    ):
        raise DeclarationError(
            f"Spikes of '{recording.owner}' are a recording of their own, of every step: '{recording.owner}: spikes'."
        )
    if "spikes" in recording.states and recording.which not in ("all", Recording.which):
        raise DeclarationError(
            f"Spikes of '{recording.owner}' are recorded of all neurons; leave out the choice of some."
        )
