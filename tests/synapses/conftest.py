"""What the tests of synapses share: NumPy code generation, and neurons that fire at given steps."""

import numpy as np
import pytest
from brian2 import NeuronGroup, TimedArray, defaultclock, ms, prefs, start_scope


@pytest.fixture(autouse=True)
def brian():
    before = prefs.codegen.target
    prefs.codegen.target = "numpy"
    start_scope()
    defaultclock.dt = 1 * ms
    yield
    prefs.codegen.target = before


@pytest.fixture
def neurons():
    """``neurons(model, "pre", [[3, 7], [5]])``: one neuron fires in steps 3 and 7, the other in step 5."""

    def build(model, side, steps, extra=""):
        needs = getattr(model.lowered, side)
        equations = getattr(model, f"{side}_equations")()
        raster = np.zeros((max((s for own in steps for s in own), default=0) + 2, len(steps)))
        for neuron, own in enumerate(steps):
            raster[own, neuron] = 1
        raster[-1] = 0
        return NeuronGroup(
            len(steps),
            f"{equations}\n{extra}",
            threshold="raster(t, i) > 0.5",
            reset="\n".join(need.on_spike for need in needs if need.on_spike),
            namespace={"raster": TimedArray(raster, dt=defaultclock.dt)},
            method="euler",
        )

    return build
