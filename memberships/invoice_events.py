"""From Stripe's word about an invoice to its row, to the ledger and to the member's included credit."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from billing import stripe_api
from billing.fulfilment import card_of
from billing.stripe_objects import (
    NotOurs,
    Quarantined,
    book_fee,
    dollars,
    in_dollars,
    known,
    move,
    page_at_stripe,
    when,
)
from jobs.models import Job
from ledger import posting
from memberships import attempts, ending, owners, recognition
from memberships.models import FailedAttempt, Invoice, Price
from ui.format import money

# What comes with credit: https://docs.stripe.com/api/invoices/object#invoice_object-billing_reason
WITH_CREDIT = (Invoice.FIRST, Invoice.RENEWAL, Invoice.SWITCH)


def apply_invoice(told: dict, at: datetime) -> None:
    """Bring our row to where Stripe says the invoice stands; once it is paid, book it and grant what it includes.

    Inside a transaction; safe to repeat, in any order: an older state never overwrites a newer one. Invoices that
    stand behind top-ups are no concern of this room. Raises NotOurs, Quarantined.
    """
    subscription = ((told.get("parent") or {}).get("subscription_details") or {}).get("subscription")
    if not subscription:
        return
    sold = [_sold(line) for line in told["lines"]["data"]]
    named = told["parent"]["subscription_details"].get("metadata")
    owners.check_ours(subscription, named, [(each.get("price"), each.get("product")) for each in sold])
    recognition.together(subscription)
    row = _row_of(told, subscription, at)
    if told["status"] == Invoice.Status.PAID:
        _book(row, told, at)
    elif row.status == Invoice.Status.OPEN:
        ending.void_later(subscription)
    if told["status"] != Invoice.Status.DRAFT:  # which has no payment yet
        Job.enqueue("memberships.look_at_payment", {"invoice": row.pk}, dedupe_key=_once(row, told))


def apply_action_required(told: dict, at: datetime) -> None:
    """The bank wants the member to confirm this attempt. Safe to repeat, in any order."""
    apply_invoice(told, at)
    attempt = told["attempt_count"]
    Invoice.objects.filter(stripe_id=told["id"], asked_attempt__lt=attempt).update(asked_attempt=attempt)


def _sold(line: dict) -> dict:
    """The price and the product of a line; nothing for one that is typed in at Stripe."""
    return (line.get("pricing") or {}).get("price_details") or {}


def _once(row: Invoice, told: dict) -> str:
    return f"memberships.look_at_payment:{row.pk}:{told['status']}:{told['attempt_count']}"


def _row_of(told: dict, subscription: str, at: datetime) -> Invoice:
    if told["livemode"] != settings.STRIPE_LIVEMODE:
        raise Quarantined("The invoice is of the other mode (test or live).")
    if told["currency"] != "usd":
        raise Quarantined(f"Billed in {told['currency']}, not in usd.")
    known(told["status"], Invoice.Status)
    said = _columns(told) | {"heard_at": at}
    fixed = {
        "member": owners.member_of(told["customer"], told["parent"]["subscription_details"].get("metadata")),
        "subscription_id_at_stripe": subscription,
        "created_at": when(told["created"]),
    }
    Invoice.objects.get_or_create(stripe_id=told["id"], defaults=fixed | said)
    row = Invoice.objects.select_for_update(no_key=True).get(stripe_id=told["id"])
    rank = Invoice.RANK
    if (rank[told["status"]], at, told["attempt_count"]) >= (rank[row.status], row.heard_at, row.attempts):
        if row.charge_id and row.country:  # the card's own
            said.pop("country", None)
        for name, value in said.items():
            setattr(row, name, value)
        row.save(update_fields=said)
    return row


def _columns(told: dict) -> dict:
    covers = _period_of(told)
    again, country = told["next_payment_attempt"], (told.get("customer_address") or {}).get("country")
    return {
        "number": told["number"] or "",
        "status": told["status"],
        "reason": told["billing_reason"],
        "total": dollars(told["total"]),
        "due": dollars(told["amount_due"]),
        "attempts": told["attempt_count"],
        "next_attempt_at": again and when(again),
        "covers_from": when(covers[0]),
        "covers_until": when(covers[1]),
        **({"country": country} if country else {}),  # else the one of the card stays
        "url": page_at_stripe(told["hosted_invoice_url"]),
    }


def _period_of(told: dict) -> tuple[int, int]:
    """What it pays for: from its earliest line to its latest, but for time that it gives back."""
    lines = told["lines"]["data"]
    periods = (
        [line["period"] for line in lines if line["amount"] > 0]
        or [line["period"] for line in lines]
        or [{"start": told["period_start"], "end": told["period_end"]}]
    )
    return min(each["start"] for each in periods), max(each["end"] for each in periods)


def _book(row: Invoice, told: dict, at: datetime) -> None:
    """Received, and owed to the member as a time of Premium. An invoice that the customer's balance paid moves none."""
    if row.paid_at is not None:
        return
    row.cash, row.paid_at = dollars(told["amount_paid"]), _paid_at(told, at)
    taxes = sum((dollars(tax["amount"]) for tax in told.get("total_taxes") or ()), Decimal(0))
    row.tax = recognition.cents(taxes * _in_money(told))
    row.credit, of_credit = _credit_of(told)
    row.bought, row.unused = switched(told)
    if row.cash:
        facts, note = (
            {"happened_at": row.paid_at, "service": "premium"},
            f"Premium, invoice {row.number or row.stripe_id}",
        )
        move("transfer", recognition.DEFERRED, row.cash, external_id=row.external_id, note=note, **facts)
        if row.tax:
            to = {"debit": recognition.DEFERRED, "credit": "tax_payable", "amount": row.tax, "note": f"{note}: its tax"}
            posting.transfer("transfer", **to, external_id=f"{row.external_id}:tax", **facts)
    if row.credit:
        posting.grant(
            row.member,
            row.credit,
            external_id=f"{row.external_id}:credit",
            happened_at=row.paid_at,
            note=of_credit,
        )
    row.save()
    if row.reason == Invoice.FIRST:
        FailedAttempt.objects.filter(member=row.member_id).recover()
    recognition.recognise_together(row)


