"""The sandbox never starts beside real money."""

import os
import subprocess
import sys

import pytest

from stripesandbox.tests.server import ROOT


def start(**environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", "import stripesandbox.wsgi"]
    options = {"cwd": ROOT, "env": kept | environment, "capture_output": True, "text": True, "timeout": 60}
    return subprocess.run(command, **options)  # noqa: S603


def test_it_works(tmp_path):
    started = start(SANDBOX_DB=str(tmp_path / "new" / "sandbox.sqlite3"), STRIPE_SECRET_KEY="sk_test_sandbox_x")
    assert (started.returncode, started.stderr) == (0, "")
    assert (tmp_path / "new" / "sandbox.sqlite3").exists()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"MODE": "production"}, "does not start when MODE is production"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "real Stripe key in STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "rk_live_x"}, "real Stripe key in STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "sk_test_51Habc"}, "real Stripe key in STRIPE_SECRET_KEY"),
        ({"SANDBOX_API_KEY": "sk_live_x"}, "real Stripe key in SANDBOX_API_KEY"),
        ({"SANDBOX_API_KEY": "hello"}, "must begin with sk_test_sandbox_"),
    ],
)
def test_it_refuses_in_one_sentence(tmp_path, environment, sentence):
    refused = start(SANDBOX_DB=str(tmp_path / "sandbox.sqlite3"), **environment)
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "sandbox.sqlite3").exists()
