"""Compiles every kernel that a presentation of the flagship launches, and what kernels can, for a GPU that need not be there.

Prints the bytes of each as JSON. A program of its own: where Triton interprets kernels it cannot compile them.
"""

import json

import numpy as np
import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

import tacos
from tacos.backends import Stretch
from tacos.backends.torch import simulator
from tacos.networks.initial import initial_state
from tests.backends.test_kernels import everything

POINTERS = {
    torch.float32: "*fp32", torch.float64: "*fp64", torch.int32: "*i32", torch.int64: "*i64", torch.bool: "*i1",
}  # fmt: skip


class Compiling:
    """In place of a kernel: compiles it for what it is given, once, and computes nothing."""

    def __init__(self, kernel, sizes):
        self.kernel, self.sizes = kernel, sizes

    def __getitem__(self, grid):
        return self.compile

    def compile(self, *arguments, num_warps=4, **constants):
        if self.kernel.__name__ in self.sizes:
            return
        names = self.kernel.arg_names
        signature = {
            name: POINTERS[x.dtype] if isinstance(x, torch.Tensor) else "i32"
            for name, x in zip(names, arguments, strict=False)
        }
        signature |= dict.fromkeys(constants, "constexpr")
        fixed = {(names.index(name),): value for name, value in constants.items()}
        source = ASTSource(fn=self.kernel, signature=signature, constexprs=fixed)
        done = triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"num_warps": num_warps})
        self.sizes[self.kernel.__name__] = len(done.asm["cubin"])


def compiled(network, dtype):
    """Bytes of each kernel by its name."""
    simulator.check_kernels = lambda device, fused: None  # nothing is launched
    made = simulator.TorchSimulator(network, dtype, fused=True, kernels=True)
    made._one_step, module, sizes = made._module.step, made._module, {}
    for name in [name for name in vars(module) if name.endswith("_kernel") or name == "kernel_listed"]:
        kernel = getattr(module, name)  # of the same module for both precisions
        setattr(module, name, Compiling(kernel.kernel if isinstance(kernel, Compiling) else kernel, sizes))
    shown = {"image": np.ones((1, 6)), "target": np.eye(2)[:1]}
    made.run(initial_state(network.lowered, 1), Stretch(shown, 0, 1, 0, True, 1))
    return sizes


def main():
    found = compiled(tacos.error_driven((6, 2), 5, duration=0.003), "float32")
    for dtype in ("float32", "float64"):
        found |= {f"{name}, {dtype}": size for name, size in compiled(everything(), dtype).items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
