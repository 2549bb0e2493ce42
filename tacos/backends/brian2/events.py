"""Names in Brian2 of what triggers statements."""

from __future__ import annotations

EVENTS = {
    ("spike", False): "spike",
    ("spike", True): "plastic_spike",
    ("end", False): "presentation_end",
    ("end", True): "plastic_end",
}


def event_name(event: str, plastic: bool) -> str:
    """Name in Brian2 of an event, or of the one that stops while plasticity is frozen."""
    return EVENTS.get((event, plastic)) or f"named_{event}{'_plastic' if plastic else ''}"
