"""The page's runtime: each operation and each generator against torch, latents against those of the command."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.export.graph import Graph
from gan_lightning.export.inference import plain_network
from gan_lightning.export.trace import trace_graph
from gan_lightning.sample.latent.indexed import indexed_latents
from gan_lightning.sample.latent.interpolation import spherical
from gan_lightning.sample.latent.truncation import truncate_by_folding
from tests.export.javascript import evaluate
from tests.export.tiny import DISTINCT, trained

RUN = """data.map(({ nodes, constants, inputs }) => {
  const numbers = constants.map((one) => Float32Array.from(one));
  return inputs.map((input) => Array.from(runGraph(nodes, numbers, input)));
})"""


def job(graph: Graph, inputs: list[dict[str, list[float]]]) -> dict[str, Any]:
    """A graph and its inputs, for the runtime."""
    constants = [constant.flatten().tolist() for constant in graph.constants]
    return {"nodes": graph.nodes, "constants": constants, "inputs": inputs}


class _Alone(nn.Module):
    """One function of the latent, shaped, as a network."""

    classes = 0

    def __init__(self, function, shape: tuple[int, ...]) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.function, self.shape = function, shape

    def forward(self, latent: Tensor) -> Tensor:
        result: Tensor = self.function(latent.view(self.shape))
        return result


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


MAP = (1, 4, 5, 6)
OPERATIONS = {
    "linear": (lambda x: F.linear(x, numbers(3, 8), numbers(3)), (1, 8)),
    "linear without bias": (lambda x: F.linear(x, numbers(3, 8)), (1, 8)),
    "conv2d": (lambda x: F.conv2d(x, numbers(6, 4, 3, 3), numbers(6), padding=1), MAP),
    "conv2d 1x1": (lambda x: F.conv2d(x, numbers(6, 4, 1, 1)), MAP),
    "conv2d strided": (lambda x: F.conv2d(x, numbers(6, 4, 3, 2), numbers(6), stride=(2, 1), padding=(2, 0)), MAP),
    "conv2d dilated": (lambda x: F.conv2d(x, numbers(2, 4, 3, 3), padding=2, dilation=2), MAP),
    "conv2d grouped": (lambda x: F.conv2d(x, numbers(6, 2, 3, 3), numbers(6), padding=1, groups=2), MAP),
    "conv2d of two": (lambda x: F.conv2d(x, numbers(6, 4, 3, 3), padding=1), (2, 4, 5, 6)),
    "conv_transpose2d": (lambda x: F.conv_transpose2d(x, numbers(4, 3, 4, 4), numbers(3), stride=2, padding=1), MAP),
    "conv_transpose2d more": (
        lambda x: F.conv_transpose2d(x, numbers(4, 3, 3, 3), stride=2, padding=1, output_padding=1), MAP),
    "batch_norm": (lambda x: F.batch_norm(x, numbers(4), numbers(4).exp(), numbers(4, seed=1), numbers(4)), MAP),
    "group_norm": (lambda x: F.group_norm(x, 2, numbers(4), numbers(4, seed=1)), MAP),
    "instance_norm": (lambda x: F.instance_norm(x, weight=numbers(4), bias=numbers(4)), MAP),
    "layer_norm": (lambda x: F.layer_norm(x, (8,), numbers(8), numbers(8, seed=1)), (1, 8)),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), MAP),
    "upsample_nearest2d": (lambda x: F.interpolate(x, scale_factor=2), MAP),
    "upsample_bilinear2d": (lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), MAP),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), (1, 4, 6, 6)),
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), (1, 8, 3, 2)),
    "softmax": (lambda x: torch.softmax(5 * x, -1), MAP),
    "matmul": (lambda x: x[:, :, :2] @ x.transpose(2, 3), MAP),
    "matmul shared": (lambda x: x @ numbers(6, 3), MAP),
    "mean": (lambda x: x.mean((1, 3), keepdim=True), MAP),
    "mean away": (lambda x: x.mean(1), MAP),
    "amax": (lambda x: x.amax((1, 3), keepdim=True), MAP),
    "amax away": (lambda x: x.amax(2), MAP),
    "one-hot": (lambda x: (x == x.amax(1, keepdim=True)).to(x.dtype), MAP),
    "div": (lambda x: x / (1 + x.square()), MAP),
    "erf": (lambda x: torch.erf(3 * x), MAP),
    "broadcast": (lambda x: x * x[:, :1] + x[:, :, 2:3] - x[:, :, :, :1], MAP),
    "lerp": (lambda x: torch.lerp(x, x.square(), 0.3), MAP),
    "split": (lambda x: torch.cat(torch.split(x, [1, 3], 1)[::-1], 1), MAP),
    "chunk": (lambda x: x.chunk(2, 1)[1] * torch.sigmoid(x.chunk(2, 1)[0]).tanh(), MAP),
    "unbind": (lambda x: torch.stack(x.unbind(2)[::-1], 1), MAP),
    "expand": (lambda x: x[:, :1].expand(-1, 3, -1, -1), MAP),
    "slice": (lambda x: x[:, :, 1:-1, -3:], MAP),
}  # fmt: skip


def latent_of(shape: tuple[int, ...]) -> Tensor:
    return numbers(1, math.prod(shape), seed=7)


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[float]]]:
    """Results of all operations, of one run of the runtime."""
    jobs = []
    for function, shape in OPERATIONS.values():
        graph = trace_graph(_Alone(function, shape), math.prod(shape))
        assert graph.nodes[-1]["shape"] == list(function(latent_of(shape).view(shape)).shape)
        jobs.append(job(graph, [{"latent": latent_of(shape)[0].tolist()}]))
    return dict(zip(OPERATIONS, evaluate(RUN, tmp_path_factory.mktemp("operations"), jobs), strict=True))


@pytest.mark.process
@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_those_of_torch(name: str, operations: dict[str, list[list[float]]]) -> None:
    function, shape = OPERATIONS[name]
    expected = function(latent_of(shape).view(shape))
    torch.testing.assert_close(
        torch.tensor(operations[name][0], dtype=torch.float32).view_as(expected), expected, rtol=1e-5, atol=1e-5
    )


@pytest.mark.process
def test_generators_are_those_of_torch(tmp_path: Path) -> None:
    jobs, expected = [], []
    kinds = [kind for kind in DISTINCT if not kind.startswith("robustness_") or kind == "robustness_gated"]
    kinds = [kind for kind in kinds if kind not in ("series", "volume")]
    for kind in kinds:
        generator = trained(kind)
        latent, label = numbers(2, generator.latent_dim), torch.tensor([1, 2])
        network = plain_network(generator.generator)
        expected.append(network(latent, label=label) if getattr(network, "classes", 0) else network(latent))
        inputs = [{"latent": z.tolist(), "label": [int(c)]} for z, c in zip(latent, label, strict=True)]
        jobs.append(job(trace_graph(generator.generator, generator.latent_dim), inputs))
    for kind, samples, one in zip(kinds, expected, evaluate(RUN, tmp_path, jobs), strict=True):
        error = (torch.tensor(one).view_as(samples) - samples).abs().max() / samples.abs().max().clamp(min=1)
        assert float(error) < 1e-5, kind


def test_what_the_runtime_does_not_know_is_refused() -> None:
    with pytest.raises(UsageError, match=r"can't draw this generator: there is no sin"):
        trace_graph(_Alone(torch.sin, (1, 4)), 4)


@pytest.mark.process
def test_latents_are_those_of_the_command(tmp_path: Path) -> None:
    cases = [
        (s, i, d, t) for s in (0, 12) for i in (0, 999) for d in (2, 15, 16, 33, 100) for t in (None, 2, 0.5, 0.04)
    ]
    found = evaluate("data.map((one) => Array.from(latentOf(...one)))", tmp_path, cases)
    for (seed, index, length, threshold), latent in zip(cases, found, strict=True):
        expected = indexed_latents(seed, [index], length, threshold)[0]
        torch.testing.assert_close(torch.tensor(latent), expected, rtol=0, atol=2e-6)


@pytest.mark.process
def test_seeds_are_hashed_as_in_python(tmp_path: Path) -> None:
    texts = ["", "(0, 'sample', 5)", "x" * 128]
    for text, found in zip(texts, evaluate("data.map((t) => blake2b64(t).toString())", tmp_path, texts), strict=True):
        assert int(found) == int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@pytest.mark.process
def test_the_walk_is_the_great_circle(tmp_path: Path) -> None:
    first, second = numbers(2, 9).unbind()
    t = torch.tensor([0.0, 0.3, 1.0])
    call = "data.t.map((t) => between(data.first, data.second, t))"
    given = {"first": first.tolist(), "second": second.tolist(), "t": t.tolist()}
    torch.testing.assert_close(torch.tensor(evaluate(call, tmp_path, given)), spherical(first, second, t))


def test_folded_latents_are_truncated_normal() -> None:
    latent = numbers(200_000)
    for threshold in (2.0, 0.7, 0.04):
        folded = truncate_by_folding(latent, torch.tensor(threshold))
        within = latent.abs() <= threshold
        assert torch.equal(folded[within], latent[within])
        assert float(folded.abs().max()) <= threshold
        # Kolmogorov and Smirnov's distance from the distribution: 1.95/√n is exceeded once in a thousand
        order = folded.double().sort().values
        exact = (torch.erf(order / 2**0.5) / math.erf(threshold / 2**0.5) + 1) / 2
        assert float((exact - torch.arange(len(order)) / len(order)).abs().max()) < 1.95 / len(order) ** 0.5
    assert torch.equal(truncate_by_folding(latent, torch.tensor(torch.inf)), latent)
