"""Pictures of cells that are recruited."""

import numpy as np
import pytest

from tacos import plots


def test_recruitment_counts_what_comes_and_goes():
    mature = np.zeros((4, 5), bool)
    mature[1, :2] = True
    mature[2] = [True, False, True, True, False]
    mature[3] = mature[2]
    figure = plots.recruitment([0, 10, 20, 30], mature, [15, 30], ["0/1", "2/3"], scenario="split-digits")
    counts, film = figure.axes
    lines = {
        line.get_label(): line.get_ydata().tolist() for line in counts.lines if not line.get_label().startswith("_")
    }
    assert lines == {"in use": [0, 2, 3, 3], "recruited so far": [0, 2, 4, 4], "released so far": [0, 0, 1, 1]}
    assert counts.get_ylabel() == "cells" and film.get_xlabel() == "presentations seen (stimuli)"
    assert {text.get_text() for text in counts.texts} == {"0/1", "2/3"}


def test_prototypes_share_their_colours():
    images = np.random.default_rng(0).normal(size=(9, 4, 4))
    figure = plots.prototypes(images, [f"cell {k}" for k in range(9)])
    panels = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in panels[:9]] == [f"cell {k}" for k in range(9)]
    limits = {axes.images[0].get_clim() for axes in panels[:9]}
    assert limits == {(-np.abs(images).max(), np.abs(images).max())}


def test_prototypes_with_their_output_weights():
    outputs = np.random.default_rng(1).normal(size=(6, 3))
    figure = plots.prototypes(np.ones((6, 4, 4)), ["cell"] * 6, outputs=outputs)
    bars = [axes for axes in figure.axes if len(axes.patches) == 3]
    np.testing.assert_allclose([[bar.get_width() for bar in axes.patches] for axes in bars], outputs)
    assert len({axes.get_xlim() for axes in bars}) == 1


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.prototypes(np.zeros((2, 4)), ["a", "b"]), "images .cell, height, width. and a title each"),
        (lambda: plots.prototypes(np.zeros((2, 4, 4)), ["a"]), "and a title each"),
        (lambda: plots.prototypes(np.ones((1, 4, 4)), ["a"], outputs=[1, 2]), r"outputs is an array .cell, output."),
        (lambda: plots.recruitment([1], np.zeros((1, 3)), [], []), "two records or more"),
    ],
)
def test_what_cannot_be_drawn(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
