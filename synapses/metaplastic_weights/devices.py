"""Weights on resistive devices: levels programmed with noise, and hidden weights that live on a pair of devices.

After two papers on hafnium oxide memories, of which the abstracts were read; **both forms are ours**. D'Agostino et al.
2023, arXiv:2306.12142: the weight that is used is programmed on a device, while a digital memory keeps the hidden one:
:func:`programmed`. Majumdar et al. 2021, arXiv:2107.06064: weak RESET pulses raise the resistance of a device little by
little, with noise and with devices that differ, the most harmful of their imperfections: :func:`weak_reset`.

What this means for a continuous weight. Programmed, every update is a write, though an exact copy decides what is
written, so that noise does not add up. On weak RESET the devices are the only memory: every update leaves its noise,
devices that respond more learn faster, and a pair that is used up is set anew.
"""

from __future__ import annotations

from typing import Any

from synapses.language import DeclarationError, Mechanism, Parameter, Reference, State, Synapse
from synapses.metaplastic_weights.quantized import DAGOSTINO

MAJUMDAR = Reference(
    "Majumdar, Bocquet, Hirtzlin, Laborieux, Klein, Nowak, Vianello, Portal, Querlioz 2021, Model of the weak reset "
    "process in HfOx resistive memory for deep learning frameworks",
    "arXiv:2107.06064",
    "inspired by",
    "noisy progressive changes and devices that differ; its equations could not be read",
)
OURS = "ours"


def programmed(model: Synapse) -> Synapse:
    """The model with the weight that is used on a device, written only when it changes.

    What is read is ``weight*device`` with normal noise, drawn at each write, of the variance
    ``programming_noise**2 + (cycle_spread*weight*device)**2``; ``device`` belongs to the synapse. With all three
    spreads at zero it is the model itself, and counts.

    Parameters
    ----------
    model : Synapse
        Any whose weights change at spikes and ends of presentations, after transmission.

    Returns
    -------
    Synapse
        With a mechanism ``"device"``, and ``read`` as its efficacy.

    Raises
    ------
    DeclarationError
        If the model changes its weights at other moments.
    """
    wanted = f"({model.efficacy})"

    def drawn(weight: str) -> str:
        """One draw for both kinds of noise: a sum of normal numbers is a normal number."""
        return f"{weight}*device + sqrt(programming_noise**2 + (cycle_spread*{weight}*device)**2)*randn()"

    code = f"""
        fresh = int({wanted} != stored)
        writes = writes + fresh
        stored = {wanted}
        read = read + fresh*({drawn("stored")} - read)
    """
    mechanism = Mechanism(
        "device",
        "the weight that is used is programmed on a device, with noise, whenever it changes",
        parameters=(
            Parameter("programming_noise", 0.02, "standard deviation of what a write adds", OURS),
            Parameter("cycle_spread", 0.05, "relative standard deviation from write to write", OURS),
            Parameter("device_spread", 0.1, "relative spread of the devices, log-normal", OURS),
        ),
        states=(
            State("device", "exp(device_spread*randn())", "response of the device"),
            State("stored", wanted, "weight that was written last"),
            State("read", drawn(wanted), "weight that is read"),
            State("writes", 0.0, "number of writes"),
        ),
        **_whenever_it_changes(model, code),
        references=(DAGOSTINO, MAJUMDAR),
    )
    return (model + mechanism).with_efficacy("read")


def weak_reset(model: Synapse, weight: str = "w") -> Synapse:
    """The model with its learning weight on a pair of devices that weak RESET pulses change in one direction each.

    The weight is ``w_range*(R_minus - R_plus)``, with resistances from 0 (SET) toward 1. What learning asks of it is
    sent as a pulse to one of the two, which answers with ``device*asked/w_range*(1 - R)*(1 + pulse_spread*randn())``.
    When one is above ``R_full``, both are set and the difference is written anew.

    Parameters
    ----------
    model : Synapse
        Any whose weights change at spikes and ends of presentations, after transmission.
    weight : str
        The state that learns: hidden, where the weight that is used is made of it.

    Returns
    -------
    Synapse
        With a mechanism ``"weak RESET"``, which can be taken out.

    Raises
    ------
    DeclarationError
        If there is no such state, or the model changes its weights at other moments.
    """
    if weight not in model.all_states():
        raise DeclarationError(f"Synapse '{model.name}' has no state '{weight}' to keep on devices.")
    code = f"""
        asked = ({weight} - kept)/w_range
        pulses = pulses + int(asked != 0)
        response = 1 + pulse_spread*randn()
        R_minus = clip(R_minus + device_minus*response*clip(asked, 0, inf)*(1 - R_minus), 0, 1)
        R_plus = clip(R_plus + device_plus*response*clip(-asked, 0, inf)*(1 - R_plus), 0, 1)
        full = int(R_minus > R_full or R_plus > R_full)
        difference = R_minus - R_plus
        R_minus = R_minus + full*(clip(difference, 0, 1) - R_minus)
        R_plus = R_plus + full*(clip(-difference, 0, 1) - R_plus)
        sets = sets + full
        {weight} = w_range*(R_minus - R_plus)
        kept = {weight}
    """
    mechanism = Mechanism(
        "weak RESET",
        f"{weight} is kept on a pair of devices, whose resistances rise with every pulse until both are set",
        parameters=(
            Parameter("w_range", 3.0, "weight of a pair with resistances 1 and 0", OURS),
            Parameter("R_full", 0.9, "resistance above which a pair is set", OURS),
            Parameter("pulse_spread", 0.3, "relative standard deviation from pulse to pulse", OURS),
            Parameter("pair_spread", 0.3, "relative spread of the devices, log-normal", OURS),
        ),
        states=(
            State("device_minus", "exp(pair_spread*randn())", "response of the device that raises the weight"),
            State("device_plus", "exp(pair_spread*randn())", "response of the device that lowers the weight"),
            State("R_minus", f"clip({weight}/w_range, 0, 1)", "resistance of the device that raises the weight"),
            State("R_plus", f"clip(-{weight}/w_range, 0, 1)", "resistance of the device that lowers the weight"),
            State("kept", weight, "weight of the devices after the last event"),
            State("pulses", 0.0, "number of pulses"),
            State("sets", 0.0, "number of times that the pair was set"),
        ),
        **_whenever_it_changes(model, code),
        references=(MAJUMDAR,),
    )
    return model + mechanism


def _whenever_it_changes(model: Synapse, code: str) -> dict[str, Any]:
    """The code for every kind of event in which a mechanism of the model changes states."""
    kinds = {"on_pre": False, "on_post": False, "at_end": False}
    for mechanism in model.mechanisms:
        for kind, _, _, events in mechanism.triggers():
            if kind not in kinds and events or any(event.stage or event.delay for event in events):
                raise DeclarationError(
                    f"Synapse '{model.name}': mechanism '{mechanism.name}' has events of another stage, with a delay "
                    "or with a name; weights on devices change at spikes and ends of presentations."
                )
            kinds[kind] = kinds.get(kind, False) or bool(events)
    return {kind: code for kind, there in kinds.items() if there}
