from __future__ import annotations

from gan_lightning.diagnostic import ModeDropping
from gan_lightning.objective.wgan_gp import WGANGP
from tests.helper.observations import observe, probe, tiny_gan


def wrong(rule: ModeDropping, there: int | None = None, **scores: float) -> bool:
    sign = rule(observe(scores=scores, modes=there))
    assert sign is not None
    return sign.wrong


def test_good_samples_of_some_modes_only() -> None:
    assert wrong(ModeDropping(), 8, modes=7, high_quality=0.3)
    assert not wrong(ModeDropping(), 8, modes=7, high_quality=0.29)  # still learning
    assert not wrong(ModeDropping(), 8, modes=8, high_quality=0.9)


def test_good_images_without_recall() -> None:
    named = ("recall/digits", "precision/digits")
    assert wrong(ModeDropping(), **dict(zip(named, (0.09, 0.8), strict=True)))
    assert not wrong(ModeDropping(), **dict(zip(named, (0.09, 0.2), strict=True)))
    assert not wrong(ModeDropping(), **dict(zip(named, (0.11, 0.8), strict=True)))


def test_half_of_what_was_there() -> None:
    rule = ModeDropping()
    shares = [(4, False), (6, False), (3, False), (2, True), (6, False)]
    assert [wrong(rule, 8, modes=n, high_quality=0.0) for n, _ in shares] == [expected for _, expected in shares]
    assert rule.memory == [6 / 8]


def test_nothing_to_see_where_nothing_is_scored() -> None:
    assert ModeDropping()(observe()) is None
    assert ModeDropping()(observe(scores={"modes": 3.0})) is None  # stacked digits: no sample shows all


def test_advice() -> None:
    def advice(*about: object, **options: object) -> str:
        sign = ModeDropping()(observe(tiny_gan(*about, **options), probe=probe(), scores={"recall": 0, "precision": 1}))
        assert sign is not None
        return sign.advice

    terms = "objective.penalty.r1=0.01 objective.penalty.r2=0.01 critic_norm=none"
    assert advice() == f"loss@objective.loss=relativistic_pairing penalty@objective.penalty=r1_r2 {terms}"
    assert advice(WGANGP, n_critic=1) == "objective.n_critic=5"
    assert advice(WGANGP) == "objective.generator_optimizer.lr=0.0005"
