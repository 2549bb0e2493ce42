"""Generate and compile the C++ program of a network; run as a process of its own, since Brian2's device is global."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

MANIFEST = "manifest.json"

#: Sums and products are evaluated in the order in which they are written, so that the same statements give the same
#: bits wherever they are compiled.
_AS_WRITTEN = ["-fno-associative-math"]

_HEADERS = ["<cstdint>", "<cstdio>", "<cstdlib>", "<sstream>", "<string>", "<unistd.h>", "<vector>", '"network.h"']

_SAVE_QUEUE = """
{
    std::ofstream file(results_dir + "%NAME%.queue");
    CSpikeQueue *waiting = %NAME%.queue[0];
    for (size_t ahead = 0; ahead < waiting->queue.size(); ahead++)
        for (int32_t entry : waiting->queue[(waiting->offset + ahead) % waiting->queue.size()])
            %SYNAPSES%
                file << ahead << " " << synapse << "\\n";
    if (!file.flush()) std::cerr << "cannot write the spikes under way: is the disk full?" << std::endl;
}
"""
_RESTORE_QUEUE = """
if (std::getenv("TACOS_QUEUES"))
{
    std::ifstream file(std::string(std::getenv("TACOS_QUEUES")) + "/%NAME%.queue");
    CSpikeQueue *waiting = %NAME%.queue[0];
    size_t ahead;
    int32_t synapse;
    while (file >> ahead >> synapse)
    {
        std::vector<int32_t> &due = waiting->queue[(waiting->offset + ahead) % waiting->queue.size()];
        const int32_t entry = %ENTRY%;
        if (due.empty() || due.back() != entry) due.push_back(entry);
    }
}
"""
#: The synapses of an entry of a queue, and the entry of a synapse: a file names synapses, whatever waits in the queue.
_OF_ROW = (
    "for (int32_t synapse = waiting->synapses[entry][0]; synapse < waiting->synapses[entry][1]; synapse++)",
    "%NAME%.sources[synapse]",
)
_OF_LIST = ("for (int32_t synapse : waiting->synapses[entry])", "%NAME%.sources[synapse]")
_OF_SYNAPSE = ("for (int32_t synapse : {entry})", "synapse")

#: How Brian2's program writes an array at its end: the name of its file, and all statements.
_WRITE_ARRAY = re.compile(
    r'^    ofstream (\w+);\n    \1\.open\(results_dir \+ "(\w+)"'
    r"(?:(?!ofstream ).)*?\n    \} else\n    \{\n[^\n]*\n    \}\n",
    re.MULTILINE | re.DOTALL,
)


def compile_network(data: dict[str, Any], directory: Path, capacity: int, dtype: str, templates: str) -> None:
    """Write the C++ project of a network into a folder, compile it, and describe its arrays in a manifest.

    With ``templates="stock"`` Brian2 generates and compiles as it does by itself.
    """
    import brian2
    from brian2 import Function, NeuronGroup, device, prefs, second, set_device
    from brian2 import Network as BrianNetwork
    from brian2.codegen.cpp_prefs import get_compiler_and_args

    from synapses.language.brian import END_SLOT
    from tacos.backends.brian2 import synaptic
    from tacos.backends.brian2.cache import compiler
    from tacos.backends.brian2.dense import row_pathways, use_dense_templates
    from tacos.backends.brian2.doubles import doubles_are_kept
    from tacos.backends.brian2.groups import RECORD_ORDER, build_objects
    from tacos.backends.brian2.lazy import lazy_pathways
    from tacos.backends.brian2.unity import build
    from tacos.networks.network import Network, identifier

    lowered = Network.from_dict(data).lowered
    set_device("cpp_standalone", build_on_run=False)
    prefs.core.default_float_dtype = getattr(np, dtype)
    stock = templates == "stock"
    if not stock:
        use_dense_templates(lowered)
    objects = build_objects(lowered, capacity)

    lazy = {} if stock else lazy_pathways(lowered)
    states: dict[str, dict[str, Any]] = {}
    for part in lowered.populations:
        variables = objects.groups[part.name].variables
        for name in part.states:
            states[f"{part.name}.{name}"] = {
                "variable": variables[name],
                "cli": f"{identifier(part.name)}.{name}",
                "lazy": "",
            }
    for projection in lowered.projections:
        variables = objects.synapses[projection.name].variables
        for name in projection.synapse.states:
            cli = f"{identifier(projection.name)}.{synaptic(name)}"
            states[f"{projection.name}.{name}"] = {
                "variable": variables[synaptic(name)],
                "cli": cli,
                "lazy": lazy.get(projection.name, ""),
            }
    spiking = [p.name for p in lowered.populations if p.spikes]

    after_step = Function(lambda t, first, n: 0.0, arg_units=[1, 1, 1], return_unit=1, stateless=False)
    after_step.implementations.add_implementation(
        "cpp",
        _after_step_source(states, spiking, objects, device, lowered.steps, list(lazy.values())),
        name="after_step",
        compiler_kwds={"headers": [*_HEADERS, *(f'"code_objects/{name}_codeobject.h"' for name in lazy.values())]},
    )
    schedule = NeuronGroup(
        1,
        "first_presentation : integer (shared, constant)\nn_presentations : integer (shared, constant)\nunused : 1",
        name="schedule",
        namespace={"after_step": after_step},
        clock=objects.clock,
    )
    schedule.run_regularly(
        "unused = after_step(t_in_timesteps, first_presentation, n_presentations)",
        when=END_SLOT, order=RECORD_ORDER, name="after_each_step",
    )  # fmt: skip
    queues, rows = {}, set() if stock else row_pathways(lowered)
    for projection in lowered.projections:
        for pathway in projection.pathways:
            if pathway.queue:
                name = f"{identifier(projection.name)}_{pathway.name}"
                queues[pathway.queue] = name
                by_side = {"pre": _OF_ROW, "post": _OF_LIST}
                synapses, entry = by_side[pathway.side] if name in rows else _OF_SYNAPSE
                for place, code in (("before_network_run", _RESTORE_QUEUE), ("after_network_run", _SAVE_QUEUE)):
                    code = code.replace("%SYNAPSES%", synapses).replace("%ENTRY%", entry).replace("%NAME%", name)
                    device.insert_code(place, code)
    net = BrianNetwork([*objects.all(), schedule])
    with doubles_are_kept():
        net.run(capacity * lowered.steps * lowered.dt * second)
    device.build(directory=str(directory), compile=False, run=False, with_output=False)
    if not stock:
        read = {Path(device.get_array_filename(entry["variable"])).name for entry in states.values()}
        source = directory / "objects.cpp"
        source.write_text(without_unread_files(source.read_text(), read))
    flags = [*get_compiler_and_args()[1], *([] if stock else _AS_WRITTEN)]
    build(directory, compiler() or "g++", flags, vector_maths=not stock)

    manifest = {
        "states": {
            key: {
                "cli": entry["cli"],
                "file": Path(device.get_array_filename(entry["variable"])).name,
                "dtype": np.dtype(entry["variable"].dtype).str,
                "number": number,
            }
            for number, (key, entry) in enumerate(states.items())
        },
        "shown": {name: f"{array.name}.values" for name, array in objects.shown.items()},
        "spiking": spiking,
        "queues": queues,
        "capacity": capacity,
        "brian2": brian2.__version__,
    }
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1))


def without_unread_files(source: str, read: set[str]) -> str:
    """Brian2's ``objects.cpp``, writing at its end only the arrays that are read: hundreds of files take their time."""
    before, at, end = source.partition("void _write_arrays()")
    return before + at + _WRITE_ARRAY.sub(lambda found: found[0] if found[2] in read else "", end)


