r"""A recurrent spiking network with self-recurrent cells, skip connections and intrinsic values of each cell.

After Zhang, Li 2020, "Skip-connected self-recurrent spiking neural networks with joint intrinsic parameter and synaptic
weight training", arXiv:2010.12691, of which only the abstract was read: the equations are our form of it. Cells are
those of Norse, each with a time constant and a threshold of its own,

.. math:: V \leftarrow V + \frac{s}{\tau_m} (I - V), \quad I \leftarrow I - \frac{I}{\tau_s}, \quad
    z = [V > \theta], \quad V \leftarrow (1 - z) V, \quad I \leftarrow I + W z

with times in steps and the speed :math:`s` (the time constant is :math:`\tau_m / s`). Two hidden layers; each cell
excites or inhibits itself one step later; skip connections lead from the inputs to the second layer and from the first
to the outputs. The answer is the output that spikes most.

The whole network is one population with a matrix of blocks here, which is fast; :func:`declared` is the same network as
populations and projections, for all backends, and :func:`trainable` the same with gradients. Spikes are the same.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from norse.torch.functional.threshold import threshold
from torch import Tensor, nn

from synapses import Parameter, static
from tacos.backends.torch.differentiable import Trainable
from tacos.networks.network import Network
from tacos.networks.populations import Population, stimulus
from tacos.networks.projections import AllToAll, OneToOne, Projection
from tasks import Encoding, Latency, Raster

LAYERS = ("first", "second", "output")
SKIPS = (("input", "second"), ("first", "output"))
SELF = ("first", "second")
#: States of each cell that may be trained: its speed relative to the others, and its threshold.
INTRINSIC = ("speed", "level")
#: Pixels up to the first are silent; others spike once, the brighter the earlier, within this part of a presentation.
DARK, LATEST = 0.2, 0.8
_OURS = "ours"


class ScSrNetwork(nn.Module):
    """The network on spike trains or images.

    Parameters
    ----------
    n_inputs, n_outputs : int
    binned : bool
        Whether an image is ``[bin, input]``; an input spikes in a bin where it is above zero. Else pixels spike once,
        see :class:`tasks.Latency`.
    hidden : int
        Cells of each of the two hidden layers.
    steps : int
    tau_mem, tau_syn : float
        Time constants of voltage and current, in steps.
    gain : float
        Initial weights are normal with this standard deviation over the root of the number of senders.
    duration : float
        Of a presentation, in seconds; for the firing rate alone.
    """

    #: Where no output spikes there is no answer.
    answers_in_spikes = True

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        binned: bool,
        hidden: int = 100,
        steps: int = 50,
        tau_mem: float = 5.0,
        tau_syn: float = 2.0,
        gain: float = 5.0,
        duration: float = 1.0,
    ) -> None:
        super().__init__()
        self.n_inputs, self.binned, self.steps = n_inputs, binned, steps
        self.tau_mem, self.tau_syn, self.duration = tau_mem, tau_syn, duration
        sizes = {"input": n_inputs, "first": hidden, "second": hidden, "output": n_outputs}
        self.sizes = [sizes[name] for name in LAYERS]
        self.weights = nn.ParameterDict({
            f"{a}-{b}": nn.Parameter(torch.randn(sizes[a], sizes[b]) * gain / math.sqrt(sizes[a]))
            for a, b in (("input", "first"), ("first", "second"), ("second", "output"), *SKIPS)
        })  # fmt: skip
        for name in SELF:
            self.weights[f"{name}-{name}"] = nn.Parameter(torch.zeros(hidden))
        self.speed, self.level = (nn.Parameter(torch.ones(sum(self.sizes))) for _ in INTRINSIC)
        self.rate = math.nan
        """Mean firing rate of the hidden cells at the last call, in Hz."""

    def forward(self, images: Tensor) -> Tensor:
        """Spike counts of the outputs [n, outputs]."""
        return self.respond(self.raster(images)).sum(1)

    def raster(self, images: Tensor) -> Tensor:
        """Spikes of the inputs [n, steps, inputs]."""
        if self.binned:
            return (images.unflatten(1, (self.steps, self.n_inputs)) > 0).to(images.dtype)
        at = ((1 - images) * self.latest + 0.5).to(torch.int64)
        step = torch.arange(self.steps, device=images.device).view(1, -1, 1)
        return ((images > DARK).unsqueeze(1) & (at.unsqueeze(1) == step)).to(images.dtype)

    @property
    def latest(self) -> int:
        """The step at which a black pixel would spike."""
        return round(LATEST * self.steps)

    def respond(self, raster: Tensor, hidden: bool = False) -> Tensor:
        """Spikes of the outputs [n, steps, outputs], or of all cells, for spikes of the inputs [n, steps, inputs]."""
        first, second, output = self.sizes
        w = self.weights
        blank = raster.new_zeros
        given = torch.cat([w["input-first"], w["input-second"], blank(self.n_inputs, output)], 1)
        within = torch.cat([
            torch.cat([torch.diag(w["first-first"]), w["first-second"], w["first-output"]], 1),
            torch.cat([blank(second, first), torch.diag(w["second-second"]), w["second-output"]], 1),
            blank(output, first + second + output),
        ])  # fmt: skip
        currents = raster @ given
        rate, kept = self.speed / self.tau_mem, 1 - 1 / self.tau_syn
        V = I = blank(len(raster), first + second + output)
        spikes = []
        for step in range(self.steps):
            V, I = V + rate * (I - V), kept * I
            z = threshold(V - self.level, "super", 100.0)
            V, I = (1 - z.detach()) * V, I + currents[:, step] + z @ within
            spikes.append(z)
        found = torch.stack(spikes, 1)
        count = float(found[:, :, : first + second].detach().sum())
        self.rate = count / (len(raster) * (first + second) * self.duration)
        return found if hidden else found[:, :, first + second :]


def declared(model: ScSrNetwork, dt: float, encoding: Encoding | None = None) -> Network:
    """The network as populations and projections, its cells and weights at their initial values.

    Parameters
    ----------
    model : ScSrNetwork
    dt : float
        Of a step, in seconds. Of a stream with presentations of ``model.steps`` of them.
    encoding : Encoding, optional
        Of the stimuli; a raster for spike trains, else the latency that the model sees.
    """
    if encoding is None:
        encoding = Raster() if model.binned else Latency(model.latest * dt, DARK)
    cells = [_cells(name, size, model, dt) for name, size in zip(LAYERS, model.sizes, strict=True)]
    joined = [tuple(name.split("-")) for name in model.weights]
    projections = tuple(
        Projection(a, b, static("0"), "current", OneToOne() if a == b else AllToAll()) for a, b in joined
    )
    populations = (stimulus("input", model.n_inputs, encoding), *cells)
    return Network(populations, projections, model.steps * dt, dt)


def trainable(model: ScSrNetwork, dt: float, **options: Any) -> Trainable:
    """The declared network with the model's values, as a function of them; its ``state()`` is for all backends."""
    network = declared(model, dt)
    found = Trainable(network, neurons=dict.fromkeys(LAYERS, INTRINSIC), **options)
    with torch.no_grad():
        for name, weight in found.weights.items():
            weight.copy_(model.weights[name].reshape(weight.shape))
        for state in INTRINSIC:
            for name, values in zip(LAYERS, getattr(model, state).split(model.sizes), strict=True):
                found.intrinsic[f"{name}:{state}"].copy_(values)
    return found


def _cells(name: str, size: int, model: ScSrNetwork, dt: float) -> Population:
    return Population(
        name,
        size,
        equations="dV/dt = speed*(I - V)/tau_mem : 1\ndI/dt = -I/tau_syn : 1\nspeed : 1\nlevel : 1",
        threshold="V > level",
        reset="V = 0",
        parameters=(
            Parameter("tau_mem", model.tau_mem * dt, "membrane time constant at a speed of one", _OURS, unit="second"),
            Parameter("tau_syn", model.tau_syn * dt, "time constant of the current", _OURS, unit="second"),
        ),
        initial={"speed": 1.0, "level": 1.0},
        receptors={"current": "I += efficacy"},
        persistent=INTRINSIC,
    )
