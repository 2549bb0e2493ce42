"""Errors of the synapse language."""


class DeclarationError(ValueError):
    """A declaration that cannot mean anything; the message says what would."""
