"""What people type in about themselves."""

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import SetPasswordField
from allauth.account.models import EmailAddress
from allauth.core import context, ratelimit
from django import forms
from django.core.validators import MaxLengthValidator
from django.shortcuts import render

from accounts import email_change, gate, passwords, registration
from accounts.models import User
from tunables import values
from ui.forms import in_turn, plain_address, plain_name

LONGEST_EMAIL = User._meta.get_field("email").max_length


class Plain:
    """allauth's forms in our words: labels instead of placeholders, and a new password typed once, in sight."""

    LABELS = {
        "login": "E-mail",
        "email": "E-mail",
        "password": "Password",
        "password1": "New password",
        "oldpassword": "Current password",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        for name, field in self.fields.items():
            field.label = self.LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field, forms.EmailField):
                field.validators.append(MaxLengthValidator(LONGEST_EMAIL, "This address is too long."))
            if field.widget.attrs.get("autocomplete") == "new-password":
                field.help_text = passwords.help_for(getattr(self, "user", None))
                field.widget.attrs["data-min-length"] = passwords.shortest_for(getattr(self, "user", None))
            elif field.widget.input_type == "password":
                field.help_text = ""


class NewAddress:
    """A form whose e-mail is to become somebody's."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        email.validators = [in_turn(plain_address, *email.validators)]


class LoginForm(Plain, allauth_forms.LoginForm):
    """E-mail and password."""


class ResetPasswordForm(Plain, allauth_forms.ResetPasswordForm):
    """E-mail. Whoever asks, and however often: who has two links that still work a good while gets no third mail."""

    def save(self, request, **kwargs):
        email = self.cleaned_data["email"]
        state = [f"{user.last_login} {user.password}" for user in self.users]  # a link works while these stay
        if ratelimit.consume(request, action="reset_mail", key=f"{email.lower()} {state}"):
            super().save(request, **kwargs)
        return email


class LinkForm(allauth_forms.UserTokenForm):
    """A link of a mail, judged under a lock on its account: used twice at once it is used once."""

    def _get_user(self, uidb36):
        user = super()._get_user(uidb36)
        return user and User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()


class ResetPasswordKeyForm(Plain, allauth_forms.ResetPasswordKeyForm):
    """A new password, after a link from a mail."""


class ChangePasswordForm(Plain, allauth_forms.ChangePasswordForm):
    """The current password and a new one."""

    def clean_oldpassword(self):
        """By the door of the sign-in, where wrong ones are counted, noted and lead to a pause."""
        if not get_adapter().reauthenticate(self.user, self.cleaned_data["oldpassword"]):
            raise get_adapter().validation_error("enter_current_password")
        return self.cleaned_data["oldpassword"]


class ReauthenticateForm(Plain, allauth_forms.ReauthenticateForm):
    """The password once more: there is nothing else to do on its page."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs["autofocus"] = True


class AddEmailForm(NewAddress, Plain, allauth_forms.AddEmailForm):
    """The address to change to. Whether somebody has it already is told to that address alone."""

    LABELS = {"email": "New e-mail"}

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if email == self.user.email:
            raise forms.ValidationError("This is your address already.")
        if not ratelimit.consume(context.request, action="confirm_email", key=email):
            raise forms.ValidationError("This address got several mails of ours just now. Wait a while.")
        return email

    def save(self, request):
        """Nothing changes before the new address has agreed, and the old one, if it is confirmed."""
        email = self.cleaned_data["email"]
        email_change.start(self.user, email, old_agrees=not self.user.is_confirmed)
        return EmailAddress(user=self.user, email=email)


class SignupForm(NewAddress, Plain, allauth_forms.SignupForm):
    """Name (if you like), e-mail, password."""

    LABELS = {"email": "E-mail", "password1": "Password"}

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=120,
        help_text="What we call you. You may leave it empty.",
        validators=[plain_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    invite_code = forms.CharField(
        label="Invite code",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    field_order = ["name", "email", "password1", "invite_code"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field, request = self.fields["invite_code"], context.request
        field.required = gate.needs_invite()
        field.error_messages["required"] = "Registration is by invitation: enter your code."
        field.initial = request.GET.get("code", "")[:40] if request else ""

    def clean_password1(self):
        """Judged beside the name, too: allauth judges it beside the address alone."""
        about = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        return get_adapter().clean_password(self.cleaned_data["password1"], user=about)

    def try_save(self, request):
        """Register; on a refusal the page comes back with the reason and what was typed."""
        try:
            if code := self.cleaned_data["invite_code"]:
                registration.check_code(request, code, self.cleaned_data["email"])
            return self._register(request)
        except registration.Refused as refusal:
            self.add_error(None, str(refusal))
        except registration.WrongCode as wrong:
            self.add_error("invite_code", str(wrong))
        except registration.EmailTaken:
            self.add_error("email", get_adapter().error_messages["email_taken"])
        return None, render(request, "account/signup.html", {"form": self})

    def _register(self, request):
        """The new account; or, where nobody shall learn that there is one already, the page of a new one."""
        if self.account_already_exists:
            registration.count(request)
            return None, registration.answer_as_if_new(request, self)
        try:
            return registration.sign_up(request, self), None
        except registration.EmailTaken:
            if not values.get("require_email_verification"):
                raise
            return None, registration.answer_as_if_new(request, self)

    def create_user(self, request) -> User:
        """Write the account and its address. Called by registration, inside its transaction."""
        self.instance = super().save(request)
        return self.instance

    def custom_signup(self, request, user):
        user.name = self.cleaned_data["name"]
        user.awaits_welcome = True
        user.save(update_fields=["name", "awaits_welcome"])


class NameForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(plain_name)

    class Meta:
        model = User
        fields = ["name"]
        labels = {"name": "Name"}


class OwnerPasswordForm(Plain, forms.Form):
    """The first password of the first owner."""

    password = SetPasswordField(label="Password")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].user = user


class StaffForm(Plain, forms.Form):
    """Name and first password of somebody who comes in as staff."""

    name = forms.CharField(label="Name", max_length=120, validators=[plain_name])
    password = SetPasswordField(label="Password")

    def __init__(self, *args, email, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].user = User(email=email)

    def clean_name(self):
        """The password, which comes next, is judged beside it."""
        self.fields["password"].user.name = self.cleaned_data["name"]
        return self.cleaned_data["name"]


class LeaveForm(forms.Form):
    """One's own address, typed: nobody deletes an account by a slip."""

    typed = forms.CharField(label="Your e-mail", max_length=LONGEST_EMAIL)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.expected = user.email

    def clean_typed(self):
        if self.cleaned_data["typed"].lower() != self.expected:
            raise forms.ValidationError("This is not the address of your account.")
        return self.expected
