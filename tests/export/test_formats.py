"""ONNX and torch.export: samples of torch, for every kind of generator."""

from __future__ import annotations

import io
from pathlib import Path
from pkgutil import resolve_name

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.export import agreement, aotinductor, onnx
from gan_lightning.export.agreement import TOLERANCE
from gan_lightning.export.inference import example_inputs, inference_module, plain_network
from gan_lightning.export.program import export_program
from tests.export.tiny import DISTINCT, SAME, node_of, trained


@pytest.mark.training
def test_every_file_of_conf_model_is_exported() -> None:
    for kind, same in SAME.items():
        one, other = ({k: v for k, v in node_of(name).items() if k != "init"} for name in (kind, same))
        assert resolve_name(one.pop("_target_")) is resolve_name(other.pop("_target_"))
        assert one == other


@pytest.mark.training
@pytest.mark.parametrize("kind", DISTINCT)
def test_onnxruntime_agrees_with_torch(kind: str) -> None:
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    generator = trained(kind)
    model = onnx.onnx_model(generator)
    assert onnx.onnx_error(model, generator) <= TOLERANCE


@pytest.mark.training
@pytest.mark.parametrize("kind", ["dcgan_spectral", "biggan_norm", "mlp_batch", "progressive_fading"])
def test_programs_take_any_batch(kind: str) -> None:
    generator, file = trained(kind), io.BytesIO()
    torch.export.save(export_program(generator), file)
    file.seek(0)
    program = torch.export.load(file).module()
    module = inference_module(generator.generator)
    for batch, truncation in ((1, torch.inf), (5, 0.5)):
        inputs = example_inputs(generator.generator, generator.latent_dim, batch, truncation).values()
        torch.testing.assert_close(program(*inputs), module(*inputs), rtol=0, atol=1e-6)


@pytest.mark.process
def test_machine_code_agrees_with_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = trained("dcgan_spectral")
    path, error = aotinductor.write_aotinductor(generator, tmp_path)
    assert error <= TOLERANCE
    package, module = torch._inductor.aoti_load_package(str(path)), inference_module(generator.generator)
    inputs = example_inputs(generator.generator, generator.latent_dim, 7, 0.7, seed=5)
    torch.testing.assert_close(package(*inputs.values()), module(*inputs.values()), rtol=0, atol=1e-5)
    monkeypatch.setattr(aotinductor, "largest_difference", lambda *_: 2e-5)
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match=r"model.aoti.pt2 would differ from torch by 2.0e-05, more than 1e-05: leave"):
        aotinductor.write_aotinductor(generator, tmp_path / "other")
    assert not list((tmp_path / "other").iterdir())


@pytest.mark.training
def test_machine_code_takes_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no working C++ compiler")

    monkeypatch.setattr(torch._inductor, "aoti_compile_and_package", fails)
    with pytest.raises(UsageError, match=r"format=aotinductor needs a C\+\+ compiler .*: no working C\+\+ compiler"):
        aotinductor.write_aotinductor(trained("mlp_small"), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.training
def test_a_model_that_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    generator, other = trained("mlp_small"), trained("mlp_small")
    with torch.no_grad():
        next(other.generator.parameters()).add_(0.1)
    model = onnx.onnx_model(other)
    monkeypatch.setattr(onnx, "onnx_model", lambda _: model)
    with pytest.raises(UsageError, match=r"would differ from torch by"):
        onnx.write_onnx(generator, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_single_precision_costs_torch_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = trained("mlp_small")
    own = agreement.rounding_error(generator)
    assert 0 < own < 1e-6
    agreement.check_agreement(2 * own, "model.onnx", "onnx", generator)  # far below 1e-5
    monkeypatch.setattr(agreement, "TOLERANCE", own / 2)
    agreement.check_agreement(own, "model.onnx", "onnx", generator)
    for error in (2 * own, float("nan")):
        with pytest.raises(UsageError, match=r"model.onnx would differ from torch by .*: leave format=onnx out"):
            agreement.check_agreement(error, "model.onnx", "onnx", generator)


@pytest.mark.parametrize("kind", ["dcgan_spectral", "biggan_norm", "mlp_batch"])
def test_a_plain_network_is_the_same_and_leaves_its_original(kind: str) -> None:
    generator = trained(kind)
    keywords = {"label": torch.tensor([0, 2])} if kind == "biggan_norm" else {}
    latent = torch.randn(2, generator.latent_dim)
    before = generator.generator(latent, **keywords)
    for _ in range(2):  # parametrized classes are shared by copies
        torch.testing.assert_close(plain_network(generator.generator)(latent, **keywords), before, rtol=0, atol=1e-6)
    assert torch.equal(generator.generator(latent, **keywords), before)
