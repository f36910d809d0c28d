"""What runs: the environment of every process, and the supervisor's configuration."""

import shlex
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from poemvision.embedded import leftovers, place, postgres, redis

LAUNCH = Path(__file__).with_name("launch.py")
READY = place.VAR / "run" / "database-ready"  # the programs wait for it: tables and static files are in place
WEB_WORKERS, WEB_THREADS = 2, 4
# One cut at a time; Celery's limits lie above `render_seconds_limit` and below the broker's visibility_timeout
SLOW = ["--concurrency=1", "--soft-time-limit=820", "--time-limit=840"]


@dataclass
class Program:
    """One section of supervisor.conf."""

    name: str
    command: list[str]
    launch: list[str] = field(default_factory=lambda: ["--after", str(READY)])
    stop: signal.Signals = signal.SIGTERM
    patience: int = 5
    environment: str = ""


@dataclass
class Plan:
    """The programs, the environment they share, and the part of it that `manage.py` may read from a file."""

    port: int
    environment: dict[str, str] = field(default_factory=dict)
    generated: dict[str, str] = field(default_factory=dict)
    engines: list[Program] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    waits_for: list[tuple[str, int]] = field(default_factory=list)  # engine, port
    fixed: set[str] = field(default_factory=lambda: {"PORT"})  # not to be mixed with what the environment holds

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def runs(self, name: str) -> bool:
        return any(program.name == name for program in self.programs)

    def conf(self) -> str:
        """supervisor.conf: the engines start first and stop last; the programs stop together, in reverse order."""
        sections = [_supervisor()]
        for priority, engine in enumerate(self.engines, 1):
            sections.append(_section(engine, priority))
        members = ",".join(program.name for program in self.programs)
        sections.append(f"[group:programs]\nprograms={members}\npriority=10\n")
        for priority, program in enumerate(self.programs, 10):
            sections.append(_section(program, priority))
        return "\n".join(sections)


def make(port: int, home: Path | None, outside: Mapping[str, str]) -> Plan:
    """Decide what runs here, given which parts the environment names."""
    plan = Plan(port)
    plan.generated |= {
        "PORT": str(port),
        "BASE_URL": plan.url,
        "SECRET_KEY": place.secret("secret_key"),
    }
    if home:
        _add_postgres(plan, home)
    if not outside.get("REDIS_URL"):
        _add_redis(plan)
    if not outside.get("STRIPE_SECRET_KEY"):
        _add_sandbox(plan)
    _add_django(plan)
    given = {name: value for name, value in outside.items() if value and name not in plan.fixed}
    given.pop("DJANGO_SETTINGS_MODULE", None)  # two projects run here, each with its own
    plan.generated = {name: value for name, value in plan.generated.items() if name not in given}
    plan.environment = {**given, **plan.generated, "PYTHONUNBUFFERED": "1", leftovers.MARK: str(place.VAR)}
    return plan


def _add_postgres(plan: Plan, home: Path) -> None:
    port, password = postgres.free_port(), place.secret("postgres", path=home / "secrets.json")
    plan.generated["DATABASE_URL"] = postgres.url(port, password, "poemvision")
    plan.waits_for.append(("postgres", port))
    command = postgres.command(home, port)
    plan.engines.append(Program("postgres", command, ["--as-account"], signal.SIGINT, patience=6))


def _add_redis(plan: Plan) -> None:
    home = place.VAR / "redis"
    home.mkdir(exist_ok=True)
    port, password = postgres.free_port(), place.secret("redis")
    plan.generated["REDIS_URL"] = redis.url(port, password)
    plan.waits_for.append(("redis", port))
    command = [str(redis.program()), str(redis.configure(home, port, password))]
    plan.engines.append(Program("redis", command, [], patience=3))


