"""`bin/run`: start the whole system in the foreground, say where it is, stop it on Ctrl-C."""

import argparse
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from poemvision.embedded import leftovers, place, postgres, start, watch
from poemvision.embedded import plan as planning
from poemvision.embedded.place import VAR, CannotStart

PEOPLE = ("owner", "support", "marketing", "finance", "member")
PASSWORD = "poem-vision-demo"  # noqa: S105 (known to everybody on purpose; these accounts exist in this mode only)
STOP_WITHIN = 14  # seconds


def main() -> None:
    """Everything from the command line to the end of the last process."""
    options = _options()
    _listen_for_signals()
    with place.lock() as lock:
        home = None if os.environ.get("DATABASE_URL") else place.postgres_home()
        leftovers.end(VAR, home)
        place.check_port(options.port)
        place.check_disk()
        if options.fresh:
            place.remove_everything()
            home = place.postgres_home()
        for name in ("log", "run"):
            (VAR / name).mkdir(exist_ok=True)
        plan = planning.make(options.port, home, os.environ)
        if home:
            postgres.initialise(home, urlsplit(plan.generated["DATABASE_URL"]).password)
        place.write_privately(VAR / "supervisor.conf", plan.conf())
        place.write_privately(VAR / "embedded.env", "".join(f"{k}={v}\n" for k, v in plan.generated.items()))
        place.say_in_lock(lock, f"{plan.url} (process {os.getpid()})")
        run(plan, home)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/run", description="Start the whole system on this machine.")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000", help="default: 8000")
    parser.add_argument("--fresh", action="store_true", help="start over: forget the database and everything in var/")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error("a port is a number from 1 to 65535")
    if os.environ.get("MODE", "embedded") != "embedded":
        raise CannotStart("bin/run is the embedded mode; for production see deploy/ and README.md.")
    if options.fresh and os.environ.get("DATABASE_URL"):
        raise CannotStart("--fresh does not empty the database that DATABASE_URL names; do that yourself.")
    return options


def _listen_for_signals() -> None:
    """Stop on Ctrl-C (also where a shell's `&` made us ignore it), on SIGTERM, and on SIGHUP unless under nohup."""

    def stop(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def run(plan: planning.Plan, home: Path | None) -> None:
    """Run the supervisor until it is to stop."""
    planning.READY.unlink(missing_ok=True)
    log = watch.SupervisorLog()
    supervisor = _supervise(plan)
    try:
        start.bring_up(plan, home, lambda: _check(supervisor, log))
        _announce(plan)
        _stay(supervisor, log)
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _stop(supervisor, home)
    say("Stopped.")


def _supervise(plan: planning.Plan) -> subprocess.Popen:
    supervisord = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(VAR / "supervisor.conf")]
    with (VAR / "log" / "supervisor.err").open("wb") as complaints:
        return subprocess.Popen(
            [sys.executable, "-I", str(planning.LAUNCH), "SIGTERM", *supervisord],
            env=plan.environment,
            cwd=place.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # it writes the same into its log
            stderr=complaints,
            start_new_session=True,  # Ctrl-C is for us; we stop the rest in order
        )


def _check(supervisor: subprocess.Popen, log: watch.SupervisorLog) -> None:
    """While starting: give up with the reason as soon as it is known."""
    if supervisor.poll() is not None:
        raise CannotStart(f"{_last_words()}\nThe supervisor ended before the system was up.")
    if name := log.failing():
        raise CannotStart(f"{_last_words(name)}\n{name} does not start; its whole log is var/log/{name}.log.")


def _last_words(name: str = "supervisor") -> str:
    return f"{watch.last_lines(f'{name}.log')}\n{watch.last_lines(f'{name}.err')}".strip()


def _announce(plan: planning.Plan) -> None:
    say(f"\nPoem Vision AI is running at  {plan.url}")
    if start.has_demo(plan):
        say(f"Sign in as one of  {'@, '.join(PEOPLE)}@poemvision.example  with the password  {PASSWORD}")
    if plan.runs("sandbox"):
        say(f"The local Stripe sandbox (no real money) is at  {plan.environment['STRIPE_SANDBOX_URL']}")
    say("Data and logs are in var/. Ctrl-C stops everything.\n")


def _stay(supervisor: subprocess.Popen, log: watch.SupervisorLog) -> None:
    """Until Ctrl-C: say when a program stays down."""
    told: set[str] = set()
    while supervisor.poll() is None:
        for name in set(log.given_up()) - told:
            say(f"{_last_words(name)}\n{name} failed too often and stays down; see var/log/{name}.log.")
            told.add(name)
        time.sleep(1)
    raise CannotStart(f"{_last_words()}\nThe supervisor ended by itself; see var/log/supervisor.log.")


def _stop(supervisor: subprocess.Popen, home: Path | None) -> None:
    """Let the supervisor stop everything in order, PostgreSQL last; whatever does not listen is killed."""
    supervisor.terminate()
    try:
        supervisor.wait(STOP_WITHIN - 2)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    leftovers.end(VAR, home, patience=2)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            sys.exit(f"The disk is full: {error.filename or VAR}.")
        if error.errno in (errno.EACCES, errno.EPERM):
            sys.exit(f"{error.filename} belongs to another user: run bin/run as that user, or remove it.")
        raise
