"""Everything that says who somebody was, wherever it stands. Rows of money and of the log stay; they know a number.

It looks up, as accounts/removal.py does: what a person leaves behind stands in the rooms above.
"""

import re
from urllib.parse import unquote_plus

from django.contrib.sessions.models import Session
from django.db.models import Q

from accounts import own_data
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
from jobs.models import Job
from referrals import attribution
from sitestats import erasing
from studio import upkeep

GONE = "(removed)"


def forget(user: User, pseudonym: str) -> None:
    """All but the row of the account itself."""
    addresses = [user.email, *FormerAddress.objects.filter(user=user).values_list("email", flat=True)]
    Session.objects.filter(session_key__in=user.usersession_set.values("session_key")).delete()
    for personal in (user.authenticator_set, user.usersession_set, user.notes, user.emailaddress_set):
        personal.all().delete()
    SavedView.objects.filter(owner=user).delete()
    PlanOverride.objects.filter(user=user).update(reason="")
    own_data.forget(OwnData.objects.filter(user=user))
    EmailChange.objects.filter(Q(user=user) | Q(email__in=addresses)).delete()
    StaffInvitation.objects.filter(Q(accepted_by=user) | Q(email__in=addresses)).update(email=pseudonym)
    _forget_mentions(addresses, pseudonym)
    _forget_words(user, _mention_of(addresses, user.name))
    attribution.forget_marks(user)
    erasing.forget_views(user, cuts=user.cuts.values_list("pk", flat=True))
    erasing.forget_way(user)
    upkeep.purge_cuts_of(user)
    assets.retire_all(user)
    codes.forget(addresses, pseudonym)
    billing.forget(user, addresses)
    FormerAddress.objects.filter(user=user).delete()


def _forget_mentions(addresses: list[str], pseudonym: str) -> None:
    """Texts that the system writes: mails go, alerts and what jobs said of their failure name the pseudonym."""
    for address in addresses:
        for mails in (QueuedMail, OutboxMail):
            told = Q(to__iexact=address) | Q(subject__icontains=address) | Q(body__icontains=address)
            mails.objects.filter(told).delete()
        for rows, fields in ((Alert, ("title", "detail")), (Job, ("error", "progress_note"))):
            for field in fields:
                for row in rows.objects.filter(**{f"{field}__icontains": address}):
                    text = re.sub(re.escape(address), pseudonym, getattr(row, field), flags=re.IGNORECASE)
                    longest = rows._meta.get_field(field).max_length
                    rows.objects.filter(pk=row.pk).update(**{field: text[:longest]})


def _forget_words(user: User, mention: re.Pattern) -> None:
    """Texts that staff typed in: searches for the person, and why something was done to them among others."""
    for view in SavedView.objects.iterator():
        if mention.search(unquote_plus(f"{view.name} {view.query}")):
            view.delete()
    for export in Export.objects.exclude(query="").iterator():
        if mention.search(unquote_plus(export.query)):
            Export.objects.filter(pk=export.pk).update(query="")
    for act in BulkAct.objects.only("words", "reason", "ids").iterator():
        texts = {name: GONE for name in ("words", "reason") if mention.search(getattr(act, name))}
        if act.ids == [user.pk] and act.reason:
            texts["reason"] = GONE
        if texts:
            BulkAct.objects.filter(pk=act.pk).update(**texts)
    for act in BulkAct.objects.select_for_update().filter(changed__contains=[{"id": user.pk}]):
        act.changed = [one | {"reason": ""} if one["id"] == user.pk else one for one in act.changed]
        act.save(update_fields=["changed"])


def _mention_of(addresses: list[str], name: str) -> re.Pattern:
    """Finds the name, an address, and what stands before its @; three letters may mean anything."""
    local = [address.partition("@")[0] for address in addresses]
    told = [*addresses, *(word for word in (*local, name) if len(word) > 3)]
    return re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in told), re.IGNORECASE)
