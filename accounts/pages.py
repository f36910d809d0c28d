"""Full pages: a member's own account, the outbox, the staff's Users."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import activity as happened
from accounts import bulk_pages, queries, removal
from accounts import email_change as email_changes
from accounts import own_data as archives
from accounts import owner_link as owner_links
from accounts import roles as known_roles
from accounts import sessions as own_sessions
from accounts import staff_invitations as staff_invitation_links
from accounts.access import confirmed, members, requires, typed_before
from accounts.forms import LeaveForm, NameForm, OwnerPasswordForm, StaffForm
from accounts.list_forms import ImportForm
from accounts.models import BulkAct, CustomRole, OutboxMail, User
from accounts.permissions import Perm
from accounts.role_forms import CloneRoleForm, CustomRoleForm, StaffInvitationForm
from ui import lists


@require_safe
@members
def home(request):
    """Where a sign-in leads: staff to the back office, members to what is theirs."""
    return redirect("/admin/" if request.user.is_staff else "/me/")


@require_safe
@members
def me(request):
    """A person's own account."""
    return render(request, "accounts/me.html", {"form": NameForm(instance=request.user)})


@require_safe
@members
def sessions(request):
    """Where this person is signed in."""
    return render(request, "accounts/sessions.html", {"sessions": own_sessions.of(request.user)})


@require_safe
@members
def activity(request):
    """What happened to this person's account."""
    page = lists.page(happened.of(request.user), request, order=("-id",))
    happenings = [happened.said(event, request.user) for event in page.rows]
    return render(request, "accounts/activity.html", {"page": page, "happenings": happenings})


@require_safe
@members
def own_data(request):
    """Take everything along."""
    wanted = archives.newest(request.user)
    context = {"own_data": wanted, "job": archives.job_of(wanted) if wanted else None}
    return render(request, "accounts/own_data.html", context)


@require_safe
@members
@confirmed("to delete your account")
def leave(request):
    """What it would mean to go."""
    context = {"form": LeaveForm(user=request.user), "outlook": removal.outlook(request.user)}
    return render(request, "accounts/leave.html", context)


@require_safe
@login_not_required
@never_cache
def owner_link(request, token):
    """Choose the first owner's password. Opening the page does not use the link up."""
    link = owner_links.find(token)
    if link is None:
        return render(request, "accounts/owner_link_over.html", status=410)
    form = OwnerPasswordForm(user=link.user)
    return render(request, "accounts/owner_link.html", {"link": link, "form": form, "token": token})


@require_safe
@login_not_required
@never_cache
def email_change(request, token):
    """One end of a change of address. Opening the page decides nothing."""
    change, end = email_changes.find(token)
    if change is None:
        return render(request, "accounts/email_change_said.html", {"said": "over"}, status=410)
    return render(request, "accounts/email_change.html", {"change": change, "end": end, "token": token})


@require_safe
@login_not_required
@never_cache
def outbox(request):
    """Mails of the embedded mode, newest first. In production there is no such page."""
    _embedded_only()
    return render(
        request, "accounts/outbox.html", {"mails": queries.outbox(limit=50), "waiting": queries.waiting_mails()}
    )


@require_safe
@login_not_required
@never_cache
def outbox_mail(request, pk):
    """One mail, with its links to click."""
    _embedded_only()
    return render(request, "accounts/outbox_mail.html", {"mail": get_object_or_404(OutboxMail, pk=pk)})


def _embedded_only():
    if not settings.EMBEDDED:
        raise Http404


@require_safe
@requires(Perm.USERS_READ)
def users(request):
    """Everybody with an account."""
    return render(request, "accounts/users.html")


@require_safe
@requires(Perm.USERS_READ)
def user(request, pk):
    """One person, and what the viewer's role may know of them."""
    return render(request, "accounts/user.html", {"person": get_object_or_404(User, pk=pk)})


@require_safe
@requires(Perm.USERS_READ)
def roles(request):
    """/admin/roles/: who may do what."""
    offered = known_roles.offered(request.user)
    context = {"clone_form": CloneRoleForm(offered=offered), "invite_form": StaffInvitationForm(offered=offered)}
    return render(request, "accounts/roles.html", context)


@require_safe
@requires(Perm.ROLES_MANAGE)
def role(request, key):
    """One custom role, to edit if it does not reach beyond the viewer."""
    found = get_object_or_404(CustomRole, key=key)
    typed = typed_before(request, reverse("accounts:change_role", args=[key]), many=["perms"])
    form = CustomRoleForm(role=found, by=request.user, typed=typed)
    context = {"role": found, "form": form, "began_as": known_roles.began_as(found)}
    return render(request, "accounts/role.html", context | {"hindrance": known_roles.hindrance(found, request.user)})


@require_safe
@login_not_required
@never_cache
def staff_invitation(request, token):
    """Come in as staff. Opening the page does not use the link up."""
    made = staff_invitation_links.find(token)
    if made is None:
        return render(request, "accounts/staff_invitation_over.html", status=410)
    context = {"invitation": made, "form": StaffForm(email=made.email), "token": token}
    return render(request, "accounts/staff_invitation.html", context)


@require_safe
@requires(Perm.USERS_SUSPEND)
@confirmed("to change many accounts")
def new_bulk_act(request, verb):
    """What would be done to whom: the exact number, before anything is done."""
    if verb not in BulkAct.Verb:
        raise Http404
    typed = typed_before(request)
    query = request.GET
    if "choice" in typed:
        query = QueryDict(typed["choice"])
        if request.GET and dict(request.GET.lists()) != dict(query.lists()):  # an act that was left: this is another
            typed, query = {}, request.GET
    return render(request, "accounts/new_bulk_act.html", bulk_pages.confirm_context(request, verb, query, typed=typed))


@require_safe
@requires(Perm.USERS_SUSPEND)
def bulk_act(request, pk):
    """How far an act on many accounts is, and what it did."""
    return render(request, "accounts/bulk_act.html", {"act": get_object_or_404(BulkAct, pk=pk)})


@require_safe
@requires(Perm.USERS_IMPORT)
@requires(Perm.USERS_READ_CONTACT)
def new_import(request):
    """Where a CSV of accounts goes in."""
    return render(request, "accounts/new_import.html", {"form": ImportForm(initial=typed_before(request))})
