"""Synapses that are tagged by a stimulus, and keep what the proteins of the cell capture."""
