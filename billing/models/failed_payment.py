"""One attempt to pay that came to nothing, and what became of the payment since."""

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from billing.models.top_up import TopUp


class FailedPaymentQuerySet(models.QuerySet):
    def with_outcome(self):
        """Annotate `outcome`: how the top-up of the attempt stands now, so that it is never out of date.

        An auto top-up that failed is made up for by the member's next payment, as a new one is begun each time; until
        then it is open while another attempt may follow.
        """
        paid = Q(top_up__status=TopUp.Status.PAID)
        other_card = paid & ~Q(card="") & ~Q(top_up__card="") & ~Q(card=F("top_up__card"))
        paid_since = TopUp.objects.filter(
            member=OuterRef("top_up__member"), status=TopUp.Status.PAID, paid_at__gt=OuterRef("happened_at")
        )
        automatic = Q(top_up__auto_attempt__isnull=False)
        lost = Q(top_up__status__in=(TopUp.Status.FAILED, TopUp.Status.EXPIRED))
        return self.annotate(
            outcome=Case(
                When(other_card, then=Value(FailedPayment.Outcome.CARD_CHANGED)),
                When(paid, then=Value(FailedPayment.Outcome.RECOVERED)),
                When(lost & automatic & Exists(paid_since), then=Value(FailedPayment.Outcome.RECOVERED)),
                When(lost & Q(top_up__auto_attempt__auto__is_on=True), then=Value(FailedPayment.Outcome.OPEN)),
                When(lost, then=Value(FailedPayment.Outcome.LOST)),
                default=Value(FailedPayment.Outcome.OPEN),
            )
        )


class FailedPayment(models.Model):
    """A declined or abandoned attempt; see https://docs.stripe.com/declines/codes and /declines/card for the advice."""

    ADVICE = {
        "confirm_card_data": "check the card’s details, then try again",
        "do_not_try_again": "do not try this card again",
        "try_again_later": "try again later",
    }  # https://docs.stripe.com/declines/card#retrying-issuer-declines

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        RECOVERED = "recovered", "Recovered"
        CARD_CHANGED = "card_changed", "Recovered with another card"
        LOST = "lost", "Lost"

    DECLINED = "The payment was declined."  # where Stripe says no more

    attempt_id = models.CharField(max_length=255, unique=True)
    top_up = models.ForeignKey(TopUp, models.PROTECT, related_name="failed_payments")
    code = models.CharField(max_length=64, blank=True)
    decline_code = models.CharField(max_length=64, blank=True)
    advice = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    card = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()

    objects = FailedPaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["-happened_at", "-id"], name="billing_failed_when")]

    def hear(self, at, words: dict) -> None:
        """Stripe tells the same attempt again: its newest word counts; two of one second fill each other's gaps."""
        if at < self.happened_at:
            return
        for name, word in words.items():
            said = (getattr(self, name), word) if at == self.happened_at else (word,)
            setattr(self, name, max(said, key=lambda each: (each not in ("", self.DECLINED), each)))
        self.happened_at = at
        self.save(update_fields=["happened_at", *words])

    @property
    def advice_in_words(self) -> str:
        """What Stripe advises; empty when it does not."""
        return self.ADVICE.get(self.advice, self.advice.replace("_", " "))
