"""Those pages of allauth that this site has, under /account/. Only what we style is routed."""

from functools import wraps

from allauth.account import views
from django.http import HttpResponseRedirect
from django.urls import path, re_path, reverse
from django.views.decorators.http import require_http_methods

from accounts.access import members

_pages_and_forms = require_http_methods(["GET", "HEAD", "POST"])


def _own(view):
    return _pages_and_forms(members(view))


def _forgetting(view):
    """Ask the browser to forget what it kept of this site."""

    @wraps(view)
    def sign_out(request):
        response = view(request)
        if request.method == "POST":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return sign_out


def _with_password(view):
    """Who never had a password gets one by mail."""

    @wraps(view)
    def change_password(request):
        if not request.user.has_usable_password():
            return HttpResponseRedirect(reverse("account_reset_password"))
        return view(request)

    return change_password


urlpatterns = [
    path("login/", _pages_and_forms(views.login), name="account_login"),
    path("logout/", _pages_and_forms(_forgetting(views.logout)), name="account_logout"),
    path("inactive/", _pages_and_forms(views.account_inactive), name="account_inactive"),
    path("signup/", _pages_and_forms(views.signup), name="account_signup"),
    path("reauthenticate/", _own(views.reauthenticate), name="account_reauthenticate"),
    # E-mail address
    path("email/", _own(views.email), name="account_email"),
    path("confirm-email/", _pages_and_forms(views.email_verification_sent), name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", _pages_and_forms(views.confirm_email), name="account_confirm_email"),
    # Password
    path("password/change/", _own(_with_password(views.password_change)), name="account_change_password"),
    path("password/reset/", _pages_and_forms(views.password_reset), name="account_reset_password"),
    path("password/reset/done/", _pages_and_forms(views.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>.{1,200})/$",
        _pages_and_forms(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        _pages_and_forms(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
]
