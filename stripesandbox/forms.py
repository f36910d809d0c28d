"""What is typed on the sandbox's pages."""

import re

from django import forms

from stripesandbox import cards, clock, disputes, methods

METHODS = [(methods.CARD, "Card"), (methods.BANK, "Bank debit")]
SETTLE = [
    ("hold", "Wait for you, on the Dashboard"),
    ("succeed", "The debit arrives by itself"),
    ("fail", "The debit bounces by itself"),
    ("succeed_late", "The debit arrives in four days"),
    ("fail_late", "The debit bounces in four days"),
]
LATE = 4 * 24 * 3600


class PaymentForm(forms.Form):
    """The Checkout page: who pays, and with what."""

    email = forms.EmailField(label="Email", error_messages={"required": "Enter an email address."})
    method = forms.ChoiceField()
    number = forms.CharField(label="Card number", required=False, max_length=40)
    expiry = forms.CharField(label="Expiry", required=False, max_length=9)
    cvc = forms.CharField(label="CVC", required=False, max_length=4)
    name = forms.CharField(label="Name on card", required=False, max_length=200)
    settle = forms.ChoiceField(label="When the bank answers", choices=SETTLE, required=False)
    settle_after = forms.FloatField(required=False, min_value=0, max_value=3600)

    def __init__(self, *arguments, accepts, **options):
        super().__init__(*arguments, **options)
        self.fields["method"].choices = [choice for choice in METHODS if choice[0] in accepts]
        self.initial.setdefault("method", accepts[0])

    def clean(self):
        typed = super().clean()
        if typed.get("method") == methods.CARD:
            self._check_card(typed)
        elif typed.get("method") == methods.BANK and not typed.get("name"):
            self.add_error("name", "Enter the name of the account holder.")
        return typed

    def _check_card(self, typed: dict) -> None:
        number = re.sub(r"[\s-]", "", typed.get("number") or "")
        if not cards.passes_luhn(number):
            self.add_error("number", cards.BAD_NUMBER if number else "Enter a card number.")
        typed["number"] = number
        found = re.fullmatch(r"(\d{1,2})\s*/\s*(?:20)?(\d{2})", (typed.get("expiry") or "").strip())
        if not found or not 1 <= int(found[1]) <= 12:
            self.add_error("expiry", "Enter the expiry as MM / YY.")
        else:
            typed["exp_month"], typed["exp_year"] = int(found[1]), 2000 + int(found[2])
            if (typed["exp_year"], typed["exp_month"]) < (clock.today().year, clock.today().month):
                self.add_error("expiry", "Your card's expiration year is in the past.")
        if not re.fullmatch(r"\d{3,4}", typed.get("cvc") or ""):
            self.add_error("cvc", "Your card's security code is incomplete.")

    def payer(self) -> methods.Payer:
        """The customer, once the form is valid."""
        typed = self.cleaned_data
        card = {name: typed[name] for name in ("number", "exp_month", "exp_year") if typed["method"] == methods.CARD}
        return methods.Payer(email=typed["email"], name=typed["name"], method=typed["method"], **card)

    def timing(self) -> dict:
        """When a bank debit settles by itself, if it does."""
        seconds = self.cleaned_data.get("settle_after")
        seconds = 5 if seconds is None else seconds
        match self.cleaned_data.get("settle"):
            case "succeed":
                return {"settle_after": seconds}
            case "fail":
                return {"bounce_after": seconds}
            case "succeed_late":
                return {"settle_after": LATE}
            case "fail_late":
                return {"bounce_after": LATE}
        return {}


def cents(dollars) -> int | None:
    """12.34 → 1234; nothing stays nothing."""
    return None if dollars is None else int(dollars * 100)


def _amount():
    wrong = {"min_value": "Enter 0.01 or more.", "invalid": "Enter an amount such as 12.34."}
    return forms.DecimalField(
        label="Amount", required=False, min_value=0.01, max_digits=8, decimal_places=2, error_messages=wrong
    )


class RefundForm(forms.Form):
    """A refund by hand; an empty amount gives everything back."""

    amount = _amount()
    reason = forms.ChoiceField(
        label="Reason",
        required=False,
        choices=[
            ("", "No reason"),
            ("requested_by_customer", "Requested by customer"),
            ("duplicate", "Duplicate"),
            ("fraudulent", "Fraudulent"),
        ],
    )


class EndpointForm(forms.Form):
    """A webhook endpoint by hand."""

    url = forms.URLField(label="Endpoint URL", assume_scheme="http")
    enabled_events = forms.CharField(label="Events", initial="*", help_text="Names with spaces between, or *")


class DisputeForm(forms.Form):
    """A dispute by hand; an empty amount disputes all that is left."""

    amount = _amount()
    status = forms.ChoiceField(
        label="What the bank does",
        choices=[
            (disputes.CHARGEBACK, "Chargeback: money goes"),
            (disputes.WARNING, "Inquiry: asks first"),
            (disputes.PREVENTED, "Prevented: bank refunds"),
            (disputes.RESOLVED, "Lost at once (Visa RDR)"),
        ],
    )
    reason = forms.ChoiceField(
        label="Reason", choices=[(name, name.replace("_", " ").capitalize()) for name in disputes.NETWORK_CODES]
    )


class CustomerForm(forms.Form):
    """What the Dashboard changes of a customer."""

    email = forms.CharField(label="Email", required=False, max_length=500)
    name = forms.CharField(label="Name", required=False, max_length=256)


class PayoutForm(forms.Form):
    """A payout by hand; an empty amount pays out all that is available."""

    amount = _amount()
