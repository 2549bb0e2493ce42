"""The feed-forward part of a network in NIR, which other simulators and neuromorphic hardware read.

Built from NIR's own nodes: Norse 1.1.0 exports time constants a thousand times too small.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.arithmetic import computed
from synapses.language.statements import read_statements
from tacos.networks.initial import State, initial_state
from tacos.networks.lowering import LoweredProjection
from tacos.networks.network import Network
from tacos.networks.norse import norse_lif, norse_lif_refractory
from tacos.networks.populations import Population, lif
from tacos.networks.projections import Projection


@dataclass(frozen=True)
class _Cell:
    """Parameters of ``nir.CubaLIF``; times in seconds."""

    tau_syn: float
    tau_mem: float
    r: float
    v_leak: float
    v_threshold: float
    v_reset: float
    w_in: float


def to_nir(network: Network, state: State | None = None, path: str | Path | None = None) -> Any:
    """What leads from inputs to the readout: inputs, LIF layers and the projections between them.

    A layer is a ``nir.CubaLIF``, a projection a ``nir.Linear`` of weights [post, pre], zero where nothing is connected,
    after a ``nir.Delay`` if it has one. NIR's ``tau_syn dI/dt = -I + w_in S`` is read as Norse reads it: a spike is a 1
    that lasts one step, so that ``I`` grows by ``w_in dt/tau_syn`` times a weight. Ours of :func:`lif` grows by
    ``unit_time/tau_syn`` times a weight, hence ``w_in = unit_time/dt`` (1 at a step of 1 ms) and equal weights; where
    spikes are delta functions of time instead, ``w_in`` is ``unit_time`` in seconds. Norse's cells have
    ``w_in = tau_syn/dt``. Voltages are dimensionless, time constants in seconds. Forward Euler of these equations with
    the order of our step gives our voltages; NIR spikes at ``v > v_threshold``, :func:`lif` also where both are equal.

    NIR has no refractory period, no lower bound of the voltage and no plasticity: what is left out is said in the
    metadata (``not_carried``) and in a warning. Projections onto states that synapses alone read, such as the error
    signal, are left out as well, and so are populations from which nothing leads to the readout.

    Parameters
    ----------
    network : Network
    state : dict, optional
        Whose weights; the initial state of seed 0 if not given.
    path : str or Path, optional
        A file (``.nir``, HDF5) to write.

    Returns
    -------
    nir.NIRGraph
        Nodes are named as the populations and projections; the output is ``"readout"``.

    Raises
    ------
    DeclarationError
        If NIR is not installed, or something on the way to the readout is recurrent or has no counterpart in NIR.

    References
    ----------
    Pedersen et al. 2024, Nature Communications 15:8122.
    """
    nir = _nir()
    state = initial_state(network.lowered, 0) if state is None else state
    populations, projections = _feed_forward(network)
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    cells: dict[str, _Cell] = {}
    for population in populations:
        if _is_input(population):
            nodes[population.name] = nir.Input(input_type={"input": np.array([population.size])})
            continue
        cell = cells[population.name] = _cell(population, network.dt)
        nodes[population.name] = nir.CubaLIF(
            **{name: np.full(population.size, value) for name, value in vars(cell).items()}
        )
    for projection in projections:
        lowered = network.lowered.projection(projection.name)
        nodes[projection.name] = nir.Linear(weight=_weights(network, lowered, state, cells[projection.target]))
        before = projection.source
        if not isinstance(projection.delay, float):
            raise DeclarationError(
                f"Projection '{projection.name}': NIR has no delays of single synapses; give one for all."
            )
        if projection.delay:
            before = f"{projection.name} delay"
            nodes[before] = nir.Delay(delay=np.full(network.population(projection.source).size, projection.delay))
            edges.append((projection.source, before))
        edges += [(before, projection.name), (projection.name, projection.target)]
    nodes["readout"] = nir.Output(output_type={"output": np.array([network.population(network.readout).size])})
    edges.append((network.readout, "readout"))
    lost = _not_carried(populations, projections, network)
    graph = nir.NIRGraph(nodes, edges, metadata={"dt": network.dt, "not_carried": "; ".join(lost)})
    if lost:
        warnings.warn(f"NIR does not carry: {'; '.join(lost)}.", stacklevel=2)
    if path is not None:
        nir.write(path, graph)
    return graph


def _nir() -> Any:
    try:
        import nir
    except ImportError as error:
        raise DeclarationError("Exporting to NIR needs its package: pip install 'tacos-snn[torch]'.") from error
    return nir


# -- what is exported ----------------------------------------------------------------------------------------------


def _is_input(population: Population) -> bool:
    return not population.equations.strip()


def _feed_forward(network: Network) -> tuple[list[Population], list[Projection]]:
    """Populations and projections on the way to the readout, in the order of the network."""
    populations: set[str] = set()
    projections: set[str] = set()

    def visit(name: str, after: Sequence[str]) -> None:
        if name in after:
            loop = " -> ".join([name, *reversed(after[after.index(name) :])])
            raise DeclarationError(f"NIR is given feed-forward networks only, and this one has the loop {loop}.")
        populations.add(name)
        population = network.population(name)
        if _is_input(population):
            return
        _template(population)
        for projection in network.projections:
            if projection.target != name:
                continue
            driven = _transmission(network.lowered.projection(projection.name)).target.removesuffix("_post")
            if driven == "I":
                projections.add(projection.name)
                visit(projection.source, [*after, name])
            elif driven in get_identifiers(population.equations):  # not a third factor of synapses
                raise DeclarationError(
                    f"Projection '{projection.name}' has no counterpart in NIR: a spike changes {driven}, not the "
                    f"current."
                )

    visit(network.readout, [])
    return (
        [p for p in network.populations if p.name in populations],
        [p for p in network.projections if p.name in projections],
    )


def _transmission(projection: LoweredProjection) -> Any:
    pathway = next(p for p in projection.pathways if p.name == "transmit")
    return read_statements(pathway.code, projection.name)[-1]


def _template(population: Population) -> str:
    """Which of our cells a population is: its equations, whatever its constants."""
    numbers = SimpleNamespace(tau_syn_inv=1.0, tau_mem_inv=1.0, v_leak=0.0, v_th=1.0, v_reset=0.0)
    known = {
        "lif": lif("", 1),
        "norse_lif": norse_lif("", 1, numbers),
        "norse_lif_refractory": norse_lif_refractory("", 1, SimpleNamespace(lif=numbers, rho_reset=0.0)),
    }
    for kind, like in known.items():
        if all(
            getattr(population, part) == getattr(like, part) for part in ("equations", "threshold", "reset", "method")
        ):
            return kind
    raise DeclarationError(
        f"Population '{population.name}' has no counterpart in NIR; those that have are {', '.join(known)}."
    )


def _cell(population: Population, dt: float) -> _Cell:
    p = {parameter.name: parameter.value for parameter in population.parameters}
    if _template(population) == "lif":
        return _Cell(p["tau_syn"], p["tau_m"], p["R"], 0.0, p["V_th"], 0.0, p["unit_time"] / dt)
    tau_syn = 1 / p["tau_syn_inv"]
    return _Cell(tau_syn, 1 / p["tau_mem_inv"], 1.0, p["v_leak"], p["v_th"], p["v_reset"], tau_syn / dt)


def _weights(
    network: Network, projection: LoweredProjection, state: Mapping[str, np.ndarray], cell: _Cell
) -> np.ndarray:
    """Weights [post, pre] of which ``w_in dt/tau_syn`` is what a spike adds to the current."""
    statement = _transmission(projection)
    target = network.lowered.population(projection.target)
    names = {name: state[f"{projection.name}.{name}"] for name in projection.synapse.states}
    names |= {p.name: p.value for p in projection.synapse.parameters.values()}
    names |= {f"{p.name}_post": p.value for p in target.parameters.values()}
    functions = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "abs", "sign", "tanh", "clip")}
    try:
        added = computed(statement.expression, {"inf": np.inf, "arrived": 1.0, **functions, **names})
    except NameError as error:
        raise DeclarationError(
            f"Projection '{projection.name}' has no counterpart in NIR: what a spike adds, '{statement.expression}', "
            f"is more than a weight ({error})."
        ) from error
    if statement.operation == "-=":
        added = -added
    weights = np.zeros((target.size, network.population(projection.source).size))
    weights[projection.targets, projection.sources] = added * (cell.tau_syn / (cell.w_in * network.dt))
    return weights


def _not_carried(populations: Sequence[Population], projections: Sequence[Projection], network: Network) -> list[str]:
    """What the graph does not say, a phrase each."""
    lost = []
    for population in populations:
        if population.refractory:
            lost.append(f"the refractory period of {population.name} ({population.refractory * 1e3:g} ms)")
        rho = next((p.value for p in population.parameters if p.name == "rho_reset"), 0)
        if rho:
            lost.append(f"the refractory period of {population.name} ({rho:g} steps)")
        lost += [f"the floor of {state} in {population.name}" for state in population.floors]
        lost += [f"what '{event}' does to {population.name}" for event in population.on_event]
        lost += [f"what the end of a presentation does to {population.name}"] if population.at_end else []
    lost += [f"the plasticity of {p.name}" for p in projections if p.synapse.mechanisms]
    kept = {p.name for p in populations} | {p.name for p in projections}
    names = [p.name for p in network.populations] + [p.name for p in network.projections]
    left = [name for name in names if name not in kept]
    return [*lost, f"what does not lead to the readout ({', '.join(left)})"] if left else lost
