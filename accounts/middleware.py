"""Who is asking: sign-in by default, and sessions that end."""

import time

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, resolve_url
from django.urls import reverse

from accounts import lifetimes, second_factor, sessions
from accounts.access import ask_for_password, own_page
from accounts.permissions import Perm
from tunables import values

SEEN_EVERY = 60  # seconds
SELF_REFRESH = "X-Self-Refresh"  # sent by a page that asks again by itself with a POST
# What staff without a second factor reach while one is required, besides what needs no sign-in
ENROLMENT = {
    *("mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_add_webauthn", "mfa_list_webauthn"),
    *("account_reauthenticate", "account_email", "accounts:me"),
}


class SessionLifetime:
    """End a session that is too old or was left alone too long, by the settings in force now."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            if lifetimes.is_over(request.session, request.user.is_staff, lifetimes.limits()):
                logout(request)
            else:
                self._note_activity(request)
        return self.get_response(request)

    def _note_activity(self, request):
        """Remember the person's last step, to the minute. What refreshes itself is not one: a panel, a page that waits.

        Through a member's eyes it is staff who step, and the member is not seen.
        """
        if request.headers.get("HX-Request") and (request.method == "GET" or SELF_REFRESH in request.headers):
            return
        now, lent = int(time.time()), request.session.get("impersonation")
        times = request.session if lent is None else lent
        times.setdefault("signed_in_at", now)  # of a session that began before this was kept
        if now - times.get("seen_at", 0) >= SEEN_EVERY:
            times["seen_at"] = now
            request.session.modified = True
            if lent is None:
                sessions.seen(request)


class SignInRequired(LoginRequiredMiddleware):
    """Django's middleware; an htmx request is sent to the sign-in page as a whole, and back to its page after."""

    def handle_no_permission(self, request, view_func):
        """A redirect to the sign-in page; for htmx 401 with the address in HX-Redirect."""
        if request.headers.get("HX-Request") == "true":
            query = QueryDict(mutable=True)
            query[REDIRECT_FIELD_NAME] = own_page(request.headers.get("HX-Current-URL", "")) or "/home/"
            sign_in = f"{resolve_url(self.get_login_url(view_func))}?{query.urlencode(safe='/')}"
            return HttpResponse(status=401, headers={"HX-Redirect": sign_in})
        return super().handle_no_permission(request, view_func)


class SecondFactorRequired:
    """Staff without a second factor set one up first, while `staff_mfa_required` is on.

    Elsewhere they are led to where that is done: by a redirect, htmx by 401 with the address in HX-Redirect.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, args, kwargs):
        if not request.user.is_authenticated or not request.user.is_staff or not self._is_behind(request, view_func):
            return None
        if not values.get("staff_mfa_required") or second_factor.has_one(request.user):
            return None
        if request.method not in ("GET", "HEAD") and SELF_REFRESH not in request.headers:
            messages.warning(request, "Nothing was done: a second step comes first. Do it once more after that.")
        enrolment = reverse("mfa_index")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"HX-Redirect": enrolment})
        return redirect(enrolment)

    def _is_behind(self, request, view_func) -> bool:
        """Whether the page needs a sign-in and is no part of the enrolment."""
        return getattr(view_func, "login_required", True) and request.resolver_match.view_name not in ENROLMENT


class FilesConfirmed:
    """A list of the back office leaves as a file when the password was given lately, as an export does.

    Whoever may not read the list is refused by the view itself, and is not asked; nor does it ask for a view that does
    so after its own guards. One place for every list that has or will have `?format=csv`.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, args, kwargs):
        perm, asks_itself = getattr(view_func, "perm", None), getattr(view_func, "confirmed", False)
        if asks_itself or not request.GET.get("format") or not isinstance(perm, Perm) or not request.user.can(perm):
            return None
        return ask_for_password(request, "to take a list away as a file", file=True)
