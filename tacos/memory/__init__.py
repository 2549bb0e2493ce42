"""How well synapses remember: patterns stored one after the other, exact solutions, associative recall."""

from tacos.memory.asking import Memory, curve, memory
from tacos.memory.decay import Curve
from tacos.memory.drive import Drive, coincidence, timing

__all__ = ["Curve", "Memory", "Drive", "coincidence", "curve", "memory", "timing"]
