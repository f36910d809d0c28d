"""Do one thing to many accounts: the number is confirmed, each account is looked at again when its turn comes."""

import hashlib
from collections import Counter

from django.db import transaction
from django.utils.dateparse import parse_datetime

from accounts import standing, superadmins
from accounts.filtering import UserFilter, in_words
from accounts.models import BulkAct, User
from accounts.permissions import Perm
from accounts.superadmins import LastSuperAdmin
from audit.queries import events_for
from tunables import values
from ui import filters

DECISIONS = ("user.suspended", "user.restored", "user.deleted", "user.undeleted")
BATCH = 100
Verb = BulkAct.Verb


class Refused(Exception):
    """More than `bulk_limit` at once, or others than the filter says; the message is for whoever tries."""


def matching(viewer, query) -> list[int]:
    """Whom `?id=1&id=2`, or the whole filter with `?all=1`, means now, in the order of their ids."""
    if "all" in query:
        found = UserFilter(query, viewer=viewer)
        if found.ignored:
            raise Refused(
                f"This part of the filter does not filter: {', '.join(found.ignored)[:200]}. Take it away first."
            )
        people = found.qs
    else:
        ticked = map(filters.number, query.getlist("id")[:200])
        people = User.objects.filter(pk__in=[pk for pk in ticked if pk is not None])
    most = values.get("bulk_limit")
    ids = list(people.order_by("pk").values_list("pk", flat=True)[: most + 1])
    if len(ids) > most:
        raise Refused(f"At most {most:,} accounts at once, and more than that match. Narrow the filter.")
    return ids


def seal(ids: list[int]) -> str:
    """Stands for exactly these accounts, in this order: as many others are not they."""
    return hashlib.sha256(str(ids).encode()).hexdigest()


def words(viewer, query) -> list[str]:
    """The choice as people read it."""
    return in_words(viewer, query) or ["everybody"] if "all" in query else ["chosen one by one"]


@transaction.atomic
def undo(act: BulkAct, by) -> BulkAct | None:
    """Take it back for those whom it changed, unless somebody else has changed them since. None: nothing to take back.

    The act is locked, as each hundred of its run is: what it changed is all there is, for nothing runs it on then.
    """
    act = BulkAct.objects.select_for_update(no_key=True, of=("self",)).select_related("job").get(pk=act.pk)
    if act.is_undone:
        return act.undone_by
    if not act.can_be_undone:
        return None
    verb = Verb.RESTORE if act.verb == Verb.SUSPEND else Verb.SUSPEND
    ids = [one["id"] for one in act.changed]
    return BulkAct.start(undoes=act, verb=verb, by=by, ids=ids, words=f"Undo of act {act.pk}", reason=act.reason)


def run_job(job) -> None:
    """A hundred at a time, each hundred in one transaction with the note of it: whatever dies, none is done twice."""
    while True:
        with transaction.atomic():
            act = (
                BulkAct.objects.select_for_update(no_key=True, of=("self",))
                .select_related("by", "undoes")
                .get(pk=job.payload["act"])
            )
            if act.is_over or act.is_undone:
                return
            _do_some(act)
        job.progress(act.done, len(act.ids), f"{act.get_verb_display()} accounts")


def _do_some(act: BulkAct) -> None:
    if not act.by.can(Perm.USERS_SUSPEND):  # lost since it was confirmed: nothing more is done in this name
        left = len(act.ids) - act.done
        act.done, act.refused = len(act.ids), {**act.refused, "The right to do this was taken away meanwhile.": left}
        act.save(update_fields=["done", "refused"])
        return
    refused, before = Counter(act.refused), {one["id"]: one for one in act.undoes.changed} if act.undoes else {}
    ids = act.ids[act.done : act.done + BATCH]
    people = superadmins.lock(*ids)
    for pk in ids:
        try:
            found = _do(act, people[pk], before.get(pk)) if pk in people else None
        except (standing.NotAllowed, LastSuperAdmin) as why:
            refused[str(why)] += 1
            continue
        if found:
            act.changed.append(found)
        else:
            refused["Nothing changed: it was like that already."] += 1
    act.done, act.refused = act.done + len(ids), dict(refused)
    act.save(update_fields=["done", "changed", "refused"])


def _do(act: BulkAct, person: User, before: dict | None) -> dict | None:
    """What the account was before, if it was changed."""
    was = {"id": person.pk, "reason": person.suspension_reason, "until": person.suspended_until}
    if person.is_active == (act.verb == Verb.RESTORE):  # the reason that somebody gave for this one person stays
        return None
    if before and _is_newer(person, act.undoes, before):
        raise standing.NotAllowed("It was changed again since.")
    if act.verb == Verb.RESTORE:
        return _plain(was, person) if standing.restore(person, by=act.by) else None
    reason = before["reason"] if before else act.reason
    until = parse_datetime(before["until"] or "") if before else act.until
    return _plain(was, person) if standing.suspend(person, by=act.by, reason=reason, until=until) else None


def _is_newer(person: User, act: BulkAct, did: dict) -> bool:
    """Whether somebody decided about the account since `act` changed it and noted what it `did`."""
    if "decided" in did:
        return did["decided"] != _decided(person)
    return act.verb == Verb.SUSPEND and (person.suspension_reason, person.suspended_until) != (act.reason, act.until)


def _plain(was: dict, person: User) -> dict:
    return was | {"until": was["until"] and was["until"].isoformat(), "decided": _decided(person)}


def _decided(person: User) -> int | None:
    """The row in the log of the last decision about who may use the account."""
    return events_for(person).filter(verb__in=DECISIONS).values_list("pk", flat=True).first()
