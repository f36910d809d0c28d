"""Those pages of allauth that this site has, under /account/. Only what we style is routed."""

from functools import wraps

from allauth.account import views
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.account.utils import url_str_to_user_pk
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, re_path, reverse
from django.views.decorators.http import require_http_methods

from accounts import known_devices
from accounts.access import members, password_given
from accounts.adapter import sign_in_again, still_holds
from accounts.models import User

UNTIL_DONE = "until-done"  # a sentence that goes once something was done

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


def _own_passkey(view):
    """Somebody else's is not there, before anything is asked."""

    @wraps(view)
    def change(request, pk):
        get_object_or_404(Authenticator, pk=pk, user=request.user, type="webauthn")
        return view(request, pk=pk)

    return change


def _not_done_yet(view):
    """Who is back at what they were about to do learns that it waits for them."""

    @wraps(view)
    def again(request):
        response = view(request)
        if request.method == "POST" and password_given(request, response.headers.get("Location", "")):
            messages.warning(request, "Nothing is done yet: your password came first. Do it once more now.", UNTIL_DONE)
        return response

    return again


def _asked_again(view):
    """A passkey that was not right is asked for once more, on the way to where one was going.

    allauth shows the door instead, which leads whoever is in already somewhere else.
    """

    @wraps(view)
    def ask(request):
        response = view(request)
        if request.method == "POST" and response.headers.get("Location") == reverse("account_login"):
            return HttpResponseRedirect(request.get_full_path())
        return response

    return ask


def _while_it_holds(view):
    """A sign-in that waits and may not go on ends before a code is used up."""

    @wraps(view)
    def step(request):
        waiting = unstash_login(request, peek=True)
        if waiting and waiting.user and not still_holds(request, waiting.user):
            clear_login(request)
            sign_in_again(request)
        return view(request)

    return step


def _by_link(view):
    """A link of a mail is used once, and where it was the browser is known: wrong passwords of strangers pass it by."""

    @wraps(view)
    def reset(request, uidb36, key):
        with transaction.atomic():  # around the lock of LinkForm
            response = view(request, uidb36=uidb36, key=key)
        if request.method == "POST" and response.headers.get("Location") == reverse(
            "account_reset_password_from_key_done"
        ):
            clear_login(request)  # one that waits for its second step began with the password before
            known_devices.remember(request, response, User.objects.get(pk=url_str_to_user_pk(uidb36)))
        return response

    return reset


def _once(view):
    """An app that is set up twice at the same time is set up once."""

    @wraps(view)
    def activate(request):
        try:
            with transaction.atomic():
                return view(request)
        except IntegrityError:
            return HttpResponseRedirect(reverse("mfa_index"))

    return activate


urlpatterns = [
    path("login/", _pages_and_forms(views.login), name="account_login"),
    path("logout/", _pages_and_forms(_forgetting(views.logout)), name="account_logout"),
    path("inactive/", _pages_and_forms(views.account_inactive), name="account_inactive"),
    path("signup/", _pages_and_forms(views.signup), name="account_signup"),
    path("reauthenticate/", _own(_not_done_yet(views.reauthenticate)), name="account_reauthenticate"),
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
        _pages_and_forms(_by_link(views.password_reset_from_key)),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        _pages_and_forms(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    # The second step
    path("second-step/", _own(mfa.index), name="mfa_index"),
    path("second-step/sign-in/", _pages_and_forms(_while_it_holds(mfa.authenticate)), name="mfa_authenticate"),
    path("second-step/again/", _own(_not_done_yet(mfa.reauthenticate)), name="mfa_reauthenticate"),
    path("second-step/app/", _own(_once(app.activate_totp)), name="mfa_activate_totp"),
    path("second-step/app/remove/", _own(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-step/codes/", _own(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("second-step/codes/new/", _own(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("passkeys/", _own(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("passkeys/add/", _own(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/sign-in/", _pages_and_forms(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path(
        "passkeys/again/",
        _own(_not_done_yet(_asked_again(passkeys.reauthenticate_webauthn))),
        name="mfa_reauthenticate_webauthn",
    ),
    path("passkeys/<int:pk>/remove/", _own(_own_passkey(passkeys.remove_webauthn)), name="mfa_remove_webauthn"),
    path("passkeys/<int:pk>/rename/", _own(_own_passkey(passkeys.edit_webauthn)), name="mfa_edit_webauthn"),
]
