"""The PyTorch backend: the same equations, for a batch of replicas at once."""
