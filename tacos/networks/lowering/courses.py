"""Time courses of a population become expressions over where in the stream we are."""

from __future__ import annotations

import re
from dataclasses import replace

from synapses import DeclarationError
from tacos.networks.populations import Population

#: How the functions that look a value up are named.
LOOKUP = "course_"


def with_courses(population: Population, dt: float) -> tuple[Population, dict[str, tuple[float, ...]]]:
    """The population with its time courses as subexpressions, and the values that these look up."""
    lines, values = [], {}
    for name, course in population.courses.items():
        steps = round(course.interval / dt)
        if steps < 1 or abs(course.interval - steps * dt) > 1e-6 * dt:
            raise DeclarationError(
                f"Population '{population.name}', time course '{name}': its interval of {course.interval:g} s is not a "
                f"whole number of steps of {dt:g} s."
            )
        function = f"{LOOKUP}{re.sub(r'[^A-Za-z0-9]', '_', population.name)}_{name}"
        clock = "step" if course.over == "presentation" else "now"
        unit = "" if course.unit == "1" else f"*({course.unit})"
        # Found before the step: an integrator would make a real number of the index.
        lines.append(f"{name} = {function}({clock} // {steps}){unit} : {course.unit} (constant over dt)")
        values[function] = course.values
    return replace(population, equations="\n".join([population.equations, *lines])) if lines else population, values
