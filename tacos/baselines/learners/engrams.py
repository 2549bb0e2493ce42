"""Stochastic engrams: metaplastic binarized weights, and gates that let a few hidden units take part.

After Aguilar, Herbozo Contreras, Kavehei 2025, arXiv:2503.21436, of which the abstract was read, and a third party's
summary. The equation of their gate could not be read: **the gate is ours**
(:mod:`tacos.baselines.learners.gated_layers`); the rule of the weights is that of Laborieux et al. 2021.
"""

from __future__ import annotations

from dataclasses import dataclass

from tacos.baselines.learners.metaplastic import Metaplastic


@dataclass
class Engrams(Metaplastic):
    """Metaplastic steps on a gated binarized network."""

    title = "engrams"
    network = "engrams"
    source = "ours, after Aguilar et al. 2025, arXiv:2503.21436; weights as in Laborieux et al. 2021"
    defaults_from = "m as in the code of Laborieux et al. 2021; gates ours"
