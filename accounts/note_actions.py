"""Notes of staff about a person: written, edited, pinned."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from accounts.access import deny, requires
from accounts.act_forms import EditNoteForm, NoteForm
from accounts.masking import sees_addresses
from accounts.models import Note, User
from accounts.models.note import Conflict
from accounts.permissions import Perm
from ui import actions

CHANGED = "accounts-changed"


@require_POST
@requires(Perm.USERS_NOTE)
def write_note(request, pk):
    """Write something down about a person."""
    person, form = get_object_or_404(User, pk=pk), NoteForm(request.POST)
    if not form.is_valid():
        return actions.invalid(request, "accounts/_note_form.html", {"person": person, "form": form})
    Note.objects.write(person, form.cleaned_data["text"], by=request.user, form_key=form.cleaned_data["form_key"])
    return actions.done(request, CHANGED, toast="The note is kept.", redirect=f"/admin/users/{pk}/")


@require_POST
@requires(Perm.USERS_NOTE)
def edit_note(request, pk):
    """Change the words of a note; the old ones are kept."""
    note = get_object_or_404(Note, pk=pk)
    if note.author_id != request.user.pk and not sees_addresses(request.user):  # who must not see all of its words
        who = "Only its author, or somebody who may see e-mail addresses, can change this note."
        deny(request, Perm.USERS_READ_CONTACT, who)
    form = EditNoteForm(request.POST, auto_id=f"note-{pk}-%s")
    if form.is_valid():
        try:
            note.edit(form.cleaned_data["text"], by=request.user, version=form.cleaned_data["version"])
        except Conflict as conflict:
            form.add_error(None, str(conflict))
    if form.errors:
        return actions.invalid(request, "accounts/_edit_note_form.html", {"note": note, "form": form})
    return actions.done(request, CHANGED, toast="The note is changed.", redirect=f"/admin/users/{note.user_id}/")


@require_POST
@requires(Perm.USERS_NOTE)
def pin_note(request, pk):
    """Keep a note above the others, or no longer: `pinned` says which."""
    note = get_object_or_404(Note, pk=pk)
    note.pin(request.POST.get("pinned") == "yes", by=request.user)
    return actions.done(request, CHANGED, redirect=f"/admin/users/{note.user_id}/")
