"""Roles, and who comes in as staff."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import roles, staff_invitations
from accounts.access import confirmed, requires
from accounts.forms import StaffForm
from accounts.models import CustomRole, StaffInvitation, User
from accounts.permissions import Perm
from accounts.role_forms import CloneRoleForm, CustomRoleForm, RoleForm, StaffInvitationForm
from accounts.superadmins import LastSuperAdmin
from ui import actions

ROLES_PAGE, CHANGED = "/admin/roles/", "accounts-changed"


@require_POST
@requires(Perm.ROLES_MANAGE)
@confirmed("to change a role")
def give_role(request, pk):
    """Give a person another role."""
    person = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST, offered=roles.offered(request.user), person=person)
    if form.is_valid():
        try:
            person = roles.give(person, form.cleaned_data["role"], by=request.user)
        except (roles.Refused, LastSuperAdmin) as refusal:
            form.add_error(None, str(refusal))
        else:
            toast = f"{person} is {person.role_title} now."
            return actions.done(request, CHANGED, toast=toast, redirect=reverse("accounts:user", args=[pk]))
    return actions.invalid(request, "accounts/_role_form.html", {"person": person, "form": form}, title="Role")


@require_POST
@requires(Perm.ROLES_MANAGE)
@confirmed("to make a role", page="accounts:roles")
def clone_role(request):
    """A new role as a copy of another; it opens, to be edited."""
    form = CloneRoleForm(request.POST, offered=roles.offered(request.user))
    if form.is_valid():
        try:
            made = roles.clone(form.cleaned_data["source"], form.cleaned_data["title"], by=request.user)
        except roles.Taken as refusal:
            form.add_error("title", str(refusal))
        except roles.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            there = reverse("accounts:role", args=[made.key])
            return actions.onward(request, there, toast=f"“{made}” is made. Choose what it holds.")
    return actions.invalid(request, "accounts/_clone_form.html", {"clone_form": form}, title="New role")


@require_POST
@requires(Perm.ROLES_MANAGE)
@confirmed("to change a role", page="accounts:role")
def change_role(request, key):
    """Save what a custom role is called and holds."""
    role = get_object_or_404(CustomRole, key=key)
    form = CustomRoleForm(request.POST, role=role, by=request.user)
    if form.is_valid():
        try:
            role = roles.change(role, **form.cleaned_data, by=request.user)
        except roles.Taken as refusal:
            form.add_error("title", str(refusal))
        except roles.Stale as refusal:
            form.overtaken(refusal)
        except roles.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{role}” is saved. It holds from the next request on.")
            return redirect(ROLES_PAGE)
    context = {"role": role, "form": form, "began_as": roles.began_as(role)}
    context["hindrance"] = roles.hindrance(role, request.user)
    return render(request, "accounts/role.html", context, status=422)


@require_POST
@requires(Perm.ROLES_MANAGE)
@confirmed("to retire a role")
def retire_role(request, key):
    """Offer a custom role no more; Undo brings it back."""
    role = get_object_or_404(CustomRole, key=key)
    try:
        named = roles.retire(role, by=request.user)
    except roles.Refused as refusal:
        return actions.done(request, toast=str(refusal), redirect=ROLES_PAGE)
    undo = named and f"{reverse('accounts:restore_role', args=[key])}?of={named}"
    return actions.done(request, CHANGED, toast=f"“{role}” is retired.", undo_url=undo, redirect=ROLES_PAGE)


@require_POST
@requires(Perm.ROLES_MANAGE)
@confirmed("to offer a role again")
def restore_role(request, key):
    """Offer a retired role again."""
    role = get_object_or_404(CustomRole, key=key)
    try:
        roles.bring_back(role, by=request.user, of=request.GET.get("of", ""))
    except roles.Refused as refusal:
        return actions.done(request, toast=str(refusal), redirect=ROLES_PAGE)
    return actions.done(request, CHANGED, toast=f"“{role}” is offered again.", redirect=ROLES_PAGE)


@require_POST
@requires(Perm.STAFF_INVITE)
@requires(Perm.USERS_READ_CONTACT)  # it tells who has an account
@confirmed("to invite somebody to the staff", page="accounts:roles")
def invite_staff(request):
    """Send an invitation by mail."""
    form = StaffInvitationForm(request.POST, offered=roles.offered(request.user))
    if form.is_valid():
        try:
            made = staff_invitations.invite(form.cleaned_data["email"], form.cleaned_data["role"], by=request.user)
        except roles.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            toast = f"An invitation is on its way to {made.email}."
            return actions.done(request, CHANGED, toast=toast, redirect=ROLES_PAGE)
    return actions.invalid(request, "accounts/_invite_form.html", {"invite_form": form}, title="Invite staff")


@require_POST
@requires(Perm.STAFF_INVITE)
@confirmed("to take an invitation back")
def revoke_staff_invitation(request, pk):
    """Take an invitation back."""
    made = get_object_or_404(StaffInvitation, pk=pk)
    done = staff_invitations.revoke(made, by=request.user)
    toast = "The link does not work any more." if done else "It was used, taken back or too old already."
    return actions.done(request, CHANGED, toast=toast, redirect=ROLES_PAGE)


@require_POST
@login_not_required
@sensitive_post_parameters("password")
def accept_staff_invitation(request, token):
    """Become staff, once."""
    made = staff_invitations.find(token)
    if made is None:
        return render(request, "accounts/staff_invitation_over.html", status=410)
    form = StaffForm(request.POST, email=made.email)
    if form.is_valid():
        try:
            user = staff_invitations.accept(made, **form.cleaned_data)
        except roles.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if user is None:
                return render(request, "accounts/staff_invitation_over.html", status=410)
            messages.success(request, "Welcome. Sign in with your password.")
            return redirect("account_login")
    context = {"invitation": made, "form": form, "token": token}
    return render(request, "accounts/staff_invitation.html", context, status=422)
