"""Names that say where in the stream a step is; every population and projection knows them."""

#: The name, and its unit or type.
CLOCK = {
    "dt": "second",
    "duration": "second",
    "step": "integer",
    "learning": "integer",
    "presentation": "integer",
    "now": "integer",
}
