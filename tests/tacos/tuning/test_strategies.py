"""Which constants are tried next, which are chosen, and what happens to trials that fail."""

import numpy as np

from tacos.ablation.grid import edge
from tacos.tuning import Closing, Edges, Outcome, Trial, best, nothing_chosen, tune
from tacos.tuning.strategies import edges

CLOSING = Closing("eta", (1 / 4, 1), 1)


def outcome(constants, accuracy, **more):
    matrix = None if accuracy is None else np.full((1, 2, 2), accuracy)
    return Outcome(Trial("c", constants), matrix, **more)


def rate(eta, accuracy, **more):
    return outcome({"eta": eta}, accuracy, **more)


def factors(outcomes):
    return [constants["eta"] for constants in CLOSING.further(outcomes)]


def test_rounds_close_in_on_the_best_wherever_it_is():
    coarse = [rate(1 / 16, 0.5), rate(1 / 4, 0.8), rate(1, 0.7)]
    assert factors(coarse) == [1 / 8, 1 / 2]
    assert factors(coarse[1:]) == [1 / 16, 1 / 2], "beyond the lowest"
    assert factors(coarse[:2]) == [1 / 8, 1], "beyond the highest"
    assert factors([*coarse[:2], rate(1, None)]) == [1 / 8, 1 / 2], "a failed trial was tried"
    assert factors([rate(1, 0.5)]) == [1 / 4, 4]
    assert factors([rate(1, None)]) == []


def test_best_and_edge():
    outcomes = [rate(1, 0.8), rate(0.25, 0.5), rate(0.5, 0.8), rate(2, None)]
    assert CLOSING.best(outcomes).trial.constants == {"eta": 0.5}, "the lower one on a tie"
    assert best(outcomes) is outcomes[0], "the first one, where nothing else is asked for"
    assert edge(CLOSING, outcomes) == ""
    highest = [rate(0.5, 0.1), rate(1, 0.8), outcomes[3]]
    assert "'c': the best eta is the highest of the grid (factor 1)" in edge(CLOSING, highest)
    assert "lowest of the grid (factor 0.25)" in edge(CLOSING, [rate(0.25, 0.9), rate(1, 0.8)])
    assert CLOSING.best([outcomes[3]]) is None and edge(CLOSING, [outcomes[3]]) == ""


def test_nothing_is_chosen_without_a_trial_that_did_not_finish():
    unfinished = rate(1, None, reason="the disk is full", unfinished=True)
    assert best([rate(0.5, 0.9), unfinished]) is None and factors([rate(0.5, 0.9), unfinished]) == []
    assert "did not finish" in nothing_chosen([unfinished]) and "the disk is full" in nothing_chosen([unfinished])
    assert nothing_chosen([rate(1, None, reason="diverged")]) == "all trials failed; the last: diverged"


def test_beyond_the_grid_where_its_best_lies_at_an_edge():
    def constants(optimizer="adam", rate=1e-3, strength=10.0):
        return {"optimizer": optimizer, "learning_rate": rate, "strength": strength}

    def trial(accuracy, *given, **more):
        return outcome(constants(*given, **more), accuracy)

    beyond = Edges((), 6).further
    assert beyond([]) == [] == beyond([trial(None)])
    corner = [trial(0.5), trial(0.6, rate=1e-4), trial(0.7, rate=1e-4, strength=1000.0), trial(0.4, "sgd", 1e-2)]
    assert edges(corner[2].trial.constants, [o.trial.constants for o in corner]) == {
        "learning_rate": (1e-4, [1e-4, 1e-3]),
        "strength": (1000.0, [10.0, 1000.0]),
    }
    assert beyond(corner) == [constants(rate=3.33e-5, strength=1e3), constants(rate=1e-4, strength=1e5)]
    inside = [*corner, trial(0.6, rate=3e-5), trial(None, rate=1e-4, strength=1e5)]
    assert beyond(inside) == []  # a trial that failed closes its side
    alone = beyond([trial(0.5, "sgd", 1e-2)])
    assert [(c["learning_rate"], c["strength"]) for c in alone] == [
        (3.33e-3, 10.0),
        (3e-2, 10.0),
        (1e-2, 3.33),
        (1e-2, 30.0),
    ]


def test_subjects_are_tried_side_by_side_each_as_often_as_its_strategy_says():
    asked = []

    def run(trials):
        asked.append([(t.subject, t.constants["eta"]) for t in trials])
        return [Outcome(t, np.full((1, 1, 1), 1 - abs(t.constants["eta"] - 0.5))) for t in trials]

    found = tune({"a": Closing("eta", (0.25, 1.0), 1), "b": Closing("eta", (0.5,), 2)}, run)
    assert asked == [
        [("a", 0.25), ("a", 1.0), ("b", 0.5)],
        [("a", 0.0625), ("a", 0.5), ("b", 0.125), ("b", 2.0)],
        [("b", 0.25), ("b", 1.0)],
    ]
    assert [len(found[name]) for name in "ab"] == [4, 5]
    assert best(found["a"]).trial.constants == {"eta": 0.5} == best(found["b"]).trial.constants
