"""Names in Brian2 of what triggers statements."""

from __future__ import annotations

from synapses.language.pathways import Pathway
from tacos.networks.lowering import LoweredPopulation

EVENTS = {
    ("spike", False): "spike",
    ("spike", True): "plastic_spike",
    ("end", False): "presentation_end",
    ("end", True): "plastic_end",
}


def event_name(event: str, plastic: bool) -> str:
    """Name in Brian2 of an event, or of the one that stops while plasticity is frozen."""
    return EVENTS.get((event, plastic)) or f"{'plastic_' if plastic else ''}named_{event}"


def trigger(pathway: Pathway, population: LoweredPopulation) -> tuple[str, bool]:
    """What triggers a pathway on the events of a population; one that lasts is itself told to stop."""
    lasting = pathway.event in population.events and population.events[pathway.event].lasting
    return pathway.event, pathway.plastic and not lasting
