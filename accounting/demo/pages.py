"""How far the history is, asked again and again by a page that waits for it."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounting import demo
from accounts.access import requires
from accounts.permissions import Perm


@require_safe
@requires(Perm.OVERVIEW_READ)
def demo_progress(request):
    """The bar of `{% demo_progress %}`; nothing when it is over."""
    return render(request, "accounting/_demo_bar.html", {"job": demo.under_way()})
