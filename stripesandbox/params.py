"""Read Stripe's form encoding and hold it against the types that stripe-python was generated with.

The same OpenAPI description that types the client checks the request: an unknown parameter, a wrong enum or a missing
field is refused here as Stripe refuses it, at any depth, without a schema of our own.
"""

import re
import types
import typing
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import pairwise
from urllib.parse import parse_qsl

import typing_extensions
from stripe._request_options import RequestOptions

from stripesandbox.errors import StripeError

Literals = (typing.Literal, typing_extensions.Literal)
UNIONS = (typing.Union, types.UnionType)
WRAPPERS = (typing_extensions.NotRequired, typing_extensions.Required, typing.NotRequired, typing.Required)
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500


def decode(body: str) -> dict:
    """`a[b][0]=1&c[]=2` as nested dictionaries and lists."""
    tree: dict = {}
    for name, value in parse_qsl(body, keep_blank_values=True, max_num_fields=2000):
        head, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        _place(tree, [head, *rest], value)
    return tree


def _place(node: dict, path: list[str], value: str) -> None:
    for step, following in pairwise(path):
        node = node.setdefault(step, [] if following == "" else {})
        if isinstance(node, list):
            node.append(value)
            return
        if not isinstance(node, dict):
            raise StripeError("Invalid request: a parameter is both a value and a hash.")
    node[path[-1]] = value


@cache
def fields_of(params_class) -> dict:
    """The parameters of a generated class, without the options of the client itself (api_key and its like)."""
    options = RequestOptions.__annotations__ if RequestOptions in getattr(params_class, "__orig_bases__", ()) else ()
    unresolved = {"StripeContext": str, "Mapping": typing.Mapping}  # imported for type checkers only
    hints = typing.get_type_hints(params_class, localns=unresolved, include_extras=True)
    return {name: hint for name, hint in hints.items() if name not in options}


def clean(params_class, raw: dict, path: str = "") -> dict:
    """The parameters as Python values, or the error that Stripe would answer."""
    known = fields_of(params_class)
    for name in raw:
        if name not in known:
            raise StripeError(
                f"Received unknown parameter: {_join(path, name)}", code="parameter_unknown", param=_join(path, name)
            )
    for name in params_class.__required_keys__ & known.keys():
        if name not in raw:
            where = _join(path, name)
            raise StripeError(f"Missing required param: {where}.", code="parameter_missing", param=where)
    return {name: _value(known[name], value, _join(path, name)) for name, value in raw.items()}


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _options(hint) -> list:
    """The alternatives of a hint, flat."""
    origin = typing.get_origin(hint)
    if origin in WRAPPERS or origin in UNIONS:
        return [option for argument in typing.get_args(hint) for option in _options(argument)]
    return [hint]


def _value(hint, raw, path: str):
    options = _options(hint)
    literals = [
        choice for option in options if typing.get_origin(option) in Literals for choice in typing.get_args(option)
    ]
    if raw == "" and "" in literals:
        return ""
    if raw == "":
        raise StripeError(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{path}' cannot be unset. You should remove '{path}' from your "
            "request or supply a non-empty value.",
            code="parameter_invalid_empty",
            param=path,
        )
    for option in options:
        if typing.get_origin(option) is list and isinstance(raw, dict | list):
            items = raw if isinstance(raw, list) else _by_index(raw, path)
            return [_value(typing.get_args(option)[0], item, f"{path}[{index}]") for index, item in enumerate(items)]
    if isinstance(raw, dict):
        return _hash(options, raw, path)
    if any(typing.get_origin(option) is list for option in options):
        raise StripeError("Invalid array", param=path)
    if isinstance(raw, list):
        raise StripeError("Invalid string: an array was given", param=path)
    return _scalar(options, [choice for choice in literals if choice != ""], raw, path)


def _by_index(raw: dict, path: str) -> list:
    if not all(key.isdigit() for key in raw):
        raise StripeError("Invalid array", param=path)
    return [raw[key] for key in sorted(raw, key=int)]


def _hash(options, raw: dict, path: str) -> dict:
    for option in options:
        if typing_extensions.is_typeddict(option):
            return clean(option, raw, path)
    if any(typing.get_origin(option) is dict for option in options):
        return _metadata(raw, path) if path.endswith(("metadata", "metadata]")) else raw
    raise StripeError("Invalid string: a hash was given", param=path)


def _metadata(raw: dict, path: str) -> dict:
    if len(raw) > METADATA_KEYS:
        raise StripeError(f"Metadata can have up to {METADATA_KEYS} keys.", param=path)
    for key, value in raw.items():
        if not isinstance(value, str):
            raise StripeError("Metadata values must be strings", param=_join(path, key))
        if len(key) > METADATA_KEY_LENGTH:
            raise StripeError(f"Metadata keys must be under {METADATA_KEY_LENGTH} characters long.", param=path)
        if len(value) > METADATA_VALUE_LENGTH:
            raise StripeError(
                f"Metadata values must be under {METADATA_VALUE_LENGTH} characters long.", param=_join(path, key)
            )
    return raw


def _scalar(options, choices: list, raw: str, path: str):
    if choices and raw in choices:
        return raw
    if int in options:
        return _integer(raw, path)
    if bool in options:
        if raw not in ("true", "false"):
            raise StripeError(f"Invalid boolean: {raw}", param=path)
        return raw == "true"
    if Decimal in options or float in options:
        try:
            return Decimal(raw)
        except InvalidOperation:
            raise StripeError(f"Invalid decimal: {raw}", param=path) from None
    if choices:
        listed = choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise StripeError(f"Invalid {path}: must be one of {listed}", param=path)
    if str not in options:
        raise StripeError("Invalid object", param=path)
    return raw


def _integer(raw: str, path: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", raw):
        raise StripeError(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=path)
    return int(raw)
