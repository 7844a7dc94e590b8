"""CUDA graphs of losses, on a CPU: captures are those of `tests.helper.recorded_graph`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback
from torch import Tensor, nn
from torch.utils.data import DataLoader

from gan_lightning.callback.compile import Compile
from gan_lightning.callback.cuda_graph import CUDAGraph
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.loss import Hinge, NonSaturating
from gan_lightning.model import dcgan
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.graphed_loss import MAX_GRAPHS, CUDACapture, GraphedLoss
from gan_lightning.objective.sgan import SGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2
from gan_lightning.regularizer import Orthogonal
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks, play, same, stacks, state, told_networks
from tests.helper.progressive import family
from tests.helper.progressive import play as play_growing
from tests.helper.recorded_graph import RecordedGraphs
from tests.objective.test_compiled_loss import GAMES as COMPILED

LAZY = R1R2(r1=1.0, interval=2)
GAMES: dict[str, Callable[[], AdversarialModule]] = {
    **COMPILED,
    "gradient penalty": lambda: WGANGP(*networks(), latent_dim=4, n_critic=2),
    "batch norm": lambda: GAN(*networks(norm=True), latent_dim=4, loss=NonSaturating(), n_critic=2),
    "updates left out": lambda: GAN(*networks(norm=True), latent_dim=4, on_nan="skip"),
    "hinge, spectral norm": lambda: GAN(*networks(spectral=True), latent_dim=4, loss=Hinge()),
    "classes": lambda: GAN(*told_networks(), penalty=R1R2(r1=1.0), accumulate=2),
    "lazy R1": lambda: GAN(*networks(), latent_dim=4, penalty=LAZY),
}


def played(module: AdversarialModule, **trainer: object) -> tuple[AdversarialModule, RecordedGraphs]:
    """The module after six steps with graphs, and these."""
    graphs = RecordedGraphs(module)
    play(module, steps=6, callbacks=[CUDAGraph(graphs)], **trainer)
    return module, graphs


def same_metrics(one: AdversarialModule, other: AdversarialModule) -> bool:
    """Bit for bit, those of each micro-batch."""
    ours, theirs = one.metrics.tensors, other.metrics.tensors
    return list(ours) == list(theirs) and all(
        len(ours[name]) == len(theirs[name]) and all(map(torch.equal, ours[name], theirs[name])) for name in ours
    )


@pytest.mark.training
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("game", GAMES.values(), ids=list(GAMES))
def test_graphed_games_train_the_same_weights(game: Callable[[], AdversarialModule], precision: str) -> None:
    own = game()
    play(own, steps=6, precision=precision)
    graphed, _ = played(game(), precision=precision)
    assert same(state(own), state(graphed))
    assert same_metrics(own, graphed)
    assert not {"critic_loss", "generator_loss"} & vars(graphed).keys()


@pytest.mark.training
def test_images_with_their_layers() -> None:
    """A DCGAN, whose fast layers are the project's own."""

    def game() -> AdversarialModule:
        torch.manual_seed(0)
        size: dict[str, Any] = {"shape": (1, 8, 8), "width": 4, "norm": "none"}
        return WGANGP(dcgan.Generator(latent_dim=4, **size), dcgan.Critic(**size), n_critic=1)

    pixels = 2 * torch.rand(32, 1, 8, 8, generator=new_rng(0)) - 1
    images: Any = DataLoader(pixels, batch_size=8)  # type: ignore[arg-type]
    own, graphed = game(), game()
    for module, callbacks in ((own, []), (graphed, [CUDAGraph(RecordedGraphs(graphed))])):
        build(max_steps=3, accelerator="cpu", callbacks=callbacks).fit(module, images)
    assert same(state(own), state(graphed))


def test_there_is_a_graph_for_each_computation() -> None:
    for game, replays in (("gradient penalty", [12, 6]), ("lazy R1", [3, 3, 3, 3]), ("classes", [12, 12])):
        assert played(GAMES[game]())[1].replays == replays


@pytest.mark.training
def test_a_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    def game() -> AdversarialModule:
        return GAN(*networks(norm=True), latent_dim=4, n_critic=2)

    whole, first, second = game(), game(), game()
    play(whole, steps=6)
    half = play(first, steps=3, callbacks=[CUDAGraph(RecordedGraphs(first))])
    half.save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    rest = build(max_steps=6, accelerator="cpu", callbacks=[CUDAGraph(RecordedGraphs(second))])
    rest.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert whole.step_metrics() == second.step_metrics()


def sizes(*rows: int) -> Any:
    """Batches of so many points."""
    return DataLoader([torch.randn(n, 2, generator=new_rng(n)) for n in rows], batch_size=None)  # type: ignore[arg-type]