def _after_step_source(
    states: dict[str, Any], spiking: list[str], objects: Any, device: Any, steps: int, lazy: list[str]
) -> str:
    """The C++ of :file:`after_step.cpp` with the arrays of this network filled in."""
    from brian2.codegen.generators.cpp_generator import c_data_type
    from brian2.core.variables import DynamicArrayVariable

    cases = []
    for number, entry in enumerate(states.values()):
        variable = entry["variable"]
        held, stored = (
            c_data_type(variable.dtype),
            "float" if np.dtype(variable.dtype).kind == "f" else "int32_t",
        )
        name = f"brian::{device.get_array_name(variable, access_data=False)}"
        pointer, size = (
            (f"&{name}[0]", f"{name}.size()") if isinstance(variable, DynamicArrayVariable) else (name, variable.size)
        )
        settle = f"::_settle_{entry['lazy']}(); " if entry["lazy"] else ""
        cases.append(f"    case {number}: {settle}append<{held}, {stored}>(entry, {pointer}, {size}); break;")
    events = []
    for number, name in enumerate(spiking):
        group = objects.groups[name]
        array = f"brian::{device.get_array_name(group.variables['_spikespace'], access_data=False)}"
        events.append(f"    case {number}: events = {array}; count = {array}[{group.N}]; break;")
    source = files("tacos.backends.brian2").joinpath("after_step.cpp").read_text()
    return (
        source.replace("%STATES%", "\n".join(cases))
        .replace("%SPIKES%", "\n".join(events))
        .replace("%SETTLE%", " ".join(f"::_settle_{name}();" for name in lazy))
        .replace("%STEPS%", str(steps))
    )


def main(network_file: str, directory: str, capacity: str, dtype: str, templates: str) -> None:
    """What the process does."""
    compile_network(json.loads(Path(network_file).read_text()), Path(directory), int(capacity), dtype, templates)
