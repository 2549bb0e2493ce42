"""The flagship's network: error neurons compare outputs with a teacher and send errors back by random feedback."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from synapses import DeclarationError, Parameter, Reference, State, Synapse, tacos
from synapses.language.pathways import THIRD_FACTORS
from synapses.language.values import LARGEST, said, whole
from tacos.networks.network import Network
from tacos.networks.populations import GROUP, Population, boundary, error_neurons, lif, stimulus, teacher
from tacos.networks.projections import OneToOne, Projection
from tacos.networks.supervision import MINUS, PLUS, SynapseChoice, comparing, shape_of, synapse_for
from tasks import StreamLike


def error_driven(
    stream: StreamLike | Sequence[int],
    hidden: int | Population | Sequence[int | Population] = 200,
    synapse: SynapseChoice | None = None,
    *,
    silence_target: bool = True,
    teacher_rate: Any = "100 Hz",
    dt: Any = "1 ms",
    duration: Any = None,
    encoding: Any = None,
) -> Network:
    """Inputs, hidden layers and outputs of LIF neurons, trained by event-driven random back-propagation.

    For each class there are a false-positive and a false-negative error neuron, driven by output and teacher spikes
    with opposite signs. Their spikes reach the error signal U of every plastic neuron: that of output k directly, those
    of hidden neurons through fixed random weights, the same for both kinds with opposite signs. Synapses that listen to
    the signal ``"boundary"`` get a neuron that fires in the last presentation of a task; no other is told.

    Parameters
    ----------
    stream : Stream or sequence of int
        A stream of :mod:`tasks`, or the sizes ``(n_inputs, n_outputs)``.
    hidden : int or Population, or a sequence of them
        The hidden layers: sizes of layers of LIF neurons, or neurons of your own, whose receptor ``"current"`` takes
        a weight without a unit.
    synapse : Synapse or dict, optional
        Of the feed-forward projections (``"input-hidden"``, ``"hidden-output"``); a dictionary gives each its own.
        Projections onto the outputs take the constants of the role ``"output"``. The flagship if not given.
    silence_target : bool
        Whether the false-positive neuron of the class that is shown stays silent.
    teacher_rate, dt : Quantity or str
    duration, encoding : optional
        Those of the stream if not given; 150 ms and a rate of 250 Hz for given sizes.

    Returns
    -------
    Network
    """
    from tasks import Rate

    shape = shape_of(stream, duration)
    encoding = shape.encoding if encoding is None else encoding
    layers = _layers(hidden)
    names = [layer.name for layer in layers]

    n_outputs = shape.n_outputs
    populations = [
        stimulus("input", shape.n_inputs, encoding or Rate()),
        *layers,
        lif("output", n_outputs, tau_syn="25 ms", tau_m="25 ms", resistance=5.0, threshold=2.0),
        teacher("teacher", n_outputs, teacher_rate),
        error_neurons(PLUS, n_outputs, silence_target),
        error_neurons(MINUS, n_outputs),
    ]
    forward = [
        Projection(
            source,
            target,
            synapse_for(f"{source}-{target}", tacos if synapse is None else synapse),
            role="output" if target == "output" else "",
        )
        for source, target in zip(["input", *names], [*names, "output"], strict=True)
    ]
    signals: dict[str, tuple[str, ...]] = {"error": (PLUS, MINUS)}
    if any(m.source == "boundary" for p in forward for m in p.synapse.lowered.modulators):
        populations.append(boundary())
        signals["boundary"] = ("boundary",)
    back = [
        Projection(
            source, target, _feedback(sign, random=target != "output"), "U += efficacy",
            OneToOne() if target == "output" else _all(), random_name=f"feedback to {target}", order=THIRD_FACTORS,
        )
        for target in (*names, "output")
        for source, sign in ((PLUS, 1), (MINUS, -1))
        if _has_error_signal(forward, target)
    ]  # fmt: skip
    return Network(
        tuple(populations), (*forward, *comparing(), *back), shape.duration, dt, shape.blank, signals=signals
    )


def _layers(hidden: Any) -> list[Population]:
    right = "error_driven needs at least one hidden layer of so many neurons, hidden=200 or hidden=[200, 100]"
    several = (
        isinstance(hidden, Iterable) and not isinstance(hidden, str | bytes) and getattr(hidden, "shape", True) != ()
    )
    given = list(hidden) if several else [hidden]
    if not given:
        raise DeclarationError(f"{right}, not {said(hidden)}.")
    names = ["hidden"] if len(given) == 1 else [f"hidden{k + 1}" for k in range(len(given))]
    return [
        layer if isinstance(layer, Population) else lif(name, whole(layer, right, 0, LARGEST))
        for name, layer in zip(names, given, strict=True)
    ]


def _all() -> Any:
    from tacos.networks.projections import AllToAll

    return AllToAll()


def _has_error_signal(forward: Sequence[Projection], target: str) -> bool:
    return any(need.name == "U" for p in forward if p.target == target for need in p.synapse.lowered.post)


def _feedback(sign: int, random: bool) -> Synapse:
    """Fixed weights from error neurons to U: a spike adds ``(R_U/tau_U) g``."""
    return Synapse(
        "feedback",
        states=(State("g", "g_max*(2*rand() - 1)" if random else 1.0, "feedback weight"),),
        parameters=(
            Parameter("g_max", 0.15, "feedback weights are uniform between -g_max and g_max", GROUP),
            Parameter("R_U", 5.0, "gain of the error signal", GROUP),
            Parameter("tau_feedback", "15 ms", "time constant of the error signal", GROUP),
            Parameter("unit_time", "1 ms", "unit of time in which a weight is a charge", GROUP),
            Parameter("polarity", float(sign), "sign of the error neurons"),
        ),
        efficacy="polarity*g*R_U*unit_time/tau_feedback",
        references=(Reference("Neftci et al. 2017, Frontiers in Neuroscience 11:324", what="random feedback"),),
    )
