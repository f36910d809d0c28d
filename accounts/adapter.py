"""How allauth behaves here: live settings, mails by job, links from our own address, every sign-in recorded."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import (
    closed,
    devices,
    gate,
    known_devices,
    lifetimes,
    lockouts,
    mail,
    registration,
    second_factor,
    sessions,
)
from accounts.models import User
from audit.entries import UNKNOWN
from audit.models import record
from tunables import values
from ui.format import plain_day

APP = "allauth.account"
ONE_ADDRESS_ONE_ACCOUNT = ("unique_verified_email", "accounts_user_email_unique")  # what the tables say of it
BEGAN = "sign_in_began"  # in the session: what a session of that moment would hold by
ABOUT_AN_ADDRESS = ("account/email/unknown_account", "account/email/account_already_exists")
TOO_MANY = {
    "login_failed_address": "Too many wrong tries from where you are. Wait a minute.",
    "login_failed": "Too many wrong passwords. Wait {minutes} minutes, or reset the password.",
    "login_failed_account": "Too many wrong passwords from several places today. "
    "Reset the password: then this browser gets in; others wait until tomorrow.",
    "code_failed": "Too many wrong codes. Wait {minutes} minutes.",
    "code_failed_account": "Too many wrong codes today. Use a passkey, or wait until tomorrow.",
}


def still_holds(request, user) -> bool:
    """Whether the sign-in that began here may go on.

    As a session does, it holds no longer than the password, the account's being open and "sign out everywhere".
    """
    began = request.session.get(BEGAN, "")
    return user.is_active and constant_time_compare(began, user.get_session_auth_hash())


def sign_in_again(request):
    """Break off: what was begun holds no more."""
    messages.warning(request, "Something changed on this account meanwhile. Sign in again.")
    raise ImmediateHttpResponse(redirect("account_login"))


class AccountAdapter(DefaultAccountAdapter):
    """What allauth asks of a project: mails as jobs, tries counted, everything written down."""

    _counted = ()

    def __init__(self, request=None):
        super().__init__(request)
        self.error_messages = {
            **self.error_messages,
            "email_password_mismatch": "This e-mail and password do not belong together.",
            "email_taken": "There is an account with this e-mail already. Sign in instead, or reset its password.",
        }

    def is_open_for_signup(self, request):
        """Whether anybody may register now."""
        return gate.is_open()

    def is_safe_url(self, url):
        """Only a path on this site."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    # Mails

    def send_mail(self, template_prefix, email, context):
        """By our own queue."""
        if template_prefix not in ABOUT_AN_ADDRESS or not closed.told(email):
            mail.send(email, template_prefix, context)

    def get_email_confirmation_url(self, request, emailconfirmation):
        """Under BASE_URL, whatever Host was sent."""
        return settings.BASE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key):
        """Under BASE_URL, whatever Host was sent."""
        uidb36, _, token = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[uidb36, token])

    # Wrong passwords and codes: counted per account and address, so that a stranger cannot lock the owner out, and more
    # generously per account, whatever the address (NIST SP 800-63B-4: at most 100 failures).

    def pre_authenticate(self, request, **credentials):
        """Count the try before the password is looked at. Raises ValidationError when there were too many."""
        email = credentials.get("email", "").strip().lower()
        self.count_try(request, self._limits(request, email), email)

    def count_try(self, request, limits, email):
        """Count a try to get in before it is looked at, by each of the limits. Too many: a pause, which is noted."""
        self._counted = []
        for action, key in [("login_failed_address", ratelimit.get_ip(request)), *limits]:
            usage = ratelimit.consume(request, app=APP, action=action, key=key)
            if not usage:
                lockouts.note(action, key, email, devices.of(request))
                raise ValidationError(TOO_MANY[action].format(minutes=values.get("lockout_minutes")))
            self._counted.append(usage)

    def clear_tries(self, request, limits):
        """It was right, and so was no wrong try from this address: count from nothing again by these limits."""
        self._rollback_login_failed_rl_usage()
        for action, key in limits:
            ratelimit.clear(request, app=APP, action=action, key=key)

    def _rollback_login_failed_rl_usage(self):
        for usage in self._counted:
            usage.rollback()

    def _delete_login_attempts_cached_email(self, request, **credentials):
        self.clear_tries(request, self._limits(request, credentials["email"].strip().lower()))

    def _limits(self, request, email):
        """A browser that knows its person has a count of its own, which nobody else can use up."""
        if device := known_devices.of(request, email):
            return [("login_failed", f"{device} {email}")]
        return [("login_failed", f"{ratelimit.get_ip(request)} {email}"), ("login_failed_account", email)]

    def code_limits(self, request, user):
        """Of codes for a second step: per account, too, whatever the browser. Who guesses them has the password, and
        whoever reads the mails makes any number of browsers known."""
        where = known_devices.of(request, user.email) or ratelimit.get_ip(request)
        return [("code_failed", f"{where} {user.pk}"), ("code_failed_account", str(user.pk))]

    # What happened

    def authentication_failed(self, request, **credentials):
        """Write it down, on the account if there is one."""
        user = User.objects.filter(email=credentials.get("email", "").lower()).first()
        record(None, "user.sign_in_failed", user or UNKNOWN, after=devices.of(request))

    def pre_login(self, request, user, **kwargs):
        """A sign-in begins, and may have to wait: for a second step, or for a link of a mail."""
        response = super().pre_login(request, user, **kwargs)
        if response is None:
            request.session[BEGAN] = user.get_session_auth_hash()
        return response

    def login(self, request, user):
        """Write it down, and give what waited for the first sign-in, if it still holds."""
        holds = still_holds(request, user)
        request.session.pop(BEGAN, None)
        if not holds:
            sign_in_again(request)
        super().login(request, user)
        lifetimes.begin(request.session)
        record(user, "user.signed_in", user, after=devices.of(request))
        registration.signed_in(request, user)

    def respond_user_inactive(self, request, user):
        """The password was right: so it is theirs to know why it does not help."""
        request.session["inactive"] = {
            "deleted": user.deleted_at is not None,
            "until": user.suspended_until and plain_day(user.suspended_until),
            "write_to": values.get("support_email"),
        }
        return super().respond_user_inactive(request, user)

    def post_login(self, request, user, **kwargs):
        """The browser is known from now on."""
        response = super().post_login(request, user, **kwargs)
        known_devices.remember(request, response, user)
        return response

    def logout(self, request):
        """Write it down."""
        record(request.user, "user.signed_out", request.user, after=devices.of(request))
        super().logout(request)

    def set_password(self, user, password):
        """Also end all sessions, in one transaction with the record. Of the row nothing else is written.

        Nothing is done if the account was closed or its sessions ended since `user` was read.
        """
        with transaction.atomic():
            account = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            if (account.is_active, account.session_epoch) != (user.is_active, user.session_epoch):
                sign_in_again(self.request)
            user.set_password(password)
            user.save(update_fields=["password"])
            sessions.end_all(user, by=user)  # allauth then goes on with the one in which it was changed
            record(user, "user.password_changed", user)
        self.request.session.pop(second_factor.CHANGED, None)

    def confirm_email(self, request, email_address):
        """Confirm an address. Another account may have taken it between the mail and the click."""
        try:
            with transaction.atomic():
                confirmed = super().confirm_email(request, email_address)
                if confirmed:
                    record(email_address.user, "user.email_confirmed", email_address.user)
                    registration.welcome(email_address.user)
        except IntegrityError as error:
            if error.__cause__.diag.constraint_name not in ONE_ADDRESS_ONE_ACCOUNT:
                raise
            self.add_message(request, messages.ERROR, message="This address belongs to another account.")
            return False
        return confirmed
