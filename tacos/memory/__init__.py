"""How well synapses remember: patterns stored one after the other, exact solutions, associative recall."""
