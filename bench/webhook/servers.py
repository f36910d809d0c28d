"""Start what is measured: three web servers with the same settings, a worker, and dj-stripe's own environment."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.webhook import events
from poemvision.embedded.plan import WEB_THREADS, WEB_WORKERS
from poemvision.embedded.postgres import free_port
from tests import engines

ROOT = Path(__file__).resolve().parent.parent.parent
PEER = ("dj-stripe==2.11.0", "Django==5.2.19", "gunicorn==27.0.1", "psycopg[binary]==3.3.9")
TICKS = os.sysconf("SC_CLK_TCK")
_processes: list[subprocess.Popen] = []


def peer_python() -> Path:
    """The Python of dj-stripe's environment, made once in var/bench/. CalledProcessError when PyPI has it not."""
    home = ROOT / "var" / "bench" / "dj-stripe"
    python, made = home / "bin" / "python", home / "made"
    if not made.exists() or made.read_text() != " ".join(PEER):
        (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
        quiet = {"check": True, "capture_output": True, "text": True}
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], **quiet)
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:")
        subprocess.run([python, *pip, *PEER], **quiet)
        made.write_text(" ".join(PEER))
    return python


@contextmanager
def running() -> Iterator[Path]:
    """A folder for their logs; in the end what was started is stopped, engines and all."""
    with tempfile.TemporaryDirectory(prefix="poemvision-bench-") as folder:
        try:
            yield Path(folder)
        finally:
            stop()
            engines.stop()


def environment(database: str, **more: str) -> dict[str, str]:
    """For a child: where its database is, and nothing of a shell's own settings of this project."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    ours = {"DATABASE_URL": database, "SECRET_KEY": "5" * 50, "EMBEDDED_ENV": os.devnull, "PYTHONPATH": str(ROOT)}
    return {**kept, **ours, **more}


def run(command: list, settings: dict[str, str]) -> None:
    """A command to its end; its output only when it fails."""
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")


def start(command: list, settings: dict[str, str], log: Path) -> subprocess.Popen:
    """A process that ends with this one."""
    prctl = ctypes.CDLL(None).prctl
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: prctl(1, signal.SIGTERM),  # PR_SET_PDEATHSIG
        )
    _processes.append(process)
    return process


def web(application: str, settings: dict[str, str], log: Path, python: Path | str = sys.executable):
    """gunicorn as bin/run starts it; returns the process and its port."""
    port = free_port()
    sizes = [f"--workers={WEB_WORKERS}", f"--threads={WEB_THREADS}"]
    command = [python, "-m", "gunicorn", "-c", "python:poemvision.gunicorn", f"--bind=127.0.0.1:{port}", *sizes]
    process = start([*command, application], {**settings, "PORT": str(port)}, log)
    wait_for(port, process, log)
    return process, port


def worker(settings: dict[str, str], log: Path) -> subprocess.Popen:
    """The worker as bin/run starts it."""
    celery = [sys.executable, "-m", "celery", "-A", "poemvision.celery", "worker", "--concurrency=2"]
    process = start([*celery, "--loglevel=INFO", "--without-gossip", "--without-mingle"], settings, log)
    deadline = time.monotonic() + 60
    while b" ready." not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"The worker did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)
    return process


def stub(log: Path) -> str:
    """Stripe's API for dj-stripe; returns its address."""
    port = free_port()
    process = start([sys.executable, ROOT / "bench" / "webhook" / "stripe_stub.py", str(port)], environment(""), log)
    wait_for(port, process, log)
    return f"http://127.0.0.1:{port}"


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"A server did not start:\n{log.read_text()[-3000:]}")


def stop(*processes: subprocess.Popen) -> None:
    """End these, or all that were started here."""
    ending = processes or tuple(reversed(_processes))
    for process in ending:
        if process.poll() is None:
            process.terminate()
    for process in ending:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _processes.remove(process)


def create_database(server: str, name: str, *statements: str) -> str:
    """A new database; returns its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address = urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
    return address


def ask(address: str, query: str) -> tuple:
    """One row of a query's answer."""
    with psycopg.connect(address) as connection:
        return connection.execute(query).fetchone()


def cpu_seconds(root: int) -> float:
    """Processor time of a process and all its descendants so far."""
    parents, spent = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        pid = int(path.parent.name)
        parents[pid], spent[pid] = int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(spent.get(pid, 0.0) for pid in family)


def postmaster(server: str) -> int:
    """The process id of PostgreSQL's parent process."""
    with psycopg.connect(server) as connection:
        stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def ours(database: str, redis: str, stripe: str) -> dict[str, str]:
    """The environment of the project itself."""
    return environment(
        database,
        REDIS_URL=redis,
        STRIPE_WEBHOOK_SECRET=events.SECRET,
        STRIPE_SECRET_KEY=events.API_KEY,
        STRIPE_API_BASE=stripe,
    )
