"""The back office's page of cuts, and of one cut."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from ledger.models import Transaction
from pricing.models import ProviderCall, Service
from studio.models import Cut
from studio.orders import TITLES


@require_safe
@requires(Perm.CUTS_READ)
def staff_cuts(request):
    """/admin/cuts/: every cut."""
    return render(request, "studio/staff_cuts.html")


@require_safe
@requires(Perm.CUTS_READ)
def staff_cut(request, pk):
    """/admin/cuts/<id>/: one cut, what it was made of, what it took and what it cost."""
    rows = Cut.objects.with_cost().with_choices().select_related("owner", "job", "video", "poster", "picture")
    found = get_object_or_404(rows, pk=pk)
    charges = Transaction.objects.filter(external_id__in=found.charge_ids).order_by("pk")
    context = {
        "cut": found,
        "service": TITLES.get(found.service, found.service),
        "charge": next((one for one in charges if one.external_id == f"cut:{pk}:charge"), None),
        "charges": charges,
        "units": dict(Service.objects.values_list("pk", "unit")),
        "calls": _calls(pk),
        "images": found.images.select_related("preview", "file").order_by("cutimage__position"),
    }
    return render(request, "studio/staff_cut.html", context)


def _calls(pk) -> list[ProviderCall]:
    """The calls made for a cut, each with the transaction that books it, if any: `booked`."""
    calls = list(ProviderCall.objects.filter(cut_id=pk).select_related("invoice", "service").order_by("pk"))
    names = [f"provider_call:{call.pk}" for call in calls]
    booked = dict(Transaction.objects.filter(external_id__in=names).values_list("external_id", "pk"))
    for call, name in zip(calls, names, strict=True):
        call.booked = booked.get(name)
    return calls
