"""The command line, from the help to the figures."""

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest

import synapses
import tacos
import tasks
from tacos.networks.library import NETWORKS
from tacos.runs.running import Running
from tests.tacos import runs_support as runs

COMMANDS = (
    "run",
    "show",
    "plot",
    "ablate",
    "resume",
    "list",
    "cite",
    "compare",
    "protocol",
    "memory",
    "report",
    "sweep",
    "merge",
    "synapse",
    "demo",
)
MATRICES = {0: [[0.9, 0.2], [0.7, 0.8]], 1: [[0.8, 0.3], [0.6, 0.9]]}


def test_help(capfd):
    status, out, error = runs.cli(capfd, "--help")
    assert (status, error) == (0, "")
    for command in COMMANDS:
        assert f"\n  {command} " in out


def test_without_a_command_the_help_is_shown(capfd):
    _, out, error = runs.cli(capfd)
    assert "Commands:" in out + error


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command, capfd):
    status, out, error = runs.cli(capfd, command, "--help")
    assert (status, error) == (0, "")
    assert "Usage: " in out and "--help" in out
    wanted = {
        "run": "STREAM --synapse --without --set --backend --mode --device --seeds --samples --test-samples --out --record",
        "show": "RUN --json",
        "plot": "RUN --out --trajectories --synapses --neurons --seed --only --title --size --format --style",
        "ablate": "STREAM --synapse --conditions --seeds --samples --out --backend --front --grid --validation-samples",
        "resume": "RUN --processes --chunk",
        "cite": "SYNAPSE",
        "compare": "STREAM --methods --networks --seeds --samples --epochs --draws --quick --out",
        "memory": "SYNAPSE --synapses --patterns --simulate --drive --out --backend",
        "protocol": "PROTOCOL --synapse --without --set --protocol --seeds --synapses --start --dt --out --backend",
        "demo": "--out --seeds",
    }
    for word in wanted.get(command, "").split():
        assert word in out, word


