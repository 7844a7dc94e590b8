"""The step that every family shares."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, cast

import torch
import torch.distributed as dist
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, derive_seed, new_rng, seed_global_rng
from gan_lightning.core.validation import Count
from gan_lightning.data.stream import BatchSchedule, ConstantBatch
from gan_lightning.distributed.batch_norm import synchronized
from gan_lightning.distributed.flat_ddp import average_gradients, check_strategy
from gan_lightning.loss import Loss
from gan_lightning.nn.autocast import with_autocast
from gan_lightning.nn.ema import EMA
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.freeze import as_in_training, train_mode
from gan_lightning.nn.labels import bind_labels, check_labels, num_classes_of
from gan_lightning.nn.minibatch_groups import largest_group
from gan_lightning.objective import checks
from gan_lightning.objective.backward import backward_function
from gan_lightning.objective.hyperparameters import Hyperparameters, Player, latent_dim_of
from gan_lightning.objective.ledger import NonFiniteMonitor
from gan_lightning.objective.micro_batches import Batch, MicroBatches, to_float
from gan_lightning.objective.nonfinite import POLICIES
from gan_lightning.optimizer import OptimizerFactory
from gan_lightning.penalty import Penalty
from gan_lightning.regularizer import Regularizer, RegularizerInputs
from gan_lightning.run import checkpoint_format

# Held-out samples are welcome, not required.
warnings.filterwarnings("ignore", message="You defined a `validation_step` but have no `val_dataloader`")

_LOOK = 50  # steps between two looks at whether all numbers are finite


class AdversarialModule(LightningModule):
    """A two-player game: `n_critic` critic turns, each on a fresh real batch, then one generator turn.

    One training step is one such step; `trainer.global_step` counts steps. Batches are `Step`s of an
    `AdversarialData` module, or tensors [n_critic × batch, *shape] (alone or first in a tuple) of any DataLoader.

    Args:
        generator: latents [batch, latent_dim] → samples [batch, *shape].
        critic: samples → scores [batch], logits.
        loss: the two objectives.
        penalty: what holds the critic.
        n_critic: critic turns a step.
        critic_optimizer: takes the critic's parameters, gives their optimizer.
        generator_optimizer: likewise the generator's.
        **game: see `Game`.

    Raises:
        UsageError: for parts that break the mathematics, before the first step.

    Attributes:
        grows: whether its networks play otherwise from step to step.
        deals: whether it deals itself samples beside the stream's; such a game is played step by step, by itself.
    """

    grows: ClassVar[bool] = False
    deals: ClassVar[bool] = False

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        loss: Loss,
        penalty: Penalty,
        n_critic: Count,
        critic_optimizer: OptimizerFactory,
        generator_optimizer: OptimizerFactory,
        **game: Unpack[Hyperparameters],
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        if game.get("fast_layers", True):
            use_fast_layers(generator)
            use_fast_layers(critic, second_order=penalty.per_sample)
        self.generator, self.critic = generator, critic
        self.loss, self.penalty, self.n_critic = loss, penalty, n_critic
        self.critic_optimizer, self.generator_optimizer = critic_optimizer, generator_optimizer
        self.latent_dim = latent_dim_of(generator, game.get("latent_dim"))
        self.generator_batch = game.get("generator_batch", 1)
        self.accumulate = game.get("accumulate", 1)
        self.critic_max_norm, self.generator_max_norm = game.get("critic_max_norm"), game.get("generator_max_norm")
        self.ema = EMA(generator, decay=game.get("ema_decay", 0.999), after=game.get("ema_after", 0))
        self.adversarial_weight = game.get("adversarial_weight", 1.0)
        self.augments = {name: one for name, one in game.get("augments", {}).items() if one}
        chosen = {name: one for name, one in game.get("regularizers", {}).items() if one}
        self.regularizers = cast("dict[str, Regularizer]", nn.ModuleDict(chosen))
        for regularizer in self.regularizers.values():
            regularizer.join(generator, critic)
        self.schedule, self.penalty_schedule = game.get("schedule"), game.get("penalty_schedule")
        self.seed = game.get("seed", 0)
        self.penalty_autocast = game.get("penalty_autocast", False)
        self.on_nan = POLICIES[game.get("on_nan", "stop")]()
        self.ledger = NonFiniteMonitor()
        self.observed: dict[str, list[Tensor]] = {}
        self._seen: dict[str, None] = {}
        self.validation: dict[str, float] = {}
        self._players: dict[nn.Module, Player] = {}
        if penalty.per_sample:
            checks.check_no_batch_norm(critic, type(penalty).__name__)

    # ---- the game -------------------------------------------------------------------------------------------------

    def training_step(self, batch: Batch, index: int) -> None:
        """One step."""
        k = self.global_step
        for turn in self.dealer.critic_updates(batch, k):
            with self.player_step(self.critic):
                for piece in turn:
                    self.manual_backward(self.critic_loss(*piece) / self.accumulate)
            self.penalty.project(self.critic)
        with self.player_step(self.generator):
            for piece in self.dealer.generator_update(batch, k):
                self.manual_backward(self.generator_loss(*piece) / self.accumulate)
        self.ema.update(self.generator, k)

    def critic_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """Loss and penalty, for one backward. Where networks are told classes, fakes are of those of the reals."""
        with torch.no_grad():
            fake = self.now(self.generator, label)(rng.normal(len(real), self.latent_dim, device=self.device))
        real, fake = self.augment(real, rng), self.augment(fake, rng)
        real_score, fake_score = self.scores(real, label), self.scores(fake, label)
        loss = self.loss.critic(real_score, fake_score)
        self.observe(critic_loss=loss, real_score=real_score, fake_score=fake_score)
        penalty = self.penalty(self.penalty_critic(label), real, fake, rng)
        if penalty is not None and self.penalty_schedule is not None:
            penalty = penalty * self.penalty_schedule(self.global_step)
        return self.sum_terms(loss, penalty=penalty, **self.regularization_terms("critic", real, fake, label))

    def generator_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The generator's loss through the critic as it stands."""
        latent = rng.normal(len(real) * self.generator_batch, self.latent_dim, device=self.device)
        fake = self.augment(self.now(self.generator, label)(latent), rng)
        real = self.augment(real, rng)
        loss = self.loss.generator(self.scores(fake, label), lambda: self.scores(real, label))
        self.observe(generator_loss=loss)
        return self.sum_terms(
            self.adversarial_weight * loss, **self.regularization_terms("generator", real, fake, label)
        )

    def augment(self, samples: Tensor, rng: StepRNG) -> Tensor:
        """Samples as the critic is trained on them."""
        for augment in self.augments.values():
            samples = augment(samples, rng, self.global_step)
        return samples

    def regularization_terms(
        self, player: str, real: Tensor, fake: Tensor, label: Tensor | None
    ) -> dict[str, Tensor | None]:
        """What the regularizers add to a player's loss."""
        seen = RegularizerInputs(self.generator, self.critic, self.now(self.critic, label), real, fake, label)
        return {f"{player}_{name}": getattr(one, f"of_{player}")(seen) for name, one in self.regularizers.items()}

    def sum_terms(self, loss: Tensor, **terms: Tensor | None) -> Tensor:
        """The loss with its terms, each of which is observed; None is no term."""
        for name, term in terms.items():
            if term is not None:
                self.observe(**{name: term})
                loss = loss + term
        return loss

    def scores(self, samples: Tensor, label: Tensor | None = None) -> Tensor:
        """The critic's scores, in single precision at least: means of them are small differences of large numbers."""
        scores = self.now(self.critic, label)(samples)
        return scores.to(torch.promote_types(scores.dtype, torch.float32))

    def now(self, network: nn.Module, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """A network as it plays in this step, told its inputs' classes; None: class after class."""
        return bind_labels(network, label)

    def penalty_critic(self, label: Tensor | None) -> Callable[[Tensor], Tensor]:
        """The critic as its penalty sees it: in single precision at least, unless it may be coarse."""
        critic = self.now(self.critic, label)
        return with_autocast(critic, self.device) if self.penalty_autocast else critic

    def shown(self, real: Tensor) -> Tensor:
        """Real samples [batch, *shape] as the critic sees them in this step."""
        return real

    def batch_schedule(self, batch_size: int) -> BatchSchedule:
        """How many real samples each step takes, where the data module's `batch_size` is this."""
        return ConstantBatch(batch_size, self.n_critic)

    @contextmanager
    def player_step(self, network: nn.Module) -> Iterator[None]:
        """`network` moves: gradients start at zero inside the `with`, one optimizer step ends it."""
        player = self._players[network]
        if self.schedule is not None:
            for group in player.optimizer.param_groups:
                group["lr"] = group["initial_lr"] * self.schedule(self.global_step)
        player.optimizer.zero_grad()
        self._seen.clear()
        if self.on_nan.at_once:
            player.save_buffers()
        with player.freeze_opponent(), player.spectral.paused(), synchronized():
            yield
        average_gradients(self.trainer.strategy, player.parameters)
        norm = player.gradient_norm()
        self.observe(**{f"{player.name}_grad_norm": norm})
        self.ledger.add(self.global_step, player.name, {name: self.observed[name] for name in self._seen})
        if self.on_nan.at_once and (trouble := self._trouble()):
            player.restore_buffers()
            self.on_nan(self, trouble)
            player.optimizer.step()  # moves nothing without gradients, but Lightning counts steps by it
            return
        player.clip(norm)
        player.optimizer.step()
        player.spectral.step()
        for regularizer in self.regularizers.values():
            regularizer.moved(player.name)

    def manual_backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        """Adds the loss's gradients to those of the player that moves."""
        self._backward(loss, *args, **kwargs)

    @property
    def labelled(self) -> bool:
        """Whether anything in the game is told the classes of samples."""
        networks = num_classes_of(self.generator) or num_classes_of(self.critic)
        return bool(networks) or any(regularizer.labelled for regularizer in self.regularizers.values())

    @property
    def global_step(self) -> int:
        """Steps done; none where no Trainer has begun."""
        return 0 if self._trainer is None else self.trainer.global_step

    # ---- what is seen of it ---------------------------------------------------------------------------------------

    def observe(self, **values: Tensor) -> None:
        """Keeps tensors of this move, one a piece, for `figures`; costs nothing until somebody asks."""
        for name, value in values.items():
            if name not in self._seen:
                self.observed[name] = []
                self._seen[name] = None
            self.observed[name].append(value.detach())

    def figures(self) -> dict[str, float]:
        """Figures of each player's last move, averaged over its samples and over all ranks. All ranks must ask at once.

        A penalty that is not taken in every turn keeps its last value.
        """
        if not self.observed:
            return {}
        whole = {name: torch.cat([piece.flatten() for piece in pieces]) for name, pieces in self.observed.items()}
        whole[self.loss.estimates] = self.loss.divergence(whole["real_score"], whole["fake_score"])
        means = torch.stack([value.float().mean() for value in whole.values()])
        means = self.trainer.strategy.reduce(means, reduce_op="mean")
        return dict(zip(whole, means.tolist(), strict=True))

    def check(self) -> None:
        """Looks whether all numbers since the last look were finite. All ranks must look at once.

        Raises:
            UsageError: names the first that was not, unless `on_nan` goes on.
        """
        if trouble := self._trouble():
            self.on_nan(self, trouble)

    def _trouble(self) -> str | None:
        return self.ledger.first_nonfinite(lambda values: self.trainer.strategy.reduce(values, reduce_op="mean"))

    def latent(self, n: int, purpose: str) -> Tensor:
        """Fixed latents [n, latent_dim]: a function of the seed and of what they are for."""
        return torch.randn(n, self.latent_dim, generator=new_rng(self.seed, "latent", purpose)).to(self.device)

    @torch.no_grad()
    def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples [n, *shape] of the averaged generator; of these classes, where it is told classes."""
        return self.now(self.ema, label)(self.to_device_of_weights(latent))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a sample."""
        return tuple(self.sample(self.latent(1, "shape")).shape[1:])

    @torch.no_grad()
    def score(self, samples: Tensor) -> Tensor:
        """The critic's scores of samples as they would be judged one by one; leaves no trace.

        Of a critic that is told classes, their mean over all classes.
        """
        classes = torch.split(torch.arange(max(1, num_classes_of(self.critic)), device=self.device), 1)
        with train_mode(self.critic, training=False):
            return torch.stack([self.scores(self.to_device_of_weights(samples), label) for label in classes]).mean(0)

    # ---- held-out samples -----------------------------------------------------------------------------------------

    def on_validation_epoch_start(self) -> None:
        """Forgets the last validation's scores."""
        self._held_out: list[tuple[Tensor, Tensor]] = []

    def validation_step(self, batch: Batch, index: int) -> None:
        """The critic's scores of real samples it never trained on and of fixed latents' fakes; leaves no trace."""
        real, latent, label = self.dealer.held_out(batch, index, self.latent_dim)
        with as_in_training(self.generator, self.critic), synchronized():
            fake = self.now(self.generator, label)(latent)
            self._held_out.append((self.scores(real, label), self.scores(fake, label)))

    def on_validation_epoch_end(self) -> None:
        """Leaves `validation`: the training figures' twins on held-out samples, the same on any number of devices."""
        shares = [tuple(torch.cat(scores).cpu() for scores in zip(*self._held_out, strict=True))]
        if self.trainer.world_size > 1:
            shares = shares * self.trainer.world_size
            dist.all_gather_object(shares, shares[0])
        real, fake = (torch.cat(scores).double() for scores in zip(*shares, strict=True))
        self.validation = {
            "val_critic_loss": self.loss.critic(real, fake).item(),
            f"val_{self.loss.estimates}": self.loss.divergence(real, fake).item(),
        }

    # ---- Lightning ------------------------------------------------------------------------------------------------

    def setup(self, stage: str) -> None:
        """Takes on the run's precision before a checkpoint is loaded, which would else be rounded to single."""
        self.trainer.precision_plugin.convert_module(self)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Signs it; adds the figures, for those that are not new in every step."""
        checkpoint_format.add_format_version(checkpoint)
        checkpoint["figures"] = self.figures()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuses one that is not of this game, before anything is overwritten."""
        checkpoint_format.check_compatible(checkpoint, self.state_dict())
        self.observed = {
            name: [torch.tensor(value, device=self.device)] for name, value in checkpoint.get("figures", {}).items()
        }

    def configure_optimizers(self) -> list[Optimizer]:
        """The critic's optimizer and the generator's."""
        optimizers = [
            self.critic_optimizer(self.critic.parameters()),
            self.generator_optimizer(self.generator.parameters()),
        ]
        for group in (g for optimizer in optimizers for g in optimizer.param_groups):
            group.setdefault("initial_lr", group["lr"])
        return optimizers

    def on_fit_start(self) -> None:
        """Checks the trainer, then seats the players."""
        check_strategy(self.trainer.strategy)
        checks.warn_if_schedule_ends_early(self.schedule, self.trainer.max_steps)
        if self.trainer.precision in ("16-mixed", "16-true", "bf16-true"):
            raise UsageError(
                f"precision {self.trainer.precision} is too coarse for two players: use precision='bf16-mixed'"
            )
        # Lightning counts the steps of wrapped optimizers as `global_step`: with only the generator's wrapped, it is
        # the number of steps.
        critic_optimizer = self.trainer.optimizers[0]
        generator_optimizer = self.trainer.strategy._lightning_optimizers[1]
        self._players = {
            self.critic: Player("critic", self.critic, self.generator, critic_optimizer, self.critic_max_norm),
            self.generator: Player(
                "generator", self.generator, self.critic, generator_optimizer, self.generator_max_norm
            ),
        }
        self.dealer = MicroBatches(
            self.seed, self.n_critic, self.accumulate, self.trainer.global_rank, self.trainer.world_size, self.shown
        )
        self._backward = backward_function(self)
        self._inspected = False
        averaged = sum(1 for _ in self.ema.modules())  # these are in eval mode on purpose
        warnings.filterwarnings("ignore", message=rf"Found {averaged} module\(s\) in eval mode")

    def on_train_batch_start(self, batch: Batch, index: int) -> None:
        """Tries the networks on the first batch; makes torch's own generator, too, follow from the step."""
        if not self._inspected:
            self.inspect(to_float(self.dealer.reals(batch)[0, :2]))
            if self.labelled:
                check_labels(self.dealer.labels(batch), self.generator, self.critic)
            self._inspected = True
        # Layers with chance of their own (dropout) draw from it, the inspection of a resumed run included.
        seed_global_rng(self.device, derive_seed(self.seed, "layers", self.global_step, self.trainer.global_rank))

    def on_train_batch_end(self, outputs: Any, batch: Batch, index: int) -> None:
        """Looks at the numbers now and then: a look waits for the device."""
        if self.global_step % _LOOK == 0:
            self.check()

    def inspect(self, real: Tensor) -> None:
        """Tries both networks on (at least two) samples like `real`, leaving no trace.

        Raises:
            UsageError: where the networks don't fit the data or the critic squashes its scores.
        """
        real = self.shown(self.to_device_of_weights(real)).detach()
        real = self.augment(real, StepRNG(new_rng(self.seed, "inspection", device=real.device))).requires_grad_()
        latent = self.to_device_of_weights(torch.zeros(len(real), self.latent_dim))
        with as_in_training(self.generator, self.critic):
            scores = checks.check_shapes(self.now(self.generator), self.now(self.critic), latent, real)
        checks.check_unbounded_scores(self.critic, scores)

    def refuse_uneven(self, batch_size: int, devices: int) -> None:
        """Refuses batches that so many devices, each with its accumulated pieces, cannot share equally.

        Raises:
            UsageError: names the next batch size that they can.
        """
        checks.check_batch_divisible(
            "data.batch_size", batch_size, devices, self.accumulate, largest_group(self.critic)
        )

    def to_device_of_weights(self, numbers: Tensor) -> Tensor:
        return numbers.to(next(self.critic.parameters()))
