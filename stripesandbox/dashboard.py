"""The sandbox's Dashboard: what a person sees and does at Stripe by hand."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import disputes, fraud_warnings, records, refunds, sessions, streams
from stripesandbox import payments as paying
from stripesandbox.acts import act
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.forms import DisputeForm, RefundForm, cents
from stripesandbox.models import Record

ROWS = 100
DISPUTED = {
    **dict.fromkeys(disputes.CONTESTED, "disputed"),
    **dict.fromkeys(disputes.WARNINGS, "inquiry"),
    "lost": "dispute lost",
    "prevented": "refunded by the bank",
}


@require_GET
def payments(request):
    """Every Checkout session, and every saved card that was charged, and what became of it, newest first."""
    asked = records.of("checkout.session").exclude(wire__mode="setup")[:ROWS]
    saved = records.of("payment_intent").filter(private__has_key="saved")[:ROWS]
    rows = sorted([*asked, *saved], key=lambda row: -row.seq)[:ROWS]
    behind = {row.id: _intent_behind(row) for row in rows}
    charges = {charge["payment_intent"]: charge for charge in _latest_charges(filter(None, behind.values()))}
    rows = [(row, _bought(row), behind[row.id], state_of(_session(row), charges.get(behind[row.id]))) for row in rows]
    return render(request, "stripesandbox/payments.html", {"rows": rows})


def _session(row: Record) -> Record | None:
    return row if row.kind == "checkout.session" else None


def _bought(row: Record) -> dict:
    """What it is for, how much that costs in cents, and who pays."""
    if _session(row):
        email = (row["customer_details"] or {}).get("email") or row["customer_email"]
        return {"amount": row["amount_total"], "what": row.private["line_items"][0]["description"], "email": email}
    email = records.get("customer", row["customer"])["email"]
    return {"amount": row["amount"], "what": row["description"] or "A saved card", "email": email}


def _intent_behind(row: Record) -> str | None:
    return (row["payment_intent"] or row.private.get("intent")) if _session(row) else row.id


def _latest_charges(intents):
    return Record.objects.filter(kind="charge", wire__payment_intent__in=list(intents)).order_by("seq")


def state_of(session: Record | None, charge: Record | None) -> str:
    """One word for a payment: what a person asks first."""
    if session and session["status"] == "expired":
        return "expired"
    if charge is None:
        return "open"
    if session and session["status"] == "open":
        return "declined"
    if state := DISPUTED.get(charge.private.get("dispute")):
        return state
    if charge["refunded"]:
        return "refunded"
    if charge["amount_refunded"]:
        return "partly refunded"
    return {"succeeded": "paid", "pending": "processing", "failed": "failed"}[charge["status"]]


@require_GET
def payment(request, id):
    """One payment: attempts, refunds, money, events."""
    return payment_page(request, get_object_or_404(Record, kind="payment_intent", id=id))


def payment_page(request, intent: Record, form=None, dispute_form=None, status: int = 200):
    """The page, with a form that was not accepted, if one was not."""
    from stripesandbox import dispute_pages

    session = records.find(intent.private.get("session"))
    latest = records.find(intent["latest_charge"])
    paid = latest is not None and latest["status"] == "succeeded"
    charges, given_back, cases = (
        list(records.of(kind, payment_intent=intent.id)) for kind in ("charge", "refund", "dispute")
    )
    sources = [record.id for record in (*charges, *given_back, *cases)]
    context = {
        "intent": intent.wire,
        "session": session and session.wire,
        "state": state_of(session, latest),
        "charges": charges,
        "refunds": given_back,
        "disputes": dispute_pages.shown(intent.id),
        "warnings": records.of(fraud_warnings.KIND, payment_intent=intent.id),
        "fraud_types": fraud_warnings.FRAUD_TYPES,
        "money": Record.objects.filter(kind="balance_transaction", wire__source__in=sources).order_by("seq"),
        "events": streams.about(intent),
        "paid": paid,
        "charged_back": any(case["status"] not in disputes.HARMLESS for case in cases),
        "left": latest["amount_captured"] - latest["amount_refunded"] if paid else 0,
        "form": form or RefundForm(),
        "dispute_form": dispute_form or DisputeForm(),
    }
    return render(request, "stripesandbox/payment.html", context, status=status)


@require_GET
def stream(request, id):
    """The raw events of one payment in their order, to look at or to keep."""
    intent = get_object_or_404(Record, kind="payment_intent", id=id)
    return JsonResponse({"events": streams.raw(streams.about(intent))}, json_dumps_params={"indent": 2})


@require_POST
def refund(request, id):
    """Give money back, as the owner does on Stripe's Dashboard."""
    intent = get_object_or_404(Record, kind="payment_intent", id=id)
    form = RefundForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            with transaction.atomic():
                charge = records.get("charge", intent["latest_charge"] or "", "charge")
                given = refunds.add(Cause(), charge, cents(typed["amount"]), reason=typed["reason"] or None)
            messages.success(request, f"Refunded: {given.id}")
            return redirect("payment", id=id)
        except StripeError as error:
            form.add_error("amount", str(error))
    return payment_page(request, intent, form, status=422)


@require_POST
def fail_refund(request, id):
    """The customer's bank sends a refund back."""
    return _refund_act(request, refunds.fail, id, f"The bank has sent {id} back.")


@require_POST
def complete_refund(request, id):
    """A pending refund arrives."""
    return _refund_act(request, refunds.complete, id, f"{id} has arrived.")


@require_POST
def ask_customer(request, id):
    """A pending refund needs the customer."""
    return _refund_act(request, refunds.ask_customer, id, "The customer was asked for an account.")


@require_POST
def cancel_refund(request, id):
    """Call a refund back that has not arrived."""
    return _refund_act(request, refunds.cancel_record, id, f"{id} is canceled.")


def _refund_act(request, verb, id: str, said: str):
    given = act(request, verb, "refund", id, said)
    return redirect("payment", id=given["payment_intent"])


@require_POST
def settle(request, id):
    """A bank debit arrives."""
    return _settle(request, id, succeed=True)


@require_POST
def bounce(request, id):
    """A bank debit bounces."""
    return _settle(request, id, succeed=False)


def _settle(request, id, *, succeed: bool):
    intent = get_object_or_404(Record, kind="payment_intent", id=id)
    try:
        with transaction.atomic():
            intent.refresh_from_db()
            paying.settle(Cause(), intent, succeed=succeed)
        messages.success(request, "The debit has arrived." if succeed else "The debit has bounced.")
    except paying.SessionClosed:
        messages.error(request, "The bank has answered already.")
    return redirect("payment", id=id)


@require_POST
def expire_session(request, id):
    """Nobody can pay it any more."""
    session = get_object_or_404(Record, kind="checkout.session", id=id)
    with transaction.atomic():
        session.refresh_from_db()
        if session["status"] == "open":
            sessions.expire_record(Cause(), session)
            messages.success(request, "The session has expired.")
        else:
            messages.error(request, f"The session is {session['status']} already.")
    return redirect("payments")


@require_GET
def healthz(request):
    """Alive."""
    return HttpResponse("ok\n", content_type="text/plain")
