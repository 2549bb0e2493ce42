"""Runs on the torch backend: from the command line to the folder, stopped and resumed, several conditions at once."""

import shutil

import numpy as np
import pytest

import tacos
import tasks
from tacos.errors import RunError
from tacos.measures.statistics import paired_difference
from tacos.runs.checkpoint import load_checkpoint
from tacos.runs.folder import RunFolder
from tests.tacos import runs_support as runs

SHORT = {"samples": 40, "test_samples": 40, "duration": "50 ms"}


def stream(**options):
    return tasks.named("split-digits", **{**SHORT, **options})


def network(**options):
    return tacos.error_driven(stream(), hidden=12).with_parameters(w_initial=3.0, **options)


def state(folder, seed):
    return load_checkpoint(RunFolder(folder).replica(seed))[0]


def assert_same_state(one, other, seeds):
    for seed in seeds:
        found, expected = state(one, seed), state(other, seed)
        assert found.keys() == expected.keys()
        for key in expected:
            np.testing.assert_array_equal(found[key], expected[key], err_msg=f"{key}, seed {seed}")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """An uninterrupted run of three seeds with records."""
    path = tmp_path_factory.mktemp("torch") / "run"
    record = [
        "input-hidden: w, m; synapses=between([0:2, 0:5], [0 3]); every=2 presentations",
        "hidden-output: w; synapses=random(9)",
        "hidden: spikes",
        "output: V; neurons=random(2); every=7 steps",
    ]
    tacos.run(network(), stream(), 3, out=path, backend="torch", record=record, chunk=8, progress=False)
    return path


def test_the_folder_says_how_it_was_run(finished):
    folder = RunFolder(finished)
    declared = folder.declaration()
    assert (declared["backend"], declared["device"], declared["dtype"]) == ("torch", "cpu", "float32")
    assert "mode" not in declared
    assert folder.status()["simulator"].startswith("torch 2")
    compile((finished / "network.py").read_text(), "network.py", "exec")
    result = tacos.load(finished)
    assert result.dataset.sizes["replica"] == 3
    assert result.trajectories("input-hidden").sizes["synapse"] == 20


@pytest.mark.slow
def test_stopped_and_resumed_in_other_chunks(finished, tmp_path, monkeypatch):
    """Replicas that were left at different places end as without the interruption."""
    from tacos.runs import replica

    path, record = tmp_path / "run", RunFolder(finished).declaration()["record"]
    record = [tacos.Recording.from_dict(item) for item in record]
    learn, learned = replica.Replica._learn, []

    def failing(self, *arguments):
        learned.append(self.seed)
        if len(learned) == 8:
            raise RunError("the power went out")
        return (yield from learn(self, *arguments))

    monkeypatch.setattr(replica.Replica, "_learn", failing)
    with pytest.raises(RunError, match="the power went out"):
        tacos.run(network(), stream(), 3, out=path, backend="torch", record=record, chunk=4, progress=False)
    monkeypatch.setattr(replica.Replica, "_learn", learn)
    assert [load_checkpoint(RunFolder(path).replica(seed))[1].position for seed in range(3)] == [8, 8, 8]
    shutil.rmtree(RunFolder(path).replica(1))  # this one begins anew beside the others
    tacos.resume(path, chunk=5, progress=False)
    assert_same_state(path, finished, range(3))
    for item in record:
        mine, others = (tacos.load(run).trajectories(item.owner, item.states[0]) for run in (path, finished))
        assert mine.identical(others) and len(mine.dims) > 1
    np.testing.assert_array_equal(tacos.load(path).dataset.accuracy, tacos.load(finished).dataset.accuracy)


