"""Bring a restored database up to date and check it: `python -m backups.inside HEAD`, where DATABASE_URL names it.

A process of its own, so that the one that restores keeps its connection; one for all steps, as each start takes time.
"""

import os
import sys


def main(head: str) -> None:
    """Run the steps; end with what is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    import django
    from django.core.management import CommandError, call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    # What the worker would do in its first minute: time has gone on since the snapshot
    call_command("sweep_ledger")
    problems = []
    for check, options in (("check_ledger", {"all": True}), ("check_audit", {"head": head})):
        try:
            call_command(check, **options)
        except CommandError as problem:
            problems.append(f"{check}: {problem}")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(sys.argv[1])
