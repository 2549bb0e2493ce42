"""Synapses that the timing of spikes, or the potential, changes."""
