"""Protocols: what an experimenter does to a synapse.

>>> window = tasks.protocols.named("pairs", lags=[-20, -10, 10, 20], n=30)
"""

from tasks.protocols.groups import correlated, rate_patterns
from tasks.protocols.library import named, names
from tasks.protocols.protocol import Protocol
from tasks.protocols.stimulation import low_frequency, pairing, rate, tetanus, theta_bursts
from tasks.protocols.timing import frequency, pairs, quadruplets, reward, train, triplets

__all__ = [
    "Protocol",
    "correlated",
    "frequency",
    "low_frequency",
    "named",
    "names",
    "pairing",
    "pairs",
    "quadruplets",
    "rate",
    "rate_patterns",
    "reward",
    "tetanus",
    "theta_bursts",
    "train",
    "triplets",
]
