"""What a release is made by: versions, workflows, the image."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gan_lightning.version import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def workflow(name: str) -> dict[str, dict]:
    # YAML 1.1 reads the key `on` as true.
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())


def test_citation_is_of_this_version_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (citation["version"], citation["license"]) == (__version__, PROJECT["license"])
    assert citation["title"] == PROJECT["name"]
    assert citation["authors"]


def test_only_a_tag_publishes_what_was_tested_and_only_that_job_may_sign() -> None:
    release = workflow("release.yml")
    assert release[True] == {"push": {"tags": ["v*"]}}
    assert release["permissions"] == {}
    jobs = release["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert set(jobs["publish"]["needs"]) == {"test", "build"}
    assert all(jobs[name]["permissions"] == {"contents": "read"} for name in ("test", "build"))
    assert "secrets." not in (ROOT / ".github" / "workflows" / "release.yml").read_text()
    assert not [step for step in jobs["publish"]["steps"] if "run" in step or "checkout" in step.get("uses", "")]


def test_scripts_of_workflows_are_there() -> None:
    for file in (ROOT / ".github" / "workflows").iterdir():
        scripts = re.findall(r"bash (\.ci/\w+)", file.read_text())
        assert scripts, file
        assert all((ROOT / script).is_file() for script in scripts)


def test_console_scripts_begin_with_the_name_of_the_distribution() -> None:
    assert all(name.startswith(f"{PROJECT['name'].replace('_', '-')}-") for name in PROJECT["scripts"])


def test_the_image_gets_what_the_wheel_is_built_of() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    sources = [path for line in copied for path in line.split()]
    assert sources == ["pyproject.toml", "README.md", "LICENSE", "src", "conf"]
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert admitted == set(sources)
    scripts = re.findall(r"gan-lightning-\w+", (ROOT / "Dockerfile").read_text())
    assert set(scripts) <= PROJECT["scripts"].keys()


@pytest.mark.process
def test_a_tag_of_another_version_is_not_built() -> None:
    done = subprocess.run(
        ["bash", str(ROOT / ".ci" / "build"), "v99.0"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr == f"the tag v99.0 is not of version {__version__} (src/gan_lightning/version.py)\n"
