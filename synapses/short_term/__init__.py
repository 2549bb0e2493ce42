"""Synapses that change for a short time, or for a few uses."""
