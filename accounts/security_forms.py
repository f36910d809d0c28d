"""allauth's forms of the second step in our words; the codes go through `second_factor`, which takes each once."""

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.db import transaction

from accounts import second_factor
from accounts.forms import Plain
from ui.forms import plain_name


class Code(Plain):
    """A code from the app, or a recovery code."""

    LABELS = {"code": "Code"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 16}


class _OnceOnly(Code):
    def clean_code(self):
        """Limited as passwords are, and by a count of their own, which no right password and no new one clears."""
        tries = get_adapter(context.request)
        limits = tries.code_limits(context.request, self.user)
        tries.count_try(context.request, limits, self.user.email)
        self.authenticator = second_factor.use_code(self.user, self.cleaned_data["code"])
        if self.authenticator is None:
            main = self.user.authenticator_set.exclude(type="webauthn").order_by("-type").first()
            if main:
                self._emit_authentication_failed(main)
            raise get_mfa_adapter().validation_error("wrong_code")
        tries.clear_tries(context.request, limits)
        return self.cleaned_data["code"]


class AuthenticateForm(_OnceOnly, code_forms.AuthenticateForm):
    """The second step of a sign-in."""


class ReauthenticateForm(_OnceOnly, code_forms.ReauthenticateForm):
    """Instead of the password, before what touches the account itself."""


class ActivateAppForm(Code, ActivateTOTPForm):
    """The first code of a new app."""

    LABELS = {"code": "Code that the app shows"}

    def clean_code(self):
        """allauth's words for a wrong one are those of passkeys."""
        try:
            return super().clean_code()
        except forms.ValidationError as wrong:
            if wrong.code != "incorrect_code":
                raise
            raise get_mfa_adapter().validation_error("wrong_code") from wrong


class Credential(forms.JSONField):
    """What a browser sends of a passkey: with a part missing it is a wrong one, like any other."""

    widget = forms.HiddenInput

    def validate(self, value):
        super().validate(value)
        if not isinstance(value, dict) or value.get("id") != value.get("rawId"):
            raise get_mfa_adapter().validation_error("incorrect_code")


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):
    """What the browser made. Every passkey also signs in alone: its device asks for a finger, a face or a PIN."""

    credential = Credential()
    name = forms.CharField(
        label="Name",
        required=False,
        max_length=60,
        help_text="So that you know it again.",
        validators=[plain_name],
    )
    passwordless = forms.BooleanField(initial=True, required=True, widget=forms.HiddenInput)

    def clean(self):
        """What the browser made must answer what it was asked."""
        try:
            return super().clean()
        except forms.ValidationError as wrong:
            raise get_mfa_adapter().validation_error("passkey_not_added") from wrong


class RenamePasskeyForm(passkey_forms.EditWebAuthnForm):
    name = forms.CharField(label="Name", max_length=60, validators=[plain_name])

    def save(self) -> Authenticator:
        """Only the name: a sign-in meanwhile counted on. One that was removed meanwhile stays so."""
        with transaction.atomic():
            passkey = Authenticator.objects.select_for_update(no_key=True).filter(pk=self.instance.pk).first()
            if passkey:
                passkey.data["name"] = self.cleaned_data["name"]
                passkey.save(update_fields=["data"])
        return self.instance


def _used(user, credential: dict) -> Authenticator:
    """The passkey of this person that the browser used. Raises ValidationError when it is none, or was used before."""
    said = passkey_forms.auth.parse_authentication_response(credential)
    passkey = passkey_forms.auth.complete_authentication(user, credential)
    if not second_factor.counts_on(passkey, said.response.authenticator_data.counter):
        raise get_mfa_adapter().validation_error("incorrect_code")
    return passkey


class LoginByPasskeyForm(passkey_forms.LoginWebAuthnForm):
    """A passkey instead of the password."""

    credential = Credential()

    def clean_credential(self):
        credential = self.cleaned_data["credential"]
        passkey_forms.auth.parse_authentication_response(credential)
        return _used(passkey_forms.auth.extract_user_from_response(credential), credential)


class AuthenticateByPasskeyForm(passkey_forms.AuthenticateWebAuthnForm):
    """A passkey as the second step. It cannot be guessed, so nothing is counted that a stranger could use up."""

    credential = Credential()

    def clean_credential(self):
        return _used(self.user, self.cleaned_data["credential"])


class ReauthenticateByPasskeyForm(AuthenticateByPasskeyForm):
    reauthenticated = True
