"""Reads of the audit log."""

from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import Case, Exists, Model, OuterRef, Q, QuerySet, When
from django.db.models.functions import Cast, Substr

from audit import chain, entries
from audit.models import AuditCheck, AuditEvent, label
from ui.folding import begins
from ui.periods import Period

FEW = 200
# The number of the person on whose account a row stands
PERSON = Case(
    When(target__regex=r"^user:[0-9]{1,18}$", then=Cast(Substr("target", len("user:") + 1), models.BigIntegerField()))
)
# Each verb by one look into the index on verbs, however many rows there are
VERBS = """WITH RECURSIVE found AS (
        (SELECT verb FROM audit_auditevent ORDER BY verb LIMIT 1)
        UNION ALL
        SELECT (SELECT verb FROM audit_auditevent WHERE verb > found.verb ORDER BY verb LIMIT 1)
        FROM found WHERE found.verb IS NOT NULL)
    SELECT verb FROM found WHERE verb IS NOT NULL"""


def verbs(tab: str) -> list[str]:
    """The verbs that occur in one tab of the logs."""
    with connection.cursor() as cursor:
        cursor.execute(VERBS)
        return [verb for (verb,) in cursor.fetchall() if tab in (entries.ALL, entries.tab_of(verb))]


def log(
    *, tab: str, what="", who="", whom="", network="", by="", period: Period | None = None, by_email=False
) -> QuerySet[AuditEvent]:
    """One tab of the logs (`entries.TABS`), filtered; newest first is the caller's order.

    `what` is a verb; `who` and `whom` are the beginning of a name, or `by_email` of an address; `whom` may be a target
    (`asset:7`) or the beginning of its noun as well; `network` is the beginning of an address. Without `by_email` no
    name finds a row that stands on its account because somebody typed the address. Of activity, what people did unless
    `by` is "all".
    """
    rows = AuditEvent.objects.alias(person=PERSON)
    if what or tab != entries.ALL:
        rows = rows.filter(verb__in=[what] if what else verbs(tab))
    if tab == entries.ACTIVITY and not by:
        rows = rows.filter(actor__isnull=False)
    if (who or whom) and not by_email:
        rows = rows.exclude(verb__in=entries.TYPED)
    if who:
        acts, suffered = _of_named(who, by_email)
        rows = rows.filter(acts | suffered if tab == entries.SIGN_INS else acts)
    if whom:
        target = Q(target=whom) if whom.partition(":")[2] else Q(target__startswith=whom)
        rows = rows.filter(target | _of_named(whom, by_email)[1])
    if network:
        rows = rows.filter(client__startswith=network)
    return rows.filter(at__gte=period.start, at__lt=period.end) if period else rows


def _of_named(words: str, by_email: bool) -> tuple[Q, Q]:
    """What people did, and what was done to them, whose name begins so, or `by_email` whose address does.

    Few are named one by one, so that the indexes on actor and target are used; of many the log meets some soon in its
    own order, and looks up whom a row is about.
    """
    people = get_user_model().objects.filter(begins(words, by_email=by_email))
    few = list(people.values_list("pk", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return Q(actor__in=few), Q(target__in=[f"user:{pk}" for pk in few])
    return Q(Exists(people.filter(pk=OuterRef("actor")))), Q(Exists(people.filter(pk=OuterRef("person"))))


def events_for(target: Model | str) -> QuerySet[AuditEvent]:
    """What happened to one object (an instance or `noun:id`), newest first, each with its actor."""
    return AuditEvent.objects.filter(target=label(target)).select_related("actor").order_by("-id")


def last_change(target: Model | str) -> AuditEvent | None:
    """The newest thing that happened to one object."""
    return events_for(target).first()


def head() -> tuple[int, str]:
    """(position, hash in hex) of the newest sealed row; (0, `chain.GENESIS`) before there is one."""
    row = newest()
    return (row.position, row.hash) if row else (0, chain.GENESIS)


def newest() -> AuditEvent | None:
    """The newest sealed row: the end of the chain."""
    return AuditEvent.objects.filter(position__isnull=False).order_by("-position").first()


def last_whole() -> AuditCheck | None:
    """The newest run that found the chain whole."""
    return AuditCheck.objects.filter(problem="").order_by("-id").first()


def last_check() -> AuditCheck | None:
    """The newest run over the chain, whatever it found."""
    return AuditCheck.objects.order_by("-id").first()
