"""A file that somebody asks for and the storage does not have: they are told so, and staff are, once."""

import logging

from django.http import HttpResponse
from django.utils import timezone

from alerts.models import raise_alert
from files import sweeps
from files.models import StoredFile
from ui import errors

SENTENCE = "This file is not there at the moment. We have been told, and look for it."
log = logging.getLogger("files")


def answer(request, stored: StoredFile) -> HttpResponse:
    """404 with a sentence."""
    note(stored)
    return errors.answer(request, 404, sentence=SENTENCE)


def note(stored: StoredFile) -> None:
    """Raise the alert of the sweeps, which settle it when the file is back; a row that was discarded is no trouble."""
    known = StoredFile.objects.filter(pk=stored.pk, missing_since=None)
    if known.update(missing_since=timezone.now()):
        log.error("The storage does not have %s", stored.name)
        told = f"The storage does not have {stored.name}, which somebody asked for."
        raise_alert(sweeps.ALERT, "Files and rows disagree", told, severity="bad", url="/admin/files/")
