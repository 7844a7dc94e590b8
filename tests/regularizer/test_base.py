"""Each regularizer by hand, and several in one game."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lightning.augment import DiffAugment, InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.compatibility import check_ensemble_support
from gan_lightning.objective.gan import GAN
from gan_lightning.regularizer import FeatureMatching, HistoricalAveraging, Orthogonal, Regularizer, RegularizerInputs
from gan_lightning.regularizer.orthogonal import filter_similarity
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks, play, same, state
from tests.helper.progressive import family
from tests.helper.progressive import play as play_growing

REAL, FAKE = torch.tensor([[3.0, 4.0], [1.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 2.0]])  # means (2, 2), (½, 1)


def seen(generator: nn.Module, critic: nn.Module, real: Tensor = REAL, fake: Tensor = FAKE) -> RegularizerInputs:
    return RegularizerInputs(generator, critic, critic, real, fake)


def value(term: Tensor | None) -> float:
    assert term is not None
    return term.item()


def linear(rows: list[list[float]]) -> nn.Linear:
    layer = nn.Linear(len(rows[0]), len(rows))
    layer.weight.data = torch.tensor(rows)
    return layer


def test_products_of_filters_by_hand() -> None:
    layer = linear([[1.0, 2.0], [3.0, 4.0]])
    assert filter_similarity(layer).item() == 2 * 11**2  # 1·3 + 2·4, once each way; norms are free
    assert filter_similarity(linear([[0.0, 5.0], [2.0, 0.0]])).item() == 0
    regularizer = Orthogonal(generator=0.5, critic=2.0)
    assert value(regularizer.generator_term(seen(layer, nn.Linear(2, 1)))) == 121
    assert value(regularizer.critic_term(seen(nn.Linear(2, 1), layer))) == 484
    assert Orthogonal().critic_term(seen(layer, layer)) is None


def test_filters_of_convolutions() -> None:
    flat = torch.tensor([[1.0, 2.0, 0.0, 1.0], [3.0, 0.0, 1.0, 1.0]])  # their product is 4
    plain, turned = nn.Conv2d(1, 2, 2), nn.ConvTranspose2d(1, 2, 2)
    plain.weight.data, turned.weight.data = flat.view(2, 1, 2, 2), flat.view(1, 2, 2, 2)
    grouped = nn.ConvTranspose2d(2, 2, 2, groups=2)  # each group has one filter: they never meet in a sum, but compare
    grouped.weight.data = flat.view(2, 1, 2, 2)
    assert [filter_similarity(layer).item() for layer in (plain, turned, grouped)] == [32, 32, 32]


def test_normalized_weights_are_taken_as_they_were() -> None:
    layer = linear([[1.0, 2.0], [3.0, 4.0]])
    before = filter_similarity(layer).item()
    assert filter_similarity(spectral_norm(layer)).item() == before


def test_distance_to_the_average_by_hand() -> None:
    generator, critic = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    generator.weight.data.fill_(1.0)
    critic.weight.data.fill_(5.0)
    regularizer = HistoricalAveraging(critic=0.5, generator=2.0)
    regularizer.attach(generator, critic)
    assert value(regularizer.generator_term(seen(generator, critic))) == 0
    for weight, before, after in ((4.0, 1.0, 2.5), (7.0, 2.5, 4.0)):  # means of 1, of 1 and 4, of 1, 4 and 7
        generator.weight.data.fill_(weight)
        assert value(regularizer.generator_term(seen(generator, critic))) == pytest.approx(2 * (weight - before) ** 2)
        regularizer.after_step("generator")
        assert value(regularizer.generator_term(seen(generator, critic))) == pytest.approx(2 * (weight - after) ** 2)
    term = regularizer.generator_term(seen(generator, critic))
    assert term is not None
    term.backward()
    assert generator.weight.grad is not None
    assert generator.weight.grad.item() == pytest.approx(2 * 2 * (7 - 4))
    assert value(regularizer.critic_term(seen(generator, critic))) == 0  # has not moved
    again = HistoricalAveraging(critic=0.5, generator=2.0)
    again.attach(generator, critic)
    again.load_state_dict(regularizer.state_dict())
    assert value(again.generator_term(seen(generator, critic))) == pytest.approx(18)


def test_a_weight_of_zero_is_no_term() -> None:
    nets = nn.Linear(1, 1), nn.Linear(1, 1)
    regularizer = HistoricalAveraging(critic=0.0)
    regularizer.attach(*nets)
    assert regularizer.critic_term(seen(*nets)) is None
    assert not any(name.startswith("past.critic") for name in regularizer.state_dict())


def test_features_that_match_by_hand() -> None:
    critic = nn.Sequential(linear([[1.0, 0.0], [0.0, 2.0]]), nn.Identity(), nn.Linear(2, 1))
    nn.init.zeros_(critic[0].bias)
    regularizer = FeatureMatching(weight=3.0)
    regularizer.attach(nn.Identity(), critic)
    fake = FAKE.clone().requires_grad_()
    term = regularizer.generator_term(seen(nn.Identity(), critic, fake=fake))
    assert term.item() == pytest.approx(3 * (1.5**2 + 2.0**2))
    (slope,) = torch.autograd.grad(term, fake)
    torch.testing.assert_close(slope, torch.tensor([[-4.5, -12.0]] * 2))  # -3 · 2 · (1.5 · 1, 2 · 2) / 2 samples
    first = FeatureMatching(layer="0")
    first.attach(nn.Identity(), critic)
    assert first.generator_term(seen(nn.Identity(), critic)).item() == pytest.approx(1.5**2 + 1)
    assert regularizer.critic_term(seen(nn.Identity(), critic)) is None
    assert not critic[2]._forward_pre_hooks


def test_refuses_a_layer_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no layer 'head' to take features of"):
        GAN(*networks(), latent_dim=4, regularizers={"matching": FeatureMatching(layer="head")})


def game(**other: Regularizer) -> GAN:
    regularizers = {"history": HistoricalAveraging(), "apart": Orthogonal(critic=0.1), "match": FeatureMatching()}
    augments = {"noise": InstanceNoise(0.5, steps=8)}
    return GAN(*networks(), latent_dim=4, n_critic=2, regularizers=regularizers | other, augments=augments)


def test_several_at_once_each_with_its_line() -> None:
    module = game()
    play(module, steps=3)
    figures = module.step_metrics()
    names = {"critic_history", "critic_apart", "generator_history", "generator_apart", "generator_match"}
    assert names <= figures.keys()
    assert "critic_match" not in figures
    assert all(figures[name] > 0 for name in names)


def test_none_is_none() -> None:
    module = GAN(*networks(), latent_dim=4, regularizers={"apart": None}, augments={"color": None})
    assert not module.regularizers
    assert not module.augments


def test_their_terms_join_the_losses() -> None:
    """A term with a known slope moves the weights as that slope says."""

    class Push(Regularizer):
        def critic_term(self, seen: RegularizerInputs) -> Tensor:
            return 7 * seen.critic[3].bias.sum()  # type: ignore[index,operator,no-any-return,union-attr]

        def generator_term(self, seen: RegularizerInputs) -> Tensor:
            return -5 * seen.generator[3].bias.sum()  # type: ignore[index,operator,no-any-return,union-attr]

    module = GAN(*networks(), latent_dim=4, adversarial_weight=0.0, regularizers={"push": Push()})
    play(module, steps=1)
    assert module.generator[3].bias.grad.tolist() == [-5.0, -5.0]  # type: ignore[index,union-attr]
    assert not module.generator[0].weight.grad.any()  # type: ignore[index,union-attr]
    plain = GAN(*networks(), latent_dim=4)
    play(plain, steps=1)
    push = module.critic[3].bias.grad - plain.critic[3].bias.grad  # type: ignore[index,operator,union-attr]
    assert push.item() == pytest.approx(7, rel=1e-4)


def test_a_resumed_run_is_the_unbroken_one(tmp_path: Path) -> None:
    whole, broken, resumed = game(), game(), game()
    play(whole, steps=6)
    play(broken, steps=3).save_checkpoint(tmp_path / "half.ckpt")
    trainer = build(max_steps=6, accelerator="cpu")
    trainer.fit(resumed, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "half.ckpt", weights_only=True)
    assert same(state(resumed), state(whole))
    assert not same(state(broken), state(whole))


def test_growth_refuses_regularizers_of_all_weights() -> None:
    with pytest.raises(UsageError, match="'apart' changes weights of later levels"):
        family(regularizers={"apart": Orthogonal()})
    module = family(regularizers={"match": FeatureMatching()}, augments={"color": DiffAugment()})
    play_growing(module, 10)
    assert "generator_match" in module.step_metrics()


def test_compiled_losses_and_ensembles_refuse_them() -> None:
    with pytest.raises(UsageError, match=r"compile=true can't follow regularizers and augmentations \(history, apart"):
        play(game(), steps=1, compile=True)
    falls = GAN(*networks(), latent_dim=4, penalty_schedule=lambda k: 0.5)
    with pytest.raises(UsageError, match="compile=true can't follow a penalty_schedule"):
        play(falls, steps=1, compile=True)
    for module, says in ((game(), "no regularizers"), (falls, "keeps the weights of penalties")):
        play(module, steps=1)
        with pytest.raises(UsageError, match=says):
            check_ensemble_support(module)