@pytest.mark.training
def test_batches_of_other_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    """Each has a graph, up to the ninth."""

    def game() -> AdversarialModule:
        return WGANGP(*networks(), latent_dim=4, n_critic=1)

    few, many = (8, 8, 5, 8, 5), (*range(2, MAX_GRAPHS + 4), 2, MAX_GRAPHS + 3)
    for rows, replays in ((few, [3, 3, 2, 2]), (many, [2, 2, *[1] * (2 * MAX_GRAPHS - 2)])):
        own, graphed = game(), game()
        graphs = RecordedGraphs(graphed)
        for module, callbacks in ((own, []), (graphed, [CUDAGraph(graphs)])):
            build(max_steps=len(rows), accelerator="cpu", callbacks=callbacks).fit(module, sizes(*rows))
        assert same(state(own), state(graphed))
        assert same_metrics(own, graphed)
        assert graphs.replays == replays
        said = [line for line in capsys.readouterr().err.splitlines() if "graphs of a loss already" in line]
        assert len(said) == (0 if rows is few else 2)  # for each player


def test_later_calls_leave_losses_and_gradients_alone() -> None:
    module = WGANGP(*networks(), latent_dim=4)
    parameters = list(module.critic.parameters())
    loss = GraphedLoss(module, "critic_loss", parameters, RecordedGraphs(module))
    reals = [torch.randn(8, 2, generator=new_rng(i)) for i in range(3)]

    def gradients(of: Tensor) -> list[Tensor]:
        return [torch.zeros(0) if g is None else g for g in torch.autograd.grad(of, parameters, allow_unused=True)]

    own = [module.critic_loss(real, StepRNG(new_rng(i))) for i, real in enumerate(reals)]
    graphed = [loss(real, StepRNG(new_rng(i))) for i, real in enumerate(reals)]
    assert all(map(torch.equal, own, graphed))
    for one, other in zip(own, graphed, strict=True):
        assert all(map(torch.equal, gradients(one), gradients(other)))


def test_the_first_call_changes_buffers_once() -> None:
    module = GAN(*networks(norm=True), latent_dim=4)
    loss = GraphedLoss(module, "generator_loss", list(module.generator.parameters()), RecordedGraphs(module))
    torch.manual_seed(1)
    numbers = torch.get_rng_state()
    norm = module.generator[1]
    for calls in (1, 2):
        loss(torch.zeros(8, 2), StepRNG(new_rng(0)))
        assert norm.num_batches_tracked == calls
    assert torch.equal(torch.get_rng_state(), numbers)


class Odd(nn.Module):
    """A critic with something odd in its forward pass."""

    def __init__(self, oddity: Callable[[Odd, Tensor], object]) -> None:
        super().__init__()
        self.linear, self.oddity, self.calls = nn.Linear(2, 1), oddity, 0
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.oddity(self, x)
        return self.linear(x).squeeze(1)


ODDITIES: dict[str, tuple[Callable[[Odd, Tensor], object], str]] = {
    "a number": (lambda layer, x: print(x.sum().item()), "capture: operation not permitted when stream is capturing;"),
    "a new buffer": (lambda layer, x: setattr(layer, "mean", x.mean()), r"capture critic\.mean, which the loss sets"),
    "a new tensor": (lambda layer, x: setattr(layer, "last", x), r"capture critic\.last, which the loss sets anew"),
    "a count": (lambda layer, x: setattr(layer, "calls", layer.calls + 1), r"capture critic\.calls, which the loss"),
}


@pytest.mark.parametrize(("oddity", "says"), ODDITIES.values(), ids=list(ODDITIES))
def test_refuses_what_no_replay_repeats(oddity: Callable[[Odd, Tensor], object], says: str) -> None:
    module = GAN(networks()[0], Odd(oddity), latent_dim=4, loss=NonSaturating())
    with pytest.raises(UsageError, match=f"^trainer.cuda_graph=true can't {says}.*leave it out$"):
        played(module)
    assert not {"critic_loss", "generator_loss"} & vars(module).keys()  # own losses again


@pytest.mark.parametrize("noise", [False, True])
def test_a_buffer_changed_in_place_is_fine(noise: bool) -> None:
    """By samples, or by noise of torch's global rng."""

    def change(layer: Odd, x: Tensor) -> None:
        layer.mean.add_((torch.randn_like(x) if noise else x.detach()).mean())

    def game() -> AdversarialModule:
        return GAN(networks()[0], Odd(change), latent_dim=4)

    own = game()
    play(own, steps=6)
    assert own.critic.mean != 0
    assert same(state(own), state(played(game())[0]))


def test_weights_set_by_hooks_are_refused() -> None:
    """Torch's old spectral norm."""
    generator, critic = networks()
    nn.utils.spectral_norm(critic[0])
    module = GAN(generator, critic, latent_dim=4, loss=NonSaturating())
    with pytest.raises(UsageError, match=r"can't capture critic\.0\.weight, which the loss sets anew"):
        played(module)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_refuses_other_devices() -> None:
    for accelerator in ("auto", "cpu"):
        with pytest.raises(UsageError, match=r"^trainer\.cuda_graph=true needs a CUDA GPU: leave it out"):
            build(accelerator=accelerator, cuda_graph=True)
    with pytest.raises(UsageError, match=r"^trainer\.cuda_graph=true needs a CUDA GPU: leave it out"):
        play(GAMES["batch norm"](), callbacks=[CUDAGraph()])


