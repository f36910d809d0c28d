"""Do what a button of the Dashboard asks for, in one transaction, and say what came of it."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404

from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.models import Record


def act(request, verb, kind: str, id: str, said: str, *arguments, **options) -> Record:
    """`verb(cause, record, …)`; a refusal of the sandbox is shown in its own words."""
    record = get_object_or_404(Record, kind=kind, id=id)
    try:
        with transaction.atomic():
            record.refresh_from_db()
            verb(Cause(), record, *arguments, **options)
        messages.success(request, said)
    except StripeError as error:
        messages.error(request, str(error))
    return record
