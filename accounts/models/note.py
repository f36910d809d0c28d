"""What staff write down about a person. An edit keeps what stood there before."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from audit.models import record


class Conflict(Exception):
    """Somebody else changed the note since it was shown; the message says so."""

    def __init__(self):
        super().__init__("This note was changed meanwhile. Close this and look at it again.")


class NoteManager(models.Manager):
    def write(self, user, text, *, by, form_key) -> "Note":
        """A new note; the same form again returns the first."""
        with transaction.atomic():
            note, created = self.get_or_create(form_key=form_key, defaults={"user": user, "author": by, "text": text})
            if created:
                record(by, "note.written", user, after={"note": note.pk})
        return note


class Note(models.Model):
    """One note. Its words stay out of the audit log, which is kept for ever: a purge removes them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(max_length=5000)
    pinned = models.BooleanField(default=False)
    form_key = models.UUIDField(unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = NoteManager()

    class Meta:
        indexes = [models.Index(fields=["user", "-pinned", "-id"], name="accounts_notes_of_user")]

    def __str__(self):
        return f"Note {self.pk}"

    def edit(self, text, *, by, version) -> bool:
        """Other words; those that stood there are kept. False when they are the same. Raises Conflict."""
        with transaction.atomic():
            before = Note.objects.select_for_update(no_key=True).get(pk=self.pk)
            if before.text == text:
                return False
            if before.version != version:
                raise Conflict
            last = before.past.order_by("-id").first()
            past = {"text": before.text, "by": last.replaced_by if last else before.author}
            before.past.create(**past, at=last.replaced_at if last else before.created_at, replaced_by=by)
            Note.objects.filter(pk=self.pk).update(text=text, version=version + 1)
            record(by, "note.edited", before.user, after={"note": self.pk, "version": version + 1})
        self.refresh_from_db()
        return True

    def pin(self, pinned: bool, *, by) -> bool:
        """Keep it above the others, or no longer."""
        with transaction.atomic():
            if not Note.objects.filter(pk=self.pk).exclude(pinned=pinned).update(pinned=pinned):
                return False
            record(by, "note.pinned" if pinned else "note.unpinned", self.user, after={"note": self.pk})
        self.refresh_from_db()
        return True


class PastNote(models.Model):
    """What a note said before an edit: whose words, from when, and who replaced them when."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="past")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.note_id}, {self.at}"