def _add_sandbox(plan: Plan) -> None:
    """The local Stripe: only without a real key, and one that can never be mistaken for one."""
    (place.VAR / "sandbox").mkdir(exist_ok=True)
    # The same port as last time if it can be: receipts and payment pages are addresses there
    file = place.VAR / "sandbox" / "port"
    port = postgres.free_port(int(file.read_text()) if file.exists() else 0)
    file.write_text(str(port))
    key, secret = place.secret("stripe", "sk_test_sandbox_"), place.secret("hook", "whsec_")
    here = f"http://localhost:{port}"
    names = {
        "STRIPE_SECRET_KEY": key,
        "STRIPE_WEBHOOK_SECRET": secret,
        "STRIPE_API_BASE": here,
        "STRIPE_SANDBOX_URL": here,
        "STRIPE_CHECKOUT_ORIGIN": here,
        "SANDBOX_DB": str(place.VAR / "sandbox" / "sandbox.sqlite3"),
        "SANDBOX_PORT": str(port),
        "SANDBOX_API_KEY": key,
        "SANDBOX_WEBHOOK_SECRET": secret,
        "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{plan.port}/webhooks/stripe/",
    }
    plan.generated |= names
    plan.fixed |= set(names)
    if (place.ROOT / "stripesandbox" / "wsgi.py").exists():
        plan.programs.append(Program("sandbox", [sys.executable, "-m", "stripesandbox"]))


def _add_django(plan: Plan) -> None:
    plan.programs.append(Program("web", _gunicorn(plan.port)))
    if (place.ROOT / "poemvision" / "celery.py").exists():
        celery = [sys.executable, "-m", "celery", "-A", "poemvision.celery"]
        worker = [*celery, "worker", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
        patient = {"environment": 'STATEMENT_TIMEOUT="5min"'}
        plan.programs.append(Program("worker", [*worker, "--concurrency=2", "--queues=default"], **patient))
        # Renders have a worker of their own that steps back: no page, webhook or mail waits for them. So have files
        # that somebody waits for, and what nobody waits for, which steps back further
        for name, queue, nice in (("renders", "renders", "10"), ("files", "files", "10"), ("chores", "low", "15")):
            slow = ["nice", "-n", nice, *worker, f"--queues={queue}", f"--hostname={name}@%h", *SLOW]
            plan.programs.append(Program(name, slow, **patient))
        (place.VAR / "beat").mkdir(exist_ok=True)
        schedule = place.VAR / "beat" / "schedule"
        plan.programs.append(Program("beat", [*celery, "beat", f"--schedule={schedule}", "--pidfile="], patience=2))


def _gunicorn(port: int) -> list[str]:
    binds = [f"--bind={f'[{host}]' if ':' in host else host}:{port}" for _, host in place.addresses()]
    sizes = [f"--workers={WEB_WORKERS}", f"--threads={WEB_THREADS}", "--graceful-timeout=4"]
    return [sys.executable, "-m", "gunicorn", "-c", "python:poemvision.gunicorn", *binds, *sizes, "poemvision.wsgi"]


def _supervisor() -> str:
    lines = [
        "[supervisord]",
        "nodaemon=true",
        *(["user=root"] if postgres.account() else []),
        # Paths relative to the clone: supervisor expands %(…)s in a file's name twice, which no escaping survives
        "logfile=var/log/supervisor.log",
        "logfile_maxbytes=2MB",
        "logfile_backups=2",
        "pidfile=var/run/supervisor.pid",
    ]
    return "\n".join(lines) + "\n"


def _section(program: Program, priority: int) -> str:
    # -I: Python must not look for modules beside launch.py
    launch = [sys.executable, "-I", str(LAUNCH), *program.launch, program.stop.name]
    command = shlex.join([*launch, *program.command]).replace("%", "%%")
    return f"""[program:{program.name}]
command={command}
priority={priority}
environment={program.environment}
autorestart=true
startretries=30
stopsignal={program.stop.name.removeprefix("SIG")}
stopwaitsecs={program.patience}
killasgroup=true
redirect_stderr=true
stdout_logfile=var/log/{program.name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=3
"""
