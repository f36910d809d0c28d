"""The project as it runs: gunicorn and Celery workers from this tree, on engines of their own."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
from django.conf import settings
from django.db import connection

from backups import server
from billing.tests.make import make_event, make_session, make_top_up, signature
from poemvision.embedded.postgres import free_port
from tests.faults.engines import Postgres, Redis, environment
from tests.waiting import wait_until

SECRET = "whsec_faults"
WORKER = ["worker", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]


class Stack:
    """Engines, web, and as many workers as a test starts."""

    def __init__(self, folder: Path, engine: Postgres | None = None):
        self.folder, self.port = folder, free_port()
        self.postgres, self.redis = (engine or Postgres()).create(), Redis()
        self.workers: list[subprocess.Popen] = []
        self.web: subprocess.Popen | None = None
        self.environment = {
            **environment(self.postgres.url, self.redis.url, self.port),
            "STRIPE_SECRET_KEY": "sk_test_sandbox_faults",
            "STRIPE_API_BASE": "http://127.0.0.1:9",  # nobody there: nothing of these tests needs Stripe
            "STRIPE_WEBHOOK_SECRET": SECRET,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # Processes

    def start(self, template: str = "") -> "Stack":
        """Engines, tables and web; no worker yet. `template` names a migrated database of Django's server to copy."""
        self.postgres.start()
        self.redis.start()
        if template:
            self._copy(template)
        else:
            self._migrate()
        self.web = self.start_web("web", self.port)
        wait_until(lambda: self.status("/healthz") == 200, 40, "the web process")
        return self

    def _copy(self, template: str) -> None:
        """In a tenth of the time that migrations take."""
        dump = self.folder / "tables"
        with server.connect(server.MAINTENANCE) as line:
            version = server.major(line)
        server.run("pg_dump", version, "--format=custom", "--compress=none", f"--file={dump}", database=template)
        with django_at(self.postgres.url):
            server.run("pg_restore", version, str(dump))

    def _migrate(self) -> None:
        for command in ("migrate", "createcachetable"):
            subprocess.run(
                [sys.executable, "manage.py", command], cwd=settings.BASE_DIR, env=self.environment, check=True,
                capture_output=True,
            )  # fmt: skip

    def start_web(self, name: str, port: int) -> subprocess.Popen:
        """A web server, whose log has this name."""
        bind = [f"--bind=127.0.0.1:{port}", "--workers=2", "--threads=4", "--graceful-timeout=2"]
        return self._run(name, ["gunicorn", "-c", "python:poemvision.gunicorn", *bind, "poemvision.wsgi"])

    def start_worker(self, children: int = 1, **more: str) -> subprocess.Popen:
        """A worker in a process group of its own, ready for work."""
        name = f"worker-{len(self.workers)}"
        command = ["celery", "-A", "poemvision.celery", *WORKER, f"--concurrency={children}"]
        worker = self._run(name, command, STATEMENT_TIMEOUT="5min", **more)
        self.workers.append(worker)
        return worker

    def start_beat(self, name: str = "beat") -> subprocess.Popen:
        """The clock of periodic work. It ends with the workers."""
        command = ["celery", "-A", "poemvision.celery", "beat", f"--schedule={self.folder / name}", "--pidfile="]
        beat = self._run(name, command)
        self.workers.append(beat)
        return beat

    def _run(self, name: str, command: list[str], **more: str) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=settings.BASE_DIR,
                env={**self.environment, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def end_workers(self) -> None:
        """kill -9 of every worker with its children."""
        for worker in self.workers:
            kill_group(worker)
        self.workers.clear()

    def stop(self) -> None:
        """Everything, engines last."""
        self.end_workers()
        if self.web:
            kill_group(self.web)
        self.redis.remove()
        self.postgres.remove()

    # What the world does

    def get(self, path: str, **options) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=20, trust_env=False, **options)

    def status(self, path: str) -> int:
        """The status of a page, 0 when nobody answers."""
        try:
            return self.get(path).status_code
        except httpx.HTTPError:
            return 0

    def post_event(self, event: dict) -> httpx.Response:
        """Deliver an event as Stripe would."""
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body, SECRET)}
        return httpx.post(f"{self.url}/webhooks/stripe/", content=body, headers=headers, timeout=20, trust_env=False)


@contextmanager
def django_at(url: str):
    """Django's ORM in this process works on another database, and then on its own again."""
    where = urlsplit(url)
    there = {
        "HOST": where.hostname,
        "PORT": str(where.port),
        "USER": unquote(where.username),
        "PASSWORD": unquote(where.password),
        "NAME": where.path.lstrip("/"),
    }
    here = {name: connection.settings_dict[name] for name in there}
    connection.close()
    connection.settings_dict.update(there)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(here)


def kill_group(process: subprocess.Popen) -> None:
    """kill -9 of a process and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children_of(process: subprocess.Popen) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def make_payment(member) -> dict:
    """The event of a paid top-up of $20 (and $1 of bonus), whose row is there."""
    top_up = make_top_up(member)
    return make_event("checkout.session.completed", make_session(top_up))
