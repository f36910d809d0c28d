"""Changes that people make to their own account here; passwords and addresses are changed on allauth's pages."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import bulk, bulk_pages, owner_link, queries
from accounts.access import confirmed, members, requires
from accounts.forms import NameForm, OwnerPasswordForm
from accounts.list_forms import BulkForm, ViewForm
from accounts.models import BulkAct, SavedView, User
from accounts.permissions import Perm
from audit.models import record
from ui import actions


@require_POST
@members
def change_name(request):
    """Take a new name."""
    before = request.user.name
    form = NameForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return render(request, "accounts/me.html", {"form": form, "confirmed": True}, status=422)
    with transaction.atomic():
        form.save()
        record(request.user, "user.renamed", request.user, before={"name": before}, after=form.cleaned_data)
    messages.success(request, "Your name is saved.")
    return redirect("accounts:me")


@require_POST
@members
def end_sessions(request):
    """Sign out everywhere else."""
    with transaction.atomic():
        request.user.end_sessions()
        record(request.user, "user.sessions_ended", request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, "You are signed out everywhere else.")
    return redirect("accounts:me")


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
@requires(Perm.USERS_READ)
def save_view(request):
    """Keep the filter, order and columns of the list under a name; the same name again replaces it."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "query": request.POST.get("query", "")}
        return actions.invalid(request, "accounts/_view_form.html", context, title="Save this view")
    name, query = form.cleaned_data["name"], form.cleaned_data["query"]
    SavedView.objects.update_or_create(owner=request.user, name=name, defaults={"query": query})
    return actions.done(request, "accounts-changed", toast=f"Saved as “{name}”.", redirect="/admin/users/")


@require_POST
@requires(Perm.USERS_READ)
def delete_view(request, pk):
    """Forget one of one's own views."""
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    view.delete()
    return actions.done(request, "accounts-changed", toast=f"“{view}” is forgotten.", redirect="/admin/users/")


@require_POST
@requires(Perm.USERS_SUSPEND)
@confirmed("to change many accounts")
def start_bulk_act(request, verb):
    """Queue it, if as many accounts match now as were confirmed."""
    if verb not in BulkAct.Verb:
        raise Http404
    form, query = BulkForm(verb, request.POST), QueryDict(request.POST.get("choice", "")[:5000])
    context = bulk_pages.confirm_context(request, verb, query, form)
    facts = form.cleaned_data if form.is_valid() else {}
    if facts and facts["expected"] != context["count"] and not context["problem"]:
        problem = f"{facts['expected']:,} were shown, and {context['count']:,} match now. Look again."
        fresh = bulk_pages.confirm_context(request, verb, query, problem=problem)
        return render(request, "accounts/new_bulk_act.html", fresh, status=409)
    if not facts or context["problem"]:
        return render(request, "accounts/new_bulk_act.html", context, status=422)
    act = BulkAct.start(
        verb=verb,
        by=request.user,
        form_key=facts["form_key"],
        ids=context["ids"],
        words=", ".join(context["words"])[:400],
        reason=facts.get("reason", ""),
        until=facts.get("until"),
    )
    return redirect("accounts:bulk_act", act.pk)


@require_POST
@requires(Perm.USERS_SUSPEND)
def undo_bulk_act(request, pk):
    """Take an act back, once."""
    act = queries.bulk_act(pk=pk)
    if not act.can_be_undone and not hasattr(act, "undone_by"):
        return actions.done(request, toast="There is nothing to undo.", redirect=f"/admin/users/acts/{pk}/")
    back = getattr(act, "undone_by", None) or bulk.undo(act, request.user)
    return actions.done(
        request, "accounts-changed", toast="It is being undone.", redirect=f"/admin/users/acts/{back.pk}/"
    )
