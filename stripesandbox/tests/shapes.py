"""Hold an object against the class that stripe-python generated for it from Stripe's own API description."""

import builtins
import sys
import types
import typing
from decimal import Decimal

import stripe
import typing_extensions

LITERALS = (typing.Literal, typing_extensions.Literal)


class _Names(dict):
    """Names for annotations; what only type checkers import may be anything."""

    def __missing__(self, name):
        return getattr(stripe, name, typing.Any)


def hints_of(cls) -> dict:
    names = _Names(vars(builtins) | vars(typing) | vars(stripe) | vars(sys.modules[cls.__module__]))
    hints = typing.get_type_hints(cls, localns=names)
    return {name: hint for name, hint in hints.items() if name in _declared(cls)}


def _declared(cls) -> set:
    return {name for name in vars(cls).get("__annotations__", {}) if name != "OBJECT_NAME"}


def problems(value, cls, path="") -> list[str]:
    """What is wrong with this JSON object: unknown fields, missing ones, foreign types, unknown words."""
    hints = hints_of(cls)
    found = [f"{path}.{name} is not a field of {cls.__name__}" for name in value if name not in hints]
    for name, hint in hints.items():
        options = _options(hint)
        if name not in value:
            if type(None) not in options:
                found.append(f"{path}.{name} is missing")
        else:
            found += _mismatch(value[name], options, f"{path}.{name}")
    return found


def _options(hint) -> list:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [option for argument in typing.get_args(hint) for option in _options(argument)]
    return [hint]


def _mismatch(value, options, path) -> list[str]:
    if value is None:
        return [] if type(None) in options or typing.Any in options else [f"{path} is null"]
    words = [word for option in options if typing.get_origin(option) in LITERALS for word in typing.get_args(option)]
    if isinstance(value, str):
        if words and value not in words:
            return [f"{path} = {value!r} is none of {words[:12]}"]
        fits = words or str in options or typing.Any in options or "Decimal" in str(options)
        return [] if fits else [f"{path} is a string"]
    if isinstance(value, bool | int | float | Decimal):
        return [] if type(value) in options or typing.Any in options else [f"{path} = {value!r} has another type"]
    if isinstance(value, list):
        items = [typing.get_args(option)[0] for option in options if typing.get_origin(option) is list]
        if not items:
            return [f"{path} is a list"]
        return [p for index, item in enumerate(value) for p in _mismatch(item, _options(items[0]), f"{path}[{index}]")]
    return _mismatched_object(value, options, path)


def _mismatched_object(value, options, path) -> list[str]:
    for option in options:
        origin = typing.get_origin(option) or option
        if origin is typing.Any or origin is dict or "Untyped" in str(origin):
            return []
        if origin is stripe.ListObject:
            inner = _options(typing.get_args(option)[0])
            return [p for i, row in enumerate(value["data"]) for p in _mismatch(row, inner, f"{path}.data[{i}]")]
    classes = [o for o in options if isinstance(o, type) and issubclass(o, stripe.StripeObject)]
    if not classes:
        return [f"{path} is an object"]
    named = [c for c in classes if getattr(c, "OBJECT_NAME", None) == value.get("object")]
    return problems(value, (named or classes)[0], path)
