"""Triton kernels of pathways, made of the same statements as their PyTorch code.

A program has some neurons of one member on the side where nothing happened, its lanes, and walks through the neurons
that fired, in order: sums are those of a loop, whatever else is in the batch, and rows of silent neurons are not read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from synapses.language.statements import Statement
from tacos.backends.torch.blocks import Block, SynapseScope
from tacos.backends.torch.render import CONSTANTS, TorchRenderer
from tacos.networks.lowering import LoweredPathway

#: By names of `render.FUNCTIONS`; others have no kernel.
_FUNCTIONS = {
    "exp": "tl.exp", "log": "tl.log", "sqrt": "kernel_sqrt", "floor": "tl.floor", "ceil": "tl.ceil", "abs": "tl.abs",
    "sin": "tl.sin", "cos": "tl.cos", "sign": "kernel_sign",
}  # fmt: skip
#: Of whole numbers too.
_OF_ANY = ("abs", "sign")
#: Numbers of the program that never change within a run.
_FIXED = {"_n.dt", "_n.duration", "_n.learning"}
#: Names of a kernel's own, besides those that are made of others.
_OWN = {"_member", "_lane", "_inside", "_event", "_fired", "_synapse", "ONE", "tl"}
_BINDING = re.compile(r"_at\.(synaptic|shared|pre|post)\((.*)\)", re.DOTALL)
_STATE = re.compile(r'_n\.state\["(.*)"\]')


class NoKernel(Exception):
    """A pathway has something that no kernel can do; its PyTorch code runs as it is."""


def kernel_of(scope: SynapseScope, pathway: LoweredPathway, block: Block) -> str | None:
    """The kernel of a pathway and the function that launches it, ``<block>_rows``; None if it can have none."""
    if not scope.projection.all_to_all or pathway.delays is not None or block.double:
        return None
    try:
        return _Kernel(scope, "pre" if pathway.side == "pre" else "post", block).text()
    except NoKernel:
        return None


class _Kernel:
    """Sorts what the statements of a block read by where it comes from."""

    def __init__(self, scope: SynapseScope, side: str, block: Block) -> None:
        self.scope, self.side, self.block = scope, side, block
        self.lane_side = "post" if side == "pre" else "pre"
        self.subexpressions = {b.function: b for b in scope.subexpression_blocks()}
        #: Code of what is read by name, for each place.
        self.read: dict[str, dict[str, str]] = {"own": {}, "lanes": {}, "fired": {}, "shared": {}, "fixed": {}}
        #: Lines at the head of the loop, in order.
        self.derived: list[str] = []
        self.added: dict[str, str] = {}

    def text(self) -> str:
        """Both functions."""
        self._bind(self.block.bindings)
        body = [line for statement in self.block.statements for line in self._statement(statement)]
        written = {name: key for name, (key, at) in self.block.states.items() if at == "own"}
        for name, key in written.items():
            if self.read["own"].setdefault(name, key) != key:
                raise NoKernel
        return "\n\n\n".join((self._kernel(body, sorted(written)), self._launch()))

    # -- what is read --------------------------------------------------------------------------------------------

    def _bind(self, bindings: dict[str, str]) -> None:
        for name, code in bindings.items():
            if code in _FIXED:
                self._found("fixed", name, code)
            elif re.fullmatch(r"[-0-9.e+]+", code):
                self.derived.append(f"{name} = {code}" + ("" if code.isdigit() else "*ONE"))
            elif code in ("_at.i", "_at.j"):
                neuron = "_fired" if (code == "_at.i") == (self.side == "pre") else "_lane"
                self.derived.append(f"{name} = {neuron}.to(tl.int64)")
            elif code == "_n.step":
                self._found("shared", name, "_n.step")
            elif match := _BINDING.fullmatch(code):
                place, value = match.groups()
                if place == "synaptic":
                    self._found("own", name, self._state(value))
                else:
                    self._found({self.side: "fired", self.lane_side: "lanes"}.get(place, "shared"), name, value)
            elif (block := self.subexpressions.get(code.partition("(")[0])) and not block.double:
                self._bind(block.bindings)
                self.derived.append(f"{name} = {_rendered(block.statements[0].expression, self.scope.here)}")
            else:
                raise NoKernel

    def _state(self, code: str) -> str:
        if not (match := _STATE.fullmatch(code)):
            raise NoKernel
        return match[1]

    def _found(self, place: str, name: str, code: str) -> None:
        if any(self.read[other].get(name, code) != code for other in self.read):
            raise NoKernel
        self.read[place][name] = code

    # -- what is done --------------------------------------------------------------------------------------------

    def _statement(self, statement: Statement) -> Iterator[str]:
        value = _rendered(statement.expression, self.block.where)
        key, side = self.block.states.get(statement.target, ("", ""))
        if side not in ("pre", "post"):
            change = f"{statement.target} {statement.operation[:-1]} ({value})"
            yield f"{statement.target} = {value if statement.operation == '=' else change}"
            return
        if side != self.lane_side:
            raise NoKernel  # a sum over the lanes of all programs
        neurons = self.scope.sides[side]
        if statement.target.rpartition("_")[0] in neurons.kept:
            active = f"not_refractory_{side}"
            self._found("lanes", active, f'_n.state["{neurons.key("not_refractory")}"]')
            value = f"({value})*{active}.to(NUMBER)"
        self.added[statement.target] = key
        total = f"_sum_{statement.target}"
        yield f"{total} = {total} {statement.operation[0]} tl.cast({value}, {total}.dtype)"

    # -- text ----------------------------------------------------------------------------------------------------

    def _kernel(self, body: list[str], written: list[str]) -> str:
        read = self.read
        pointers = [*(f"_own_{name}" for name in read["own"]), *(f"_added_{name}" for name in self.added)]
        for place in ("lanes", "fired", "shared"):
            for name in read[place]:
                pointers += [f"_of_{name}", f"_member_{name}", f"_neuron_{name}"]
        fixed = [f"{name}: tl.constexpr" for name in (*(f"_{name}" for name in read["fixed"]), "NUMBER", "WIDTH")]
        arguments = ["_found", "_count", "_n_pre", "_n_post", *pointers, *fixed]
        own = {name.partition(":")[0] for name in arguments} | _OWN | {f"_sum_{name}" for name in self.added}
        if own & {name for place in read.values() for name in place} | own & {s.target for s in self.block.statements}:
            raise NoKernel
        lanes = f"_member*_n_{self.lane_side} + _lane"
        before = [
            "_member = tl.program_id(0).to(tl.int64)",
            "_lane = tl.program_id(1)*WIDTH + tl.arange(0, WIDTH)",
            f"_inside = _lane < _n_{self.lane_side}",
            "ONE = tl.full((), 1, NUMBER)  # makes numbers of the program as precise as states",
            *(f"{name} = _{name}{'' if name == 'learning' else '*ONE'}" for name in read["fixed"]),
            *(f"{name} = tl.load(_of_{name} + _member*_member_{name})" for name in read["shared"]),
            *(f"{name} = tl.load({_place(name, '_lane')}, mask=_inside, other=0)" for name in read["lanes"]),
            *(f"_sum_{name} = tl.load(_added_{name} + {lanes}, mask=_inside, other=0)" for name in self.added),
        ]
        pair = "_fired)*_n_post + _lane" if self.side == "pre" else "_lane)*_n_post + _fired"
        loop = [
            f"_fired = tl.load(_found + _member*_n_{self.side} + _event)",
            *(f"{name} = tl.load({_place(name, '_fired')})" for name in read["fired"]),
            f"_synapse = (_member*_n_pre + {pair}",
            *(f"{name} = tl.load(_own_{name} + _synapse, mask=_inside, other=0)" for name in read["own"]),
            *self.derived,
            *body,
            *(
                f"tl.store(_own_{name} + _synapse, tl.cast({name}, _own_{name}.dtype.element_ty), mask=_inside)"
                for name in written
            ),
        ]
        after = [f"tl.store(_added_{name} + {lanes}, _sum_{name}, mask=_inside)" for name in self.added]
        lines = [*before, "for _event in range(tl.load(_count + _member)):", *(f"    {line}" for line in loop), *after]
        head = f'@triton.jit\ndef {self.block.function}_kernel({", ".join(arguments)}):\n    """{self.block.where}."""'
        return "\n".join((head, *(f"    {line}" for line in lines)))

    def _launch(self) -> str:
        read = self.read
        arguments = [f'"{self.side}"', repr(list(read["own"].values())), repr(list(self.added.values()))]
        arguments += [f"[{', '.join(read[place].values())}]" for place in ("lanes", "fired", "shared")]
        arguments += [f"_{name}={code}" for name, code in read["fixed"].items()]
        function = self.block.function
        return (
            f'def {function}_rows(_n, _wiring, _events):\n    """{self.block.where}."""\n'
            f"    launched({function}_kernel, _n, _wiring, _events, {', '.join(arguments)})"
        )


def _place(name: str, neuron: str) -> str:
    return f"_of_{name} + _member*_member_{name} + {neuron}*_neuron_{name}"


class _Renderer(TorchRenderer):
    """Renders an expression for a kernel."""

    def render_func(self, node: ast.Name) -> str:
        if node.id not in _FUNCTIONS:
            raise NoKernel
        return _FUNCTIONS[node.id]

    def render_Call(self, node: ast.Call) -> str:  # noqa: N802
        arguments = [self.render_node(argument) for argument in node.args]
        match node.func.id, arguments:  # type: ignore[attr-defined]
            case "int", [x]:
                return f"kernel_whole({x}, NUMBER)"
            case "timestep", [t, dt]:
                return f"kernel_whole(kernel_over(({t}) + 1e-3*ONE*({dt}), ({dt})*ONE), NUMBER)"
            case "clip", [x, low, high]:
                return f"kernel_clip({x}, {low}, {high})"
        of_numbers = [x if node.func.id in _OF_ANY else f"({x})*ONE" for x in arguments]  # type: ignore[attr-defined]
        return f"{self.render_func(node.func)}({', '.join(of_numbers)})"  # type: ignore[arg-type]

    def render_BinOp(self, node: ast.BinOp) -> str:  # noqa: N802
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 2:
            x = self.render_element_parentheses(node.left)
            return f"{x}*{x}"
        if isinstance(node.op, ast.Pow | ast.Mod | ast.FloorDiv):
            raise NoKernel
        if isinstance(node.op, ast.Div):  # of whole numbers too it is a real one
            return f"kernel_over(({self.render_node(node.left)})*ONE, ({self.render_node(node.right)})*ONE)"
        return super().render_BinOp(node)

    def render_Constant(self, node: ast.Constant) -> str:  # noqa: N802
        return f"({node.value!r}*ONE)" if isinstance(node.value, float) else super().render_Constant(node)

    def render_UnaryOp(self, node: ast.UnaryOp) -> str:  # noqa: N802
        if isinstance(node.op, ast.Not):
            return f"({self.render_element_parentheses(node.operand)} == 0)"
        return super().render_UnaryOp(node)

    def render_Name(self, node: ast.Name) -> str:  # noqa: N802
        if node.id in CONSTANTS:
            if node.id != "inf":
                raise NoKernel
            return 'float("inf")'
        return super().render_Name(node)


def _rendered(expression: str, where: str) -> str:
    return _Renderer(where).render_node(ast.parse(expression.strip(), mode="eval").body)
