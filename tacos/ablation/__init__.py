"""Ablations: conditions at learning rates of their own, compared seed by seed; maps over two parameters."""