def test_help_and_looking_at_a_run_load_no_simulator(tmp_path):
    """Starting is quick: Brian2 alone takes a second."""
    run = runs.made_up_run(tmp_path / "run", MATRICES).folder.path
    for arguments, unwanted in (
        (["--help"], ("brian2", "torch", "numpy", "sklearn", "matplotlib")),
        (["run", "--help"], ("brian2", "torch", "numpy", "sklearn", "matplotlib")),
        (["show", str(run)], ("brian2", "torch", "sympy", "sklearn", "matplotlib")),
    ):
        code = (
            "import sys\nfrom tacos import cli\n"
            f"sys.argv = ['tacos', *{arguments!r}]\n"
            "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
            f"loaded = [name for name in {unwanted!r} if name in sys.modules]\n"
            "print(loaded, file=sys.stderr)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=runs.ROOT, check=True)
        assert done.stderr.strip() == "[]", arguments
        assert ("accuracy (%)" if "show" in arguments else "Usage") in done.stdout


def test_show(tmp_path, capfd):
    path = runs.made_up_run(tmp_path / "run", MATRICES, label="with everything").folder.path
    status, out, error = runs.cli(capfd, "show", path)
    assert (status, error) == (0, "")
    assert out == str(tacos.load(path)) + "\n"
    assert "condition: with everything" in out


def test_show_json(tmp_path, capfd):
    path = runs.made_up_run(tmp_path / "run", MATRICES).folder.path
    status, out, error = runs.cli(capfd, "show", path, "--json")
    assert (status, error) == (0, "")
    check_json(json.loads(out), seeds=[0, 1], tasks=2)


def check_json(data, seeds, tasks):
    """The keys that others rely on, with shapes and ranges."""
    assert data["scenario"] == "domain-incremental"
    assert data["seeds"] == seeds
    matrix = np.array(data["accuracy_matrix"])
    assert matrix.shape == (len(seeds), tasks, tasks)
    assert matrix.min() >= 0 and matrix.max() <= 1
    for name, low in (("average_accuracy", 0), ("learning_accuracy", 0), ("backward_transfer", -1), ("forgetting", -1)):
        assert low <= data[name]["mean"] <= 1
        assert (data[name]["sd"] is None) == (len(seeds) == 1)
        assert data[name]["n"] == len(seeds)
    assert data["ms_per_presentation"]["mean"] > 0
    assert data["average_accuracy"]["mean"] == pytest.approx(matrix[:, -1].mean())


def test_list(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    status, out, error = runs.cli(capfd, "list")
    assert (status, error) == (0, "")
    assert all(name in out for name in (*tasks.names(), *synapses.names(), *NETWORKS))
    assert out.endswith("runs:     none in ./runs\n")
    runs.made_up_run(tmp_path / "runs" / "one", MATRICES, label="everything")
    runs.made_up_run(tmp_path / "runs" / "demo" / "two", MATRICES, label="nothing", state="stopped")
    (tmp_path / "runs" / "new").mkdir()
    (tmp_path / "runs" / "new" / "run.toml").write_text("format = 99\n")
    status, out, _ = runs.cli(capfd, "list")
    assert status == 0
    two, new, one = out.splitlines()[-3:]
    assert re.fullmatch(r"  runs/demo/two  run, nothing     stopped  75.0 %  \d{4}-\d\d-\d\d \d\d:\d\d", two)
    assert new.startswith("  runs/new       'runs/new' was written by a newer version (format 99, this one reads 1)")
    assert one.startswith("  runs/one       run, everything  done     75.0 %")


def test_list_folds_what_belongs_together(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for name in ("ablation", "comparison"):
        shutil.copytree(runs.ROOT / "tests" / "recorded" / name, tmp_path / "runs" / name)
    runs.made_up_run(tmp_path / "runs" / "ablation" / "test" / "full", MATRICES)
    ablation, comparison = runs.cli(capfd, "list")[1].splitlines()[-2:]
    assert "4 of 4 conditions done" in ablation and "8 of 8 rows done" in comparison


def test_synapse(capfd):
    status, out, error = runs.cli(capfd, "synapse", "stdp:w_max=2", "--without", "depression")
    assert (status, error) == (0, "")
    assert out.strip() == str(synapses.stdp().with_parameters(w_max=2).without("depression"))


def test_a_near_name_is_suggested(capfd):
    for arguments, meant in (
        (("synapse", "cascad"), "cascade"),
        (("synapse", "stdp", "--without", "potentation"), "potentiation"),
        (("run", "split-digits", "--set", "etta=1"), "eta"),
        (("run", "split-digits", "--network", "recruting"), "recruiting"),
        (("compare", "split-digits", "--methods", "ewcc"), "ewc"),
    ):
        status, _, error = runs.cli(capfd, *arguments)
        assert status == 1 and error.endswith(f"; did you mean '{meant}'?\n"), error


def test_version(capfd):
    assert runs.cli(capfd, "--version") == (0, f"tacos {metadata.version('tacos-snn')}\n", "")


def test_cite(capfd):
    status, out, error = runs.cli(capfd, "cite", "tacos")
    assert (status, error) == (0, "")
    assert out.strip() == synapses.tacos().cite().strip()
    assert "Taken from:" in out and "Inspired by:" in out
    assert "arXiv:2409.00021" in out


def test_cite_a_network_with_two_synapses(capfd):
    status, out, error = runs.cli(capfd, "cite", "recruiting")
    assert (status, error) == (0, "")
    assert "Kohonen 1990" in out and "Zohora" in out and out.count("arXiv:2409.00021") <= 2


def test_resume_of_a_finished_run_shows_it(tmp_path, capfd):
    path = runs.made_up_run(tmp_path / "run", MATRICES).folder.path
    assert runs.cli(capfd, "resume", path) == (0, str(tacos.load(path)) + "\n", "")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`tacos run` in a process of its own: the folder, and what was printed."""
    folder = tmp_path_factory.mktemp("cli")
    arguments = ["run", "split-digits", *runs.flagship_options(), "--samples", 40, "--out", "results/mine"]
    arguments += ["--record", "input-hidden: w; synapses=random(7); every=10 presentations", "--label", "mine"]
    process = runs.command(*arguments, cwd=folder)
    return folder, *process.communicate(), process.returncode


@pytest.mark.slow
@pytest.mark.compiled
def test_run(made):
    folder, out, error, status = made
    assert status == 0, error
    result = tacos.load(folder / "results" / "mine")
    assert out == f"{result}\nKept in results/mine; figures: tacos plot results/mine\n"
    assert "condition: mine" in out
    assert "1 of 1 seeds finished, 40 presentations" in out
    assert result.trajectories("input-hidden")["w"].shape == (1, 4, 7)
    lines = [line for line in error.splitlines() if not line.startswith("Compiling")]
    assert lines and all(line.startswith("mine: ") and line.endswith(" left") for line in lines), error
    environment = json.loads((folder / "results" / "mine" / "environment.json").read_text())
    assert "run split-digits" in environment["command"]
    network = tacos.Network.from_dict(result.folder.declaration()["network"])
    assert network == runs.flagship(), "--set and --hidden are what Python calls with_parameters and hidden"


@pytest.mark.compiled
def test_show_and_plot_work_from_the_folder_alone(made, tmp_path, capfd, monkeypatch):
    folder = (made[0] / "results" / "mine").rename(tmp_path / "moved")
    monkeypatch.setenv("TACOS_CACHE", str(tmp_path / "nothing"))
    monkeypatch.setenv("TACOS_DATA", str(tmp_path / "nothing"))
    status, out, _ = runs.cli(capfd, "show", folder, "--json")
    assert status == 0
    check_json(json.loads(out), seeds=[0], tasks=2)
    status, out, error = runs.cli(capfd, "plot", folder)
    assert (status, error) == (0, "")
    written = sorted(path.name for path in (folder / "figures").iterdir())
    assert [line.rsplit("/", 1)[1] for line in sorted(out.split())] == [n for n in written if n.endswith(".png")]
    assert len(written) == 2 * len(out.split()) >= 10
    assert "accuracy_matrix.pdf" in written and "trajectories_input-hidden_w.png" in written
    assert runs.cli(capfd, "resume", folder)[0] == 0
    chosen = tmp_path / "chosen"
    options = ["--trajectories", "--synapses", "changed(6)", "--neurons", "0,1", "--seed", "0", "--out", chosen]
    status, out, error = runs.cli(capfd, "plot", folder, *options)
    assert (status, error) == (0, "")
    names = ["receptive_fields_input-hidden", "trajectories_input-hidden_w"]
    assert sorted(path.name for path in chosen.glob("*.png")) == [f"{name}.png" for name in names]
    for options, sentence in (
        (["--synapses", "changed(6)"], "--synapses, --neurons and --seed belong to --trajectories; add it."),
        (["--trajectories", "--synapses", "where(m > 1)"], "'m' was not recorded here; there are w."),
    ):
        status, out, error = runs.cli(capfd, "plot", folder, *options)
        assert (status, out, error) == (1, "", f"tacos: {sentence}\n")


def test_options_reach_the_stream_and_the_network(capfd, monkeypatch, tmp_path):
    seen = {}

    def run(network, stream, seeds, **options):
        seen.update(network=network, stream=stream, seeds=seeds, **options)
        return runs.made_up_run(tmp_path / "run", MATRICES)

    monkeypatch.setattr("tacos.runs.experiment.run", run)
    status, _, error = runs.cli(
        capfd, "run", "split-digits", "--scenario", "class-incremental", "--samples", 100, "--test-samples", 50,
        "--validation", "--stream", "boundaries=blurred", "--stream", "blur=7", "--stream", "blank=20 ms", "--hidden", 30,
        "--without", "metaplasticity", "--without", "neuromodulation", "--set", "input-hidden.eta=0.5",
        "--set", "hidden.tau_m=20 ms", "--dt", "0.5 ms", "--seeds", 4, "--mode", "runtime", "--dtype", "float32",
        "--evaluate-every", 10, "--processes", 2, "--chunk", 9,
    )  # fmt: skip
    assert status == 0, error
    stream, network = seen["stream"], seen["network"]
    assert stream == tasks.split(
        "digits", scenario="class-incremental", samples=100, test_samples=50, held_out="validation",
        boundaries="blurred", blur=7, blank="20 ms",
    )  # fmt: skip
    assert (network.dt, network.blank) == (0.0005, 0.02)
    assert (network.population("hidden").size, network.population("output").size) == (30, 10)
    names = network.projection("input-hidden").synapse.mechanism_names()
    assert tuple(names) == ("error feedback", "heterosynaptic", "consolidation")
    assert network.projection("input-hidden").synapse.all_parameters()["eta"].value == 0.5
    assert {p.name: p.value for p in network.population("hidden").parameters}["tau_m"] == 0.02
    assert synapses.title(network.projection("input-hidden").synapse) == "tacos without metaplasticity, neuromodulation"
    assert (seen["seeds"], seen["evaluate_every"]) == ([0, 1, 2, 3], 10)
    assert seen["running"] == Running("brian2", "runtime", dtype="float32", processes=2, chunk=9)


def test_without_all_leaves_the_learning_rule(capfd, monkeypatch, tmp_path):
    seen = {}

    def run(network, *arguments, **options):
        seen["network"] = network
        return runs.made_up_run(tmp_path / "run", MATRICES)

    monkeypatch.setattr("tacos.runs.experiment.run", run)
    assert runs.cli(capfd, "run", "split-digits", "--without", "all")[0] == 0
    for projection in seen["network"].plastic_projections():
        assert tuple(projection.synapse.mechanism_names()) == ("error feedback",)


@pytest.mark.slow
@pytest.mark.compiled
def test_the_script_draws_chosen_synapses(tmp_path, tmp_path_factory):
    folder = tmp_path / "copy"  # other tests look at what is in the folder of the run
    shutil.copytree(runs.flagship_run(tmp_path_factory.getbasetemp()).folder.path, folder)
    script = runs.ROOT / "scripts" / "plot_trajectories.py"
    for options in (["--changed", "9"], ["--above-m", "0.05", "--replica", "1"]):
        done = subprocess.run([sys.executable, script, folder, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert [line.rsplit("/", 1)[1] for line in done.stdout.split()] == ["trajectories_w.png", "phase_w.png"]


@pytest.mark.parametrize("name", ["tasks.py", "synapses/__init__.py"])
def test_a_module_of_the_users_that_hides_ours_is_named(name, tmp_path):
    hiding = tmp_path / name
    hiding.parent.mkdir(exist_ok=True)
    hiding.write_text("mine = 1")
    code = [sys.executable, "-c", "import tacos"]
    done = subprocess.run(code, capture_output=True, text=True, cwd=tmp_path, check=False)
    package = name.partition("/")[0].removesuffix(".py")
    assert done.stderr.splitlines()[-1] == (
        f"ImportError: '{hiding}' hides the package '{package}' of TACOS; give it another name."
    )
