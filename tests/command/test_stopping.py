"""Programs that are stopped or killed from outside, on one rank and on two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.helper.command import run, run_program, start, wait_for, wait_for_end

ENDLESS = (
    *("data=ring8", "model=mlp_small", "objective=wgan_gp", "data.batch_size=32", "trainer.max_steps=1000000"),
    *("trainer.accelerator=cpu", "logger=none", "callback=none", "+callback@callback.checkpoint=checkpoint"),
    "hydra.run.dir=run",
)
TWO = (*ENDLESS, "trainer.devices=2")


def children(pid: int) -> list[int]:
    """Its ranks; helpers of torch's own on machines with a GPU are none."""
    own = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(p) for p in own if b"gan_lightning.train" in Path(f"/proc/{p}/cmdline").read_bytes()]


def lives(pid: int) -> bool:
    """Whether there is such a process, and not only its entry in a table that nobody reads."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.process
def test_sigterm_on_one_rank_stops_all_and_the_run_goes_on(tmp_path: Path) -> None:
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    program = start(*TWO, "callback.checkpoint.every=20", cwd=tmp_path)
    wait_for(last, program)
    (other,) = children(program.pid)
    os.kill(other, signal.SIGTERM)
    began = time.monotonic()
    said = wait_for_end(program)
    assert time.monotonic() - began < 20
    assert program.returncode == 75, said
    stopped = torch.load(last, weights_only=True)["global_step"]
    assert f"stopped by SIGTERM after step {stopped:,}; resume with: python -m gan_lightning.train run=run" in said
    done = run("run=run", f"trainer.max_steps={stopped + 3}", "trainer.devices=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert torch.load(last, weights_only=True)["global_step"] == stopped + 3
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


@pytest.mark.process
def test_a_signal_to_every_process_leaves_a_checkpoint(tmp_path: Path) -> None:
    """SLURM signals all of them: those that prepare data must not take the run down in the middle of its step."""
    program = start(*ENDLESS, "data.num_workers=2", "callback.checkpoint.every=20", cwd=tmp_path)
    wait_for(tmp_path / "run" / "checkpoints" / "last.ckpt", program)
    for pid in (*children(program.pid), program.pid):
        os.kill(pid, signal.SIGTERM)
    said = wait_for_end(program)
    assert program.returncode == 75, said
    assert "stopped by SIGTERM after step" in said


@pytest.mark.process
def test_a_signal_before_training_asks_to_be_started_again(tmp_path: Path) -> None:
    program = start(*ENDLESS, cwd=tmp_path)
    wait_for(tmp_path / "run", program)  # Hydra has made it: configs are read, torch is not
    program.send_signal(signal.SIGUSR1)
    said = wait_for_end(program)
    assert program.returncode == 75, said
    assert "stopped by SIGUSR1" in said
    assert "Traceback" not in said


@pytest.mark.process
@pytest.mark.parametrize("rank", [0, 1])
def test_a_rank_that_dies_takes_the_other_down_and_is_named(rank: int, tmp_path: Path) -> None:
    program = start(*TWO, "callback.checkpoint.every=20", cwd=tmp_path)
    wait_for(tmp_path / "run" / "checkpoints" / "last.ckpt", program)
    (other,) = children(program.pid)
    os.kill(other if rank else program.pid, signal.SIGKILL)
    said = wait_for_end(program)  # until all have let go of the pipe
    assert not lives(other)
    if rank == 0:
        assert f"error (rank 1): rank 0 (process {program.pid}) is gone, and training ends with it" in said
    else:
        assert program.returncode == 1
        assert f"error: rank 1 (process {other}) was killed by signal 9, and training ends with it" in said
    assert "Traceback" not in said


@pytest.mark.process
def test_a_full_disk_ends_the_run_and_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk."""
    import resource

    small = ("data=ring8", "model=mlp_small", "logger=none", "callback=none", "trainer.accelerator=cpu")
    keep = ("+callback@callback.checkpoint=checkpoint", "callback.checkpoint.every=5", "hydra.run.dir=run")
    assert run(*small, *keep, "trainer.max_steps=5", cwd=tmp_path).returncode == 0
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    before, limits = last.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        done = run_program("run=run", "trainer.max_steps=20", cwd=tmp_path, module="gan_lightning.train")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert done.returncode == 1
    assert "could not write" in done.stderr
    assert "the one before it is whole" in done.stderr
    assert "Traceback" not in done.stderr
    assert last.read_bytes() == before
    assert {p.name for p in last.parent.iterdir()} <= {"last.ckpt", "previous.ckpt"}


@pytest.mark.process
def test_a_run_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("hydra.run.dir=file/run", cwd=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Not a directory" in done.stderr


@pytest.mark.process
def test_a_closed_terminal_leaves_a_checkpoint(tmp_path: Path) -> None:
    program = start(*ENDLESS, "callback.checkpoint.every=20", cwd=tmp_path)
    wait_for(tmp_path / "run" / "checkpoints" / "last.ckpt", program)
    program.send_signal(signal.SIGHUP)
    said = wait_for_end(program)
    assert program.returncode == 75, said
    assert "stopped by SIGHUP after step" in said


@pytest.mark.process
def test_output_that_cannot_be_written_ends_no_run(tmp_path: Path) -> None:
    """A full disk under stdout and stderr; a reader that is gone (`| head -1`); streams that are closed (`2>&-`)."""
    options = "data=ring8 model=mlp_small trainer.accelerator=cpu trainer.max_steps=40 logger=none callback.score=null"
    train = f"{sys.executable} -m gan_lightning.train {options} callback.progress.plain_every=0.001 hydra.run.dir"
    ends = {"full": "> /dev/full 2> /dev/full", "gone": "2>&1 | head -1", "closed": ">&- 2>&-"}
    for name, end in ends.items():
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {train}={name} {end}"],
            cwd=tmp_path,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, (name, done.stderr)
        assert torch.load(tmp_path / name / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 40
        assert done.stdout.count("\n") == (name == "gone")
