"""How a payment, or what went back of one, is told: to staff, and in the member's own words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import status_of

KINDS = {"top_up": "Top-up", "premium": "Premium", "refund": "Refund", "dispute": "Dispute"}
STATES = {"settled": "Settled", "open": "Under way", "undone": "Undone"}
WORDS = {
    ("refund", "settled"): ("Refunded", "warn"),
    ("refund", "open"): ("On its way", "info"),
    ("refund", "undone"): ("Failed", "bad"),
    ("dispute", "settled"): ("Lost", "bad"),
    ("dispute", "open"): ("Open", "warn"),
    ("dispute", "undone"): ("Won", "good"),
}
OWN_WORDS = {
    ("refund", "settled"): ("Refunded", "info"),
    ("dispute", "settled"): ("Paid back by your bank", "info"),
    ("dispute", "open"): ("Disputed", "warn"),
    ("dispute", "undone"): ("Your payment stands again", "good"),
}  # to the member, where it reads otherwise
PAID = ("Paid", "good")


@dataclass(frozen=True)
class Entry:
    """One payment, or what went back of one: then `gross` and the `part_tax` of it are below zero.

    Of what is undone nothing is gone, so they are zero; `asked` is what it was about.
    """

    at: datetime
    source: int
    row: int
    what: str
    standing: str
    is_premium: bool
    is_automatic: bool
    payment_id: int
    who: int
    email: str
    is_active: bool
    deleted_at: datetime | None
    purged_at: datetime | None
    gross: Decimal
    asked: Decimal
    part_tax: Decimal
    from_card: str
    reference: str
    paper: str

    @property
    def account(self) -> str:
        """The `User.status` of the member."""
        return status_of(self.is_active, self.deleted_at, self.purged_at)

    @property
    def label(self) -> str:
        return KINDS[self.what]

    @property
    def of(self) -> str:
        """What the label leaves open: whether somebody was there, or what went back."""
        if self.what in ("top_up", "premium"):
            return "automatic" if self.is_automatic else ""
        return "of Premium" if self.is_premium else "of a top-up"

    @property
    def is_undone(self) -> bool:
        """Whether nothing of it is gone: it failed, or was won."""
        return self.standing == "undone"

    @property
    def state(self) -> tuple[str, str]:
        """In words, and its tone."""
        return WORDS.get((self.what, self.standing), PAID)

    @property
    def own_state(self) -> tuple[str, str]:
        """The same as the member reads it."""
        return OWN_WORDS.get((self.what, self.standing), self.state)

    @property
    def staff_url(self) -> str:
        return f"/admin/billing/{'invoices' if self.is_premium else 'top-ups'}/{self.payment_id}/"


OWN_COLUMNS = (
    ("time", "Time", lambda row: row.at),
    ("what", "What", lambda row: f"{row.label} {row.of}".strip()),
    ("state", "State", lambda row: row.own_state[0]),
    ("gross", "Amount"),
    ("asked", "About"),
    ("part_tax", "Tax in it"),
    ("from_card", "Card"),
    ("reference", "Stripe ID"),
)
COLUMNS = (
    OWN_COLUMNS[0],
    ("email", "User"),
    ("account", "Account"),
    OWN_COLUMNS[1],
    ("state", "State", lambda row: row.state[0]),
    *OWN_COLUMNS[3:],
)
