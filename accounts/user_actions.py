"""What staff do to one account, from its page."""

from allauth.usersessions.models import UserSession
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from accounts import help as helping
from accounts import impersonation, plans, removal, sessions, standing
from accounts.access import confirmed, requires
from accounts.acts import ACTS
from accounts.models import User
from accounts.permissions import Perm
from accounts.standing import NotAllowed
from accounts.superadmins import LastSuperAdmin
from ui import actions

CHANGED = "accounts-changed billing-changed"
SAME = "Nothing changed: the account was like that already."
SENT = "One went out a moment ago: wait a minute before the next."


def _act(request, pk, name, verb, toast, *, idle=SAME, undo="", undoes=lambda person: True):
    """Form → `verb(person, values)` → done; what does not fit comes back beside the form.

    A verb that says False did nothing: `idle` is told. The act `undo` is offered where it would lead back to what was:
    `undoes(person)` is asked before. Its address names by `?of` what the verb says it did, and nothing else is undone.
    """
    person, act = get_object_or_404(User, pk=pk), ACTS[name]
    page = f"/admin/users/{pk}/"
    leads_back, done = bool(undo) and undoes(person), None
    form = act.form(request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        try:
            done = verb(person, form.cleaned_data)
        except (NotAllowed, LastSuperAdmin) as refusal:
            if _of(request):  # an Undo has no form to come back to
                return actions.done(request, CHANGED, toast=str(refusal), redirect=page)
            form.add_error(None, str(refusal))
    if form.errors:
        return actions.invalid(request, "accounts/_act_form.html", act.context(person, form), title=act.label)
    if done is False:
        return actions.done(request, CHANGED, toast=idle, redirect=page)
    undo_url = f"{ACTS[undo].url(person)}?of={done}" if leads_back else None
    return actions.done(request, CHANGED, toast=toast, undo_url=undo_url, redirect=page)


def _of(request) -> str:
    """Which act an Undo takes back; empty for the ordinary button."""
    return request.GET.get("of", "")


@require_POST
@requires(Perm.USERS_SUSPEND)
def suspend_user(request, pk):
    """Close an account, with a reason and perhaps until a day."""
    return _act(
        request,
        pk,
        "suspend_user",
        lambda person, typed: standing.suspend(person, by=request.user, **typed) and person.session_epoch,
        "The account is suspended and its sessions are over.",
        undo="restore_user",
        undoes=lambda person: person.is_active,
    )


@require_POST
@requires(Perm.USERS_SUSPEND)
def restore_user(request, pk):
    """Open a suspended account."""
    return _act(
        request,
        pk,
        "restore_user",
        lambda person, typed: standing.restore(person, by=request.user, of=_of(request), **typed),
        "The account is open again.",
    )


@require_POST
@requires(Perm.USERS_DELETE)
@confirmed("to delete an account")
def delete_user(request, pk):
    """Close an account, to be purged later."""
    return _act(
        request,
        pk,
        "delete_user",
        lambda person, typed: removal.delete(person, by=request.user, **typed) and person.session_epoch,
        "The account is deleted.",
        undo="undelete_user",
    )


@require_POST
@requires(Perm.USERS_DELETE)
def undelete_user(request, pk):
    """Bring a deleted account back."""
    return _act(
        request,
        pk,
        "undelete_user",
        lambda person, typed: removal.restore(person, by=request.user, of=_of(request), **typed),
        "The account is back.",
    )


@require_POST
@requires(Perm.USERS_PLAN)
@confirmed("to change a plan")
def override_plan(request, pk):
    """Up- or downgrade a member by hand."""

    def override(person, typed):
        made = plans.override(person, by=request.user, **typed)
        return made.pk if made else False

    return _act(
        request,
        pk,
        "override_plan",
        override,
        "The plan is changed.",
        undo="end_override",
        undoes=lambda person: plans.override_of(person) is None,
    )


@require_POST
@requires(Perm.USERS_PLAN)
@confirmed("to change a plan")
def end_override(request, pk):
    """Back to the plan that is paid for."""
    return _act(
        request,
        pk,
        "end_override",
        lambda person, typed: plans.end_override(person, by=request.user, of=_of(request)),
        "The plan is again what the member pays for.",
    )


@require_POST
@requires(Perm.USERS_HELP)
def send_reset(request, pk):
    """Mail somebody the link to choose a new password."""
    return _act(
        request,
        pk,
        "send_reset",
        lambda person, typed: helping.send_reset(request, person),
        "The mail is out.",
        idle=SENT,
    )


@require_POST
@requires(Perm.USERS_HELP)
def resend_confirmation(request, pk):
    """Mail somebody the link that confirms their address."""
    return _act(
        request,
        pk,
        "resend_confirmation",
        lambda person, typed: helping.resend_confirmation(request, person),
        "The mail is out.",
        idle=SENT,
    )


@require_POST
@requires(Perm.USERS_HELP)
def end_user_sessions(request, pk):
    """Sign somebody out everywhere."""
    return _act(
        request,
        pk,
        "end_user_sessions",
        lambda person, typed: helping.end_sessions(person, by=request.user),
        "All their sessions are over.",
    )


@require_POST
@requires(Perm.USERS_HELP)
def end_user_session(request, pk):
    """Sign one browser of somebody out."""
    session = get_object_or_404(UserSession.objects.select_related("user"), pk=pk)
    try:
        standing.check(session.user, by=request.user)
    except NotAllowed as refusal:
        return actions.done(request, toast=str(refusal), redirect=f"/admin/users/{session.user_id}/")
    sessions.end(session, by=request.user)
    return actions.done(
        request, CHANGED, toast="That device is signed out.", redirect=f"/admin/users/{session.user_id}/"
    )


@require_POST
@requires(Perm.USERS_IMPERSONATE)
@confirmed("to see the site as a member")
def impersonate_user(request, pk):
    """Begin to see the site as a member does."""
    person, act = get_object_or_404(User, pk=pk), ACTS["impersonate_user"]
    form = act.form(request.POST, auto_id="impersonate_user-%s")
    if form.is_valid():
        try:
            impersonation.begin(request, person, **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return actions.invalid(request, "accounts/_act_form.html", act.context(person, form), title=act.label)
    return actions.onward(request, "/me/")
