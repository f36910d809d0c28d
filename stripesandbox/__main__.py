"""`python -m stripesandbox` serves the sandbox on 127.0.0.1:SANDBOX_PORT."""

import os
import sys

from stripesandbox import guard


def main() -> None:
    """Become gunicorn."""
    guard.refuse_where_money_is_real(os.environ)
    arguments = ["--config", "python:stripesandbox.gunicorn_conf", "stripesandbox.wsgi"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *arguments])  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main()
