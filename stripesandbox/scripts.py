"""A scripted clock: steps with times, so that a test or a demonstration plays months in seconds.

A script is a list of lines such as "+0 pay amount=20.00", "+2d dispute", "+9d win": when (from the start of the
script), what (script_verbs.py), and how. `refused=charge_disputed` at a step says that Stripe refuses it so.
"""

import inspect
import json
import re
import shlex
import threading
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from django.db import transaction

from stripesandbox import clock, timers
from stripesandbox.errors import StripeError
from stripesandbox.models import Switch
from stripesandbox.payments import SessionClosed
from stripesandbox.plays import Play
from stripesandbox.script_verbs import VERBS
from stripesandbox.subscription_verbs import timers_of, told_of

SHIPPED = Path(__file__).with_name("scripts.json")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
WHEN = re.compile(r"\+(?:0|(?:\d+[smhd])+)")
LONGEST = 500  # steps

_stage = threading.Lock()


class WrongScript(StripeError):
    """The script cannot be played; the sentence names the step."""


@dataclass(frozen=True)
class Step:
    """One line of a script."""

    line: str
    after: int
    verb: str
    options: dict

    @classmethod
    def read(cls, line: str) -> "Step":
        """A line such as “+2d refund amount=5.00” as a step. Raises WrongScript."""
        if not isinstance(line, str):
            raise WrongScript(f"A step is a text such as “+2d dispute”, not {json.dumps(line)}.")
        try:
            when, verb, *options = shlex.split(line)
        except ValueError:
            raise WrongScript(f"“{line}”: a step is a time and what happens, as in “+2d dispute”.") from None
        if not WHEN.fullmatch(when):
            raise WrongScript(f"“{line}”: the time is +0, +30s, +5m, +2h, +3d or +1d12h after the start.")
        if verb not in VERBS:
            raise WrongScript(f"“{line}”: there is no {verb}. There is {', '.join(VERBS)}.")
        after = sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)([smhd])", when))
        step = cls(line, after, verb, dict(option.partition("=")[::2] for option in options))
        try:
            inspect.signature(VERBS[verb].act).bind(None, **step.wishes())
        except TypeError as error:
            raise WrongScript(f"“{line}”: {verb} {str(error).replace('argument', 'option')}.") from None
        return step

    def wishes(self) -> dict:
        """What the verb is told."""
        return {name: value for name, value in self.options.items() if name != "refused"}


def read(lines) -> list[Step]:
    """The steps of a script in their order. Raises WrongScript."""
    if not isinstance(lines, list) or not 1 <= len(lines) <= LONGEST:
        raise WrongScript(f"A script is a list of 1 to {LONGEST} steps.")
    steps = [Step.read(line) for line in lines]
    for earlier, later in pairwise(steps):
        if later.after < earlier.after:
            raise WrongScript(f"“{later.line}” is earlier than “{earlier.line}” before it.")
    return steps


def play(lines, start: float | None = None) -> dict:
    """Play a script from `start` (now, unless given) and tell what it made. Each step stands when the next begins.

    One script at a time. Afterwards the clock goes on from the last step. Raises WrongScript, with the steps before the
    wrong one done.
    """
    steps = read(lines)
    if not _stage.acquire(blocking=False):
        raise WrongScript("Another script is playing.", status=409)
    try:
        with clock.standing_still():
            start = int(clock.seconds() if start is None else start)
            timers.travel(start)
            made, told = Play(), []
            for step in steps:
                timers.travel(start + step.after)
                told.append({"at": start + step.after, "step": step.line, **_act(made, step)})
    finally:
        _stage.release()
    return {"start": start, "steps": told, "made": made.made()}


def write_history(name: str, lines, start: int, sessions=()) -> dict:
    """Play a script in the past, while everybody else lives in the present; the clock does not move, nobody is told.

    Exactly once: the same name again answers what was made then. `sessions` are of earlier scripts, counted before the
    new ones. Raises WrongScript with nothing done.
    """
    steps = read(lines)
    with _stage, transaction.atomic(), clock.past():
        if done := Switch.objects.filter(name=name).first():
            return done.value
        made, told = Play(sessions=list(sessions)), []
        for step in steps:
            timers.live_through(start + step.after, lambda: timers_of(made))
            told.append({"at": start + step.after, **_act(made, step)})
        found = {**made.made(), "events": told_of(made)}
        return Switch.objects.create(name=name, value={"start": start, "steps": told, "made": found}).value


def _act(so_far: Play, step: Step) -> dict:
    expected = step.options.get("refused")
    try:
        with transaction.atomic():
            made = VERBS[step.verb].act(so_far, **step.wishes())
    except (StripeError, SessionClosed) as error:
        code = getattr(error, "error", {}).get("code") or "refused"
        if code == expected:
            return {"refused": code}
        raise WrongScript(f"“{step.line}”: {str(error) or 'the session is closed.'}") from None
    if expected:
        raise WrongScript(f"“{step.line}”: this was not refused.")
    return {"made": made}


def shipped() -> dict[str, dict]:
    """The scripts that come with the sandbox: name -> title and steps."""
    return json.loads(SHIPPED.read_text())
