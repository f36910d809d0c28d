"""Changes that people make to their own account here; passwords are changed on allauth's pages."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import email_change, impersonation, own_data, owner_link, removal, sessions
from accounts.access import confirmed, members
from accounts.forms import LeaveForm, NameForm, OwnerPasswordForm
from accounts.models import User
from accounts.standing import NotAllowed
from audit.models import record
from files import links
from tunables import values
from ui.format import plain_day


@require_POST
@members
def change_name(request):
    """Take a new name."""
    form = NameForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return render(request, "accounts/me.html", {"form": form}, status=422)
    with transaction.atomic():  # the name alone: staff may be changing the rest of the row
        name = form.cleaned_data["name"]
        if User.objects.filter(pk=request.user.pk, is_active=True).update(name=name):
            record(request.user, "user.renamed", request.user)  # neither name: the log forgets nothing
            messages.success(request, "Your name is saved.")
    return redirect("accounts:me")


@require_POST
@members
def end_sessions(request):
    """Sign out everywhere else."""
    sessions.end_others(request)
    messages.success(request, "You are signed out everywhere else.")
    return redirect("accounts:sessions")


@require_POST
@members
def end_session(request, pk):
    """Sign one other browser out; this one has its own button."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if session.is_current():
        return redirect("account_logout")
    sessions.end(session, by=request.user)
    messages.success(request, "That device is signed out.")
    return redirect("accounts:sessions")


@require_POST
@members
def end_impersonation(request):
    """Staff stop seeing the site as a member."""
    return redirect(impersonation.end(request) if request.impersonation else "accounts:home")


@require_POST
@members
def allow_writing(request):
    """Staff may change this member's cuts and uploads from here on."""
    if request.impersonation:
        impersonation.allow_writing(request)
    return redirect("/me/")


@require_POST
@login_not_required
@sensitive_post_parameters("password")
def redeem_owner_link(request, token):
    """Set the owner's password, once."""
    link = owner_link.find(token)
    if link is None:
        return render(request, "accounts/owner_link_over.html", status=410)
    form = OwnerPasswordForm(request.POST, user=link.user)
    if not form.is_valid():
        return render(request, "accounts/owner_link.html", {"link": link, "form": form, "token": token}, status=422)
    if not owner_link.redeem(link, form.cleaned_data["password"]):
        return render(request, "accounts/owner_link_over.html", status=410)
    messages.success(request, "Your password is set. Sign in with it.")
    return redirect("account_login")


@require_POST
@login_not_required
def confirm_email_change(request, token):
    """One end agrees."""
    said = email_change.confirm(token)
    wrong = said in (email_change.Outcome.OVER, email_change.Outcome.TAKEN)
    return render(request, "accounts/email_change_said.html", {"said": said}, status=410 if wrong else 200)


@require_POST
@login_not_required
def stop_email_change(request, token):
    """One end refuses."""
    change, _ = email_change.find(token)
    if change is None:
        return render(request, "accounts/email_change_said.html", {"said": "over"}, status=410)
    email_change.stop(change)
    return render(request, "accounts/email_change_said.html", {"said": "stopped"})


@require_POST
@members
def forget_email_change(request):
    """Let the own change of address be."""
    if change := email_change.pending(request.user):
        email_change.stop(change)
    messages.success(request, "Your e-mail stays as it is.")
    return redirect("account_email")


@require_POST
@members
@confirmed("to ask for all your data")
def ask_own_data(request):
    """Have the archive of one's own data made."""
    own_data.ask(request.user)
    messages.success(request, "We are putting your data together. You get a mail when it is ready.")
    return redirect("accounts:own_data")


@require_POST
@members
@confirmed("to download all your data")
def fetch_own_data(request):
    """Lead to the archive, by a link that does not live long."""
    wanted = own_data.newest(request.user)
    if wanted is None or wanted.file is None:
        messages.error(request, "There is no archive any more. Have it put together again.")
        return redirect("accounts:own_data")
    record(request.user, "user.data_fetched", request.user)
    link = links.url(wanted.file, filename="poem-vision-data", download=True, seconds=links.AT_ONCE)
    return redirect(link)


@require_POST
@members
@confirmed("to delete your account", page="accounts:leave")
def delete_own_account(request):
    """Go. Staff are let go by staff."""
    form = LeaveForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            if request.user.is_staff:
                raise NotAllowed("Accounts of staff are deleted by another super admin.")
            removal.delete(request.user, by=request.user, reason="By the member")
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
    if not form.is_valid():
        context = {"form": form, "outlook": removal.outlook(request.user)}
        return render(request, "accounts/leave.html", context, status=422)
    request.user.refresh_from_db()  # somebody may have been faster, in another tab
    until, write_to = plain_day(request.user.purges_at), values.get("support_email")
    logout(request)
    messages.success(
        request, f"Your account is deleted. Until {until} we can bring it back: write to {write_to} if you want that."
    )
    return redirect("/")
