"""The hosted Checkout page: what the customer sees at Stripe."""

from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from stripesandbox import account, clock, payments, sessions, setups
from stripesandbox.events import Cause
from stripesandbox.forms import PaymentForm
from stripesandbox.models import Record

CHIPS = [
    ("Pay", "4242 4242 4242 4242"),
    ("Decline", "4000 0000 0000 0002"),
    ("No funds", "4000 0000 0000 9995"),
    ("3-D Secure", "4000 0025 0000 3155"),
    ("Dispute", "4000 0000 0000 0259"),
    ("Inquiry", "4000 0000 0000 1976"),
    ("Fraud warning", "4000 0000 0000 5423"),
    ("Refund waits", "4000 0000 0000 7726"),
    ("Refund fails later", "4000 0000 0000 5126"),
]
CARDS_TO_SAVE = [
    ("Good", "4242 4242 4242 4242"),
    ("3-D Secure now", "4000 0025 0000 3155"),
    ("Declined later", "4000 0000 0000 0341"),
    ("No funds later", "4000 0082 6000 3178"),
    ("Bank asks each time", "4000 0027 6000 3184"),
    ("Declined now", "4000 0000 0000 0002"),
    ("Expired now", "4000 0000 0000 0069"),
]


def _session(id: str) -> Record:
    session = get_object_or_404(Record, kind="checkout.session", id=id)
    if session["status"] == "open" and session["expires_at"] <= clock.seconds():
        with transaction.atomic():
            session.refresh_from_db()
            if session["status"] == "open":
                sessions.expire_record(Cause(), session)
    return session


def _acts(session: Record):
    """Who takes what is typed: for a payment, or to save a card."""
    return setups if session["mode"] == "setup" else payments


def _intent(session: Record) -> Record | None:
    return setups.intent_of(session) if session["mode"] == "setup" else sessions.intent_of(session)


def _page(request, session: Record, form, *, refusal: str = "", status: int = 200):
    context = {
        "session": session.wire,
        "items": session.private["line_items"],
        "merchant": account.MERCHANT,
        "form": form,
        "chips": CARDS_TO_SAVE if session["mode"] == "setup" else CHIPS,
        "refusal": refusal,
    }
    return render(request, "stripesandbox/pay.html", context, status=status)


@require_http_methods(["GET", "POST"])
def pay(request, id):
    """Show the bill, take the payment. A second click meets a session that is paid and changes nothing."""
    session = _session(id)
    if session["status"] != "open":
        return _closed(request, session)
    accepts = session["payment_method_types"]
    if request.method == "GET":
        known = session.private.get("payer") or session["customer_details"] or {}
        filled = {"email": known.get("email"), "name": known.get("name"), "number": request.GET.get("card")}
        return _page(request, session, PaymentForm(initial=filled, accepts=accepts), refusal=_last_refusal(session))
    form = PaymentForm(request.POST, accepts=accepts)
    if not form.is_valid():
        return _page(request, session, form, status=422)
    try:
        with transaction.atomic():
            session.refresh_from_db()
            result = _acts(session).attempt(Cause(), session, form.payer(), **form.timing())
    except payments.SessionClosed:
        return _closed(request, session)
    if result == "declined":
        return _page(request, session, form, refusal=_last_refusal(session), status=402)
    if result == "challenge":
        return redirect("authenticate", id=id)
    return _back_to_merchant(session)


def _last_refusal(session: Record) -> str:
    intent = _intent(session)
    error = intent and intent.wire.get("last_payment_error" if session["mode"] != "setup" else "last_setup_error")
    return error["message"] if error else ""


def _closed(request, session: Record):
    if request.method == "POST" and session["status"] == "complete":
        return _back_to_merchant(session)
    context = {"session": session.wire, "merchant": account.MERCHANT, "back": success_url(session)}
    return render(request, "stripesandbox/closed.html", context)


def success_url(session: Record) -> str:
    """Where the merchant wants the customer after paying."""
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session.id)


def _back_to_merchant(session: Record):
    return HttpResponseRedirect(success_url(session))


@require_http_methods(["GET", "POST"])
def authenticate(request, id):
    """The 3-D Secure page of the customer's bank."""
    session = _session(id)
    intent = _intent(session)
    if session["status"] != "open" or intent is None or intent["status"] != "requires_action":
        return redirect("pay", id=id)
    if request.method == "GET":
        context = {"session": session.wire, "amount": session["amount_total"], "merchant": account.MERCHANT}
        return render(request, "stripesandbox/authenticate.html", context)
    try:
        with transaction.atomic():
            session.refresh_from_db()
            result = _acts(session).answer_challenge(Cause(), session, approved=request.POST.get("answer") == "approve")
    except payments.SessionClosed:
        return redirect("pay", id=id)
    return _back_to_merchant(session) if result == "succeeded" else redirect("pay", id=id)
