"""Which rows and files are a person's own: found by the tables' own references, so that no new table is forgotten."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from accounts.models import User
from audit.models import AuditEvent, label
from files.models import StoredFile

# A reference of this name says whose the row is; one of any other name, who of staff had to do with it
WHOSE = {"user", "member", "owner"}
LEFT_OUT = {
    "accounts.OwnerLink": "the owner's first link, a secret",
    "accounts.OwnData": "the archives themselves",
    "accounts.Note": "what staff wrote to each other",
    "catalog.PublicItem": "who of staff put a picture up",
    "ledger.Account": "the books behind the transactions, which are here",
    "ledger.Checkpoint": "the books behind the transactions, which are here",
    "ledger.Entry": "the books behind the transactions, which are here",
    "billing.Difference": "how our books were checked",
    "account.EmailConfirmation": "keys, secret",
    "mfa.Authenticator": "keys, secret; that there are any stands in the activity",
}
SECRET = re.compile(r"password|secret|token|digest|session|hash|nonce|visitor|form_key|epoch|checkout_url")


def tables(user: User) -> Iterator[tuple[str, QuerySet]]:
    """Every table with rows about the person, and with rows about those; by name."""
    models = [model for model in apps.get_models() if model is not User and model._meta.label not in LEFT_OUT]
    first = {model: _about(model, user) for model in models if _references(model, {User}, WHOSE)}
    yield "accounts.User", User.objects.filter(pk=user.pk)
    for model in models:
        if model in first:
            yield model._meta.label, first[model]
        elif names := _references(model, set(first)):
            owners = {name: model._meta.get_field(name).related_model for name in names}
            wanted = [Q(**{f"{name}__in": first[owner]}) for name, owner in owners.items()]
            yield model._meta.label, model._base_manager.filter(_any(wanted)).distinct()


def row(instance: Model) -> dict:
    """What one row says, without secrets and without who of staff had to do with it."""
    said = {}
    for field in instance._meta.concrete_fields:
        theirs = field.related_model is User and field.name not in WHOSE
        if not theirs and not field.generated and not SECRET.search(field.name):
            is_word = getattr(field.related_model, "IS_WORD", False)
            said[field.name] = str(getattr(instance, field.name)) if is_word else field.value_from_object(instance)
    return said


def files(instance: Model) -> Iterator[StoredFile]:
    """The files that a row refers to."""
    for field in instance._meta.concrete_fields:
        if field.related_model is StoredFile and getattr(instance, field.attname):
            yield getattr(instance, field.name)


def happened(user: User) -> Iterator[dict]:
    """The record of the account, as far as it is about what this person did or what was done to the account."""
    events = AuditEvent.objects.filter(Q(target=label(user)) | Q(actor=user)).order_by("id")
    for event in events.iterator(chunk_size=500):
        own = event.actor_id == user.pk
        yield {"at": event.at, "what": event.verb, "by": "you" if own else "us", "network": event.client if own else ""}


def _about(model, user: User) -> QuerySet:
    wanted = [Q(**{name: user}) for name in _references(model, {User}, WHOSE)]
    return model._base_manager.filter(_any(wanted))


def _references(model, to: set, names: set | None = None) -> list[str]:
    return [
        field.name
        for field in model._meta.concrete_fields
        if field.related_model in to and (names is None or field.name in names)
    ]


def _any(conditions: list[Q]) -> Q:
    found = conditions[0]
    for condition in conditions[1:]:
        found |= condition
    return found
