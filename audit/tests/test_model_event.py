from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from audit.models import AuditEvent, record, record_denial
from audit.queries import events_for
from audit.tests.make import make_event, seal


def test_it_works(owner, member):
    event = record(owner, "user.renamed", member, before={"name": "Ada"}, after={"name": "Mira"}, note="asked by mail")
    assert event.target == f"user:{member.pk}"
    assert list(events_for(member)) == [event]
    assert event.changes == [("name", "Ada", "Mira")]


def test_the_system_has_no_actor_and_amounts_are_kept_exactly(db):
    event = make_event(after={"amount": Decimal("1.000001")})
    assert event.actor is None
    assert event.after == {"amount": "1.000001"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET note = 'x'",
        "UPDATE audit_auditevent SET hash = repeat('0', 64)",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent CASCADE",
    ],
)
def test_it_is_append_only(db, statement):
    make_event()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_row_cannot_bring_its_own_hash(db):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.create(verb="x.y", target="x:1", position=1, hash="0" * 64)
        seal()


def test_secrets_and_control_characters_stay_out(db):
    event = make_event(after={"api_key": "sk_live_1", "name": "a\x1b[31m\nb", "password_min_length": 15}, note="a\r\nb")
    assert event.after == {"api_key": "(hidden)", "name": "a [31m b", "password_min_length": 15}
    assert event.note == "a b"


def test_a_denial_survives_the_rollback_of_the_view(rf, outsider):
    request = rf.post("/admin/jobs/")
    request.user = outsider
    try:
        with transaction.atomic():
            raise PermissionError
    except PermissionError:
        record_denial(request, "jobs:read")
    event = AuditEvent.objects.get()
    assert (event.verb, event.target, event.actor, event.note) == (
        "access.denied",
        "perm:jobs:read",
        outsider,
        "POST /admin/jobs/",
    )


def test_the_application_s_database_role_can_add_rows_and_nothing_else(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE audit_test_app")
        cursor.execute("GRANT SELECT, INSERT ON audit_auditevent TO audit_test_app")
        cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO audit_test_app")
        cursor.execute("SET LOCAL ROLE audit_test_app")
        assert make_event().position == 1
        for statement in ("UPDATE audit_auditevent SET note = 'x'", "DELETE FROM audit_auditevent"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)
        cursor.execute("RESET ROLE")


def test_an_address_that_changes_within_a_domain_reads_as_changed(owner):
    """Both are masked alike, and the log still says that something changed."""
    before = {"email": "mira@example.org", "cc": ["a@b.org"], "of": {"to": "x@c.org", "same": "y@c.org"}, "name": "M"}
    after = {"email": "max@example.org", "cc": ["ab@b.org"], "of": {"to": "xy@c.org", "same": "y@c.org"}, "name": "M"}
    event = record(owner, "user.email_changed", owner, before=before, after=after)
    assert [name for name, _, _ in event.changes] == ["email", "cc", "of"]
    assert event.after["email"] == "m•••@e•••.org (another address)"
    assert event.after["of"] == {"to": "x•••@c•••.org (another address)", "same": "y•••@c•••.org"}
