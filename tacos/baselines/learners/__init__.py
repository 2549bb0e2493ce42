"""Learners of the literature that are not spiking synapses: metaplastic, Bayesian, gated, by other gradients."""
