"""What a run is asked for: numbers of any type are numbers, everything else gets one sentence, and nothing is begun."""

import numpy as np
import pytest

import tacos
import tasks
from synapses import DeclarationError
from tacos.baselines import Training, named
from tacos.baselines.networks import MLP, Spiking
from tacos.comparison import Plan
from tacos.runs.declaring import declare
from tacos.runs.experiment import run_each
from tacos.runs.running import Running
from tacos.errors import RunError
from tacos.runs.seeds import listed, read
from tests.tacos import runs_support as runs

#: Of no use as a number, a folder, or anything else.
WRONG = [2.5, True, [1], {}, "", 1j, -1, 10**20, float("nan")]


def refused(what, given, tmp_path, monkeypatch):
    """The sentence about it; nothing is written."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((tacos.RunError, DeclarationError)) as error:
        tacos.run(runs.own_network(), runs.own_stream(), **{what: given})
    assert list(tmp_path.iterdir()) == []
    assert "\n" not in str(error.value) and len(str(error.value)) < 250
    return str(error.value)


@pytest.mark.parametrize("given", [*WRONG, "5", 0])
@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("chunk", "A chunk is at least one presentation, "),
        ("processes", "processes is how many replicas run at once, at least one, "),
        ("evaluate_every", "evaluate_every is a whole number of presentations, at least one, "),
    ],
)
def test_counts(what, sentence, given, tmp_path, monkeypatch):
    assert refused(what, given, tmp_path, monkeypatch).startswith(sentence)


@pytest.mark.parametrize("given", [3, 2.5, True, [], "", b"run", "a\0b", 1j])
def test_out(given, tmp_path, monkeypatch):
    assert refused("out", given, tmp_path, monkeypatch).startswith("out is a folder, such as 'runs/first', not ")
    with pytest.raises(tacos.RunError, match="^out is a folder"):
        run_each({"a": runs.own_network()}, runs.own_stream(), out=given)
    with pytest.raises(tacos.RunError, match="^out is a folder"):
        tacos.ablate(runs.flagship(), runs.stream(), "full", out=given)
    with pytest.raises(tacos.RunError, match="^out is a folder"):
        Plan(runs.stream(), given)


@pytest.mark.parametrize("given", [3, 2.5, True, [None], ["hidden: V", 3], b"hidden: V", {}, 1j])
def test_record(given, tmp_path, monkeypatch):
    found = refused("record", given, tmp_path, monkeypatch)
    assert found.startswith("record is such as 'input-hidden: w, m; every=10 presentations', a Recording, or a list of")


@pytest.mark.parametrize("every", [0, -1, 2.5, True, "2", 10**20])
def test_intervals(every):
    right = "Recording of 'hidden': the interval is a number of presentations or steps, at least one"
    with pytest.raises(DeclarationError, match=right):
        tacos.Recording("hidden", "V", every=every)


def test_an_interval_from_the_command_line(tmp_path, monkeypatch):
    assert "and at most 2147483647" in refused("record", f"hidden: V; every={10**20} steps", tmp_path, monkeypatch)
    assert "and at most 2147483647" in refused("record", f"hidden: V; neurons={10**20}", tmp_path, monkeypatch)


@pytest.mark.parametrize("given", [3, [], None, 1j])
def test_other_options(given, tmp_path, monkeypatch):
    assert refused("label", given, tmp_path, monkeypatch).startswith("label is a text")
    assert refused("progress", given, tmp_path, monkeypatch).startswith("progress is True or False, not ")
    if given is not None:
        assert refused("running", given, tmp_path, monkeypatch).startswith("running says how to run, such as Running(")


@pytest.mark.parametrize("given", [3, None, [1], "full"])
def test_conditions(given, tmp_path):
    with pytest.raises(tacos.RunError, match="Conditions are a dictionary {label: network}, not"):
        tacos.run_conditions(given, runs.own_stream(), out=tmp_path)
    with pytest.raises(tacos.RunError, match="Conditions are a dictionary .*whose labels are texts, not 3"):
        tacos.run_conditions({3: runs.own_network()}, runs.own_stream(), out=tmp_path)


def test_counts_of_any_type(tmp_path):
    running = Running(chunk=np.int64(5), processes=np.uint8(2))
    assert (running.chunk, running.processes) == (5, 2)
    assert listed(np.int64(2)) == listed({0, 1}) == listed(np.arange(2)) == listed(range(2)) == [0, 1]
    job = declare(runs.own_network(), runs.own_stream(), [np.int64(3)], running, tmp_path / "run", None, np.int64(2))
    assert job.folder.declaration()["evaluate_every"] == 2 and job.seeds == [3]


@pytest.mark.parametrize(
    "seeds", [True, None, b"12", 10**20, 10**400, range(10**12), [True], [None], [2**40], [1j], {}]
)
def test_seeds(seeds):
    with pytest.raises(tacos.RunError, match="^seeds is how many|^Seeds are different|^A run has 100000 seeds"):
        listed(seeds)


def test_a_stream_of_more_steps_than_can_be_counted(tmp_path):
    network = tacos.error_driven((64, 5), 8, dt="0.05 us", duration="150 ms")
    with pytest.raises(
        tacos.RunError, match="steps are more than the 2147483647 that can be counted; shorten the stream"
    ):
        declare(network, runs.stream().with_options(samples=1400), 1, out=tmp_path / "run")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"grid_seeds": True}, "The grid needs at least one .*grid_seeds is such a number, not True"),
        ({"rounds": 10**20}, "The grid needs at least one .*rounds is such a number, and at most 1000"),
        ({"start": "5"}, "start is a dictionary {label: factor on the learning rate}, not '5'"),
        ({"start": {"full": -1}}, "start is a dictionary .* which is above zero, not -1"),
        ({"learning_rate": 3}, "learning_rate is the name of a parameter, such as 'eta', not 3"),
        ({"front": 3}, "front names parameters, such as .'dm', 'tau_c'., not 3"),
        ({"front": [1]}, "front names parameters, such as .'dm', 'tau_c'., not 1"),
        ({"conditions": 3}, "conditions are texts such as .*, not 3"),
        ({"conditions": [None]}, "conditions are texts such as .*, not None"),
    ],
)
def test_an_ablation(options, sentence, tmp_path):
    with pytest.raises(tacos.RunError, match=sentence):
        tacos.ablate(runs.flagship(), runs.stream(), out=tmp_path / "run", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: named("online-ewc", decay=-3), "The decay of online EWC is what is left, from 0 to 1, not -3"),
        (lambda: named("online-ewc", decay=float("nan")), "from 0 to 1, not nan"),
        (lambda: named("online-ewc", decay="1"), "from 0 to 1, not '1'"),
        (lambda: named("ewc", strength=True), "The strength of EWC is a number, zero or more, not True"),
        (lambda: named("si", damping=0), "The damping of SI is a number above zero, not 0"),
        (lambda: named("mas", batch=2.5), "The batch of MAS is a whole number above zero, not 2.5"),
        (lambda: MLP((10**12,)), "hidden is the size of each hidden layer, .*at most 10000000, not 1000000000000"),
        (lambda: MLP((True,)), "hidden is the size of each hidden layer, .*not True"),
        (lambda: Spiking(steps=0), "steps of a spiking network is a number above zero, not 0"),
        (lambda: Spiking(tau_mem=float("nan")), "tau_mem of a spiking network is a number above zero, not nan"),
        (lambda: Training(batch=True), "A batch is a whole number of presentations, at least one, not True"),
        (lambda: Training(learning_rate=None), "A learning rate is a number above zero and finite, not None"),
    ],
)
def test_baselines(make, sentence):
    with pytest.raises(tacos.RunError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("option", "value"),
    # Hidden neurons may be left to the network.
    [
        (o, v)
        for o in ("seeds", "batch", "hidden", "choice_seed")
        for v in (True, 2.5, None, 10**20)
        if (o, v) != ("hidden", None)
    ],
)
def test_a_comparison(option, value, tmp_path):
    right = "seeds is how many|^A comparison needs|^A run has" if option == "seeds" else f"{option} is a whole number, "
    with pytest.raises(tacos.RunError, match=right):
        Plan(runs.stream(), tmp_path, **{option: value})


@pytest.mark.parametrize("option", ["samples", "test_samples", "passes", "order_seed", "validation"])
@pytest.mark.parametrize("value", [True, 2.5, "5", -1, float("nan"), 1j, [1], 10**20])
def test_a_stream(option, value):
    with pytest.raises(tasks.TaskError, match=f"{option} = .* must be a whole number of at (least|most) "):
        tasks.named("split-digits", **{option: value})


def test_seeds_as_a_text():
    assert read("3") == 3 and read("0-2, 5") == [0, 1, 2, 5] and read("4-4") == [4] and listed(read(" 2 ")) == [0, 1]


@pytest.mark.parametrize("text", ["", "x", "1-", "-1-2", "5-3", "1-2-3", "0-2,", "1.5", "0..3"])
def test_seeds_that_cannot_be_read(text):
    with pytest.raises(RunError, match="Seeds are a number of them, such as 10, or which, such as 0-9,12; not"):
        read(text)


def test_too_many_seeds_are_refused_before_there_is_a_list():
    with pytest.raises(RunError, match="at most"):
        read("0-9999999999")
