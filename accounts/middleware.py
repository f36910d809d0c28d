"""Who is asking: sign-in by default, and sessions that end."""

import time
from urllib.parse import urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponse, QueryDict
from django.shortcuts import resolve_url

from accounts import lifetimes

SEEN_EVERY = 60


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
        """Remember the person's last step, to the minute. Panels that refresh themselves are not steps."""
        if request.headers.get("HX-Request") and request.method == "GET":
            return
        now = int(time.time())
        request.session.setdefault("signed_in_at", now)
        if now - request.session.get("seen_at", 0) >= SEEN_EVERY:
            request.session["seen_at"] = now


class SignInRequired(LoginRequiredMiddleware):
    """Django's middleware; an htmx request is sent to the sign-in page as a whole, and back to its page after."""

    def handle_no_permission(self, request, view_func):
        if request.headers.get("HX-Request") == "true":
            page = urlsplit(request.headers.get("HX-Current-URL", ""))
            query = QueryDict(mutable=True)
            query[REDIRECT_FIELD_NAME] = f"{page.path or '/home/'}{'?' if page.query else ''}{page.query}"
            sign_in = f"{resolve_url(self.get_login_url(view_func))}?{query.urlencode(safe='/')}"
            return HttpResponse(status=401, headers={"HX-Redirect": sign_in})
        return super().handle_no_permission(request, view_func)