def _paid_at(told: dict, at: datetime) -> datetime:
    paid = told["status_transitions"]["paid_at"]
    return when(paid) if paid else at


def _in_money(told: dict) -> Decimal:
    """Which share of it was paid in money; the customer's balance paid the rest, with money of earlier invoices."""
    return min(Decimal(1), Decimal(told["amount_paid"]) / told["total"]) if told["total"] > 0 else Decimal(0)


def _of_price(told: dict) -> Decimal:
    """Which share of the prices of its lines was paid in money; discounts took the rest, or the customer's balance."""
    price = sum(line["amount"] for line in told["lines"]["data"])
    besides = sum(tax["amount"] for tax in told.get("total_taxes") or () if tax.get("tax_behavior") == "exclusive")
    billed = min(Decimal(1), Decimal(told["total"] - besides) / price) if price > 0 else Decimal(0)
    return billed * _in_money(told)


def _credit_of(told: dict) -> tuple[Decimal, str]:
    """What the prices of its lines include, less what unused time included, in the share of them that was paid in
    money. And in words for the member.

    So credit comes with money alone: whoever switches to and fro gets as much as they pay for, and nothing twice; whom
    a discount spares a half of the price gets half of the credit.
    """
    if told["billing_reason"] not in WITH_CREDIT:
        return Decimal(0), ""
    included, share = [_included(line) for line in told["lines"]["data"]], _of_price(told)
    credit = max(Decimal(0), recognition.cents(sum(included, Decimal(0)) * share))
    unused = recognition.cents(-sum((part for part in included if part < 0), Decimal(0)))
    less = f", less {money(unused)} of the time you did not use" if unused and share == 1 else ""
    return credit, f"Included in Premium{less}"


def switched(told: dict) -> tuple[Decimal, Decimal]:
    """What its lines sell, and what they give back of time that was paid for and is not used."""
    lines = told["lines"]["data"]
    bought = sum((dollars(line["amount"]) for line in lines if line["amount"] > 0), Decimal(0))
    unused = sum((dollars(-line["amount"]) for line in lines if line["amount"] < 0 and _is_proration(line)), Decimal(0))
    return bought, unused


