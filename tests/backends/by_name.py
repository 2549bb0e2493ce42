"""Simulators by the name of a backend."""

import torch

from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.backends.torch.simulator import TorchSimulator

GPU = torch.cuda.is_available()


class MaskedSimulator(TorchSimulator):
    """Events as factors on every synapse, as on a GPU and for gradients."""

    masked = True


class KernelSimulator(TorchSimulator):
    """Rows of neurons that fired by Triton's kernels, and the rest of a step not compiled."""

    def __init__(self, network, dtype, capacity):
        super().__init__(network, dtype, "cuda" if GPU else "cpu", capacity, fused=True, kernels=True)
        self._one_step = self._module.step


def simulator(backend, network, dtype="float64", capacity=1):
    """``torch``, ``masked``, ``kernels``, ``standalone``, or Brian2 in this process with ``numpy`` or ``cython``."""
    if backend == "kernels":
        return KernelSimulator(network, dtype, capacity)
    if backend in ("torch", "masked"):
        return (TorchSimulator if backend == "torch" else MaskedSimulator)(network, dtype, capacity=capacity)
    if backend == "standalone":
        return StandaloneSimulator(network, dtype, capacity=capacity)
    return RuntimeSimulator(network, dtype, target="numpy" if backend == "runtime" else backend, capacity=capacity)
