"""What counts as an answer."""

import numpy as np

from tacos.measures.answers import judge

OUTPUTS = np.array([3, 5, 8])
ANSWERS = np.array([[0, 2, 1], [4, 4, 0], [0, 0, 0], [1, 0, 1]])


def test_the_largest_answers_and_the_lowest_of_level_ones():
    assert judge(OUTPUTS, ANSWERS, np.array([5, 3, 3, 8])) == (2, 1, 2)  # no spike is no answer, and no tie


def test_numbers_always_answer():
    assert judge(OUTPUTS, ANSWERS - 7.0, np.array([5, 3, 3, 8]), spikes=False) == (3, 0, 3)
