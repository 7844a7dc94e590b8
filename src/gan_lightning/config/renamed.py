"""Old names of groups, options and keys, each answered with its new name."""

from __future__ import annotations

import re

from gan_lightning.core.errors import UsageError

# Typed on the left of `=`, and in configs of older runs. A `*` is one part of a dotted key; the first match counts.
KEYS = {
    "callback.contention": "callback.cpu_contention",
    "callback.layers": "callback.layer_stats",
    "callback.proxy": "callback.loss_vs_score",
    "callback.record": "callback.log_metrics",
    "callback.doctor.rules.critic_saturated": "callback.doctor.diagnostics.critic_saturation",
    "callback.doctor.rules.estimate_diverging": "callback.doctor.diagnostics.divergence_estimate",
    "callback.doctor.rules.generator_exploding": "callback.doctor.diagnostics.generator_gradient_explosion",
    "callback.doctor.rules.generator_vanishing": "callback.doctor.diagnostics.generator_gradient_vanishing",
    "callback.doctor.rules.modes_dropping": "callback.doctor.diagnostics.mode_dropping",
    "callback.doctor.rules.penalty_off": "callback.doctor.diagnostics.penalty_off_target",
    "callback.doctor.rules.samples_repeating": "callback.doctor.diagnostics.sample_repetition",
    "callback.doctor.rules.weights_stuck": "callback.doctor.diagnostics.clipped_weights_stuck",
    "callback.doctor.rules": "callback.doctor.diagnostics",
    "curve": "truncation_curve",
    "data.workers": "data.num_workers",
    "logger.entity": "logger.wandb.entity",
    "logger.offline": "logger.wandb.offline",
    "logger.project": "logger.wandb.project",
    "metric.evaluation": "metric.n_fake_evaluation",
    "metric.training": "metric.n_fake_training",
    "model.critic.wave_scale": "model.critic.fourier_scale",
    "model.critic.waves": "model.critic.fourier_features",
    "model.generator.coins": "model.generator.sign_latents",
    "objective.augments.*.rest": "objective.augments.*.noise_free_fraction",
    "objective.augments.*.rounds": "objective.augments.*.steps",
    "objective.coarse_penalty": "objective.penalty_autocast",
    "objective.gp_share": "objective.gp_batch_fraction",
    "objective.penalty.share": "objective.penalty.batch_fraction",
    "objective.penalty.spread": "objective.penalty.noise_scale",
    "objective.schedule.end": "objective.schedule.end_step",
    "objective.schedule.hold": "objective.schedule.hold_fraction",
    "objective.schedule.last": "objective.schedule.final",
    "objective.schedule.times": "objective.schedule.factor",
    "optimize": "optimized_metric",
    "study.games": "study.objectives",
    "study.rounds": "study.steps",
    "rule": "diagnostic",
    "what": "output",
}
# Typed on the right of `group=`.
OPTIONS = {
    ("callback", "contention"): "cpu_contention",
    ("callback", "layers"): "layer_stats",
    ("callback", "proxy"): "loss_vs_score",
    ("callback", "record"): "log_metrics",
    ("model", "bottleneck"): "resnet101",
    ("model", "robust_baseline"): "robustness_baseline",
    ("model", "robust_constant"): "robustness_constant",
    ("model", "robust_gated"): "robustness_gated",
    ("model", "robust_mlp"): "robustness_mlp",
    ("model", "robust_no_norm"): "robustness_no_norm",
    ("model", "robust_resnet101"): "robustness_resnet101",
    ("model", "robust_tanh"): "robustness_tanh",
    ("penalty", "zero_centered"): "r1_r2",
}


def new_name(key: str) -> str | None:
    """The new name of a dotted key, its own or with a parent renamed; None where nothing of it was renamed."""
    for old, new in KEYS.items():
        pattern = re.escape(old).replace(r"\*", r"([^.]+)")
        if found := re.match(rf"{pattern}(?=\.|$)", key):
            for part in found.groups():
                new = new.replace("*", part, 1)
            return new + key[found.end() :]
    return None


def check_renamed(arguments: list[str]) -> None:
    """Checks a command line for old names.

    Args:
        arguments: as typed, without the program.

    Raises:
        UsageError: names the new key or option.
    """
    for argument in arguments:
        key, equals, value = argument.lstrip("+~").partition("=")
        group = key.partition("@")[0].lstrip("/")
        if renamed := new_name(key):
            raise UsageError(f"{key} is called {renamed} now: type {renamed}{equals}{value}")
        for option in value.strip("[]").split(",") if equals else ():
            if renamed := OPTIONS.get((group, option)):
                raise UsageError(
                    f"{group}={option} is called {renamed} now: type {key}={value.replace(option, renamed)}"
                )
