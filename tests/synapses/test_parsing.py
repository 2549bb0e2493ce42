"""Threads may parse at the same time, whatever Python does about it."""

import ast
import gc
import sys
import threading
import time

import pytest

from synapses.language import parsing
from synapses.language.parsing import parsing_in_turns


def test_threads_parse_at_the_same_time():
    """With a collection of garbage in the midst of each expression, during which another thread may take over."""
    expression = "+".join(f"f(x{k}*(y + {k}))" for k in range(30))
    failures = []

    def parse(depth):
        if depth:
            return parse(depth - 1)
        for _ in range(20):
            try:
                ast.parse(expression, mode="eval")
            except SystemError as error:
                failures.append(f"{sys.version}: {error}")

    def let_others(*_):
        time.sleep(0)

    threads = [threading.Thread(target=parse, args=(10 * k,)) for k in range(4)]
    usual = gc.get_threshold()
    gc.callbacks.append(let_others)
    gc.set_threshold(20)
    try:
        with parsing_in_turns():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        gc.callbacks.remove(let_others)
        gc.set_threshold(*usual)
    assert not failures


@pytest.mark.parametrize("needed", [True, False])
def test_python_is_as_it_was_once_the_last_has_left(needed, monkeypatch):
    monkeypatch.setattr(parsing, "NEEDED", needed)
    before = ast.parse
    with parsing_in_turns():
        with parsing_in_turns():
            within = ast.parse
        assert ast.parse is within and (within is not before) is needed
        assert ast.unparse(ast.parse("a + b", mode="eval")) == "a + b"
    assert ast.parse is before
    with pytest.raises(KeyError), parsing_in_turns():
        raise KeyError
    assert ast.parse is before
