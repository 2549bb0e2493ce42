"""Synapses that keep their cells at a rate, or their sum at a value."""
