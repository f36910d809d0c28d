"""What the page of one person reads, beside what accounts/queries.py has for lists."""

from django.db.models import Prefetch, QuerySet

from accounts import plans
from accounts.act_forms import EditNoteForm
from accounts.models import Note, PastNote, User
from audit.models import AuditEvent, label


def impersonations(person: User) -> QuerySet[AuditEvent]:
    """When staff saw the site as this person, and whether they could change anything; the newest first."""
    verbs = ("impersonation.began", "impersonation.writes_allowed", "impersonation.ended")
    return AuditEvent.objects.filter(target=label(person), verb__in=verbs).order_by("-id")


def user_profile(person: User) -> dict:
    """What stands beside the account itself: the plan, and staff's decision about it."""
    return {"plan": plans.plan_of(person), "override": plans.override_of(person)}


def user_notes(person: User) -> list[Note]:
    """What staff wrote down, pinned ones first, then the newest; each with its past and the form to edit it."""
    past = PastNote.objects.select_related("by", "replaced_by").order_by("-id")
    notes = person.notes.select_related("author").prefetch_related(Prefetch("past", past)).order_by("-pinned", "-id")
    for note in (found := list(notes[:100])):
        note.form = EditNoteForm(initial={"text": note.text, "version": note.version}, auto_id=f"note-{note.pk}-%s")
    return found
