"""What staff do to the calls to action, and the word of a browser that showed one. POST only."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from ctas import editor, placements, texts
from ctas.models import Slot, SlotVersion
from ui import actions
from ui.fields import errors

FORM = "ctas/panels/slots.html"


@require_POST
@requires(Perm.CTAS_MANAGE)
def save_slots(request):
    """Save all: every slot that was changed, or none when one is refused or somebody was faster."""
    rows = editor.rows(request.POST)
    if not all(row.form.is_valid() for row in rows):
        return actions.invalid(request, FORM, _table(rows), title="Not saved")
    try:
        changed = texts.save([row.form.wanted for row in rows], by=request.user)
    except texts.Conflict as conflict:
        response = actions.invalid(request, FORM, _table(_again(request.POST, conflict.slots)), title="Not saved")
        response.status_code = 409
        return response
    if not changed:
        return actions.done(request, "ctas-changed", toast="Nothing was changed.", redirect=reverse("ctas:index"))
    names = ", ".join(str(slot) for slot in changed)
    toast = f"Saved: {names}. It shows on the next page load."
    return actions.done(request, "ctas-changed", toast=toast, redirect=reverse("ctas:index"))


@require_POST
@requires(Perm.CTAS_READ)
def preview_slots(request):
    """What the seven placements would show; nothing is saved."""
    rows = editor.rows(request.POST)
    for row in rows:
        row.form.is_valid()
    return render(request, "ctas/_previews.html", {"rows": rows, "mocks": editor.mocks(rows), "live": True})


@require_POST
@requires(Perm.CTAS_MANAGE)
def restore_slot(request, key, version):
    """Say again what an earlier version said."""
    try:
        slot, before = texts.restore(key, version, by=request.user)
    except (Slot.DoesNotExist, SlotVersion.DoesNotExist):
        raise Http404 from None
    undo = reverse("ctas:restore_slot", args=[key, before]) if slot.version != before else None
    toast = f"{slot} says again what it said in version {version}." if undo else f"{slot} says that already."
    return actions.done(request, "ctas-changed", toast=toast, undo_url=undo, redirect=reverse("ctas:index"))


@csrf_exempt
@require_POST
@login_not_required
def count_seen(request, placement):
    """A call to action came into view. It reads no cookie and no row, and nobody waits for it."""
    if placement not in placements.PLACEMENTS:
        raise Http404
    placements.seen(placement, request)
    return HttpResponse(status=204)


def _table(rows) -> dict:
    wrong = [error for row in rows for error in errors(row.form)]
    shown = {"rows": rows, "mocks": editor.mocks(rows), "errors": wrong}
    return shown | {"may": True, "refused": True, "panel_id": "panel-ctas-slots"}


def _again(data, slots) -> list[editor.Row]:
    """The form for another try: what was typed stays, with what somebody else wrote in words beside it."""
    data = data.copy()
    for slot in slots:
        data[f"{slot.key}-version"] = str(slot.version)
    rows = editor.rows(data)
    for row in rows:
        if row.form.is_valid() and row.slot in slots:
            now = f"“{row.slot.text}” ({'on' if row.slot.enabled else 'off'})"
            sentence = f"Somebody changed this meanwhile: it is now {now}. Save again to have yours."
            row.form.add_error("text", sentence)
    return rows
