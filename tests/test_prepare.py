"""What bin/run and bin/test say on a machine that does not fit."""

import importlib.util
import platform
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings

BIN = settings.BASE_DIR / "bin"


@pytest.fixture
def prepare():
    spec = importlib.util.spec_from_file_location("prepare", BIN / "prepare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run_with(tmp_path, *pythons):
    """bin/run on a machine whose PATH holds these Pythons only: (name, what it says its version is)."""
    for tool in ("sh", "dirname"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    for name, version in pythons:
        fake = tmp_path / name
        fake.write_text(f"#!/bin/sh\n{version}\n")
        fake.chmod(0o755)
    shutil.copytree(BIN, tmp_path / "clone" / "bin")  # a clone without .venv
    run = tmp_path / "clone" / "bin" / "run"
    return subprocess.run([tmp_path / "sh", run], env={"PATH": str(tmp_path)}, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("pythons", "said"),
    [
        ([], "no Python at all"),
        ([("python3", "echo 3.13")], "3.13"),
        ([("python3.12", "exit 127")], "no Python at all"),
    ],
)
def test_a_python_that_does_not_fit(tmp_path, pythons, said):
    done = _run_with(tmp_path, *pythons)
    assert done.returncode == 1
    assert done.stderr == f"This needs Python 3.11 or 3.12 on the PATH; found: {said}.\n"


def test_another_platform_is_told_what_to_do(prepare, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(SystemExit, match=r"not Darwin .* set DATABASE_URL and REDIS_URL"):
        prepare.check_platform()
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1/x")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1/0")
    prepare.check_platform()


def test_a_full_disk_is_said_before_anything_is_made(prepare, monkeypatch, tmp_path):
    monkeypatch.setattr(prepare, "VENV", tmp_path / "venv")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000))
    with pytest.raises(SystemExit, match="5 MB free"):
        prepare.make_venv()
    assert not (tmp_path / "venv").exists()


def test_a_python_that_has_everything_is_taken_as_it_is(prepare, monkeypatch):
    monkeypatch.setenv("POEMVISION_PYTHON", sys.executable)
    assert prepare.main(["requirements.txt"]) == sys.executable
