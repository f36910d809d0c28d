"""Run bench/bench_<name>.py, one after the other, on a PostgreSQL and Redis that are started for this and durable."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from tests import engines

HERE = Path(__file__).parent


def main(words: list[str]) -> int:
    """Run the scripts named, or all; the number of those that failed. Other words are for the scripts: soak 5000."""
    named = [HERE / f"bench_{word}.py" for word in words]
    scripts = [script for script in named if script.exists()] or sorted(HERE.glob("bench_*.py"))
    options = [word for word, script in zip(words, named, strict=True) if not script.exists()]
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    os.environ.setdefault("EMBEDDED_ENV", os.devnull)
    try:
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = engines.start_postgres()
        if not os.environ.get("REDIS_URL"):
            os.environ["REDIS_URL"] = engines.start_redis()
        for command in ("migrate", "createcachetable"):
            subprocess.run([sys.executable, "manage.py", command, "-v0"], cwd=HERE.parent, check=True)
        return sum(_run(script, options) for script in scripts)
    finally:
        engines.stop()


def _run(script: Path, options: list[str]) -> bool:
    print(f"\n== {script.name}", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    return subprocess.run([sys.executable, "-P", script, *options], cwd=HERE.parent, env=environment).returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
