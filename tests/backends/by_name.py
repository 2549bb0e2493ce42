"""Simulators by the name of a backend."""

from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.backends.torch.simulator import TorchSimulator


class MaskedSimulator(TorchSimulator):
    """Events as factors on every synapse, as on a GPU and for gradients."""

    masked = True


def simulator(backend, network, dtype="float64", capacity=1):
    """``torch``, ``masked``, ``standalone``, or Brian2 in this process with ``numpy`` or ``cython``."""
    if backend in ("torch", "masked"):
        return (TorchSimulator if backend == "torch" else MaskedSimulator)(network, dtype, capacity=capacity)
    if backend == "standalone":
        return StandaloneSimulator(network, dtype, capacity=capacity)
    return RuntimeSimulator(network, dtype, target="numpy" if backend == "runtime" else backend, capacity=capacity)