def test_a_gpu_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    trainer = SimpleNamespace(
        world_size=1,
        precision="32-true",
        strategy=SimpleNamespace(root_device=torch.device("cuda")),
        _detect_anomaly=False,
    )
    CUDAGraph().check(trainer, GAMES["batch norm"]())  # type: ignore[arg-type]
    trainer.strategy.root_device = torch.device("cpu")
    with pytest.raises(UsageError, match="needs a CUDA GPU"):
        CUDAGraph().check(trainer, GAMES["batch norm"]())  # type: ignore[arg-type]


REFUSED: dict[str, tuple[Callable[[], AdversarialModule], dict[str, Any], str]] = {
    "anomalies": (GAMES["batch norm"], {"detect_anomaly": True}, "trainer.detect_anomaly=true looks at each gradient"),
    "levels": (lambda: SGAN(**stacks()), {}, "trainer.cuda_graph=true can't follow SGAN's terms of each level"),
    "a pool": (
        lambda: GAN(*networks(), latent_dim=4, pool_size=4),
        {},
        "trainer.cuda_graph=true can't follow a pool of earlier fakes",
    ),
    "regularizers": (
        lambda: GAN(*networks(), latent_dim=4, regularizers={"apart": Orthogonal()}),
        {},
        r"trainer.cuda_graph=true can't follow regularizers and augmentations \(apart\)",
    ),
    "a schedule": (
        lambda: GAN(*networks(), latent_dim=4, penalty_schedule=lambda k: 0.5),
        {},
        "trainer.cuda_graph=true can't follow a penalty_schedule",
    ),
}


@pytest.mark.parametrize(("module", "options", "says"), REFUSED.values(), ids=list(REFUSED))
def test_refuses(module: Callable[[], AdversarialModule], options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=f"^{says}.*leave (it|one of them) out"):
        played(module(), **options)


@pytest.mark.filterwarnings("ignore:training ends after step")
def test_refuses_networks_that_grow() -> None:
    with pytest.raises(UsageError, match=r"^trainer\.cuda_graph=true: ProGAN's networks change from step to step"):
        play_growing(family(), 1, CUDAGraph(lambda run: run))


def test_refuses_two_replacements() -> None:
    both = r"^trainer\.compile=true and trainer\.cuda_graph=true both replace the losses: leave one of them out$"
    with pytest.raises(UsageError, match=both):
        build(accelerator="cpu", compile=True, cuda_graph=True)
    callbacks: list[Callback] = [Compile(), CUDAGraph(lambda run: run)]
    with pytest.raises(UsageError, match=both):
        play(GAMES["batch norm"](), callbacks=callbacks)


def test_captures_of_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of CUDA, by stand-ins: one pool, and errors of this thread alone."""
    captures: list[tuple[object, str]] = []
    replayed: list[object] = []
    inside: list[str] = []

    class Graph:
        def replay(self) -> None:
            replayed.append(self)

    @contextmanager
    def graph(one: Graph, pool: object, capture_error_mode: str) -> Iterator[None]:
        captures.append((pool, capture_error_mode))
        inside.append("capture")
        yield
        inside.clear()

    @contextmanager
    def stream(of: object) -> Iterator[None]:
        yield

    pools = iter(["pool", "another"])
    for name, stand_in in {
        "CUDAGraph": Graph,
        "graph": graph,
        "graph_pool_handle": lambda: next(pools),
        "stream": stream,
        "current_stream": lambda: None,
    }.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)

    def function() -> Any:
        assert inside == ["capture"]
        return (torch.ones(()), [], {})

    capture = CUDACapture()
    first, second = capture(function), capture(function)
    assert captures == [("pool", "thread_local")] * 2
    assert replayed == []
    assert first() is first()
    assert second() is not first()
    assert len(replayed) == 4
    assert replayed[0] is replayed[1] is replayed[3]
    assert replayed[2] is not replayed[0]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("game", GAMES.values(), ids=list(GAMES))
def test_a_gpu_trains_the_same_weights(game: Callable[[], AdversarialModule]) -> None:
    own, graphed = game(), game()
    for module, cuda_graph in ((own, False), (graphed, True)):
        trainer = build(max_steps=6, accelerator="gpu", precision="64-true", cuda_graph=cuda_graph)
        trainer.fit(module, datamodule=Cloud(batch_size=8))
    theirs = state(graphed)
    for name, value in state(own).items():
        torch.testing.assert_close(theirs[name], value, rtol=1e-9, atol=1e-12)
