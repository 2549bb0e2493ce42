"""What a protocol did to the synapses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import xarray as xr

from synapses import Synapse
from tacos.errors import RunError
from tacos.measures.paired import aligned
from tacos.networks.initial import evaluated, initial_state
from tacos.protocols.network import SYNAPSES
from tacos.runs.checkpoint import CHECKPOINT
from tacos.runs.folder import RunFolder
from tacos.runs.labels import RECORDS, labelled
from tacos.runs.result import Result
from tacos.shown import shown_as_printed
from tasks.protocols import Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@shown_as_printed
@dataclass(frozen=True)
class Outcome:
    """A protocol's run, finished or not.

    Attributes
    ----------
    result : Result
        Of the run, with the states that were recorded: ``outcome.result.trajectories("pre-post")``.
    """

    result: Result

    @property
    def folder(self) -> RunFolder:
        """Where it is kept."""
        return self.result.folder

    @cached_property
    def protocol(self) -> Protocol:
        """What was done."""
        import tasks

        return cast(Protocol, tasks.from_dict(self.folder.declaration()["stream"]))

    @cached_property
    def synapse(self) -> Synapse:
        """What it was done to."""
        return self.folder.network().projection(SYNAPSES).synapse

    @cached_property
    def dataset(self) -> xr.Dataset:
        """Efficacy `before` and `after`, by seed, condition and synapse; ``dataset.sel(x=10)`` is one condition."""
        declared = self.folder.declaration()["seeds"]
        seeds = [seed for seed in declared if (self.folder.replica(seed) / CHECKPOINT).exists()]
        if not seeds:
            raise RunError(f"Nothing of '{self.folder.path}' was run yet; go on with: {self.folder.how_to_resume()}")
        network = self.folder.network()
        shape = (len(seeds), self.protocol.n, -1)
        first, last = [initial_state(network.lowered, s) for s in seeds], [self.result.state(s) for s in seeds]
        before, after = (np.array([self._efficacy(s) for s in states]).reshape(shape) for states in (first, last))
        dims = ("seed", "condition", "synapse")
        unit = {"units": self._unit()}
        data = xr.Dataset(
            {
                "before": (dims, before, unit | {"long_name": "efficacy before the protocol"}),
                "after": (dims, after, unit | {"long_name": "efficacy after the protocol"}),
            },
            {"seed": seeds} | self._conditions(),
            {"protocol": self.protocol.name, "synapse": self.result.label},
        )
        return labelled(data.set_xindex("x"), RECORDS)

    def course(self) -> xr.DataArray:
        """Efficacy through the protocol, by seed, time (s), condition and synapse, from what was recorded."""
        recorded = self.result.trajectories(SYNAPSES)
        if "statistic" in recorded.dims:
            raise RunError(f"The synapses of '{self.folder.path}' were recorded as statistics: no course is left.")
        states = {f"{SYNAPSES}.{name}": recorded[name].values for name in recorded.data_vars}
        n = recorded.sizes
        shape = (n["replica"], n["record"], self.protocol.n, -1)
        efficacy = self._efficacy(states).reshape(shape)
        time = recorded["time"].values * self.protocol.piece
        attrs = {"units": self._unit(), "long_name": "efficacy"}
        coordinates = {
            "seed": recorded["seed"].values,
            "time": ("time", time, {"units": "s", "long_name": "time in the protocol"}),
        }
        course = xr.DataArray(
            efficacy, coordinates | self._conditions(), ("seed", "time", "condition", "synapse"), "efficacy", attrs
        )
        return course.set_xindex("x")

    def change(self) -> np.ndarray:
        """Mean efficacy after over that before, shape (seed, condition); the difference where it was zero before."""
        means = self.dataset.mean("synapse")
        before, after = means["before"].values, means["after"].values
        return after / before if self.is_ratio() else after - before

    def is_ratio(self) -> bool:
        """Whether efficacies before are all above zero, so that a change is a ratio."""
        return bool((self.dataset["before"].mean("synapse") > 1e-12).all())

    def figure(self) -> Figure:
        """The change over the conditions, or over time where there is one; mean and standard deviation over seeds."""
        from tacos.plots.protocol import protocol_course, protocol_curve

        if self.protocol.n == 1:
            course = self.course().mean(("condition", "synapse"))
            start = self.dataset["before"].mean(("condition", "synapse")).values
            time = np.r_[0, course["time"].values]
            curves = {self.result.label: np.c_[start, course.values]}
            return protocol_course(time, curves, np.array(self.protocol.pre[0]), self.protocol.name)
        return protocol_curve(
            np.array(self.protocol.x), {self.result.label: self.change()}, self.protocol.label, self.protocol.unit,
            ratio=self.is_ratio(), title=self.protocol.name,
        )  # fmt: skip

    def save_figure(self, out: Path | None = None, **how: Any) -> Path:
        """Write the figure ``protocol`` with the options of :func:`tacos.plots.save`; the file in its first format."""
        from tacos.plots import save

        return save(self.figure(), (out or self.folder.path) / "protocol", **how)[0]

    def to_json(self) -> str:
        """One JSON object: the change of each condition, by seed."""
        found: dict[str, Any] = {
            "protocol": self.protocol.name,
            "synapse": self.result.label,
            "status": self.folder.state(),
        }
        found |= {"seeds": self.dataset["seed"].values.tolist(), self._abscissa(): list(self.protocol.x)}
        change = {"after / before" if self.is_ratio() else "after - before": self.change().tolist()}
        return json.dumps(found | change, indent=1)

    def __str__(self) -> str:
        change = self.change()
        sd = change.std(0, ddof=1) if len(change) > 1 else np.full(change.shape[1], np.nan)
        what = "after / before" if self.is_ratio() else "after - before"
        rows = [[self._abscissa(), f"efficacy {what}"]]
        for x, mean, spread in zip(self.protocol.x, change.mean(0), sd, strict=True):
            rows.append([f"{x:g}", f"{mean:.3f}" + (f" +- {spread:.3f}" if np.isfinite(spread) else "")])
        n = self.dataset.sizes
        of = f"synapse: {self.result.label}; {n['seed']} seeds, {n['synapse']} synapses a condition"
        lines = [repr(self.protocol), of, *aligned(rows)]
        before = self.dataset["before"].mean(("seed", "synapse"))
        if float(before.max() - before.min()) > 1e-9 * abs(float(before.mean())):
            lines.append(
                f"conditions begin at different efficacies, {float(before.min()):.3g} to {float(before.max()):.3g}; "
                f"more synapses or seeds even them out, a start makes them equal"
            )
        silent = [m.name for m in self.synapse.lowered.modulators if m.source]
        if not silent and self.protocol.release:
            lines.append(f"no neuromodulator of {self.synapse.name} has a source, so that the release did nothing")
        elif silent and not self.protocol.release:
            lines.append(f"nothing drives the neuromodulator {', '.join(silent)}, which stays as it begins")
        return "\n".join(lines)

    def _abscissa(self) -> str:
        """What differs between the conditions, without the signs of formulas."""
        name = self.protocol.label.replace("$", "").replace("_{", "_").replace("}", "")
        return f"{name} ({self.protocol.unit})" if self.protocol.unit != "1" else name

    def _conditions(self) -> dict[str, Any]:
        """The coordinate that says what differs between the conditions."""
        attrs = {"units": self.protocol.unit, "long_name": self.protocol.label}
        return {"x": ("condition", list(self.protocol.x), attrs)}

    def _unit(self) -> str:
        """Of the efficacy, where it is a state; a calculated one is in base units."""
        state = self.synapse.lowered.states.get(self.synapse.efficacy)
        return state.unit if state else "1"

    def _efficacy(self, state: Mapping[str, np.ndarray]) -> np.ndarray:
        """The efficacy of every synapse, shape of the states."""
        projection = next(p for p in self.folder.network().lowered.projections if p.name == SYNAPSES)
        values: dict[str, Any] = {p.name: p.value for p in projection.synapse.parameters.values()}
        known = {name: f"{SYNAPSES}.{name}" for name in projection.synapse.states}
        states = {name: state[key] for name, key in known.items() if key in state}
        try:
            efficacy = evaluated(projection.synapse.efficacy, values | states)
        except NameError as error:
            raise RunError(
                f"The efficacy '{self.synapse.efficacy}' of '{self.synapse.name}' reads more than the states of the "
                f"synapse that are there ({error}); use the trajectories of what was recorded."
            ) from error
        return np.broadcast_to(efficacy, np.broadcast_shapes(*(v.shape for v in states.values()))) * 1.0
