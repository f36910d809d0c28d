"""What is chosen and typed about roles, and whom to invite to the staff."""

from django import forms

from accounts.forms import LONGEST_EMAIL
from accounts.models import Role
from accounts.permissions import Perm
from accounts.roles import Stale
from ui.forms import Form, plain_address, plain_name


class RoleForm(Form):
    """Which role a person has; the empty one makes a member of them. Who is to do everything is named once more."""

    role = forms.ChoiceField(label="Role", required=False)
    typed = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args, offered, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.person, self.name = person, person.name or f"Account {person.pk}"
        self.fields["role"].choices = [("", "Member – no back office"), *((role.key, role.title) for role in offered)]
        self.fields["typed"].label = f"Type “{self.name}” to confirm"

    @property
    def asks(self) -> bool:
        """Whether the name is to be typed: this makes a super admin of somebody who is none."""
        return self.is_bound and self.data.get("role") == Role.SUPER_ADMIN != self.person.role

    def clean(self):
        if self.asks and self.cleaned_data.get("typed", "").strip() != self.name:
            self.add_error("typed", "A super admin may do everything, and change what you may do. Type the name.")
        return super().clean()


class TitleField(forms.CharField):
    """What a role is called, with one space between its words."""

    def __init__(self):
        super().__init__(label="Name", max_length=60, validators=[plain_name])

    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class CloneRoleForm(Form):
    """A new role, as a copy of another to begin with."""

    title = TitleField()
    source = forms.ChoiceField(label="Begin with", help_text="You can change what it holds on the next page.")

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", "Choose a role"), *((role.key, role.title) for role in offered)]


class CustomRoleForm(Form):
    """What a custom role is called and holds. What the editor lacks stands there, but cannot be ticked."""

    title = TitleField()
    perms = forms.MultipleChoiceField(choices=[(perm, perm.act) for perm in Perm], required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, role, by, typed=None, **kwargs):
        initial = typed or {"title": role.title, "perms": role.perms, "version": role.version}
        super().__init__(*args, initial=initial, **kwargs)
        self.by = by

    @property
    def areas(self) -> list[tuple[str, list[tuple[Perm, bool, bool]]]]:
        """(area, [(permission, ticked, the editor may change it)])."""
        ticked, found = {*(self["perms"].value() or ())}, {}
        for perm in Perm:
            found.setdefault(perm.area, []).append((perm, perm in ticked, perm in self.by.perms))
        return list(found.items())

    def overtaken(self, stale: Stale) -> None:
        """Say what somebody else saved that this, sent again, replaces."""
        now, wanted = stale.now, self.cleaned_data["perms"]
        differs = [f"it is called “{now.title}”"] if now.title != self.cleaned_data["title"] else []
        for words, perms in (("it now holds", now.held - wanted), ("it no longer holds", wanted - now.held)):
            if perms:
                differs.append(f"{words} {', '.join(f'{perm.area}: {perm.act}' for perm in sorted(perms))}")
        told = f" Now {'; '.join(differs)}." if differs else ""
        self.add_error(None, f"{stale}{told} Save again to replace that with what stands below.")
        self.data = self.data.copy()
        self.data["version"] = now.version

    def clean_perms(self):
        """As permissions."""
        return {Perm(value) for value in self.cleaned_data["perms"]}


class StaffInvitationForm(Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label="E-mail", max_length=LONGEST_EMAIL, validators=[plain_address])
    role = forms.ChoiceField(label="Role", help_text="Only roles that hold nothing beyond your own.")

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "Choose a role"), *((role.key, role.title) for role in offered)]
