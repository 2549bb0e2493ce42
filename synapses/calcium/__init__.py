"""Synapses that calcium controls."""
