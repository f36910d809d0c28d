"""What must hold between tunables."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """What must hold between keys. `broken` gets all values and returns a sentence, or an empty string."""

    keys: frozenset[str]
    broken: Callable[[dict], str]


def _topup_range(values) -> str:
    low, high = values["topup_min_usd"], values["topup_max_usd"]
    return "" if low <= high else f"The smallest top-up (${low}) would be above the largest (${high})."


def _presets_in_range(values) -> str:
    low, high = values["topup_min_usd"], values["topup_max_usd"]
    outside = [amount for amount in values["topup_presets_usd"] if not low <= amount <= high]
    return f"The preset ${outside[0]} would be outside ${low} to ${high}." if outside else ""


def _tiers_in_range(values) -> str:
    high = values["topup_max_usd"]
    outside = [amount for amount, _ in values["topup_bonus_tiers"] if amount > high]
    return f"The bonus tier at ${outside[0]} would be above the largest top-up (${high})." if outside else ""


def _day_holds_one(values) -> str:
    day, high = values["topup_daily_limit_usd"], values["topup_max_usd"]
    return "" if day >= high else f"The daily limit (${day}) would be below the largest single top-up (${high})."


RULES = (
    Rule(frozenset({"topup_min_usd", "topup_max_usd"}), _topup_range),
    Rule(frozenset({"topup_min_usd", "topup_max_usd", "topup_presets_usd"}), _presets_in_range),
    Rule(frozenset({"topup_max_usd", "topup_bonus_tiers"}), _tiers_in_range),
    Rule(frozenset({"topup_max_usd", "topup_daily_limit_usd"}), _day_holds_one),
)
