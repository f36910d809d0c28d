"""Customers by hand."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stripesandbox import customers, methods, records, saved_cards
from stripesandbox.acts import act
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.forms import CustomerForm
from stripesandbox.models import Record

ROWS = 100
CARD_STEPS = {
    "replace": (saved_cards.replace, "The bank has sent a new card."),
    "expire": (saved_cards.expire, "The card has expired."),
    "detach": (lambda cause, method: methods.detach_by_id(cause, {}, method.id), "The card is taken off."),
}


@require_GET
def people(request):
    """Customers, newest first."""
    return render(request, "stripesandbox/customers.html", {"rows": records.of("customer")[:ROWS]})


@require_http_methods(["GET", "POST"])
def person(request, id):
    """One customer: change the name or the address, as the owner does on Stripe's Dashboard."""
    customer = get_object_or_404(Record, kind="customer", id=id)
    form = CustomerForm(request.POST or None, initial={name: customer[name] for name in ("email", "name")})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                customers.update(Cause(), dict(form.cleaned_data), id)
            messages.success(request, "The customer was changed.")
            return redirect("person", id=id)
        except StripeError as error:
            form.add_error("email", str(error))
    context = {
        "customer": customer,
        "form": form,
        "cards": records.of("payment_method", customer=id, type=methods.CARD)[:ROWS],
        "payments": records.of("payment_intent", customer=id)[:ROWS],
    }
    return render(request, "stripesandbox/customer.html", context, status=422 if form.errors else 200)


@require_POST
def delete_person(request, id):
    """The owner deletes a customer; payments stay."""
    act(
        request,
        lambda cause, record: customers.delete(cause, {}, record.id),
        "customer",
        id,
        "The customer is deleted.",
    )
    return redirect("person", id=id)


@require_POST
def step_card(request, id, verb):
    """What happens to a saved card: a new one comes, it expires, it is taken off."""
    if verb not in CARD_STEPS:
        raise Http404
    step, said = CARD_STEPS[verb]
    customer = get_object_or_404(Record, kind="payment_method", id=id)["customer"]
    act(request, step, "payment_method", id, said)
    return redirect("person", id=customer) if customer else redirect("people")
