"""What one key of the catalog is made of."""

from dataclasses import dataclass
from decimal import Decimal

TOPUP, SECURITY = "topup", "security"


@dataclass(frozen=True)
class Tunable:
    """One key. `fallback` is what holds when the stored value cannot be read; None means the default."""

    key: str
    kind: str
    default: object
    hint: str
    table: str = TOPUP
    minimum: object = None
    maximum: object = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    fallback: object = None
    dangerous: bool = False  # may shut people out or let them in: foreseen (reach.py), and on trial first (trials.py)

    @property
    def safe_value(self):
        return self.default if self.fallback is None else self.fallback


def usd(key, default, hint, *, minimum="0", maximum="10000", **more):
    return Tunable(key, "usd", Decimal(default), hint, minimum=Decimal(minimum), maximum=Decimal(maximum), **more)


def integer(key, default, minimum, maximum, unit, hint, **more):
    return Tunable(key, "integer", default, hint, table=SECURITY, minimum=minimum, maximum=maximum, unit=unit, **more)
