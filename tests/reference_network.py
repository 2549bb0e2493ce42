"""An independent simulator of the TACOS-style network: plain NumPy, one time step after the other.

Written from the equations in the way published scripts do it, sharing no code with the packages under test,
so that their spikes and states can be compared with it and their speed measured against it. Only one thing is
asked of this file: that a reader can see that it is right. Times are in milliseconds, everything else is
dimensionless, all in float64. Arrays of synapses are [pre, post]; rasters are [step, neuron].

Sources: the error-driven network and the metaplasticity follow the public code of the Nu.AI laboratory
(Zohora et al., Sci Rep 2024); heterosynaptic decay and consolidation take the linear form of Zenke, Agnes &
Gerstner (Nat Commun 2015); the gate exp(-m |w|) is attributed to TACOS (Soures et al., arXiv 2409.00021).
Learning rates, dm, k_het, tau_c and the surprise signal are our own choice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Spikes = NDArray[np.bool_]


@dataclass
class Layer:
    """Constants of a population of leaky integrate-and-fire neurons."""

    tau_syn: float  # synaptic time constant, ms
    tau_m: float  # membrane time constant, ms
    R: float  # membrane resistance
    V_th: float  # threshold; the floor of V is -V_th/10


@dataclass
class Plasticity:
    """Constants of one plastic projection."""

    eta: float  # learning rate
    w_max: float  # weights stay within [-w_max, w_max]
    th_pre: float  # spike trace above which a presynaptic neuron counts as active
    th_post: float  # the same, postsynaptic
    dm: float  # growth of m in a presentation in which both are active


class Population:
    """State of one population: V, I, U, X and the number of steps for which it is still refractory."""

    def __init__(self, n: int, layer: Layer) -> None:
        self.n, self.layer = n, layer
        self.reset()

    def reset(self) -> None:
        """Back to rest, as between two presentations."""
        self.V = np.zeros(self.n)  # membrane potential
        self.I = np.zeros(self.n)  # synaptic current
        self.U = np.zeros(self.n)  # error feedback: the third factor
        self.X = np.zeros(self.n)  # spike trace
        self.countdown = np.zeros(self.n, dtype=int)  # refractory steps left


@dataclass
class ReferenceNetwork:
    """Input -> hidden -> output, with error neurons that gate the plasticity of both projections.

    The fields below are constants. The state lives in plain arrays, which may be overwritten before a
    presentation (with copies: weights change in place, so `w_in` and `w_ref_in` must not be one array):

    * synapses, [pre, post]: `w_in`, `w_ref_in`, `m_in` (input -> hidden), `w_out`, `w_ref_out`, `m_out`
      (hidden -> output); the fixed feedback weights `g` are [output, hidden];
    * neurons: `hidden.V`, `.I`, `.U`, `.X`, `.countdown`, the same of `output`; `X_in`, `E_plus`, `E_minus`;
    * the scalar `surprise`, the only one of the neuronal states that outlives a presentation;
    * `margin`, the smallest |V - V_th| of any neuron free to spike, in all steps so far. Where another
      simulator spikes differently, rounding can be the reason only if this is tiny. May be set to inf again.
    """

    sizes: tuple[int, int, int] = (784, 200, 2)
    seed: int = 0
    dt: float = 1.0
    hidden_layer: Layer = field(default_factory=lambda: Layer(tau_syn=10.0, tau_m=15.0, R=1.0, V_th=1.0))
    output_layer: Layer = field(default_factory=lambda: Layer(tau_syn=25.0, tau_m=25.0, R=5.0, V_th=2.0))
    refractory: float = 4.0
    tau_x: float = 25.0  # spike traces
    tau_e: float = 10.0  # error neurons: one mismatched spike adds R_E/tau_e
    R_E: float = 25.0
    V_thE: float = 2.5
    silence_target: bool = False  # the false-positive error neuron of the target class never fires
    tau_u: float = 15.0  # error feedback: one error spike adds R_U/tau_u
    R_U: float = 5.0
    tau_s: float = 1000.0  # surprise: low-pass of the error spikes
    surprise_gain: float = 1.0
    input_plasticity: Plasticity = field(default_factory=lambda: Plasticity(3e-3, 3.0, 5.5, 2.25, 36e-4))
    output_plasticity: Plasticity = field(default_factory=lambda: Plasticity(3e-4, 1.5, 2.25, 1.4, 12e-4))
    I_min: float = -4.0  # plastic only where I_min < I < I_max
    I_max: float = 4.0
    m_max: float = 10.0
    gate: Literal["exp", "hyperbolic"] = "exp"  # exp(-m |w|) or 1/(1 + m)
    k_het: float = 0.003  # heterosynaptic decay toward w_ref at each postsynaptic spike
    tau_c: float = 30_000.0  # consolidation: w_ref follows w
    metaplasticity: bool = True  # False: m no longer grows; a given m still gates, and m = 0 gates nothing
    heterosynaptic: bool = True
    consolidation: bool = True
    neuromodulation: Callable[[float], float] | None = None  # factor on eta, from the surprise; None: 1

    def __post_init__(self) -> None:
        n_in, n_hidden, n_out = self.sizes
        rng = np.random.default_rng(self.seed)
        self.w_in, self.w_out = rng.uniform(-1, 1, (n_in, n_hidden)), rng.uniform(-1, 1, (n_hidden, n_out))
        self.w_ref_in, self.w_ref_out = self.w_in.copy(), self.w_out.copy()
        self.m_in, self.m_out = np.zeros((n_in, n_hidden)), np.zeros((n_hidden, n_out))
        self.g = rng.uniform(-0.15, 0.15, (n_out, n_hidden))
        self.hidden = Population(n_hidden, self.hidden_layer)
        self.output = Population(n_out, self.output_layer)
        self.surprise, self.margin = 0.0, np.inf
        self._reset_neurons()

    def present(
        self, input_spikes: Spikes, teacher_spikes: Spikes, target: int | None = None, learning: bool = True
    ) -> dict[str, Spikes]:
        """Show one stimulus, then end the presentation.

        Parameters
        ----------
        input_spikes : bool array [step, n_in]
        teacher_spikes : bool array [step, n_out]
        target : int, optional
            The class shown; read by `silence_target` only.
        learning : bool
            False freezes w, w_ref and m, for evaluation. Neurons, error neurons and surprise go on as ever.

        Returns
        -------
        dict of bool arrays [step, neuron]
            Spikes of "hidden", "output", "E+" and "E-".
        """
        n_steps, (n_in, n_hidden, n_out) = len(input_spikes), self.sizes
        if input_spikes.shape != (n_steps, n_in) or teacher_spikes.shape != (n_steps, n_out):
            shapes = f"{input_spikes.shape} and {teacher_spikes.shape}"
            raise ValueError(
                f"input and teacher spikes must be ({n_steps}, {n_in}) and ({n_steps}, {n_out}), not {shapes}"
            )
        sizes = {"hidden": n_hidden, "output": n_out, "E+": n_out, "E-": n_out}
        rasters = {name: np.zeros((n_steps, n), dtype=bool) for name, n in sizes.items()}
        for k in range(n_steps):
            spikes = self.step(input_spikes[k] != 0, teacher_spikes[k] != 0, target, learning)
            for name in rasters:
                rasters[name][k] = spikes[name]
        self.end_presentation(n_steps * self.dt, learning)
        return rasters

    def step(
        self, s_in: Spikes, s_teacher: Spikes, target: int | None = None, learning: bool = True
    ) -> dict[str, Spikes]:
        """Advance by one dt, given the bool vectors of input and teacher spikes of this step."""
        dt, hidden, output = self.dt, self.hidden, self.output

        # 1. State updates. Error neurons do not leak. V goes first because it reads the old I.
        free = {}
        for name, p in (("hidden", hidden), ("output", output)):
            free[name] = p.countdown == 0
            p.V += np.where(free[name], dt * (-p.V + p.layer.R * p.I) / p.layer.tau_m, 0.0)
            p.I += dt * -p.I / p.layer.tau_syn
            p.U += dt * -p.U / self.tau_u
            p.X += dt * -p.X / self.tau_x
            p.countdown = np.maximum(p.countdown - 1, 0)
            p.V = np.maximum(p.V, -p.layer.V_th / 10)
        self.X_in += dt * -self.X_in / self.tau_x
        self.surprise += dt * -self.surprise / self.tau_s
        self.E_plus = np.maximum(self.E_plus, -self.V_thE / 10)
        self.E_minus = np.maximum(self.E_minus, -self.V_thE / 10)

        # 2. Thresholds.
        s_hidden = free["hidden"] & (hidden.V >= hidden.layer.V_th)
        s_out = free["output"] & (output.V >= output.layer.V_th)
        s_plus, s_minus = self.E_plus >= self.V_thE, self.E_minus >= self.V_thE
        if self.silence_target and target is not None:
            s_plus[target] = False
        for name, p in (("hidden", hidden), ("output", output)):
            self.margin = min(self.margin, np.abs(p.V - p.layer.V_th).min(where=free[name], initial=np.inf))

        # 3a. Transmission.
        for i in np.flatnonzero(s_in):
            hidden.I += self.w_in[i] / hidden.layer.tau_syn
        for j in np.flatnonzero(s_hidden):
            output.I += self.w_out[j] / output.layer.tau_syn
        mismatch = s_out.astype(float) - s_teacher.astype(float)
        self.E_plus += self.R_E / self.tau_e * mismatch
        self.E_minus -= self.R_E / self.tau_e * mismatch

        # 3b. Third factors: random feedback to hidden neurons, one-to-one feedback to outputs, surprise.
        error = s_plus.astype(float) - s_minus.astype(float)
        for k in np.flatnonzero(error):
            hidden.U += self.R_U / self.tau_u * self.g[k] * error[k]
        output.U += self.R_U / self.tau_u * error
        self.surprise += (s_plus.sum() + s_minus.sum()) / len(s_out) * self.surprise_gain

        # 3c. Plasticity.
        if learning:
            w, w_ref, m, constants = self.w_in, self.w_ref_in, self.m_in, self.input_plasticity
            self._update_weights(w, w_ref, m, constants, s_in, self.X_in, s_hidden, hidden)
            w, w_ref, m, constants = self.w_out, self.w_ref_out, self.m_out, self.output_plasticity
            self._update_weights(w, w_ref, m, constants, s_hidden, hidden.X, s_out, output)

        # 4. Resets. A spike in step k freezes V in steps k+1 ... k+n-1.
        n = round(self.refractory / dt)
        for p, spikes in ((hidden, s_hidden), (output, s_out)):
            p.V[spikes] = 0.0
            p.X[spikes] += 1.0
            p.countdown[spikes] = max(n - 1, 0)
        self.X_in[s_in] += 1.0
        self.E_plus[s_plus] -= self.V_thE
        self.E_minus[s_minus] -= self.V_thE
        return {"hidden": s_hidden, "output": s_out, "E+": s_plus, "E-": s_minus}

    def end_presentation(self, duration: float, learning: bool = True) -> None:
        """Metaplasticity, then consolidation, then the reset of the neurons; once, after the last step."""
        if learning and self.metaplasticity:
            for m, x_pre, x_post, constants in (
                (self.m_in, self.X_in, self.hidden.X, self.input_plasticity),
                (self.m_out, self.hidden.X, self.output.X, self.output_plasticity),
            ):
                both_active = np.outer(x_pre > constants.th_pre, x_post > constants.th_post)
                m[both_active] = np.minimum(m[both_active] + constants.dm, self.m_max)
        if learning and self.consolidation:
            self.w_ref_in += (self.w_in - self.w_ref_in) * duration / self.tau_c
            self.w_ref_out += (self.w_out - self.w_ref_out) * duration / self.tau_c
        self._reset_neurons()

    def _update_weights(
        self,
        w: Floats,
        w_ref: Floats,
        m: Floats,
        constants: Plasticity,
        s_pre: Spikes,
        x_pre: Floats,
        s_post: Spikes,
        post: Population,
    ) -> None:
        """Plasticity of one projection in one step, in place; `x_pre` without this step's spikes."""
        factor = 1.0 if self.neuromodulation is None else self.neuromodulation(self.surprise)
        responsive = (self.I_min < post.I) & (post.I < self.I_max)
        modulation = constants.eta * factor * post.U * responsive
        for i in np.flatnonzero(s_pre):  # error-driven, at presynaptic spikes
            gate = np.exp(-m[i] * np.abs(w[i])) if self.gate == "exp" else 1 / (1 + m[i])
            w[i] = np.clip(w[i] - modulation * gate, -constants.w_max, constants.w_max)
        if self.heterosynaptic:
            silent = x_pre <= constants.th_pre
            for j in np.flatnonzero(s_post):  # heterosynaptic, at postsynaptic spikes
                w[:, j] -= self.k_het * (w[:, j] - w_ref[:, j]) * silent

    def _reset_neurons(self) -> None:
        self.hidden.reset()
        self.output.reset()
        self.X_in = np.zeros(self.sizes[0])
        self.E_plus, self.E_minus = np.zeros(self.sizes[2]), np.zeros(self.sizes[2])
