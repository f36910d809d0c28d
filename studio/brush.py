"""One render as a process of its own: `python -m studio.brush < recipe.json`, in the folder that takes the results.

Poems and images come from strangers: whatever a decoder or the encoder does with them, it does here, with limits on
memory and time, without network where the kernel allows that, and dies with the worker that asked. It speaks in lines
of JSON: progress, then one answer. Nothing here knows Django.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path

from files.decoder import leave_network

PR_SET_PDEATHSIG = 1


def main() -> None:
    asked = json.load(sys.stdin)
    _limit(asked["memory_mb"], asked["seconds"])
    voice = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer

    def say(**words) -> None:
        voice.write(json.dumps(words) + "\n")

    from artwork.render import Recipe, Unrenderable, render

    fields = asked["recipe"]
    recipe = Recipe(
        **{
            **fields,
            "images": tuple(Path(image) for image in fields["images"]),
            "music": Path(fields["music"]) if fields["music"] else None,
        }
    )
    try:
        made = render(recipe, Path.cwd(), lambda step, part: say(step=step, part=part), tuple(asked["size"]))
    except Unrenderable as refusal:
        say(refused=str(refusal))
        return
    files = {name: str(getattr(made, name)) for name in ("video", "poster", "picture", "print_sheet")}
    say(made=files, duration_ms=made.duration_ms)


def _limit(memory_mb: int, seconds: int) -> None:
    """End with the worker; no more memory and processor time than this, for the encoder either; and step back."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))  # per process, and two cores may work at once
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    leave_network()
    os.nice(max(0, 10 - os.nice(0)))


if __name__ == "__main__":
    main()
