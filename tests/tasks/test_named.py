import json

import numpy as np
import pytest

import tasks
from tasks import TaskError
from tests.tasks import marked


def test_names():
    assert "split-fashion-mnist" in tasks.names()
    assert len(tasks.names()) == 17
    for name in tasks.names():
        assert tasks.named(name).name == name


def test_named_with_options():
    assert tasks.named("permuted-mnist", tasks=3, samples=100) == tasks.permuted("mnist", 3, samples=100)
    assert tasks.named("consecutive-fashion-mnist+mnist") == tasks.consecutive(("fashion-mnist", "mnist"))


@pytest.mark.parametrize(
    "stream",
    [
        tasks.split("mnist"),
        tasks.split("mnist", np.int64(5), samples=np.int32(100)),
        tasks.split("fashion-mnist", 5, class_seed=2, scenario="task-incremental", blank="10 ms"),
        tasks.permuted("digits", 3, boundaries="blurred", blur=9, encoding=tasks.Latency("35 ms")),
        tasks.rotated("mnist", angles=[0, 12.5], shuffled=True, duration="33 ms"),
        tasks.consecutive(("mnist", "fashion-mnist"), scenario="class-incremental", passes=3),
        tasks.subsets("fashion-mnist", 6, samples=600, order_seed=1),
    ],
    ids=str,
)
def test_there_and_back_through_text(stream):
    written = stream.to_dict()
    assert tasks.from_dict(json.loads(json.dumps(written))) == stream
    values = [*written.values(), *written["encoding"].values(), *written.get("angles", [])]
    assert {type(value) for value in values} <= {str, int, float, bool, list, dict}  # TOML has no null


def test_own_data_is_given_again():
    data = marked.dataset()
    stream = tasks.split(data, samples=60)
    written = stream.to_dict()
    assert (written["kind"], written["dataset"]) == ("split", "marked")
    assert tasks.from_dict(written, dataset=data) == stream
    with pytest.raises(
        TaskError, match="data set 'marked' is your own and not known by name; give it, as in from_dict"
    ):
        tasks.from_dict(written)
    with pytest.raises(TaskError, match="was made with the data set 'mnist', not with 'marked'"):
        tasks.from_dict(tasks.split("mnist").to_dict(), dataset=data)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (
            lambda: tasks.named("split-mnits"),
            "stream 'split-mnits' is not known; there are split-digits, .*did you mean 'split-mnist'?",
        ),
        (
            lambda: tasks.named("split-mnist", angles=[3]),
            "option of a split stream 'angles' is not known; there are scenario, ",
        ),
        (
            lambda: tasks.from_dict({"dataset": "mnist"}),
            "kind of stream '' is not known; there are split, permuted, rotated, consecutive, subsets.",
        ),
        (lambda: tasks.from_dict({"kind": "split", "dataset": "mnist", "foo": 1}), "'foo' is not known"),
    ],
)
def test_mistakes_are_refused(mistake, message):
    with pytest.raises(TaskError, match=message) as error:
        mistake()
    assert "\n" not in str(error.value)
