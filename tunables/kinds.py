"""How each kind of tunable is read from text, kept as text and shown. Refusals are sentences for people."""

import re
import zoneinfo
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,11}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def parse(tunable, raw):
    """The typed value of `raw` (text, as typed), or ValidationError with one sentence."""
    if not isinstance(raw, str):
        raise ValidationError("Enter a value.")
    if CONTROL.search(raw):
        raise ValidationError("Enter text on one line, without control characters.")
    text = raw.strip()
    if len(text) > 500:
        raise ValidationError("This is too long: at most 500 characters.")
    return PARSERS[tunable.kind](tunable, text)


def to_text(kind: str, value) -> str:
    """The canonical text of a typed value: what is stored and what a form shows."""
    if kind == "usd":
        return f"{value:f}"
    if kind == "switch":
        return "on" if value else "off"
    if kind == "usd_list":
        return ", ".join(f"{amount:f}" for amount in value)
    if kind == "day_list":
        return ", ".join(map(str, value)) or "0"
    if kind == "bonus_tiers":
        return ", ".join(f"{threshold:f}:{bonus:f}" for threshold, bonus in value)
    return str(value)


def to_words(kind: str, value, unit: str = "") -> str:
    """The value as a person reads it."""
    if kind == "usd":
        return _dollars(value)
    if kind == "switch":
        return "On" if value else "Off"
    if kind == "usd_list":
        return ", ".join(_dollars(amount) for amount in value)
    if kind == "day_list":
        return f"{', '.join(map(str, value))} days" if value else "None"
    if kind == "bonus_tiers":
        return ", ".join(f"{_dollars(at)} → +{_dollars(bonus)}" for at, bonus in value) or "None"
    if kind == "choice":
        return value.capitalize()
    if value == 1:
        unit = unit.removesuffix("s")
    number = f"{value:,}" if kind == "integer" and value != "" else value
    return f"{number} {unit}".strip() if value != "" else "–"


def range_words(tunable) -> str:
    """What a value may be, in a few words."""
    low, high = tunable.minimum, tunable.maximum
    if tunable.kind == "switch":
        return "On or Off"
    if tunable.choices:
        return " or ".join(choice.capitalize() for choice in tunable.choices)
    if tunable.kind in ("usd", "usd_list", "bonus_tiers"):
        return f"{_dollars(low)}–{_dollars(high)}"
    if tunable.kind == "day_list":
        return f"{low}–{high} days, or 0"
    if tunable.kind == "integer":
        return f"{low:,}–{high:,} {tunable.unit}".strip()
    return {"time_zone": "A time zone’s name", "email": "An e-mail address"}.get(
        tunable.kind, f"{low}–{high} characters"
    )


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def _money(text: str) -> Decimal:
    number = text.removeprefix("$").strip()
    if not NUMBER.fullmatch(number):
        raise ValidationError("Enter an amount in dollars with at most two decimals, such as 20 or 20.50.")
    return Decimal(number)


def _usd(tunable, text: str) -> Decimal:
    amount = _money(text)
    if not tunable.minimum <= amount <= tunable.maximum:
        raise ValidationError(f"Enter an amount from {_dollars(tunable.minimum)} to {_dollars(tunable.maximum)}.")
    return amount


def _integer(tunable, text: str) -> int:
    if not WHOLE.fullmatch(text) or not tunable.minimum <= int(text) <= tunable.maximum:
        raise ValidationError(f"Enter a whole number from {tunable.minimum} to {tunable.maximum}.")
    return int(text)


def _switch(tunable, text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise ValidationError("Choose On or Off.")
    return text.lower() == "on"


def _text(tunable, text: str) -> str:
    if not tunable.minimum <= len(text) <= tunable.maximum:
        raise ValidationError(f"Enter {tunable.minimum} to {tunable.maximum} characters.")
    return text


def _choice(tunable, text: str) -> str:
    if text not in tunable.choices:
        raise ValidationError(f"Choose one of: {', '.join(tunable.choices)}.")
    return text


def _usd_list(tunable, text: str) -> tuple[Decimal, ...]:
    amounts = tuple(_usd(tunable, part.strip()) for part in text.split(","))
    if list(amounts) != sorted(set(amounts)) or len(amounts) > 8:
        raise ValidationError("Enter at most eight different amounts in rising order, such as 5, 20, 50.")
    return amounts


def _day_list(tunable, text: str) -> tuple[int, ...]:
    if text == "0":
        return ()
    try:
        days = tuple(_integer(tunable, part.strip()) for part in text.split(","))
    except ValidationError:
        least, most = tunable.minimum, tunable.maximum
        raise ValidationError(
            f"Enter numbers of days from {least} to {most}, such as 30, 7, 1. 0 means none."
        ) from None
    if list(days) != sorted(set(days), reverse=True) or len(days) > 5:
        raise ValidationError("Enter at most five different numbers in falling order, such as 30, 7, 1. 0 means none.")
    return days


def _bonus_tiers(tunable, text: str) -> tuple[tuple[Decimal, Decimal], ...]:
    if text.lower() in ("", "none"):
        return ()
    tiers = []
    for part in text.split(","):
        threshold, colon, bonus = part.partition(":")
        if not colon:
            raise ValidationError("Write each tier as amount:bonus, such as 20:1, 50:4. Empty means no bonus.")
        tiers.append((_usd(tunable, threshold.strip()), _usd(tunable, bonus.strip())))
    thresholds = [threshold for threshold, _ in tiers]
    if thresholds != sorted(set(thresholds)) or len(tiers) > 8:
        raise ValidationError("Enter at most eight tiers with rising amounts, such as 20:1, 50:4.")
    if any(not 0 < bonus <= threshold for threshold, bonus in tiers):
        raise ValidationError("Each bonus must be above $0 and at most the amount that earns it.")
    return tuple(tiers)


def _time_zone(tunable, text: str) -> str:
    if text not in zoneinfo.available_timezones() - {"localtime", "Factory"}:
        raise ValidationError("Enter a time zone by its name, such as UTC or Europe/Berlin.")
    return text


def _email(tunable, text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValidationError("Enter an e-mail address, such as help@example.com.") from None
    return text


PARSERS = {
    "usd": _usd,
    "integer": _integer,
    "switch": _switch,
    "text": _text,
    "choice": _choice,
    "usd_list": _usd_list,
    "bonus_tiers": _bonus_tiers,
    "day_list": _day_list,
    "time_zone": _time_zone,
    "email": _email,
}
