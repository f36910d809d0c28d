"""The second step of a sign-in: an authenticator app, a passkey, or a recovery code instead of either."""

import time
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.utils.crypto import constant_time_compare
from django.utils.safestring import mark_safe
from qrcode.image.svg import SvgPathImage
from qrcode.main import QRCode

from accounts import devices, encryption
from audit.models import record

PERIOD = 30  # seconds that a code of an authenticator app is good for
NAMES = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery codes"}
ISSUER = "Poem Vision AI"
CHANGED = "second_step_changed"  # in the session that did, until others are signed out


class MFAAdapter(DefaultMFAAdapter):
    """allauth's second step in our words, with secrets encrypted."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This passkey is not known here. Use another way.",  # which allauth says of passkeys, too
        "passkey_not_added": "The passkey was not added. Try again.",
        "wrong_code": "This code is not right, or was used already. Of an app wait for the next one; when none is ever "
        "right, the clock of one of your devices is wrong.",
        "unverified_email": "Confirm your e-mail address first.",
    }

    def encrypt(self, text):
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text):
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self):
        return ISSUER

    def build_totp_svg(self, url):
        """As an element of the page, which no rule of the CSP has to be loosened for."""
        code = QRCode(border=2, image_factory=SvgPathImage)
        code.add_data(url)
        return mark_safe(code.make_image().to_string(encoding="unicode"))  # noqa: S308 - squares only

    def generate_authenticator_name(self, user, type):
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_public_key_credential_rp_entity(self):
        return {"id": urlsplit(settings.BASE_URL).hostname, "name": ISSUER}


def has_one(user) -> bool:
    """Whether signing in takes a second step. Recovery codes alone are none."""
    return user.pk is not None and Authenticator.objects.filter(user=user, type__in=("totp", "webauthn")).exists()


def use_code(user, code: str) -> Authenticator | None:
    """Use up a code of the person's app or one of their recovery codes; None when it is not right, or not any more."""
    for kept in Authenticator.objects.filter(user=user, type__in=("totp", "recovery_codes")).order_by("-type"):
        if _use_app(kept, code) if kept.type == "totp" else kept.wrap().validate_code(code):
            return Authenticator.objects.get(pk=kept.pk)
    return None


@transaction.atomic
def _use_app(authenticator: Authenticator, code: str) -> bool:
    """A code counts once, in whatever process: the row remembers the last period of which one was used.

    Those of the periods before and after this one count too, for clocks and people are half a minute late or early.
    """
    kept = Authenticator.objects.select_for_update(no_key=True).filter(pk=authenticator.pk).first()
    if kept is None:
        return False
    secret, typed = encryption.decrypt(kept.data["secret"]), "".join(code.split())
    now, last = int(time.time()) // PERIOD, kept.data.get("last_period", 0)
    fresh = [period for period in (now - 1, now, now + 1) if period > last]
    period = next((one for one in fresh if constant_time_compare(format_hotp_value(hotp_value(secret, one)), typed)), 0)
    if not period:
        return False
    kept.data |= {"last_period": period, "secret": encryption.renewed(kept.data["secret"])}
    kept.save(update_fields=["data"])
    return True


@transaction.atomic
def counts_on(passkey: Authenticator, counter: int) -> bool:
    """Whether this use of a passkey comes after the last one, in whatever process; if not, it is written down.

    A device that counts and does not count on was copied, or somebody says again what it said (WebAuthn Level 3, 7.2,
    step 22). Many do not count: theirs is always 0.
    """
    kept = Authenticator.objects.select_for_update(no_key=True).filter(pk=passkey.pk).first()
    if kept is None:
        return False
    last = kept.data.get("counter", kept.wrap().authenticator_data.counter)
    if (counter or last) and counter <= last:
        _failed(context.request, kept.user, kept)
        return False
    kept.data["counter"] = counter
    kept.save(update_fields=["data"])
    return True


def remove_all(user, *, note: str) -> None:
    """Passkeys, apps and recovery codes open the account no more; each is noted as removed by nobody."""
    for kept in Authenticator.objects.filter(user=user):
        record(None, "user.second_factor_removed", user, before={"kind": NAMES[kept.type]}, note=note)
        kept.delete()


@receiver(signals.authenticator_added)
def _added(request, user, authenticator, **kwargs):
    """Note it. The code that an app was set up with is used up."""
    if authenticator.type == "totp":
        authenticator.data["last_period"] = int(time.time()) // PERIOD
        authenticator.save(update_fields=["data"])
    request.session[CHANGED] = True
    record(user, "user.second_factor_added", user, after={"kind": NAMES[authenticator.type]})


@receiver(signals.authenticator_removed)
def _removed(request, user, authenticator, **kwargs):
    request.session[CHANGED] = True
    record(user, "user.second_factor_removed", user, before={"kind": NAMES[authenticator.type]})


@receiver(signals.authenticator_reset)
def _renewed(user, **kwargs):
    record(user, "user.recovery_codes_renewed", user)


@receiver(signals.authentication_failed)
def _failed(request, user, authenticator, **kwargs):
    facts = {"kind": NAMES[authenticator.type]} | (devices.of(request) or {})
    record(None, "user.second_factor_failed", user, after=facts)


@receiver(signals.authenticator_used)
def _used(user, authenticator, reauthenticated=False, **kwargs):
    if authenticator.type == "recovery_codes":
        record(user, "user.recovery_code_used", user)
