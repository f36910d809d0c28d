"""Subscriptions on the Dashboard: what runs, and what the owner, the bank or time may do to it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import bills, portal, records, renewals, subscriptions, timers
from stripesandbox.acts import act
from stripesandbox.models import Record

ROWS = 100


@require_GET
def running(request):
    """Every subscription, newest first."""
    rows = [portal.shown(each) for each in records.of("subscription")[:ROWS]]
    return render(request, "stripesandbox/subscriptions.html", {"rows": rows})


@require_POST
def step(request, id, verb):
    """A button of the page."""
    verbs = {
        "fail": (_fail_next, "The next charge will be declined."),
        "cancel": (lambda cause, found: subscriptions.cancel(cause, {}, found.id), f"{id} is canceled."),
        "pay": (_pay, "The open invoice was tried again."),
    }
    if verb == "renew":
        return _renew(request, id)
    if verb not in verbs:
        raise Http404
    do, said = verbs[verb]
    act(request, do, "subscription", id, said)
    return redirect("subscriptions")


def _fail_next(cause, found: Record) -> None:
    found.private["next_fails"] = True
    found.save(update_fields=["private"])


def _pay(cause, found: Record) -> None:
    for invoice in bills.owed(found):
        renewals.collect(cause, invoice)


def _renew(request, id):
    """The clock goes past the end of the period, and past the hour of the draft."""
    moment = subscriptions.period_of(records.get("subscription", id))[1] + renewals.DRAFT_FOR + 60
    timers.travel(moment)
    messages.success(request, "The clock was moved past the renewal.")
    return redirect("subscriptions")