def test_conditions_run_as_one_batch(finished, tmp_path, monkeypatch):
    """Those that share their equations; each is what it is alone."""
    from tacos.backends.torch.simulator import TorchSimulator

    sizes = []
    together = TorchSimulator.run_together
    monkeypatch.setattr(
        TorchSimulator, "run_together", lambda self, asked: sizes.append(len(asked)) or together(self, asked)
    )
    full = network()
    conditions = {
        "all of it": full,
        "metaplasticity off": full.switched_off("metaplasticity"),
        "slow": full.with_parameters(**{"input-hidden.eta": 0.001}),
        "without metaplasticity": full.without("metaplasticity"),
    }
    results = tacos.run_conditions(conditions, stream(), 2, out=tmp_path, backend="torch", progress=False)
    assert set(sizes) == {6, 2}
    assert list(results) == list(conditions)
    assert_same_state(tmp_path / "all-of-it", finished, range(2))
    off, out = state(tmp_path / "metaplasticity-off", 1), state(tmp_path / "without-metaplasticity", 1)
    for key in out:
        np.testing.assert_array_equal(off[key], out[key], err_msg=key)
    assert not np.array_equal(off["input-hidden.w"], state(tmp_path / "slow", 1)["input-hidden.w"])
    sizes.clear()
    again = tacos.run_conditions(conditions, stream(), 2, out=tmp_path, backend="torch", progress=False)
    assert not sizes and again["slow"].dataset.equals(results["slow"].dataset)


def test_conditions_whose_folders_would_be_one(tmp_path):
    with pytest.raises(RunError, match="make them differ in letters or digits"):
        tacos.run_conditions({"a b": network(), "a/b": network()}, stream(), 1, out=tmp_path, backend="torch")


@pytest.mark.slow
@pytest.mark.compiled
def test_conditions_on_brian_are_the_same_run(tmp_path):
    """Another backend, the same seeds: the same weights to rounding."""
    conditions = {"all": network(), "off": network().switched_off("metaplasticity")}
    options = {"dtype": "float64", "progress": False}
    tacos.run_conditions(conditions, stream(), 2, out=tmp_path / "brian", **options)
    tacos.run_conditions(conditions, stream(), 2, out=tmp_path / "torch", backend="torch", **options)
    for name in conditions:
        found, expected = state(tmp_path / "torch" / name, 1), state(tmp_path / "brian" / name, 1)
        for key in expected:
            np.testing.assert_allclose(found[key], expected[key], rtol=0, atol=1e-9, err_msg=key)


@pytest.mark.compiled
@pytest.mark.slow
def test_both_backends_learn_the_same_over_twenty_seeds(tmp_path):
    """In single precision, where rounding differs: the difference is within one point at 90 % confidence."""
    many = stream(samples=120, test_samples=50, duration="100 ms")
    quick = {"input-hidden.w_initial": 3.0, "hidden-output.w_initial": 1.5, "pre_threshold": 1.0, "post_threshold": 0.5}
    rates = {"input-hidden.eta": 0.16, "hidden-output.eta": 0.05}
    learner = tacos.error_driven(many, hidden=30).with_parameters(**quick, **rates)
    accuracy = {}
    for backend in ("torch", "brian2"):
        result = tacos.run(
            learner, many, 20, out=tmp_path / backend, backend=backend, dtype="float32", progress=False,
        )  # fmt: skip
        accuracy[backend] = result.dataset.accuracy.isel(trained_on=-1).mean("tested_on").values
    assert accuracy["torch"].mean() > 0.55, "the comparison means something: they learn"
    assert accuracy["torch"].std() > 0
    difference = paired_difference(accuracy["torch"], accuracy["brian2"], confidence=0.9)
    same = difference.mean == difference.sd == 0  # on every seed: then there is no interval
    assert same or -0.01 < difference.low <= difference.high < 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--backend", "torch", "--device", "quantum"], "There is no device 'quantum'; there are cpu"),
        (["--backend", "jax"], "There is no backend 'jax'; there are brian2, torch."),
        (["--device", "cuda"], "Brian2 runs on the CPU; ask for --backend torch to use 'cuda'."),
        (["--backend", "torch", "--dtype", "float16"], "There is no precision 'float16'; there are float32, float64."),
    ],
)
def test_bad_choices(options, message, tmp_path):
    done = runs.command("run", "split-digits", *options, "--out", tmp_path / "run")
    _, said = done.communicate(timeout=120)
    assert done.returncode == 1
    assert message in said and said.startswith("tacos: ")
    assert not (tmp_path / "run").exists(), "nothing stands in the way of the right choice"


def test_without_pytorch(monkeypatch):
    monkeypatch.setattr("tacos.backends.find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"needs PyTorch: pip install 'tacos-snn\[torch\]'"):
        tacos.run(network(), stream(), backend="torch")
