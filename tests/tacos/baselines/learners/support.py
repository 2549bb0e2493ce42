"""What the tests of learners share: a small stream, and a learner of some steps."""

import torch

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.training import learn_stream


def stream(**options):
    """Two tasks of five digits each."""
    return tasks.split("digits", **{"classes_per_task": 5, "samples": 60, "test_samples": 20, **options})


def learned(name, network, chosen=None, seed=0, training=None, **options):
    """Network and progress at the end of a stream."""
    method = baselines.named(name, **options)
    return learn_stream(method, network, training or Training("adam", 5e-3, 10), chosen or stream(), seed)


def weights(*given, **options):
    """Parameters at the end of a stream, as one vector."""
    model, _ = learned(*given, **options)
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
