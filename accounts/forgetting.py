"""Everything that says who somebody was, wherever it stands. Rows of money and of the log stay; they know a number.

It looks up, as accounts/removal.py does: what a person leaves behind stands in the rooms above.
"""

import re
from functools import reduce
from operator import or_
from urllib.parse import unquote_plus

from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from accounts import own_data, superadmins
from accounts.models import (
    BulkAct,
    EmailChange,
    FormerAddress,
    OutboxMail,
    OwnData,
    PlanOverride,
    QueuedMail,
    SavedView,
    StaffInvitation,
    User,
)
from alerts.models import Alert
from billing import forgetting as billing
from catalog import assets
from exports.models import Export
from invites import codes
from jobs.models import NAMING, Job
from referrals import attribution
from sitestats import erasing
from studio import upkeep

GONE = "(removed)"


def forget(user: User, pseudonym: str) -> None:
    """All but the row of the account itself, and but the words, which `forget_words` has forgotten before."""
    addresses = _addresses(user)
    Session.objects.filter(session_key__in=user.usersession_set.values("session_key")).delete()
    for personal in (user.authenticator_set, user.usersession_set, user.notes, user.emailaddress_set):
        personal.all().delete()
    SavedView.objects.filter(owner=user).delete()
    PlanOverride.objects.filter(user=user).update(reason="")
    own_data.forget(OwnData.objects.filter(user=user))
    EmailChange.objects.filter(Q(user=user) | Q(email__in=addresses)).delete()
    StaffInvitation.objects.filter(Q(accepted_by=user) | Q(email__in=addresses)).update(email=pseudonym)
    _forget_mentions(addresses, pseudonym)
    attribution.forget_marks(user)
    erasing.forget_views(user, cuts=user.cuts.values_list("pk", flat=True))
    erasing.forget_way(user)
    upkeep.purge_cuts_of(user)
    assets.retire_all(user)
    codes.forget(addresses, pseudonym)
    billing.forget(user, addresses)
    FormerAddress.objects.filter(user=user).delete()


def forget_words(user: User) -> None:
    """Texts that staff typed in: searches for the person, and why something was done to them among others.

    All of them are read before the account's row is taken, for which nobody waits meanwhile; and acts on many accounts,
    which lock themselves before those, never wait for each other with it.
    """
    mention = _mention_of(_addresses(user), user.name)
    for pk, name, query in SavedView.objects.values_list("pk", "name", "query").iterator():
        if mention.search(unquote_plus(f"{name} {query}")):
            SavedView.objects.filter(pk=pk).delete()
    for export in Export.objects.exclude(query="").only("query").iterator():
        if mention.search(unquote_plus(export.query)):
            export.forget_filter()
    texts = ("words", "reason")
    told = [
        pk
        for pk, changed, *said in BulkAct.objects.values_list("pk", "changed", *texts).iterator()
        if any(map(mention.search, (*said, *(one["reason"] for one in changed))))
    ]
    acts = BulkAct.objects.select_for_update(no_key=True).order_by("pk")
    for act in acts.filter(Q(pk__in=told) | Q(ids__contains=[user.pk])):
        for name in texts:
            if mention.search(getattr(act, name)) or (name == "reason" and act.reason and act.ids == [user.pk]):
                setattr(act, name, GONE)
        for one in act.changed:
            if one["id"] == user.pk or mention.search(one["reason"]):
                one["reason"] = "" if one["id"] == user.pk else GONE
        act.save(update_fields=[*texts, "changed"])
    _forget_reasons(user, mention)


def _forget_reasons(user: User, mention: re.Pattern) -> None:
    """Why something was done to others. After the acts on many: an account keeps the reason of the act that did it.

    Of all whom it concerns the rows are taken at once and in order, with the one that the purge takes anyway.
    """
    suspended, overridden = User.objects.exclude(pk=user.pk), PlanOverride.objects.exclude(user=user)
    kept = [(suspended, "suspension_reason"), (overridden, "reason")]
    found = [(rows, field, _telling(rows, field, mention)) for rows, field in kept]
    superadmins.lock(user.pk, *(pk for pk, _ in found[0][-1]))
    for rows, field, telling in found:
        for pk, reason in telling:
            rows.filter(pk=pk, **{field: reason}).update(**{field: GONE})


def _telling(rows: QuerySet, field: str, mention: re.Pattern) -> list[tuple[int, str]]:
    texts = rows.exclude(**{field: ""}).values_list("pk", field).iterator()
    return [(pk, text) for pk, text in texts if mention.search(text)]


def _addresses(user: User) -> list[str]:
    return [user.email, *FormerAddress.objects.filter(user=user).values_list("email", flat=True)]


def _forget_mentions(addresses: list[str], pseudonym: str) -> None:
    """Texts that the system writes: mails go, alerts and what jobs said of their failure name the pseudonym."""
    for address in addresses:
        for mails in (QueuedMail, OutboxMail):
            told = Q(to__iexact=address) | Q(subject__icontains=address) | Q(body__icontains=address)
            mails.objects.filter(told).delete()
    found = re.compile("|".join(map(re.escape, sorted(addresses, key=len, reverse=True))), re.IGNORECASE)
    said = ((Alert.objects, ("title", "detail")), (Job.objects.filter(NAMING), ("error", "progress_note")))
    for rows, fields in said:
        told = reduce(or_, (Q(**{f"{field}__icontains": address}) for field in fields for address in addresses))
        for row in rows.filter(told):
            longest = {field: row._meta.get_field(field).max_length for field in fields}
            texts = {field: found.sub(pseudonym, getattr(row, field))[: longest[field]] for field in fields}
            type(row).objects.filter(pk=row.pk).update(**texts)


def _mention_of(addresses: list[str], name: str) -> re.Pattern:
    """Finds the name, an address, and what stands before its @; three letters may mean anything."""
    local = [address.partition("@")[0] for address in addresses]
    told = [*addresses, *(word for word in (*local, name) if len(word) > 3)]
    return re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in told), re.IGNORECASE)
