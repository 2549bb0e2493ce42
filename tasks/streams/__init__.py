"""Streams of tasks: split, permuted and rotated, with sharp, blurred or random boundaries."""
