"""Become one of the programs under the supervisor: `launch.py [--as-account] [--after FILE] SIGNAL command …`.

The program gets SIGNAL when the supervisor dies, so that nothing is left running after `kill -9` of it; with --after
it waits until the file exists, which says that the database is ready. Run by its path: it must start in no time.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    supervisor = os.getppid()
    if arguments[0] == "--as-account":
        arguments = arguments[1:]
        drop_privileges()
        os.environ.clear()  # it needs none of our secrets
        os.environ.update(PATH=os.defpath, LC_ALL="C")
    file = None
    if arguments[0] == "--after":
        file, arguments = Path(arguments[1]), arguments[2:]
    # After the change of account, which clears it; the program keeps it through exec
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals[arguments[0]])
    while file and not file.exists():
        time.sleep(0.03)
    if os.getppid() == supervisor:  # else it died before it could be watched
        os.execvp(arguments[1], arguments[1:])  # noqa: S606 (no shell is the point)


def drop_privileges() -> None:
    """As root, become `nobody`, as PostgreSQL demands."""
    if os.geteuid() == 0:
        import pwd

        who = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(who.pw_gid)
        os.setuid(who.pw_uid)
    os.chdir("/")


if __name__ == "__main__":
    main(sys.argv[1:])
