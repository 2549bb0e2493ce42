"""Synapses with slower variables behind the efficacy, which keep what it has learned."""
