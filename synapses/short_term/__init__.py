"""Synapses whose efficacy changes for a short time, or for a few uses."""
