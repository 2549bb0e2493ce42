"""Spike trains whose units tell the class: 2c and 2c + 1 spike for class c, at times drawn for each presentation."""

import numpy as np

import tasks


def spikes(per_class=20, n_classes=4, spikes_each=12, seed=5):
    """Times [s], units, samples and labels of presentations between 20 and 40 ms long."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(n_classes), per_class)
    lengths = rng.integers(20, 41, len(labels))
    times, units = [], []
    for label, length in zip(labels, lengths, strict=True):
        drawn = [rng.choice(length, spikes_each, replace=False) * 1e-3 for _ in range(2)]
        times.append(np.concatenate(drawn))
        units.append(np.repeat([2 * label, 2 * label + 1], spikes_each))
    samples = np.repeat(np.arange(len(labels)), 2 * spikes_each)
    return np.concatenate(times), np.concatenate(units), samples, labels


def dataset(per_class=20, n_classes=4, **options):
    """A data set of them: the last quarter is held out."""
    times, units, samples, labels = spikes(per_class, n_classes)
    test = np.arange(len(labels)) >= 3 * len(labels) // 4
    return tasks.from_spikes(times, units, labels, samples, test=test, name="trains", n_units=2 * n_classes, **options)
