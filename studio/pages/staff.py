"""The back office's page of cuts, and of one cut."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from ledger.models import Transaction
from pricing.models import ProviderCall
from studio.models import Cut


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
    context = {
        "cut": found,
        "charge": Transaction.objects.filter(external_id=f"cut:{pk}:charge").first(),
        "calls": ProviderCall.objects.filter(cut_id=pk).order_by("pk"),
        "images": found.images.select_related("preview", "file").order_by("cutimage__position"),
    }
    return render(request, "studio/staff_cut.html", context)
