"""Pages that belong to no other room: the search behind the palette, and what crawlers and browsers ask for."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_GET, require_safe

from accounts.access import requires
from accounts.permissions import Perm
from ui import palette

CLOSED = ("/account/", "/admin/", "/cuts/", "/go/", "/home/", "/join/", "/me/", "/my-cuts/")


@require_GET
@requires(Perm.OVERVIEW_READ)
def search(request):
    """What matches `?q=`: as options of the palette (htmx) or as a page."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    template = "ui/search_hits.html" if request.htmx else "ui/search.html"
    found = palette.search(request, words, sections=not request.htmx)
    return render(request, template, {"q": words, "hits": found})


@require_safe
@login_not_required
def robots(request):
    """Nothing behind a sign-in is for crawlers."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@login_not_required
def favicon(request):
    """The address that browsers try by themselves."""
    return redirect(static("icon.svg"), permanent=False)
