"""The flagship's network: error neurons compare outputs with a teacher and send errors back by random feedback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from synapses import DeclarationError, Parameter, Reference, State, Synapse, static, tacos
from synapses.language.pathways import THIRD_FACTORS
from synapses.language.values import LARGEST, said, whole
from tacos.networks.network import Network
from tacos.networks.populations import GROUP, boundary, error_neurons, lif, stimulus, teacher
from tacos.networks.projections import OneToOne, Projection
from tasks import StreamLike, is_stream

SynapseChoice = Synapse | Callable[[], Synapse] | Mapping[str, Synapse]


def error_driven(
    stream: StreamLike | Sequence[int],
    hidden: int | Sequence[int] = 200,
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
    hidden : int or sequence of int
        Sizes of the hidden layers.
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

    if is_stream(stream):
        n_inputs, n_outputs = stream.n_inputs, stream.n_classes
        duration = stream.duration if duration is None else duration
        encoding = stream.encoding if encoding is None else encoding
        blank = stream.blank or 0.0
    else:
        try:
            n_inputs, n_outputs = () if isinstance(stream, str | bytes) else cast(Sequence[int], stream)
        except (TypeError, ValueError):
            raise DeclarationError(
                f"A network is built for a stream, such as tasks.named('split-digits'), or for sizes (n_inputs, "
                f"n_outputs), not for {said(stream)}."
            ) from None
        blank = 0.0
    duration = 0.15 if duration is None else duration
    layers = _sizes(hidden)
    names = ["hidden"] if len(layers) == 1 else [f"hidden{k + 1}" for k in range(len(layers))]

    plus, minus = "false positive", "false negative"
    populations = [
        stimulus("input", n_inputs, encoding or Rate()),
        *(lif(name, size) for name, size in zip(names, layers, strict=True)),
        lif("output", n_outputs, tau_syn="25 ms", tau_m="25 ms", resistance=5.0, threshold=2.0),
        teacher("teacher", n_outputs, teacher_rate),
        error_neurons(plus, n_outputs, silence_target),
        error_neurons(minus, n_outputs),
    ]
    forward = [
        Projection(
            source,
            target,
            _chosen(synapse, f"{source}-{target}"),
            role="output" if target == "output" else "",
        )
        for source, target in zip(["input", *names], [*names, "output"], strict=True)
    ]
    signals: dict[str, tuple[str, ...]] = {"error": (plus, minus)}
    if any(m.source == "boundary" for p in forward for m in p.synapse.lowered.modulators):
        populations.append(boundary())
        signals["boundary"] = ("boundary",)
    compare = [
        Projection(source, target, static(sign), "mismatch", OneToOne())
        for source, signs in (("output", (1, -1)), ("teacher", (-1, 1)))
        for target, sign in zip((plus, minus), signs, strict=True)
    ]
    back = [
        Projection(
            source, target, _feedback(sign, random=target != "output"), "U += efficacy",
            OneToOne() if target == "output" else _all(), random_name=f"feedback to {target}", order=THIRD_FACTORS,
        )
        for target in (*names, "output")
        for source, sign in ((plus, 1), (minus, -1))
        if _has_error_signal(forward, target)
    ]  # fmt: skip
    return Network(tuple(populations), (*forward, *compare, *back), duration, dt, blank, signals=signals)


def _sizes(hidden: Any) -> list[int]:
    right = "error_driven needs at least one hidden layer of so many neurons, hidden=200 or hidden=[200, 100]"
    several = (
        isinstance(hidden, Iterable) and not isinstance(hidden, str | bytes) and getattr(hidden, "shape", True) != ()
    )
    given = list(hidden) if several else [hidden]
    if not given:
        raise DeclarationError(f"{right}, not {said(hidden)}.")
    return [whole(size, right, 0, LARGEST) for size in given]


def _all() -> Any:
    from tacos.networks.projections import AllToAll

    return AllToAll()


def _chosen(synapse: SynapseChoice | None, projection: str) -> Synapse:
    if synapse is None:
        return tacos()
    if isinstance(synapse, Mapping):
        if projection not in synapse:
            raise DeclarationError(f"No synapse is given for projection '{projection}', only for {', '.join(synapse)}.")
        return synapse[projection]
    if not isinstance(synapse, Synapse) and not callable(synapse):
        raise DeclarationError(f"A synapse is one such as synapses.tacos(), or a dictionary of them, not {synapse!r}.")
    return synapse if isinstance(synapse, Synapse) else synapse()


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
