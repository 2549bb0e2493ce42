"""A network on both backends, on the same input and from the same state."""

import numpy as np

from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tests.backends.by_name import simulator


def agree(network, shown, n=1, tolerance=1e-9, seed=1, **start):
    """Run Brian2 (NumPy) and PyTorch in float64; all states and spike counts must be equal.

    ``shown`` is what the channel ``image`` is shown; ``start`` are initial values by ``"owner__state"``.

    Returns
    -------
    before, after : dict
        States.
    """
    spiking = [p.name for p in network.lowered.populations if p.spikes]
    before = initial_state(network.lowered, seed)
    for key, value in start.items():
        name = key.replace("__", ".").replace("_to_", "-")
        before[name] = np.broadcast_to(np.asarray(value, before[name].dtype), before[name].shape).copy()
    stretch = Stretch({"image": np.asarray(shown, float)}, 0, seed, 0, True, n, counts=spiking)
    expected, found = (simulator(name, network, capacity=n).run(before, stretch) for name in ("runtime", "torch"))
    for name in spiking:
        np.testing.assert_array_equal(found.counts[name], expected.counts[name], err_msg=f"spikes of {name}")
    assert found.state.keys() == expected.state.keys()
    for key, values in expected.state.items():
        np.testing.assert_allclose(found.state[key], values, rtol=tolerance, atol=tolerance, err_msg=key)
    return before, expected.state
