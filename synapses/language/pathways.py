"""From the events of mechanisms to pathways: blocks of statements in the order in which a step executes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapses.language.errors import DeclarationError
from synapses.language.event_driven import Defined, Prologue, tag_of, words
from synapses.language.statements import Statement, read_statements, refuse_order_dependence, replace_names

if TYPE_CHECKING:
    from synapses.language.model import Synapse

#: How many neurons there are on either side, in Brian2's words.
SIZES = {"n_pre": "N_pre", "n_post": "N_post"}
#: Position of the stages within the synaptic events of a step.
TRANSMISSION, THIRD_FACTORS, PLASTICITY = 0, 10, 20


@dataclass(frozen=True)
class Pathway:
    """A block of statements executed for the synapses of the neurons that had an event.

    Attributes
    ----------
    name : str
    side : str
        ``"pre"`` or ``"post"``: whose event.
    event : str
        ``"spike"``, ``"end"`` of a presentation, or the name of an event of the population.
    order : int
        Position among the pathways of the same event.
    code : str
    delay : str
        Name of the parameter that holds the delay, or empty.
    plastic : bool
        Whether it stops while plasticity is frozen.
    at_end : bool
        Whether it is executed at the end of a presentation.
    """

    name: str
    side: str
    event: str
    order: int
    code: str
    delay: str = ""
    plastic: bool = True
    at_end: bool = False


def pathways_of(synapse: Synapse, gate: str, prologues: list[Prologue], defined: Defined) -> Iterable[Pathway]:
    """The pathways of a model, in the order of execution."""
    elapsed = {p.mechanism: {"elapsed": p.elapsed} for p in prologues}
    blocks: dict[tuple[str, str, int, str, bool], list[str]] = {}
    for mechanism in synapse.mechanisms:
        for _, side, event, events in mechanism.triggers():
            for item in events:
                where = f"Synapse '{synapse.name}', mechanism '{mechanism.name}'"
                kept = _without_frozen(read_statements(item.code, where), synapse)
                code = "\n".join(str(s) for s in kept)
                own = {name: f"{tag_of(mechanism.name)}_{name}" for name in _locals(kept, synapse)}
                own = {name: new if new[0].isalpha() else f"of_{new}" for name, new in own.items()}
                code = replace_names(code, {"gate": gate, **SIZES, **elapsed.get(mechanism.name, {}), **own})
                if code:
                    key = (side, event, item.stage, item.delay, mechanism.plastic)
                    blocks.setdefault(key, []).append(code)
    using_elapsed = [
        p for p in prologues if any(p.elapsed in words(code) for codes in blocks.values() for code in codes)
    ]
    for (side, event, stage, delay, plastic), codes in sorted(blocks.items(), key=lambda b: _position(*b[0])):
        code = "\n".join(codes)
        when = {"end": "end of a presentation", "spike": f"on_{side}"}.get(event, f"on_event '{event}_{side}'")
        where = f"Synapse '{synapse.name}', {when}"
        refuse_order_dependence(read_statements(code, where), where, defined.read_by)
        wanted = [p for p in prologues if p.wanted_by(code, defined)]
        for p in using_elapsed:
            if p in wanted and p.elapsed not in words(code):
                raise DeclarationError(
                    f"{where}: mechanism '{p.mechanism}' uses the time that has elapsed since its states were brought "
                    f"up to date, and this event (stage {stage}) brings them up to date without it; use elapsed here "
                    "too."
                )
        code = "\n".join([p.code for p in wanted] + [code])
        name = _pathway_name(side, event, stage, delay, plastic)
        yield Pathway(name, side, event, _order(side, event, stage), code, delay, plastic, event == "end")


def _locals(statements: list[Statement], synapse: Synapse) -> list[str]:
    """Names that belong to the event: another mechanism's of the same name are others."""
    names = dict.fromkeys(s.target for s in statements)
    return [n for n in names if n not in synapse.all_states() and not n.endswith(("_pre", "_post"))]


def _without_frozen(statements: list[Statement], synapse: Synapse) -> list[Statement]:
    """Statements without those that change a frozen state, and without locals that nothing reads any more."""
    kept = [s for s in statements if s.target not in synapse.frozen]
    while kept != (needed := [s for k, s in enumerate(kept) if _has_effect(s, kept[k + 1 :], synapse)]):
        kept = needed
    return kept


def _has_effect(statement: Statement, after: list[Statement], synapse: Synapse) -> bool:
    if statement.target in synapse.all_states() or statement.target.endswith(("_pre", "_post")):
        return True
    return any(statement.target in later.reads for later in after)


def _pathway_name(side: str, event: str, stage: int, delay: str, plastic: bool) -> str:
    parts = [{"end": "end", "spike": side}.get(event, f"on_{event}_of_{side}")]
    parts += [f"stage{stage}".replace("-", "m")] if stage else []
    parts += [delay] if delay else []
    parts += [] if plastic else ["fast"]
    return "_".join(parts)


def _position(side: str, event: str, stage: int, delay: str, plastic: bool) -> tuple[int, str]:
    """Order of execution; Brian2 sorts what has the same order by name."""
    return _order(side, event, stage), _pathway_name(side, event, stage, delay, plastic)


def _order(side: str, event: str, stage: int) -> int:
    # Within a stage: spikes, then named events, which the end of a presentation has as well.
    place = 4 * stage + (side == "post") + 2 * (event not in ("spike", "end"))
    if event == "end":
        return place
    return place + (TRANSMISSION - 1 if stage < 0 else PLASTICITY)
