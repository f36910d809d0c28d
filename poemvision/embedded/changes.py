"""Which steps of the set-up are needed: those whose inputs have changed since they last succeeded."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from poemvision.embedded.place import ROOT, VAR

DONE = VAR / "done.json"
_OURS = ("requirements.txt", "poemvision/settings.py")  # what comes from packages changes with these


def needed(database: str) -> dict[str, str]:
    """The steps to run, each with the fingerprint to keep when it has succeeded."""
    done = json.loads(DONE.read_text()) if DONE.exists() else {}
    prints = {
        "tables": _fingerprint([*_files("*/migrations/*.py"), *_named()], database),
        "static": _fingerprint([*_files("static/**/*"), *_files("*/static/**/*"), *_named()]),
        "demo": _fingerprint([], database),  # once in the life of a database
    }
    if not (ROOT / "staticfiles" / "staticfiles.json").exists():
        done.pop("static", None)
    return {step: now for step, now in prints.items() if done.get(step) != now}


def keep(steps: dict[str, str]) -> None:
    """Remember that these steps have succeeded."""
    done = json.loads(DONE.read_text()) if DONE.exists() else {}
    DONE.write_text(json.dumps(done | steps, indent=1))


def _files(pattern: str) -> Iterable[Path]:
    return sorted(path for path in ROOT.glob(pattern) if path.is_file() and "var" not in path.relative_to(ROOT).parts)


def _named() -> list[Path]:
    return [ROOT / name for name in _OURS]


def _fingerprint(files: Iterable[Path], *more: str) -> str:
    made = hashlib.sha256("\n".join(more).encode())
    for path in files:
        made.update(f"{path.relative_to(ROOT)} ".encode())
        made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()
