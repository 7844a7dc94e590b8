"""ProGAN by its command, and what comes after it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.progan_cost import Flops, cost
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import instantiate
from gan_lightning.core.errors import UsageError
from gan_lightning.logger.csv import read
from gan_lightning.model.progressive import Critic, Generator
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.fixed_stage import FixedStage
from gan_lightning.objective.growth import GrowthSchedule
from gan_lightning.objective.progan import ProGAN
from gan_lightning.sample.__main__ import sample
from gan_lightning.train import train
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.command import checked

FAMILY = ("objective=progan", "model=progressive", "data.size=16")
NARROW = tuple(
    f"model.{player}.{key}" for player in ("generator", "critic") for key in ("base_width=16", "max_width=4")
)
SHORT = ("objective.schedule.stable_images=16", "objective.schedule.fade_images=32", "data.batch_size=8")
TINY = (*FAMILY, *NARROW, *SHORT, "model.generator.latent_dim=3", "logger=none", "trainer.accelerator=cpu")
ABLATIONS = ("no_growth", "no_fade", "no_equalized", "no_pixel_norm", "no_minibatch_stddev")


@pytest.mark.training
@pytest.mark.filterwarnings("ignore:training ends after step")
def test_a_run_that_stops_in_a_fade_is_sampled_there_and_goes_on(tmp_path: Path) -> None:
    where = (f"run_dir={tmp_path}", "resume=auto", "callback.progress=null", "callback.summary=null")
    where += ("objective.schedule.batch_sizes={16:4}", "trainer.log_every_n_steps=1")
    train(TrainConfig(**checked(*TINY, *where, "trainer.max_steps=11")))
    found = load_generator(str(tmp_path))
    assert isinstance(found.generator, FixedStage)
    assert (found.generator.level, found.generator.alpha) == (2, 0.25)  # 64 images, then 4 in each of 3 steps
    whole = use_fast_layers(instantiate(found.config["model"]["generator"]))
    whole.load_state_dict(found.generator.network.state_dict())
    latent = torch.randn(5, 3)
    torch.testing.assert_close(found.generator(latent), whole(latent, 2, 0.25), rtol=0, atol=0)
    folder = sample(run=str(tmp_path), output=checked_what())
    assert {path.name for path in folder.glob("*.png")} == {"grid.png", "neighbours.png"}

    config = checked(*TINY, *where)
    assert config["trainer"]["max_steps"] == 2 + 6 + 12
    train(TrainConfig(**config))
    rows = read(tmp_path / "metrics.csv")
    assert [row["images_seen"] for row in rows] == [*range(8, 65, 8), *range(68, 113, 4)]
    assert [row["resolution"] for row in rows] == [4] * 2 + [8] * 6 + [16] * 12
    assert load_generator(str(tmp_path)).generator(latent).shape == (5, 1, 16, 16)


def checked_what() -> dict[str, dict[str, object]]:
    return {
        "grid": {"_target_": "gan_lightning.sample.output.grid.Grid", "n": 4},
        "neighbours": {"_target_": "gan_lightning.sample.output.neighbours.Neighbours", "n": 2, "k": 2},
    }


@pytest.mark.training
def test_the_papers_1024_px_run_is_built_and_its_batches_checked(tmp_path: Path) -> None:
    for name in range(3):
        Image.new("RGB", (40, 30), (80 * name, 10, 200)).save(tmp_path / f"{name}.png")
    config = checked("experiment=progan_celebahq1024", f"data.root={tmp_path}", f"data.cache={tmp_path}/cache")
    data = instantiate(config["data"])
    module = instantiate(
        config["objective"], **{player: instantiate(network) for player, network in config["model"].items()}
    )
    assert isinstance(module, ProGAN)
    module.dry_run(data.example_input)
    module.check_batch_divisible(data.batch_size, 1)
    assert config["trainer"]["max_steps"] == module.num_steps == 1_464_286
    assert module.growth.images == 17 * 800_000
    with pytest.raises(UsageError, match=r"objective.schedule.batch_sizes.1024=3 does not divide into 2 device\(s\)"):
        module.check_batch_divisible(data.batch_size, 2)


@pytest.mark.training
@pytest.mark.parametrize("ablation", ABLATIONS)
def test_ablations_differ_in_one_thing_and_see_as_many_images(ablation: str) -> None:
    plain, changed = (checked(f"experiment=progan_digits{name}") for name in ("", f"_{ablation}"))
    images = [
        GrowthSchedule(**{k: v for k, v in c["objective"].pop("schedule").items() if k != "_target_"}).images
        for c in (plain, changed)
    ]
    assert images[0] == images[1]
    for player in ("critic_optimizer", "generator_optimizer"):
        rates = [c["objective"][player].pop("lr") for c in (plain, changed)]
        assert rates[0] == rates[1] * (10 if ablation == "no_equalized" else 1)
    differing = [key for key in plain if plain[key] != changed[key]]
    assert differing == ([] if ablation in ("no_growth", "no_fade") else ["model"])


# ---- what it costs ------------------------------------------------------------------------------------------------


def flops(network: torch.nn.Module, inputs: torch.Tensor) -> int:
    with Flops() as counter:
        network(inputs)
    return counter.total


def test_a_step_is_worth_fourteen_passes_of_the_critic_and_four_of_the_generator() -> None:
    """Critic: 3 forward; back 2 through weights and inputs, twice; 1 to the images; 4 through both graphs; and the
    generator's turn 2. Less what no first layer needs. Generator: two forward, one of them back through both."""
    networks = {"base_width": 128, "max_width": 32}
    generator, critic = Generator(shape=(3, 16, 16), **networks), Critic(shape=(3, 16, 16), **networks)
    forward = flops(generator, torch.randn(1, 512)), flops(critic, torch.randn(1, 3, 16, 16))
    assert cost(generator, critic, 2, batch=4).flops == pytest.approx(4 * forward[0] + 14 * forward[1], rel=0.03)
    # 32 → 32 twice and 32 → 16 at 16 px twice as much as at 8 px …: by hand, convolutions of 3 × 3 apart from the ends.
    convs = 2 * 9 * (16 * 16 + 16 * 32) * 16**2 + 2 * 9 * 2 * 32 * 32 * 8**2 + 2 * 9 * 33 * 32 * 4**2
    ends = 2 * 3 * 16 * 16**2 + 2 * (32 * 16 * 32 + 32)
    assert forward[1] == convs + ends
