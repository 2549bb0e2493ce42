"""Run an ablation: for every condition a grid of learning rates on validation data, then seeds on the test split."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tacos.ablation import grid as grid_search
from tacos.ablation.conditions import Condition, Wanted, read_conditions
from tacos.ablation.declaration import declare, declared, refuse_other, validation_stream
from tacos.ablation.grid import FACTORS, ROUNDS, Outcome, Trial
from tacos.ablation.recording import wanted_records
from tacos.ablation.result import GRID, Ablation, save_ablation
from tacos.ablation.table import csv_text, grid_rows, table_rows
from tacos.errors import RunError, Unlearnable, interruptible
from tacos.networks.network import Network
from tacos.recordings.recording import Recordable
from tacos.runs.experiment import check, run_each
from tacos.runs.folder import RunFolder
from tacos.runs.result import Result
from tacos.runs.seeds import listed
from tacos.runs.storage import write_text

#: Options of :func:`tacos.run` that are passed on.
RUNNING = ("mode", "device", "dtype", "processes", "chunk")
#: Seed of the first replica of the grid: no seed that is tested by default.
GRID_SEED = 1000


def ablate(
    network: Network,
    stream: Any,
    conditions: Wanted = None,
    seeds: int | Iterable[int] = 3,
    *,
    out: str | Path | None = None,
    record: Recordable = None,
    evaluate_every: int | None = None,
    learning_rate: str = "eta",
    factors: Sequence[float] = FACTORS,
    rounds: int = ROUNDS,
    start: Mapping[str, float] | None = None,
    grid_seeds: int = 1,
    validation_samples: int | None = None,
    front: Mapping[str, Sequence[float]] | Sequence[str] | str | None = None,
    backend: str = "brian2",
    progress: bool = True,
    **options: Any,
) -> Ablation:
    """Compare a network with versions of it, each at the learning rate that is best for it.

    The learning rate of every condition is chosen on validation data, training images that are not trained on, with the
    same number of trials; then all seeds are run and tested on what the stream holds out. What has finished is not run
    again, and a condition that fails is recorded with its reason and stops no other.

    Parameters
    ----------
    network : Network
        The full one.
    stream : Stream
        Of :mod:`tasks`; the grid takes the same with ``held_out="validation"``.
    conditions : str, sequence of str, or mapping of label to str or Network, optional
        Such as ``["metaplasticity", "dm*0.5"]``, see :mod:`tacos.ablation.conditions`; the full network is always among
        them. If not given: all combinations of mechanisms on and off, and states that two of them share frozen.
    seeds : int or iterable of int
        A number of replicas (seeds 0, 1, ...), or the seeds themselves.
    out : path, optional
        Folder; ``runs/ablation-<stream>`` if not given. An ablation that was begun there goes on.
    record : str or Recording or list of these, optional
        What to record in the test runs; states that a condition lacks are not recorded there. What the gates read, of
        200 synapses, is recorded in any case.
    evaluate_every : int, optional
        Test every so many presentations, besides after each task.
    learning_rate : str
        Name of the parameter that the grid varies, in all projections by the same factor.
    factors : sequence of float
        The grid: factors on the learning rate of the condition as it was given.
    rounds : int
        How often two more are tried: between the best one and its neighbours, and beyond the grid if it has none there.
    start : dict, optional
        ``{label: factor}`` for conditions whose grid starts from another learning rate than theirs.
    grid_seeds : int
        Replicas of a trial; seeds 1000, 1001, ...
    validation_samples : int, optional
        Validation presentations in all; the stream's ``test_samples`` if not given.
    front : str, sequence of str or mapping of str to factors, optional
        Parameters of the full network, such as ``["dm", "tau_c"]``, swept at its chosen learning rate for the figure of
        stability and plasticity; by factors 1/4, 1/2, 2 and 4 if none are given. If not given: those of
        :data:`tacos.ablation.grid.CONSOLIDATING` that it has; ``()`` for none.
    backend : str
        With ``"torch"``, conditions that differ in parameters only run as one batch.
    progress : bool
        Whether to say what has finished.
    **options
        Further options of :func:`tacos.run`: ``mode``, ``device``, ``dtype``, ``processes``, ``chunk``.

    Returns
    -------
    Ablation

    Raises
    ------
    RunError
        If nothing can be run as asked, or the folder holds something else.
    """
    for option in options:
        if option not in RUNNING:
            own = [name for name in inspect.signature(ablate).parameters if name != "options"]
            raise RunError(f"ablate has no option '{option}'; it has {', '.join([*own[2:], *RUNNING])}.")
    factors = grid_search.check_factors(factors, "The factors of the grid")
    grid_search.check_grid(factors, rounds, grid_seeds)
    validation = validation_stream(stream, validation_samples)
    seeds = listed(seeds)
    if set(seeds) & set(range(GRID_SEED, GRID_SEED + grid_seeds)):
        raise RunError(f"The seeds from {GRID_SEED} on choose the learning rates; test others, e.g. seeds=5.")
    if not isinstance(network, Network):
        raise RunError(f"An ablation is of a network, such as tacos.error_driven(stream), not of {network!r}.")
    network.with_parameters(**{learning_rate: 1.0})  # says which parameters there are
    read = read_conditions(conditions, network, learning_rate, shared=backend == "torch")
    start = dict(start or {})
    for label in start:
        if label not in [c.label for c in read]:
            raise RunError(f"There is no condition '{label}' to start; there are {', '.join(c.label for c in read)}.")
    swept = grid_search.sweeps(() if front is None and not stream.has_ends else front, network)
    _ = grid_search.strengths(read[0], network, swept, learning_rate)  # says which parameters there are
    for condition in read:
        check(seeds, validation, condition.network, evaluate_every)  # not with the stream: its test data stays unread
        if not any(learning_rate in p.synapse.all_parameters() for p in condition.network.plastic_projections()):
            raise RunError(f"'{condition.label}' has no {learning_rate} left to choose; leave the learning rule in.")
    records = wanted_records(record, {c.label: c.network for c in read}, validation, learning_rate)
    path = Path(out) if out else Path("runs") / f"ablation-{stream.name}"
    declaration = declared(
        network, stream, validation, read, seeds, [GRID_SEED + k for k in range(grid_seeds)], learning_rate,
        factors=list(factors), rounds=rounds, start=start,
    )  # fmt: skip
    refuse_other(path, declaration)  # a folder of something else stays as it is
    say = _Report(progress)
    common: dict[str, Any] = {"backend": backend, "progress": False, **options}
    with RunFolder(path).lock(), interruptible("the same ablation into the same folder goes on where it was."):
        declare(path, declaration)
        for condition in read:
            for note in condition.notes:
                say(note)
        trials, chosen, tests = _run(
            path, declaration, read, stream, validation, swept, common, records, evaluate_every, say
        )
        return _saved(path, declaration, stream, trials, chosen, tests)


def _run(
    path: Path,
    declaration: dict[str, Any],
    read: Sequence[Condition],
    stream: Any,
    validation: Any,
    swept: Mapping[str, Sequence[float]],
    common: dict[str, Any],
    records: Mapping[str, Recordable],
    evaluate_every: int | None,
    say: _Report,
) -> tuple[dict[str, list[Outcome]], dict[str, Outcome | None], dict[str, Result | str]]:
    """The grid, the sweeps for the front, and the seeds on the held-out data."""
    learning_rate, factors, rounds, start = (declaration[k] for k in ("learning_rate", "factors", "rounds", "start"))

    def run_trials(some: Sequence[Trial]) -> list[Outcome]:
        if not some:
            return []
        say.begin("grid", len(some))
        found = run_each(
            {t.label: t.network for t in some}, validation, declaration["grid_seeds"], out=path / GRID,
            on_done=say.ended, **common,
        )  # fmt: skip
        return [_outcome(trial, found[trial.label]) for trial in some]

    trials = grid_search.search(read, learning_rate, factors, rounds, start, run_trials)
    chosen = {label: grid_search.best(outcomes) for label, outcomes in trials.items()}
    tests: dict[str, Result | str] = {
        label: _nothing_chosen(trials[label]) for label, outcome in chosen.items() if outcome is None
    }
    full = chosen[read[0].label]
    if swept and full is not None:
        trials[read[0].label] += run_trials(grid_search.strengths(read[0], full.trial.network, swept, learning_rate))
    _saved(path, declaration, stream, trials, chosen, tests)
    networks = {label: outcome.trial.network for label, outcome in chosen.items() if outcome is not None}
    say.begin(declaration["held_out"], len(networks))
    found = run_each(
        networks, stream, declaration["seeds"], out=path / "test",
        record={label: records[label] for label in networks}, evaluate_every=evaluate_every,
        on_done=say.ended, **common,
    )  # fmt: skip
    for label, outcome in found.items():
        tests[label] = outcome if isinstance(outcome, Result) else str(outcome)
    return trials, chosen, tests


def _outcome(trial: Trial, found: Result | Exception) -> Outcome:
    if isinstance(found, Result):
        return Outcome(trial, found.accuracy_matrix)
    return Outcome(trial, None, str(found) or type(found).__name__, not isinstance(found, Unlearnable))


def _nothing_chosen(outcomes: Sequence[Outcome]) -> str:
    unfinished = next((o for o in outcomes if o.unfinished), None)
    if unfinished:
        return f"a trial did not finish, and nothing is chosen without it: {unfinished.reason}"
    return f"all trials of the grid failed; the last: {outcomes[-1].reason}"


def _saved(path: Path, declaration: dict[str, Any], stream: Any, trials: Any, chosen: Any, tests: Any) -> Ablation:
    """Write everything that a reader opens."""
    learning_rate = declaration["learning_rate"]
    edges = [grid_search.edge([o for o in some if o.trial.parameter == learning_rate]) for some in trials.values()]
    more = {"edges": [text for text in edges if text], "has_ends": stream.has_ends}
    save_ablation(path, declaration | more, trials, chosen, tests)
    ablation = Ablation(path)
    write_text(path / "grid.csv", csv_text(grid_rows(ablation)))
    write_text(path / "table.csv", csv_text(table_rows(ablation)))
    write_text(path / "table.txt", f"{ablation}\n")
    return ablation


class _Report:
    """A line on stderr for each run that ended."""

    def __init__(self, visible: bool) -> None:
        self.visible, self.lock = visible, threading.Lock()
        self.begin("", 0)

    def __call__(self, text: str) -> None:
        if self.visible:
            print(text, file=sys.stderr, flush=True)

    def begin(self, part: str, total: int) -> None:
        self.part, self.total, self.done = part, total, 0

    def ended(self, label: str, outcome: Result | Exception) -> None:
        with self.lock:
            self.done += 1
            if isinstance(outcome, Result):
                what = f"{100 * outcome.accuracy_matrix[:, -1].mean():.1f} %"
            else:
                what = f"failed: {outcome}"
            self(f"{self.part} {self.done}/{self.total}: {label}: {what}")
