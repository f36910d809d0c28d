"""Kept views of the list of users, and acts on many of them."""

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import bulk, bulk_pages, queries
from accounts.access import confirmed, requires
from accounts.list_forms import BulkForm, ViewForm
from accounts.models import BulkAct, SavedView
from accounts.permissions import Perm
from ui import actions


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
@confirmed("to change many accounts", page="accounts:new_bulk_act")
def start_bulk_act(request, verb):
    """Queue it, if exactly the accounts match now that were confirmed."""
    if verb not in BulkAct.Verb:
        raise Http404
    form, query = BulkForm(verb, request.POST), QueryDict(request.POST.get("choice", "")[:5000])
    context = bulk_pages.confirm_context(request, verb, query, form)
    facts = form.cleaned_data if form.is_valid() else {}
    if facts and facts["seal"] != bulk.seal(context["ids"]) and not context["problem"]:
        problem = f"{facts['expected']:,} were shown, and {context['count']:,} match now. Look again."
        if facts["expected"] == context["count"]:
            problem = "As many match now as were shown, but others. Look again."
        fresh = bulk_pages.confirm_context(request, verb, query, problem=problem, typed=form.data.dict())
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
@confirmed("to change many accounts", page="accounts:bulk_act")
def undo_bulk_act(request, pk):
    """Take an act back, once."""
    back = bulk.undo(queries.bulk_act(pk=pk), request.user)
    if back is None:
        return actions.done(request, toast="There is nothing to undo.", redirect=f"/admin/users/acts/{pk}/")
    return actions.done(
        request, "accounts-changed", toast="It is being undone.", redirect=f"/admin/users/acts/{back.pk}/"
    )
