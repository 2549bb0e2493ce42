"""The Brian2 backend: C++ standalone for long runs, runtime for looking around."""


def synaptic(name: str) -> str:
    """Name of a synaptic variable in Brian2, which allows none that a neuron around it has too."""
    return f"{name}_of_synapse"
