"""The same random numbers in NumPy, in Brian2's NumPy code and in C++."""

import numpy as np
import pytest

from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.networks import random_numbers
from tacos.networks.lowering import site
from tests.backends import assembly
from tests.backends.test_invariance import LONG, PLASTIC


@pytest.mark.parametrize("mode", [pytest.param("standalone", marks=pytest.mark.compiled), "numpy"])
@pytest.mark.parametrize("seed, first", [(11, 0), (2**31 - 1, 500)])
def test_synapses_draw_our_numbers(mode, seed, first):
    """``rand()`` and ``randn()`` at the end of a presentation, for every synapse."""
    if mode == "standalone":
        simulator, steps = StandaloneSimulator(assembly.network(0.1), "float64", capacity=LONG), 100
    else:
        simulator, steps = RuntimeSimulator(assembly.network(0.03), "float64", capacity=21, target="numpy"), 30
    state = assembly.run(simulator, first + 2, 2, seed=seed, first=first, shown=assembly.images(first + 2))
    index = np.arange(assembly.N_IN * assembly.N_EXC)
    where = (seed, random_numbers.TRAINING, first + 1, steps - 1, index)
    uniform = random_numbers.uniform(*where, site(f"{PLASTIC}/end/rand/0"))
    normal = random_numbers.normal(*where, site(f"{PLASTIC}/end/randn/0"))
    np.testing.assert_array_equal(state[f"{PLASTIC}.draw"], uniform)
    np.testing.assert_allclose(state[f"{PLASTIC}.noise"], normal, rtol=1e-12)
