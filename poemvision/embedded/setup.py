"""Bring tables and static files up to date: `python -m poemvision.embedded.setup STEP …`, one process for all."""

import os
import sys
from collections.abc import Callable

STEPS: dict[str, tuple[str, Callable]] = {
    "tables": ("Bringing the tables up to date …", lambda call: (call("migrate"), call("createcachetable"))),
    "static": ("Collecting the static files …", lambda call: call("collectstatic", clear=True)),
    "demo": ("Loading the demo data …", lambda call: load_demo(call)),
}


def load_demo(call: Callable) -> None:
    """Everybody knows the password of the demo's owner: never beside people who have signed up themselves."""
    from django.contrib.auth import get_user_model

    if get_user_model().objects.filter(is_demo=False).exists():
        print("This database has people of its own: no demo data.", flush=True)
    else:
        call("load_demo")


def main(steps: list[str]) -> None:
    """Run the steps in the order given."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "poemvision.settings"
    import django
    from django.core.management import call_command, get_commands

    django.setup()

    def call(name: str, **options) -> None:
        extra = {"interactive": False} if name in ("migrate", "collectstatic") else {}
        if name in get_commands():
            call_command(name, verbosity=0, **extra, **options)

    for step in steps:
        sentence, run = STEPS[step]
        print(sentence, flush=True)
        run(call)


if __name__ == "__main__":
    main(sys.argv[1:])
