"""Synapses whose efficacy changes with the spikes of the last second, and recovers."""
