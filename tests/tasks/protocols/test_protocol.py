"""Protocols as streams: every spike is shown once, at its step, and nothing else."""

import json

import numpy as np
import pytest

import tasks
from tasks import TaskError, protocols
from tasks.protocols import Protocol


def shown(protocol):
    """Steps of the spikes of each train, from the rasters, counted from the start."""
    images = protocol.presentations(0, 0, protocol.n_presentations).images
    assert images.shape == (protocol.n_presentations * protocol.steps, protocol.n_inputs)
    return [np.flatnonzero(train) for train in images.T]


@pytest.mark.parametrize("name", protocols.names())
def test_every_spike_is_shown_at_its_step(name):
    small = {
        "pairs": {"n": 3},
        "frequency": {"n": 3},
        "rate": {"n": 3},
        "low-frequency": {"after": 1},
        "reward": {"n": 2},
    }
    small = small.get(name, {})
    protocol = protocols.named(name, **small)
    if name == "tetanus":
        protocol = protocol.with_options(pre=[protocol.pre[0][:100]], post=[protocol.post[0][:100]], lasts=3)
    if name == "low-frequency":
        protocol = protocol.with_options(pre=[protocol.pre[0][:30]], post=[[]], lasts=12)
    found = shown(protocol)
    times = [np.array(own) for own in (*protocol.pre, *protocol.post, *filter(None, [protocol.release]))]
    leads = {int(f[0] - np.floor(t[0] / protocol.dt + 0.5)) for f, t in zip(found, times, strict=True) if len(t)}
    assert len(leads) == 1 and 0 <= min(leads) < protocol.steps
    for steps, own in zip(found, times, strict=True):
        np.testing.assert_array_equal(steps - min(leads), np.floor(own / protocol.dt + 0.5))
    assert tasks.from_dict(json.loads(json.dumps(protocol.to_dict()))) == protocol
    assert tasks.is_stream(protocol)


def test_pieces_are_the_whole_however_they_are_cut():
    protocol = protocols.rate([5, 20], n=30, follows=3)
    whole = protocol.presentations(0, 0, protocol.n_presentations).images
    cut = [protocol.presentations(1, k, k + 1).images for k in range(protocol.n_presentations)]
    np.testing.assert_array_equal(np.concatenate(cut), whole)


def test_spikes_before_time_zero_move_all_spikes():
    protocol = Protocol("last step", [[0.9999, 1.2]], [[1.0]], [0.0])
    assert [s.tolist() for s in shown(protocol)] == [[9999, 12000], [10000]]
    negative = Protocol("early", [[-0.01]], [[0.0]], [0.0])
    assert [s.tolist() for s in shown(negative)] == [[0], [100]]


@pytest.mark.parametrize(("order", "pre", "post"), [("pre-post-pre", 2, 1), ("post-pre-post", 1, 2)])
def test_triplets_and_quadruplets(order, pre, post):
    protocol = protocols.triplets(order, lags=[10], n=2)
    assert (len(protocol.pre[0]), len(protocol.post[0])) == (2 * pre, 2 * post)
    first = np.sort([*protocol.pre[0], *protocol.post[0]])[:3]
    np.testing.assert_allclose(np.diff(first), 0.01, atol=1e-9)
    before, after = (protocols.quadruplets([t], lag=5, n=1) for t in (-20, 20))
    assert before.pre[0][0] < before.post[0][0] and after.post[0][0] < after.pre[0][0]
    for one in (before, after):
        assert sorted([*one.pre[0], *one.post[0]]) == pytest.approx([0.0025, 0.0075, 0.0225, 0.0275])


def test_tetanus_and_low_frequency_have_as_many_pulses_as_they_say():
    counts = {
        (f.__name__, s): len(f(s).pre[0])
        for f in (protocols.tetanus, protocols.low_frequency)
        for s in ("weak", "strong")
    }
    expected = {("tetanus", "weak"): 21, ("tetanus", "strong"): 300}
    assert counts == expected | {("low_frequency", "weak"): 900, ("low_frequency", "strong"): 2700}
    assert len(protocols.theta_bursts(n=2, bursts=3, pulses=4).pre[0]) == 24


def test_correlated_inputs_have_the_correlation_that_is_asked_for():
    protocol = protocols.correlated(0.6, inputs=12, rate=20, lasts=200, seed=3)
    counts = np.zeros((12, round(200 / 1e-3)))
    for own, train in zip(counts, protocol.pre, strict=True):
        own[np.rint(np.array(train) / 1e-3).astype(int)] = 1
    c = np.corrcoef(counts)
    first, second = c[:6, :6][~np.eye(6, dtype=bool)], c[6:, 6:][~np.eye(6, dtype=bool)]
    assert first.mean() == pytest.approx(0.6, abs=0.03) and abs(second.mean()) < 0.01
    assert counts.mean() / 1e-3 == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Protocol("p", [[0.0]], [[0.0], [1.0]], [0.0]), "as many of pre, post, x and potential"),
        (lambda: Protocol("p", [[0.0, 0.00001]], [[]], [0.0]), "at most one a step"),
        (lambda: Protocol("p", [[0.2, 0.1]], [[]], [0.0]), "ascend"),
        (lambda: Protocol("p", [[0.0]], [[]], [0.0], dt="2 s"), "at least two steps"),
        (lambda: protocols.named("pair"), "did you mean 'pairs'"),
        (lambda: protocols.named("pairs", lag=[10]), "option of the protocol 'pairs'"),
        (lambda: protocols.tetanus("huge"), "strength 'huge' is not known"),
        (lambda: protocols.named("rate", n="many"), "n = 'many' must be a whole number of at least 1"),
        (lambda: protocols.named("pairs", n=0), "n = 0 must be a whole number of at least 1"),
        (lambda: protocols.named("pairs", lags=["a", "b"]), "lags = .* must be numbers"),
        (lambda: protocols.named("pairs", lags=[]), "lags = .* must be numbers, at least one"),
        (lambda: protocols.named("frequency", rates=[0, 1]), "rate = 0.0 must be a number above zero"),
        (lambda: protocols.named("correlated", inputs="many"), "'correlated' cannot be made of"),
    ],
)
def test_what_cannot_be_is_said(make, message):
    with pytest.raises(TaskError, match=message):
        make()


def test_one_number_is_one_condition():
    assert protocols.pairs(5, n=2) == protocols.pairs([5], n=2) and protocols.rate(20).n == 1
