"""Whom a change of a dangerous tunable would affect. Rooms above tell it; it is shown before anything is saved."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """One sentence with its count, and some of those whom it means, by name."""

    sentence: str
    names: tuple[str, ...] = ()


FORESEEN: dict[str, Callable[[object], Reach]] = {}


def foresees(key: str):
    """Let a room above say what a value would do: the decorated function gets it and returns a Reach."""

    def register(function):
        FORESEEN[key] = function
        return function

    return register


def foresee(key: str, value) -> Reach:
    return FORESEEN[key](value)
