"""Choosing synapses of a recording: small arrays, worked by hand."""

import numpy as np
import pytest
import xarray as xr

from tacos.errors import RunError
from tacos.recordings import selecting

# Six synapses from three pixels (of an image of 1 x 3) onto two neurons, three records.
W = [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [9, 9, 9, 9, 9, 9], [0.5, -4, 1, 3, 0, -3]]
M = [[0, 0, 0, 0, 0, 0], [2, 2, 2, 2, 2, 2], [0, 1, 2, 3, 1, 5]]


def recorded(replicas=None):
    """What ``result.trajectories(...)`` gives, of one replica or of several."""
    dims = ("record", "synapse") if replicas is None else ("replica", "record", "synapse")
    values = {name: np.array(v) if replicas is None else np.array([v] * replicas) for name, v in (("w", W), ("m", M))}
    return xr.Dataset(
        {name: (dims, value, {"units": "1"}) for name, value in values.items()},
        coords={
            "synapse": [10, 11, 12, 13, 14, 15],
            "pre": ("synapse", [0, 0, 1, 1, 2, 2]),
            "post": ("synapse", [0, 1] * 3),
            "time": ("record", [1, 2, 3]),
        },
    )


def chosen(data):
    return list(data["synapse"].values)


def test_the_most_changed():
    """By magnitude, from the first record to the last; what happens in between does not count; ties go to the first."""
    assert chosen(selecting.most_changed(recorded(), "w", 1)) == [11]
    assert chosen(selecting.most_changed(recorded(), "w", 2)) == [11, 13]
    assert chosen(selecting.most_changed(recorded(), "w", 3)) == [11, 13, 15]
    assert chosen(selecting.most_changed(recorded(), "m", 2)) == [13, 15]
    assert len(chosen(selecting.most_changed(recorded(), "w", 100))) == 6


def test_above_and_below_at_the_end():
    assert chosen(selecting.where(recorded(), "m", above=1)) == [12, 13, 15]
    assert chosen(selecting.where(recorded(), "m", below=1)) == [10]
    assert chosen(selecting.where(recorded(), "w", above=-3, below=1)) == [10, 14]


def test_between():
    assert chosen(selecting.between(recorded(), slice(0, 2), 1)) == [11, 13]
    assert chosen(selecting.between(recorded(), (0, [0, 2]), slice(None), image=(1, 3))) == [10, 11, 14, 15]


def test_at_random_is_the_same_at_every_call():
    one = chosen(selecting.at_random(recorded(), 3))
    assert one == chosen(selecting.at_random(recorded(), 3)) == sorted(set(one))
    assert len(one) == 3
    assert chosen(selecting.at_random(recorded(), 7)) == [10, 11, 12, 13, 14, 15]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("all", [10, 11, 12, 13, 14, 15]),
        ("changed(2)", [11, 13]),
        ("where(m > 1)", [12, 13, 15]),
        ("where( w<-2.5 )", [11, 15]),
        ("between([0:2], [1])", [11, 13]),
        ("between([0, 0:3:2], [:])", [10, 11, 14, 15]),
        ("15, 10", [10, 15]),
    ],
)
def test_text(rule, expected):
    data = selecting.select(recorded(), rule, image=(1, 3))
    assert chosen(data) == expected
    position = [number - 10 for number in expected]
    np.testing.assert_array_equal(data["w"], np.array(W)[:, position])
    np.testing.assert_array_equal(data["pre"], np.array([0, 0, 1, 1, 2, 2])[position])


def test_one_of_several_replicas_is_taken_as_it_is():
    assert chosen(selecting.select(recorded(1), "changed(2)")) == [11, 13]
    with pytest.raises(RunError, match=r"Choose a replica first, as data.isel\(replica=0\)"):
        selecting.select(recorded(2), "changed(2)")
    assert chosen(selecting.select(recorded(2), "between([0], [:])")) == [10, 11]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("some", "Choosing synapses: choose all, random"),
        ("where(q > 1)", "'q' was not recorded here; there are w, m"),
        ("where(m > 5)", r"None of the 6 recorded synapses is chosen by 'where\(m > 5\)'"),
        ("3", "'3' names synapses that were not recorded: 3."),
        ("15,3", "'15,3' names synapses that were not recorded: 3."),
        ("changed(2, runs/pilot)", r"names another run; of this recording changed\(2\) is enough"),
        ("between([0:4], [0])", "'0:4' is outside of the 3 neurons of the source"),
        ("between([0, 0], [2])", "'2' is outside of the 2 neurons of the target"),
    ],
)
def test_what_is_refused(rule, message):
    with pytest.raises(RunError, match=message) as caught:
        selecting.select(recorded(), rule, image=(1, 3))
    assert str(caught.value).endswith(".")


def test_rows_and_columns_need_an_image():
    with pytest.raises(RunError, match="rows and columns of an image, and the source shows none"):
        selecting.select(recorded(), "between([0, 0], [0])")


def test_neurons_have_no_ends():
    data = xr.Dataset({"V": (("record", "neuron"), [[0.0, 0], [1, 2]])}, coords={"neuron": [3, 4]})
    assert list(selecting.select(data, "changed(1)")["neuron"].values) == [4]
    with pytest.raises(RunError, match="chooses synapses; these are neurons"):
        selecting.select(data, "between([0], [0])")


def test_an_interval_longer_than_the_stream():
    with pytest.raises(RunError, match="'w' has no record: the interval is longer than the stream"):
        selecting.most_changed(recorded().isel(record=slice(0)), "w", 1)
