"""What a browser remembers without an account: the theme, and that the demo banner was dismissed."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


def theme(request) -> str:
    """The chosen theme; `auto` follows the operating system."""
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else "auto"


def demo_banner(request) -> bool:
    """Whether the banner of the embedded mode shows."""
    return settings.EMBEDDED and not (request and request.COOKIES.get("demo_banner") == "hidden")


@require_POST
@login_not_required
def change_theme(request):
    """Take the theme asked for, or the next one in turn."""
    wanted = request.POST.get("theme", "")
    if wanted not in THEMES:
        wanted = THEMES[(THEMES.index(theme(request)) + 1) % len(THEMES)]
    response = HttpResponse(status=204) if request.htmx else redirect(_back(request))
    response.set_cookie("theme", wanted, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


@require_POST
@login_not_required
def hide_demo_banner(request):
    """Hide the banner until the browser closes."""
    response = HttpResponse() if request.htmx else redirect(_back(request))
    response.set_cookie("demo_banner", "hidden", httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


def _back(request) -> str:
    referer = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if safe else "/"
