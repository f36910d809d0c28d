"""What tests do with second factors: set an app up, and read its code."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts import encryption, second_factor


def set_up_app(user) -> str:
    """An app and recovery codes; returns the app's secret."""
    secret = generate_totp_secret()
    Authenticator.objects.create(user=user, type="totp", data={"secret": encryption.encrypt(secret)})
    RecoveryCodes.activate(user)
    return secret


def set_up_passkey(user) -> Authenticator:
    """As a browser would register one, with a key that nobody holds."""
    holder = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    about = AttestedCredentialData.create(bytes(16), b"walk", holder)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    made = AttestationObject.create("none", AuthenticatorData.create(bytes(32), flags, 0, about), {})
    asked = CollectedClientData.create("webauthn.create", b"walk", "https://poemvision.example")
    response = {"attestationObject": websafe_encode(made), "clientDataJSON": websafe_encode(asked)}
    credential = {"id": "d2Fsaw", "rawId": "d2Fsaw", "type": "public-key", "response": response}
    return WebAuthn.add(user, "My telephone", credential | {"clientExtensionResults": {}}).instance


def code_of(secret: str, off=0) -> str:
    """What the app shows now; `off` periods from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // second_factor.PERIOD + off))


def recovery_codes(user) -> list[str]:
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
