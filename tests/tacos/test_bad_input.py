"""A mistake gets one sentence and status 1, costs nothing that was there, and shows no traceback."""

import errno
import gzip
import os
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

import tacos
import tasks
from synapses import Mechanism, State, Synapse
from tacos.backends import BackendError, RawRecord, Stretch, simulator
from tacos.networks.initial import initial_state
from tacos.networks.populations import lif
from tacos.runs.declaring import declare
from tacos.runs.folder import RunFolder
from tests.tacos import runs_support as runs

DATA = os.environ.get("TACOS_DATA", runs.ROOT.parent / "shared" / "data")
SMALL = ("run", "split-digits", "--samples", "20", "--test-samples", "10", "--hidden", "8")


def refused(capfd, *arguments):
    """The sentence on stderr of a command that fails."""
    status, out, error = runs.cli(capfd, *arguments)
    assert status == 1, (out, error)
    assert "Traceback" not in error
    last = error.splitlines()[-1]
    assert last.startswith("tacos: "), error
    assert out == ""
    return last.removeprefix("tacos: ")


# -- what is asked for ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "split-mnits"], "stream 'split-mnits' is not known; there are split-digits, .* mean 'split-mnist'.$"),
        ([*SMALL, "--synapse", "taco"], "There is no synapse 'taco'; there are tacos, stdp, .*did you mean 'tacos'.$"),
        ([*SMALL, "--without", "sleep"], "no mechanism 'sleep'; its mechanisms are: error feedback, metaplasticity, "),
        (
            [*SMALL, "--set", "eye.eta=1"],
            "'eye.eta': there is no projection or population 'eye'; there are input-hidden",
        ),
        ([*SMALL, "--set", "zeta=1"], "No plastic projection has a parameter 'zeta'; there are .*eta"),
        ([*SMALL, "--set", "input-hidden.zeta=1"], "zeta"),
        ([*SMALL, "--set", "hidden.zeta=1"], "Population 'hidden' has no parameter 'zeta'; its parameters are tau_syn"),
        ([*SMALL, "--set", "tau_c=3 mV"], "Parameter 'tau_c' has the unit volt, but second is needed.$"),
        ([*SMALL, "--set", "tau_c=3"], "Parameter 'tau_c' .* second is needed.$"),
        ([*SMALL, "--set", "eta=3 ms"], "Parameter 'eta' has the unit second, but 1 .no unit. is needed.$"),
        ([*SMALL, "--set", "eta=much"], "'much' is not a number with a unit, such as 0.003 or '25 ms'.$"),
        ([*SMALL, "--set", "eta=import os"], "'import os' is not a number with a unit"),
        ([*SMALL, "--set", "eta"], "'eta' is not of the form OWNER.PARAMETER=VALUE.$"),
        ([*SMALL, "--set", "eta="], "'eta=' is not of the form OWNER.PARAMETER=VALUE.$"),
        ([*SMALL, "--stream", "boundaries"], "'boundaries' is not of the form OPTION=VALUE.$"),
        ([*SMALL, "--stream", "border=sharp"], "option of a split stream 'border' is not known; there are "),
        ([*SMALL, "--stream", "boundaries=soft"], "kind of boundaries 'soft' is not known; there are sharp, blurred"),
        ([*SMALL, "--stream", "duration=150 mV"], "duration = '150 mV' is not a time; write for example '150 ms'"),
        ([*SMALL, "--scenario", "easy"], "scenario 'easy' is not known; there are domain-incremental, class-"),
        ([*SMALL, "--backend", "nest"], "There is no backend 'nest'; there are brian2, torch.$"),
        ([*SMALL, "--mode", "fast"], "There is no mode 'fast'; there are standalone, runtime.$"),
        ([*SMALL, "--dtype", "float16"], "There is no precision 'float16'; there are float32, float64.$"),
        ([*SMALL, "--dt", "1 mV"], "dt has the unit volt, but second is needed.$"),
        ([*SMALL, "--dt", "0.7 ms"], "A presentation of 0.15 s is not a whole number of steps of 0.0007 s.$"),
        ([*SMALL, "--dt", "-1 ms"], "The time step .* must lie between 0 and the duration"),
        ([*SMALL, "--dt", "50 ms"], "the time step of 0.05 s is longer than tau_.*; make dt shorter.$"),
        ([*SMALL, "--hidden", "0"], "Population 'hidden' needs at least one neuron, not 0.$"),
        ([*SMALL, "--seeds", "0"], "There is nothing to run with 0 seeds; ask for at least one, e.g. --seeds 3.$"),
        ([*SMALL, "--seeds", "-2"], "There is nothing to run with -2 seeds"),
        (["demo", "--seeds", "0"], "There is nothing to run with 0 seeds"),
        ([*SMALL, "--samples", "-5"], "samples = -5 must be a whole number of at least 1.$"),
        ([*SMALL, "--samples", "0"], "samples = 0 must be a whole number of at least 1.$"),
        ([*SMALL, "--samples", "7"], "7 training samples in all leave class 5 of task 2 without one; take at least 10"),
        ([*SMALL, "--samples", "100000"], "10000 training samples of class 0 were asked for, but there are 143"),
        ([*SMALL, "--test-samples", "100000"], "held-out samples of class 0 were asked for, but there are"),
        ([*SMALL, "--processes", "0"], "how many replicas run at once, at least one, not 0.$"),
        ([*SMALL, "--chunk", "-3"], "A chunk is at least one presentation, not -3.$"),
        ([*SMALL, "--evaluate-every", "0"], "evaluate_every is a whole number of presentations, at least one, not 0.$"),
        ([*SMALL, "--record", "nowhere: w"], "Cannot record 'nowhere': there is no such projection or population"),
        ([*SMALL, "--record", "hidden: zeta"], "'hidden' has no state 'zeta' to record; there are "),
        ([*SMALL, "--record", "w; every=often"], "write every=10 presentations, or every=1 step, not every=often.$"),
        ([*SMALL, "--seeds", str(10**20)], "A run has 100000 seeds at most; ask for fewer, e.g. --seeds 3.$"),
        ([*SMALL, "--chunk", str(10**20)], "A chunk is at least one presentation, and at most 2147483647, not "),
        (
            [*SMALL, "--dt", "1e-300 s"],
            "A presentation of 0.15 s is more than 10000000 steps of 1e-300 s; make it short",
        ),
        ([*SMALL, "--stream", "duration=1e9 s"], "A presentation of 1e.09 s is more than 10000000 steps of 0.001 s"),
        (
            [*SMALL, "--hidden", str(10**12)],
            "hidden=200 or hidden=.200, 100., and at most 10000000, not 1000000000000.$",
        ),
        ([*SMALL, "--samples", str(10**20)], "samples = 1000.* must be a whole number of at most 2147483647.$"),
        (
            [*SMALL, "--record", f"w; every={10**20} steps"],
            "the interval is a number of .*, and at most 2147483647, not",
        ),
        ([*SMALL, "--set", "tau_m=-1 ms"], "No plastic projection has a parameter 'tau_m'"),
        (
            [*SMALL, "--set", "hidden.tau_m=-1 ms"],
            "'tau_m' is a time constant, which is longer than zero, not -0.001 s.$",
        ),
        ([*SMALL, "--set", "eta=1e999"], "Parameter 'eta' is infinite"),
        (["cite", "taco"], "There is no synapse 'taco'; there are tacos, "),
        (["show", "nothing"], "'nothing' is not the folder of a run: it has no run.toml.$"),
        (["plot", "nothing"], "'nothing' is not the folder of a run: it has no run.toml.$"),
        (["resume", "nothing"], "'nothing' is not the folder of a run: it has no run.toml.$"),
    ],
)
def test_one_sentence(arguments, sentence, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = refused(capfd, *arguments)
    assert re.search(sentence, found), found
    assert list(tmp_path.iterdir()) == [], "nothing was begun"


def test_an_argument_that_is_no_text(capfd, tmp_path, monkeypatch):
    """As Python reads bytes of another encoding than that of the locale."""
    monkeypatch.chdir(tmp_path)
    for arguments in ([*SMALL, "--out", "\udcfcber"], ["show", "\udcfcber"]):
        expected = "'?ber' cannot be read in this locale; write UTF-8, and set LC_ALL=C.UTF-8 or the like."
        assert refused(capfd, *arguments) == expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seeds", [[], [1, 1], [-1], [2**31], "3", 2.5, [0.5]])
def test_seeds_from_python(seeds, tmp_path):
    with pytest.raises(
        tacos.RunError, match="such as 3, or a list|Seeds are different whole numbers from 0 to 2147483647."
    ):
        tacos.run(runs.flagship(), runs.stream(), seeds, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_network_for_other_images_or_classes(tmp_path):
    wide = tacos.error_driven((784, 5), hidden=8)
    with pytest.raises(
        tacos.RunError, match="expects 784 values of 'image', the stream 'split-digits' shows 64; build "
    ):
        tacos.run(wide, runs.stream(), out=tmp_path / "run")
    many = tacos.error_driven((64, 10), hidden=8)
    with pytest.raises(
        tacos.RunError, match="expects 10 values of 'target', the stream 'split-digits' shows 5; build "
    ):
        tacos.run(many, runs.stream(), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_readout_that_cannot_answer(tmp_path):
    def ending_in(output):
        return replace(runs.own_network(), populations=(*runs.own_network().populations[:-1], output))

    with pytest.raises(tacos.RunError, match="'output' has 4 neurons for the 5 classes that 'split-digits' asks for"):
        tacos.run(ending_in(lif("output", 4)), runs.own_stream(), out=tmp_path / "run")
    silent = replace(lif("output", 5), threshold="", reset="")
    with pytest.raises(tacos.RunError, match="'output' does not spike, and answers are counted in its spikes"):
        tacos.run(ending_in(silent), runs.own_stream(), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_readout_of_more_neurons_than_classes_is_remarked(tmp_path):
    network = replace(runs.own_network(), populations=(*runs.own_network().populations[:-1], lif("output", 40)))
    with pytest.warns(
        UserWarning, match="'output' has 40 neurons and .* 5 classes: answers are read from neurons 0 to 4"
    ):
        declare(network, runs.own_stream(), 1, out=tmp_path / "run")


# -- data ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (np.nan, "train_images: pixel 3 of image 1 is nan; pixels must be numbers from 0 to 1.$"),
        (-0.5, "train_images: pixel 3 of image 1 is -0.5; pixels must be numbers from 0 to 1.$"),
        (1.5, "pixel 3 of image 1 is 1.5"),
    ],
)
def test_pixels(value, sentence):
    images = np.full((4, 64), 0.5)
    images[1, 3] = value
    with pytest.raises(tasks.DataError, match=sentence):
        tasks.from_arrays("mine", images, [0, 1, 0, 1], np.zeros((2, 64)), [0, 1], (8, 8))


def test_image_size():
    with pytest.raises(
        tasks.DataError, match=r"train_images has shape \(4, 63\); for images of 8 x 8 it must be \(n, 64\)"
    ):
        tasks.from_arrays("mine", np.zeros((4, 63)), [0, 1, 0, 1], np.zeros((2, 64)), [0, 1], (8, 8))


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty folder of data, no cache, and no network connection."""

    def offline(url, path):
        raise OSError("Name or service not known")

    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    monkeypatch.setenv("TACOS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tasks.download._fetch_with_pooch", offline)
    return folder


MNIST = ("run", "split-mnist", "--samples", "20", "--test-samples", "10", "--hidden", "8")


def test_missing_data_and_no_network(data, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = refused(capfd, *MNIST)
    assert found.startswith("mnist/train-images-idx3-ubyte.gz was not found: set TACOS_DATA (now ")
    assert "no mirror gave it: https://" in found and found.count("Name or service not known") >= 2
    assert not (tmp_path / "runs").exists()


def test_truncated_data(data, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = data / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(bytes(100_000))[:-30])
    assert f"{path} is truncated: expected sha256 ba891046e650" in refused(capfd, *MNIST)
    path.write_bytes(gzip.compress(bytes(100_000)))
    assert "is truncated: expected sha256 ba891046e650" in refused(capfd, *MNIST)


def test_altered_data(data, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = data / "train-images-idx3-ubyte"
    with open(path, "wb") as file:
        file.truncate(47040016)  # as long as it should be
    found = refused(capfd, *MNIST)
    assert f"{path} is altered: expected sha256 ba891046e650" in found
    assert "of 47040016 decompressed bytes, found " in found
    path.unlink()
    path.with_suffix(".gz").write_bytes(b"not gzip at all")
    assert "is altered" in refused(capfd, *MNIST)


def test_an_altered_small_file(data, tmp_path, capfd, monkeypatch):
    """One label of the real data set is another."""
    source = os.path.join(DATA, "mnist")
    names = [f"{name}.gz" for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")]
    if not all(os.path.exists(os.path.join(source, name)) for name in names):
        pytest.skip("needs the files of MNIST")
    monkeypatch.chdir(tmp_path)
    os.symlink(os.path.join(source, names[0]), data / names[0])
    with gzip.open(os.path.join(source, names[1])) as file:
        labels = bytearray(file.read())
    labels[1000] ^= 1
    (data / names[1]).write_bytes(gzip.compress(bytes(labels), 1))
    assert "train-labels-idx1-ubyte.gz is altered: expected sha256 65a50cbbf4e9" in refused(capfd, *MNIST)


# -- where to write ------------------------------------------------------------------------------------------------


def test_a_folder_with_a_different_run(tmp_path, capfd):
    made = runs.made_up_run(tmp_path / "run", {0: [[0.5, 0.5], [0.5, 0.5]]})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    found = refused(capfd, *SMALL, "--out", made.folder.path)
    assert found.startswith(f"'{made.folder.path}' already holds a different run (another ")
    assert found.endswith("; choose another --out.")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_with_something_else(tmp_path, capfd):
    (tmp_path / "thesis.tex").write_text("nine years")
    expected = "already exists and is not the folder of a run; choose another --out."
    assert refused(capfd, *SMALL, "--out", tmp_path) == f"'{tmp_path}' {expected}"
    assert refused(capfd, *SMALL, "--out", tmp_path / "thesis.tex") == f"'{tmp_path / 'thesis.tex'}' {expected}"
    assert (tmp_path / "thesis.tex").read_text() == "nine years"


def test_a_folder_that_cannot_be_written(tmp_path, capfd, monkeypatch):
    (tmp_path / "file").write_text("")
    found = refused(capfd, *SMALL, "--out", tmp_path / "file" / "run")
    assert found.startswith(f"Cannot read or write '{tmp_path / 'file' / 'run' / 'run.toml'}': ")
    assert found.endswith("; choose another place.")

    def denied(*arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tacos.runs.storage.tempfile.mkstemp", denied)
    found = refused(capfd, *SMALL, "--out", tmp_path / "run")
    assert found.endswith("run.toml': Permission denied; choose another place.")


def test_figures_that_cannot_be_written(tmp_path, capfd):
    made = runs.made_up_run(tmp_path / "run", {0: [[0.5, 0.5]]})
    (made.folder.path / "figures").write_text("")
    found = refused(capfd, "plot", made.folder.path)
    assert "figures" in found and found.endswith("; choose another place.")


def test_a_run_of_a_newer_version(tmp_path, capfd):
    path = runs.made_up_run(tmp_path / "run", {0: [[0.5, 0.5], [0.5, 0.5]]}).folder.path
    text = (path / "run.toml").read_text().replace("format = 1\n", "format = 2\n")
    (path / "run.toml").write_text(text)
    for command in ("show", "plot", "resume"):
        if command == "show":
            (path / "results.nc").unlink()
        found = refused(capfd, command, path)
        assert found == f"'{path}' was written by a newer version (format 2, this one reads 1); update TACOS."


def test_show_of_a_run_that_has_nothing_yet(tmp_path, capfd):
    path = runs.made_up_run(tmp_path / "run", {0: []}, state="running").folder.path
    assert refused(capfd, "show", path) == f"No replica of '{path}' has finished; go on with: tacos resume {path}"
    (path / "results.nc").unlink()
    assert refused(capfd, "show", path) == (
        f"'{path}' has no results yet; its status is 'killed'. It goes on with: tacos resume {path}"
    )


# -- while running -------------------------------------------------------------------------------------------------

FAST = ("--stream", "duration=20 ms")


@pytest.mark.slow
def test_without_a_compiler_numpy_takes_over_and_says_so(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("CXX", "/nowhere/g++")
    monkeypatch.setenv("PATH", str(tmp_path))
    options = [*runs.flagship_options(), *FAST, "--samples", "10", "--test-samples", "10", "--out", tmp_path / "run"]
    status, out, error = runs.cli(capfd, "run", "split-digits", *options)
    assert status == 0, error
    assert "No C++ compiler was found: running with NumPy instead, some ten times slower" in error.splitlines()
    assert "1 of 1 seeds finished" in out
    assert "runtime with numpy" in RunFolder(tmp_path / "run").status()["simulator"]


@pytest.mark.slow
@pytest.mark.compiled
def test_weights_that_diverge(tmp_path):
    out = tmp_path / "run"
    growing = Synapse("growing", (Mechanism("growth", on_pre="w = w*1e30"),), (State("w", 1.0),))
    stream = runs.stream()
    with pytest.raises(tacos.RunError) as error:
        tacos.run(tacos.error_driven(stream, 10, growing), stream, 1, out=out, progress=False)
    found = str(error.value)
    assert found.startswith("Seed 0: '") and "is no longer finite at presentation " in found
    assert found.endswith("lower the learning rate or the time step.")
    status = RunFolder(out).status()
    assert (status["state"], status["reason"]) == ("failed", found)


@pytest.mark.slow
@pytest.mark.compiled
def test_a_failing_program_says_how_to_go_on(tmp_path, monkeypatch, tmp_path_factory):
    expected = runs.flagship_run(tmp_path_factory.getbasetemp())
    out = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:

        def fail(self, state, task):
            raise BackendError("The simulation program failed: it ended with status 9.")

        patch.setattr("tacos.backends.brian2.standalone.StandaloneSimulator.run", fail)
        with pytest.raises(tacos.RunError, match=f"status 9. Once that is mended, go on with: tacos resume {out}$"):
            tacos.run(runs.flagship(), runs.stream(), 2, out=out, record=runs.RECORD, progress=False)
    assert RunFolder(out).status()["state"] == "failed"
    runs.assert_same_run(expected, tacos.resume(out, progress=False))


@pytest.mark.compiled
def test_a_network_that_cannot_be_compiled(tmp_path, monkeypatch):
    broken = tmp_path / "g++"
    broken.write_text("#!/bin/sh\necho error: no such flag >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    monkeypatch.setenv("TACOS_CACHE", str(tmp_path / "cache"))
    with pytest.raises(tacos.RunError, match="The network could not be compiled"):
        tacos.run(runs.own_network(), runs.own_stream(), out=tmp_path / "run", progress=False)
    assert RunFolder(tmp_path / "run").status()["state"] == "failed"
    assert not list((tmp_path / "cache").glob("building-*")), "nothing half built is left"


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_record_on_a_full_disk_ends_the_program(tmp_path):
    network = runs.flagship()
    images, targets = runs.stream().presentations(0, 0, 9)
    record = RawRecord("input-hidden.w", tmp_path / "full", unit="step")
    os.symlink("/dev/full", record.path)
    task = Stretch({"image": images}, first=0, seed=0, phase=0, learning=True, n=9, records=[record])
    with pytest.raises(BackendError, match="cannot write a record: is the disk full?"):
        simulator(network).run(initial_state(network.lowered, 0), task)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()

    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=False)


@pytest.mark.compiled
def test_a_full_disk_leaves_a_readable_folder_and_a_run_to_go_on_with(small_disk, tmp_path, capfd):
    """The first replica has finished when the records of the second fill the disk."""
    out = small_disk / "run"
    record = "hidden-output: w; every=1 step"  # 160 bytes a step: 1.4 MB in 60 presentations
    options = ["split-digits", *runs.flagship_options(), "--samples", 60, "--seeds", 2, "--processes", 1, "--chunk", 10]
    options += ["--record", record]
    (small_disk / "other").write_bytes(bytes(12 * 2**20 - 2_500_000))
    found = refused(capfd, "run", *options, "--out", out)
    assert "disk full" in found or "No space left on device" in found
    assert "free some space" in found or f"tacos resume {out}" in found
    status, text, error = runs.cli(capfd, "show", out)
    assert status == 0, error
    assert "1 of 2 seeds finished" in text
    assert runs.cli(capfd, "show", out, "--json")[0] == 0
    (small_disk / "other").unlink()
    status, text, error = runs.cli(capfd, "resume", out)
    assert status == 0, error
    status, _, error = runs.cli(capfd, "run", *options, "--out", tmp_path / "uninterrupted")
    assert status == 0, error
    runs.assert_same_run(tacos.load(tmp_path / "uninterrupted"), tacos.load(out))
