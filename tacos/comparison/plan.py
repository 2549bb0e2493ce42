"""What is compared, and what may be tried for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import synapses
from synapses import Synapse
from synapses.language.values import LARGEST_COUNT, finite, meant, said, whole
from tacos.baselines import LEARNERS, METHODS
from tacos.baselines.networks import NETWORKS, Architecture, architecture
from tacos.baselines.settings import Training
from tacos.errors import RunError
from tacos.networks.library import HIDDEN
from tacos.networks.library import NETWORKS as NETWORKS_OF_OURS
from tacos.runs.asked import folder
from tacos.runs.folder import folder_name
from tacos.runs.running import Running
from tacos.runs.seeds import listed
from tasks import StreamLike, is_stream

#: Title of the flagship as it is.
FLAGSHIP = "flagship"
#: The flagship's own network, which learns with any synapse of the language.
OWN = "error-driven"
#: Factors on the learning rate that error feedback alone has chosen, for synapses with a strength: as many of them as
#: baselines have optimizers and rates.
FACTORS = (1.0, 2.0, 4.0)
#: By the names of :data:`tacos.baselines.METHODS`: title, whether it is told of boundaries, strengths to try.
REGULARIZERS: dict[str, tuple[str, bool, tuple[float, ...]]] = {
    "naive": ("naive", False, ()),
    "l2": ("L2", True, (0.3, 0.1, 1.0)),
    "si": ("SI", True, (0.01, 0.003, 0.03)),
    "mas": ("local MAS", True, (3e-5, 1e-5, 1e-4)),
}

#: Declarations of networks.
DECLARED = tuple(NETWORKS.values())
#: Optimizer and learning rate.
Step = tuple[str, float]

#: For a look within minutes: options of `Plan`.
QUICK: dict[str, Any] = {
    "seeds": 3,
    "steps": (("adam", 1e-3), ("sgd", 1e-2)),
    "strengths": 2,
    "extensions": 0,
    "eta_factors": (0.3, 0.7, 1.0, 2.0),
    "validation_samples": 500,
}


def written(constants: Mapping[str, Any]) -> str:
    """Constants as part of a folder's name."""
    return "-".join(f"{key}-{value:g}" if isinstance(value, float) else str(value) for key, value in constants.items())


