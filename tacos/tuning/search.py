"""Try what strategies ask for, all subjects side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tacos.errors import OtherRun, RunError
from tacos.runs.engine import run_jobs
from tacos.runs.jobs import Job, OnDone
from tacos.runs.progress import ProgressReport
from tacos.runs.running import Running
from tacos.tuning.strategies import Strategy
from tacos.tuning.trials import Outcome, Trial


def tune(subjects: Mapping[str, Strategy], run: Callable[[list[Trial]], Sequence[Outcome]]) -> dict[str, list[Outcome]]:
    """All trials of all subjects, ``{subject: outcomes}`` in the order in which they were asked for.

    Parameters
    ----------
    subjects : dict
        ``{subject: strategy}``.
    run : callable
        Runs trials, in whatever order; returns their outcomes in the order given.
    """
    found: dict[str, list[Outcome]] = {subject: [] for subject in subjects}
    waiting = [Trial(subject, constants) for subject, strategy in subjects.items() for constants in strategy.start()]
    for done in range(1 + max((strategy.rounds for strategy in subjects.values()), default=0)):
        for outcome in run(waiting) if waiting else ():
            found[outcome.trial.subject].append(outcome)
        waiting = [
            Trial(subject, constants)
            for subject, strategy in subjects.items()
            if done < strategy.rounds
            for constants in strategy.further(found[subject])
        ]
    return found


def run_trials(
    trials: Sequence[Trial],
    declare: Callable[[Trial], Job],
    running: Running,
    on_done: OnDone = lambda label, outcome: None,
    report: ProgressReport | None = None,
) -> list[Outcome]:
    """Declare trials and run them side by side; one that cannot be declared is an outcome that says why.

    Raises
    ------
    OtherRun
        If a folder holds something else: then it is another experiment's, and no trial that failed.
    """
    refused: dict[int, RunError] = {}
    jobs: dict[str, Job] = {}
    for k, trial in enumerate(trials):
        try:
            jobs[str(k)] = declare(trial)
        except OtherRun:
            raise
        except RunError as error:
            refused[k] = error
    ended = run_jobs(jobs, running, lambda k, outcome: on_done(jobs[k].declaration["label"], outcome), report)
    return [Outcome.of(trial, refused.get(k) or ended[str(k)]) for k, trial in enumerate(trials)]
