"""The whole system: as a newcomer starts it, `bin/run` in a copy of the tree; or as deploy/install.sh brought it up."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = os.environ.get("INSTALLED_SYSTEM", "")  # the file in which deploy/rehearse.sh says where it is
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "staticfiles", "__pycache__", ".pytest_cache", ".hypothesis")
READY = 120  # seconds until the first start must answer


class Mailing:
    """A system whose mails somebody reads: `_mails()` is all of them, the newest last."""

    @cached_property
    def _opened(self) -> set[str]:
        return set()

    def confirmation_link(self) -> str:
        """Out of the last mail, as soon as one has arrived since this was asked before."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            links = re.findall(rf"{self.url}/account/confirm-email/[\w:.-]+/", self._mails())
            if new := set(links) - self._opened:
                self._opened.update(new)
                return max(new, key=links.index)
            time.sleep(0.5)
        raise RuntimeError("No mail with a confirmation link has arrived.")


@dataclass
class System(Mailing):
    """A copy of the project in `folder`, started on `port`."""

    folder: Path
    port: int
    process: subprocess.Popen | None = None
    owner = ("owner@poemvision.example", "poem-vision-demo")
    owner_link = ""

    @classmethod
    def copied_to(cls, folder: Path) -> "System":
        """Copy the tree; nothing runs yet."""
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT, dirs_exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return cls(folder, probe.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sandbox(self) -> str:
        return self.environment["STRIPE_SANDBOX_URL"]

    @property
    def environment(self) -> dict[str, str]:
        """What the running system wrote for manage.py: addresses and secrets of this run."""
        lines = (self.folder / "var" / "embedded.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def output(self) -> str:
        return (self.folder / "run.log").read_text()

    def start(self, *options: str) -> "System":
        """Run `bin/run` with the Python of this test run; wait until it says that it is ready."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "POEMVISION_PYTHON": sys.executable}
        environment["DEMO_MONTHS"] = "0"
        with (self.folder / "run.log").open("w") as log:
            self.process = subprocess.Popen(
                [self.folder / "bin" / "run", "--port", str(self.port), *options],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._wait_until_ready()
        return self

    def stop(self) -> float:
        """Ctrl-C; returns the seconds it took."""
        began = time.monotonic()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)
        return time.monotonic() - began

    def remove(self) -> None:
        """As root PostgreSQL's home lies outside of the folder, which pytest will remove."""
        home = self.folder / "var" / "postgres"
        if home.is_symlink():
            shutil.rmtree(home.resolve())

    def manage(self, *words: str) -> str:
        """`manage.py` beside the running system, as its owner would call it."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr

    def _mails(self) -> str:
        with httpx.Client(base_url=self.url, trust_env=False) as browser:
            newest_first = re.findall(r"/outbox/\d+/", browser.get("/outbox/").text)
            return "".join(browser.get(path).text for path in reversed(newest_first))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"bin/run ended:\n{self.output}")
            if re.search(r"is running at\s+http", self.output) and self._answers():
                return
            time.sleep(0.1)
        raise RuntimeError(f"bin/run is not ready after {READY} s:\n{self.output}")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="session")
def lasting_system(tmp_path_factory):
    """A copy of the tree for the whole run; whoever takes it starts it and stops it. Only the first start is long."""
    system = System.copied_to(tmp_path_factory.mktemp("system") / "a clone, 100% new")
    yield system
    system.remove()


@dataclass
class Installed(Mailing):
    """Production on a machine of its own, with Debian's engines and nginx, and the sandbox under Stripe's names."""

    url: str
    sandbox: str
    owner_link: str
    command: list[str]
    mails: list[str]
    owner = ("owner@example.com", "a long sentence about lanterns")

    @classmethod
    def named(cls, file: str) -> "Installed":
        told = json.loads(Path(file).read_text())
        return cls(told["url"], told["sandbox"], told["owner_link"], told["manage"].split(), told["mails"].split())

    def _mails(self) -> str:
        return subprocess.run(self.mails, capture_output=True, text=True, check=True).stdout

    def manage(self, *words: str) -> str:
        """manage.py there, as its administrator would call it."""
        done = subprocess.run([*self.command, *words], capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr

    @staticmethod
    def browser_flags() -> list[str]:
        """Its two names lead to this machine, on which the rehearsal runs; every other one leads nowhere."""
        if not INSTALLED:
            return []
        here = Installed.named(INSTALLED)
        names = [f"MAP {urlsplit(address).hostname} 127.0.0.1" for address in (here.url, here.sandbox)]
        return [f"--host-resolver-rules={', '.join(names)}, MAP * ~NOTFOUND", "--ignore-certificate-errors"]
