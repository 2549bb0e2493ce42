"""One engine for experiments: declared, opened, simulated, settled; run folders, checkpoints, results."""
