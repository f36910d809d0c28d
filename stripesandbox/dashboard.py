"""The sandbox's Dashboard: what a person does at Stripe by hand."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from stripesandbox import records


@require_GET
def payments(request):
    """All sessions, newest first."""
    return render(request, "stripesandbox/payments.html", {"sessions": records.of("checkout.session")[:100]})


@require_GET
def healthz(request):
    """Alive."""
    return HttpResponse("ok\n", content_type="text/plain")
