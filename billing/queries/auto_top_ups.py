"""One member's auto top-up: for their own page, and for staff beside their money."""

from dataclasses import dataclass
from decimal import Decimal

from accounts.models import User
from billing import auto_top_ups as work
from billing.models import AutoTopUp, AutoTopUpAttempt, TopUp


@dataclass(frozen=True)
class OwnAutoTopUp:
    """One member's auto top-up, with what it did. `hindrance`: why nothing is charged though it is on."""

    auto: AutoTopUp | None
    used: Decimal
    attempts: list[AutoTopUpAttempt]
    hindrance: str

    @property
    def cap(self) -> Decimal:
        return work.cap_of(self.auto)

    @property
    def has_own_cap(self) -> bool:
        """Whether the member could raise it."""
        return self.cap == self.auto.monthly_cap

    @property
    def left(self) -> Decimal:
        return max(Decimal(0), self.cap - self.used)

    @property
    def is_capped(self) -> bool:
        return self.auto.is_on and self.left < self.auto.amount

    @property
    def failed(self) -> AutoTopUpAttempt | None:
        """The last attempt, if it failed and nothing better has happened since."""
        last = self.attempts[0] if self.attempts else None
        return last if last and last.top_up.status == TopUp.Status.FAILED and self.auto.failures else None


def own_auto_top_up(*, member: User) -> OwnAutoTopUp:
    """What a member has set up and its five newest attempts; without `auto` when no card was ever saved."""
    auto = AutoTopUp.objects.select_related("member").filter(member=member).first()
    if auto is None:
        return OwnAutoTopUp(None, Decimal(0), [], "")
    attempts = list(auto.attempts.select_related("top_up").order_by("-created_at")[:5])
    why = work.hindrance(auto) if auto.is_on else ""
    if auto.is_on and not why and work.is_over_today(auto):
        why = "What you may top up within 24 hours is used up; it goes on after that."
    return OwnAutoTopUp(auto, work.used_this_month(auto), attempts, why)
