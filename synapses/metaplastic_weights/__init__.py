"""Weights of machine learning that regulate their own plasticity: hidden, quantized, on devices, or uncertain."""
