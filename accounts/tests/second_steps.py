"""What tests do with second factors: set an app up, and read its code."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value

from accounts import encryption, second_factor


def set_up_app(user) -> str:
    """An app and recovery codes; returns the app's secret."""
    secret = generate_totp_secret()
    Authenticator.objects.create(user=user, type="totp", data={"secret": encryption.encrypt(secret)})
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str, off=0) -> str:
    """What the app shows now; `off` periods from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // second_factor.PERIOD + off))


def recovery_codes(user) -> list[str]:
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