def _is_proration(line: dict) -> bool:
    """https://docs.stripe.com/api/invoice-line-item/object"""
    parent = line.get("parent") or {}
    return bool((parent.get(parent.get("type")) or {}).get("proration"))


def _included(line: dict) -> Decimal:
    sold = _sold(line).get("price")
    price = Price.objects.filter(stripe_id=sold).first() if sold else None
    return price.credit * dollars(line["amount"]) / price.amount if price else Decimal(0)


def catch_up(payment_intent: str, at: datetime) -> bool:
    """Book the invoice that a payment paid, should its own events be lost. False where it paid none of ours.

    Outside a transaction: it calls Stripe.
    """
    asked = {"payment": {"type": "payment_intent", "payment_intent": payment_intent}}
    found = stripe_api.call("invoice_payments", "list", asked)["data"]
    told = stripe_api.call("invoices", "retrieve", found[0]["invoice"]) if found else {}
    with suppress(NotOurs), transaction.atomic():
        apply_invoice(told, at)
    row = Invoice.objects.filter(stripe_id=told.get("id")).first()
    if row is not None:
        look_at_payment(row)
    return row is not None


def read_later(row: Invoice) -> None:
    """Book what Stripe has billed for the same subscription and we have not heard of yet, of the newest ten.

    A switch moves what was paid to the customer's balance: who wants to give it back has to know. Outside a
    transaction; errors: those of `stripe_api.call`, and Quarantined.
    """
    asked = {"subscription": row.subscription_id_at_stripe, "limit": 10}
    told = {each["id"]: each for each in stripe_api.call("invoices", "list", asked)["data"] if each["status"] == "paid"}
    here = Invoice.objects.filter(stripe_id__in=told, paid_at__isnull=False)
    known_here = set(here.values_list("stripe_id", flat=True))
    for key in reversed([key for key in told if key not in known_here]):
        with suppress(NotOurs), transaction.atomic():
            apply_invoice(told[key], timezone.now())


def look_at_payment(row: Invoice) -> bool:
    """Which payment pays it, and that one's charge and fee. False while Stripe has no fee yet.

    Of several the one that was made, else the first; what was tried with any was tried for this invoice. Outside a
    transaction: it calls Stripe. https://docs.stripe.com/api/invoice-payment/object
    """
    payments = stripe_api.call("invoice_payments", "list", {"invoice": row.stripe_id, "limit": 100})["data"]
    payments.sort(key=lambda each: each.get("status") != "paid")
    intents = [each["payment"]["payment_intent"] for each in payments if each["payment"].get("payment_intent")]
    if not intents:
        return True
    asked = {"expand": ["latest_charge.balance_transaction", "latest_charge"]}
    intent = stripe_api.call("payment_intents", "retrieve", intents[0], asked)
    charge = intent["latest_charge"] or {}
    balance = charge.get("balance_transaction")
    with transaction.atomic():
        for each in sorted(intents):
            attempts.lock(each)
        row = Invoice.objects.select_for_update(no_key=True).get(pk=row.pk)
        row.payment_intent_id = intent["id"]
        if row.status == Invoice.Status.PAID and charge.get("paid", True):
            _keep_charge(row, charge, balance)
        row.save()
        attempts.claim(row, intents)
        if charge.get("amount_refunded"):  # its events may have come, and gone, before the payment was known
            Job.enqueue("billing.sync_refunds", {"charge": charge["id"]})
        if charge.get("disputed"):
            Job.enqueue("billing.sync_disputes", {"charge": charge["id"]})
    return bool(balance) or row.status != Invoice.Status.PAID


def _keep_charge(row: Invoice, charge: dict, balance: dict | None) -> None:
    row.charge_id = charge.get("id") or ""
    row.card = card_of((charge.get("payment_method_details") or {}).get("card"))
    row.country = ((charge.get("billing_details") or {}).get("address") or {}).get("country") or row.country
    if in_dollars(balance):
        row.fee = dollars(balance["fee"])
        book_fee(balance, f"Stripe's fee for {row.charge_id}")
