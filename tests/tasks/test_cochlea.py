"""Tones and silence as spikes of the cochlea."""

import numpy as np
import pytest

from tasks import cochlea

RATE = 8000.0


def tone(frequency, seconds=0.5, loudness=1000.0):
    return loudness * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def counts(sound):
    _, units = cochlea.spikes(sound, RATE)
    return np.bincount(units, minlength=cochlea.CHANNELS)


def test_centre_frequencies_are_as_many_bandwidths_apart():
    found = cochlea.frequencies()
    assert (len(found), found[0], found[-1]) == (64, pytest.approx(100), pytest.approx(3600))
    middle = (found[1:] + found[:-1]) / 2
    apart = np.diff(found) / (24.7 + 0.10794 * middle)
    np.testing.assert_allclose(apart, apart[0], rtol=1e-3)


@pytest.mark.parametrize("channel", [5, 30, 60])
def test_a_tone_is_heard_by_the_channel_of_its_frequency(channel):
    found = counts(tone(cochlea.frequencies()[channel]))
    assert found.argmax() == channel
    assert found[channel] == pytest.approx(cochlea.RATE * 0.5, rel=0.1)  # the loudest channel spikes at the full rate
    assert found[(channel + 32) % 64] < found[channel] / 4


def test_each_ten_decibels_cost_a_third_of_the_rate():
    low, high = cochlea.frequencies()[10], cochlea.frequencies()[50]
    both = tone(low) + tone(high, loudness=1000 / np.sqrt(10))
    found = counts(both)
    louder, softer = counts(tone(low)), counts(tone(high))
    ratio = found[50] / found[10]
    assert ratio == pytest.approx(2 / 3 * softer[50] / louder[10], abs=0.05)


def test_loudness_makes_no_difference_and_silence_no_spike():
    one, other = cochlea.spikes(tone(400), RATE), cochlea.spikes(tone(400, loudness=8.0), RATE)
    for a, b in zip(one, other, strict=True):
        assert abs(len(a) - len(b)) <= 1  # a sum just below a whole number may round to it
    assert len(cochlea.spikes(np.zeros(4000), RATE)[0]) == 0
    times, units = one
    assert (np.diff(times) >= 0).all() and times.max() < 0.5 and units.min() >= 0


def test_what_is_heard_later_changes_nothing_before():
    """Filters are causal: a sound that goes on has the same spikes up to its end, where its loudest part is the same."""
    sound = tone(700)
    longer = np.concatenate([sound, np.zeros(2000)])
    times, units = cochlea.spikes(sound, RATE)
    later, others = cochlea.spikes(longer, RATE)
    np.testing.assert_array_equal(times, later[: len(times)])
    np.testing.assert_array_equal(units, others[: len(units)])