@dataclass(frozen=True)
class Plan:
    """A comparison.

    Every row's constants are chosen on validation data, on a seed of their own: each method with a strength gets
    ``len(steps) * strengths`` trials, each without one ``len(steps)``, the flagship, and error feedback alone on its
    network, as many learning rates as the methods with a strength have trials. The test data are for the chosen
    constants alone.

    Attributes
    ----------
    stream : Stream
        What is learned and tested on; one pass of it is what the flagship sees.
    out : path
        Folder of all runs and of what came out. What is finished there is not run again.
    synapse : Synapse
        What is compared with the methods, on the error-driven network: the flagship, or for instance
        ``synapses.tacos().without("neuromodulation")``. It has a learning rate `eta`.
    network : str
        Whose row is compared with the methods: "error-driven", with `synapse`, or "recruiting", with its own synapses
        and its rate of recruitment as what is chosen (`eta_factors` are factors on it).
    title : str
        Of its row, its folder and the files; "flagship" for the flagship.
    methods : tuple of str
        Names of :data:`tacos.baselines.METHODS` and :data:`tacos.baselines.LEARNERS`.
    networks : tuple of str or declaration
        Networks of the baselines: "mlp", "snn", "equilibrium", one of :mod:`tacos.baselines.networks` of another size,
        such as ``MLP((50,))``, and "error-driven", the flagship's own, for those methods that are synapses of the
        language (naive, l2, si, mas).
    epochs : tuple of int
        How often baselines see the samples of a task before the next; once on the error-driven network.
    seeds : int or iterable of int
        How many, or which. More of them can be asked for later: what has finished is not run again.
    batch : int
        Presentations a step of the baselines.
    steps : tuple of (optimizer, learning rate)
    extensions : int
        How often a row whose best trial lies at the edge of what was tried is tried a step beyond.
    strengths : int
        How many of each method's `grid`, its first ones.
    eta_factors : tuple of float
        Learning rates of the flagship, as factors on its default.
    validation_samples : int, optional
        All if there are fewer.
    choice_seed : int
        The seed of all trials, none of those that are tested.
    draws : bool
        Whether each seed has class pairs and an order of tasks of its own, drawn at random. The constants are those
        chosen for the stream as given.
    ceilings : bool
        Whether to run the flagship on the shuffled stream and on each task alone (domain-incremental split streams);
        not with `draws`, where every seed has a stream of its own.
    hidden : int, optional
        Hidden neurons of what is compared; 200 of the flagship, 1,000 of the recruiting network if not given.
    running : Running
        How to run; the backend and its precision are those of the own network.
    processes : int, optional
        The same in short: how many seeds to run at once.
    """

    stream: StreamLike
    out: Path
    synapse: Synapse = field(default_factory=synapses.tacos)
    network: str = "error-driven"
    title: str = ""
    methods: tuple[str, ...] = tuple(METHODS)
    networks: tuple[str | Architecture, ...] = ("mlp", "snn", OWN)
    epochs: tuple[int, ...] = (1, 4)
    seeds: int | Iterable[int] = 10
    batch: int = 10
    steps: tuple[Step, ...] = (("adam", 1e-4), ("adam", 1e-3), ("sgd", 1e-2))
    strengths: int = 3
    extensions: int = 6
    eta_factors: tuple[float, ...] = field(default=(0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0))
    validation_samples: int | None = 2000
    choice_seed: int = 1000
    draws: bool = False
    ceilings: bool = True
    hidden: int | None = None
    running: Running = field(default_factory=Running)
    processes: InitVar[int | None] = None

    def __post_init__(self, processes: int | None) -> None:
        if processes is not None:
            object.__setattr__(self, "running", replace(self.running, processes=processes))
        object.__setattr__(self, "out", folder(self.out))
        self._check_kinds()
        if self.network not in NETWORKS_OF_OURS:
            raise RunError(f"There is no network '{self.network}' of ours; there are {', '.join(NETWORKS_OF_OURS)}.")
        if self.network != "error-driven" and self.synapse != synapses.tacos():
            raise RunError(f"The network '{self.network}' has synapses of its own; give no synapse.")
        own = FLAGSHIP if self.synapse == synapses.tacos() else synapses.title(self.synapse)
        own = self.network if self.network != "error-driven" else own
        object.__setattr__(self, "title", self.title or own)
        if self.title == FLAGSHIP != own:
            raise RunError(f"'{FLAGSHIP}' is the title of the flagship as it is; give what you compare another.")
        self._check_names()
        self._check_numbers()
        if self.stream.passes != 1:
            raise RunError("Give a stream of one pass: how often baselines see it is said by epochs.")
        if self.stream.held_out != "test":
            raise RunError("Give a stream with held_out='test': validation data are for the choice of constants.")

    def _check_names(self) -> None:
        """Refuse a synapse without a learning rate, and methods and networks that there are not."""
        if "eta" not in self.synapse.all_parameters():
            raise RunError(
                f"The synapse '{self.synapse.name}' has no learning rate 'eta' to choose on validation data; what is "
                f"compared learns with one, as tacos does."
            )
        for what, given, known in (
            ("method", self.methods, METHODS | LEARNERS),
            ("network", self.networks, (*NETWORKS, OWN)),
        ):
            for name in given:
                if name not in known and not (what == "network" and isinstance(name, DECLARED)):
                    raise RunError(
                        f"There is no {what} '{name}' to compare with; there are {', '.join(known)}{meant(name, known)}"
                    )
            if not given or len(set(given)) < len(given):
                raise RunError(f"Name at least one {what}, each once; there are {', '.join(known)}.")
        chosen = [str(architecture(name)) for name in self.networks if name != OWN]
        if len(set(chosen)) < len(chosen):
            raise RunError(f"Networks are told apart by their sizes; two of {', '.join(chosen)} are the same.")
        if self.networks == (OWN,) and not set(self.methods) & set(REGULARIZERS):
            there = ", ".join(REGULARIZERS)
            raise RunError(f"On the error-driven network there are the methods {there}; name one of them.")

    def _check_numbers(self) -> None:
        """Refuse what leaves nothing to run, or nothing to say."""
        count = len(self.replicas)
        if count < 2:
            raise RunError(f"A comparison needs at least two seeds to say how much they vary, not {count}.")
        if not self.epochs or min(self.epochs) < 1 or len(set(self.epochs)) < len(self.epochs):
            asked = ",".join(map(str, self.epochs))
            raise RunError(f"epochs are different numbers of passes, each at least one, such as 1,4; not {asked}.")
        if not (self.steps and self.eta_factors and self.strengths > 0):
            raise RunError("Each row needs at least one trial: give steps, strengths and eta_factors.")
        for optimizer, rate in self.steps:
            Training(optimizer, rate, self.batch)  # says what is wrong with it
        for what, values in (("step", self.steps), ("factor on eta", self.eta_factors)):
            if len(set(values)) < len(values):
                raise RunError(f"Each {what} is tried once; one of {values} is there twice.")
        if (self.hidden is not None and self.hidden < 1) or self.extensions < 0:
            raise RunError(
                f"hidden is at least 1 and extensions at least 0; found {self.hidden} and {self.extensions}."
            )
        if self.choice_seed in self.replicas or self.choice_seed < 0:
            raise RunError(f"choice_seed = {self.choice_seed} is one of the {count} seeds that are tested.")

    def _check_kinds(self) -> None:
        """Refuse what is no stream, no synapse or no tuple, and make lists tuples."""
        if not is_stream(self.stream):
            raise RunError(
                f"A comparison is of a stream, such as tasks.named('split-digits'), not of {said(self.stream)}."
            )
        if not isinstance(self.synapse, Synapse):
            raise RunError(f"synapse is a model, such as synapses.tacos(), not {said(self.synapse)}.")
        for what, example in (
            ("methods", "('ewc', 'si')"), ("networks", "('mlp', 'snn')"), ("epochs", "(1, 4)"),
            ("eta_factors", "(0.5, 1.0)"),
        ):  # fmt: skip
            given = getattr(self, what)
            if isinstance(given, str) or not isinstance(given, Iterable):
                raise RunError(f"{what} is a tuple, such as {example}, not {given!r}.")
            object.__setattr__(self, what, tuple(given))
        seeds = listed(self.seeds)
        object.__setattr__(self, "seeds", len(seeds) if seeds == list(range(len(seeds))) else tuple(seeds))
        for what in ("batch", "strengths", "extensions", "hidden", "choice_seed"):
            if what == "hidden" and self.hidden is None:
                continue
            number = whole(getattr(self, what), f"{what} is a whole number", -LARGEST_COUNT, error=RunError)
            object.__setattr__(self, what, number)
        if self.validation_samples is not None:
            right = "validation_samples is a whole number, at least one, or None"
            object.__setattr__(self, "validation_samples", whole(self.validation_samples, right, 1, error=RunError))
        if not isinstance(self.running, Running):
            raise RunError(f"running says how to run, such as Running(processes=2), not {self.running!r}.")
        right = "epochs are whole numbers of passes, such as (1, 4)"
        object.__setattr__(self, "epochs", tuple(whole(n, right, -LARGEST_COUNT, error=RunError) for n in self.epochs))
        right = "eta_factors are numbers above zero, such as (0.5, 1.0)"
        factors = tuple(finite(factor, right, above=0, error=RunError) for factor in self.eta_factors)
        object.__setattr__(self, "eta_factors", factors)
        try:
            object.__setattr__(self, "steps", tuple((optimizer, float(rate)) for optimizer, rate in self.steps))
        except (TypeError, ValueError):
            raise RunError(
                f"steps are pairs of an optimizer and a learning rate, such as (('adam', 1e-3), ('sgd', 1e-2)), not "
                f"{self.steps!r}."
            ) from None

    @cached_property
    def validation(self) -> StreamLike:
        """The stream on which constants are chosen."""
        everything = self.stream.with_options(held_out="validation", test_samples=None)
        there = sum(len(everything.held_out_presentations(task).targets) for task in range(everything.n_tasks))
        asked = self.validation_samples
        return everything if asked is None or asked >= there else everything.with_options(test_samples=asked)

    @property
    def name(self) -> str:
        """Of the files with the outcome."""
        name = "draws" if self.draws else "comparison"
        return name if self.title == FLAGSHIP else f"{name}-{folder_name(self.title)}"

    @property
    def replicas(self) -> list[int]:
        """The seeds that are tested."""
        return listed(self.seeds)

    @property
    def folder(self) -> str:
        """Of the runs of what is compared."""
        return FLAGSHIP if self.title == FLAGSHIP else f"synapse-{folder_name(self.title)}"

    @property
    def own_network(self) -> str:
        """The flagship's network in words."""
        return f"{OWN} {self.hidden_of_own}"

    @property
    def hidden_of_own(self) -> int:
        """Hidden neurons of the error-driven network: of the flagship, or of regularizers beside another network."""
        return self.hidden if self.hidden is not None and self.network == "error-driven" else HIDDEN

    def drawn(self, seed: int) -> StreamLike:
        """The stream with class pairs and order of this seed; an order only where tasks say their classes."""
        changes: dict[str, Any] = {"order_seed": seed, "order": None}
        if hasattr(self.stream, "class_seed") and getattr(self.stream, "classes", None) is None:
            changes["class_seed"] = seed
        return self.stream.with_options(**changes)
