"""Regularizers of continual learning as synapses: error feedback that is pulled back to old weights."""
