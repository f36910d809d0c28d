"""The application's database role: what it cannot do to the ledger, the record and the events, and that it can work."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.tests.make import make_user
from accounts.tests.test_registration import sign_up
from audit.models import AuditEvent
from audit.tasks import verify
from billing.models import StripeEvent
from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from billing.tests.stripe_side import START, choose, session_id
from billing.tests.test_panel_grant_adjust import ASK, form
from jobs import sweeper, upkeep
from ledger import checks, install, posting, sweeps
from ledger.models import Checkpoint, Hold, Lot
from ledger.queries import balances
from poemvision import rights
from tests.waiting import wait_until
from tunables import values

# Neither money nor record: the application may do all four. A new table goes here, or into rights.PROTECTED.
ORDINARY = {
    *("account_emailaddress", "account_emailconfirmation", "auth_group", "auth_group_permissions", "auth_permission"),
    *(
        "accounts_bulkact",
        "accounts_customrole",
        "accounts_emailchange",
        "accounts_formeraddress",
        "accounts_owndata",
        "accounts_note",
        "accounts_ownerlink",
        "accounts_staffinvitation",
        "accounts_outboxmail",
        "accounts_pastnote",
        "accounts_planoverride",
        "accounts_mailserver",
        "accounts_queuedmail",
        "accounts_savedview",
        "accounts_user",
        "alerts_alert",
        "backups_run",
    ),
    *("accounting_catchup", "accounting_daycalls", "accounting_dayfigures", "accounting_dayservice"),
    *("accounting_daytotal", "accounting_dayreturn", "accounting_dayusage"),
    *("accounting_usagechange", "accounting_usagelook"),
    *("invites_invite", "invites_redemption"),
    *("billing_backfill", "billing_creditadjustment", "billing_failedpayment", "billing_lowbalancenotice"),
    *("billing_balancelisting", "billing_balancetransaction", "billing_debtdecision", "billing_difference"),
    *("billing_dispute", "billing_expirynotice", "billing_fraudwarning", "billing_payout", "billing_reconciliation"),
    *(
        "billing_autotopup",
        "billing_autotopupattempt",
        "billing_cardsetup",
        "billing_refund",
        "billing_refundrequest",
        "billing_stripecustomer",
        "billing_topup",
    ),
    *(
        "catalog_asset",
        "catalog_category",
        "catalog_framedesign",
        "catalog_poem",
        "catalog_publicitem",
        "catalog_style",
    ),
    *("ctas_placementday", "ctas_slot", "ctas_slotversion", "files_storedfile", "files_sweep"),
    "exports_export",
    *("musicpool_fallback", "musicpool_generation", "musicpool_track"),
    *("referrals_referral", "referrals_sharecode", "referrals_visitday"),
    *("pricing_price", "pricing_providercall", "pricing_service", "pricing_unitcost"),
    *("pricing_invoicefile", "pricing_invoiceline", "pricing_providerinvoice"),
    "sitestats_publishedaddresses",
    *("studio_allowance", "studio_cut", "studio_cutimage", "studio_document", "studio_sizedpicture"),
    "studio_writtenpoem",
    "memberships_customerdiscount",
    *("memberships_enrolment", "memberships_failedattempt", "memberships_invoice", "memberships_moneyback"),
    *("memberships_notice", "memberships_portalconfiguration", "memberships_price", "memberships_subscription"),
    *("reports_daychange", "reports_dayrevenue", "reports_look", "reports_memberchange", "reports_membermonth"),
    "reports_memberending",
    *("reports_monthbase", "reports_monthsum"),
    *("mfa_authenticator", "usersessions_usersession"),
    *("sitestats_crawl", "sitestats_deed"),
    *(
        "sitestats_batch",
        "sitestats_day",
        "sitestats_dayfact",
        "sitestats_dayslice",
        "sitestats_daytopups",
        "sitestats_daytotal",
        "sitestats_hourslice",
        "sitestats_origin",
    ),
    *("sitestats_pageview", "sitestats_path", "sitestats_salt", "sitestats_tally", "sitestats_useragent"),
    "sitestats_visit",
    *("cache", "django_content_type", "django_session", "jobs_job", "selfcheck_selfcheck", "tunables_override"),
}
RECORD = """INSERT INTO public.audit_auditevent (at, verb, target, note, request_id, client)
    VALUES (now(), 'v', 't', '', '', '')"""
A_COLUMN = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 2"


def _rows(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def _denied(statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        _rows(statement)


def test_every_table_is_a_decision(db):
    tables = {name for (name,) in _rows(rights.TABLES)}
    assert tables - ORDINARY - set(rights.PROTECTED) == set(), "add it to ORDINARY, or to rights.PROTECTED"
    assert ORDINARY | set(rights.PROTECTED) == tables
    assert {name for name in tables if name.startswith(("ledger_", "audit_"))} <= set(rights.PROTECTED)


def test_what_triggers_keep_is_protected(db):
    kept = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname ~ '(kept|refused|guard)'"
    assert {name for (name,) in _rows(kept)} <= set(rights.PROTECTED)


def test_whatever_python_calls_in_the_ledger_is_open_to_it(app_role):
    called = re.compile(r"\b(ledger_\w+)(?=\()|_post\(\s*\"(ledger_\w+)\"")
    code = "".join(file.read_text() for file in install.FOLDER.parent.glob("*.py"))
    names = {first or second for first, second in called.findall(code)}
    open_to_all = (
        "SELECT proname FROM pg_proc WHERE has_function_privilege(oid, 'EXECUTE') AND starts_with(proname, 'ledger_')"
    )
    assert len(names) > 15
    assert names - {name for (name,) in _rows(open_to_all)} == set(), "add it to ledger/sql/rights.sql"
    _denied("SELECT ledger_open_wallet(1)")


def test_what_is_kept_cannot_be_changed(app_role):
    for table in rights.PROTECTED:
        ((column,),) = _rows(A_COLUMN, table)
        for statement in (
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TABLE {table}",
        ):
            _denied(statement)
        if table != "audit_auditcheck":  # whose verdict is renewed in its row
            _denied(f"UPDATE {table} SET {column} = NULL")
        if rights.PROTECTED[table] == rights.READ:
            _denied(f"INSERT INTO {table} ({column}) VALUES (NULL)")
            _denied(f"SELECT 1 FROM {table} FOR UPDATE")
    for column in ("event_id", "type", "payload", "livemode", "received_at"):
        _denied(f"UPDATE billing_stripeevent SET {column} = {column}")
    assert _rows("SELECT billing_redact_event(0, '{}')") == [(False,)]  # the one way to empty one: who it was, for good
    _denied("SELECT billing_redacted('{}', '{}')")


def test_it_is_no_owner_and_leaves_nothing_behind(app_role):
    assert rights.too_mighty() == ""
    for statement in ("CREATE TABLE mine ()", "CREATE TEMP TABLE mine ()", "CREATE ROLE mine", "CREATE SCHEMA mine"):
        _denied(statement)


def test_it_keeps_no_large_objects(app_role):
    for statement in (
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT lo_creat(-1)",
        "SELECT lo_put(1, 0, 'x')",
        "SELECT lo_unlink(1)",
        "SELECT lowrite(0, 'x')",
    ):
        _denied(statement)
    assert _rows(rights.LARGE_OBJECTS) == []


def test_the_functions_of_the_ledger_are_loaded_anew_without_their_elders(db):
    """One whose arguments changed would stand beside the new one, with rights of its own."""
    theirs = "SELECT oid::regprocedure::text FROM pg_proc WHERE starts_with(proname, 'ledger_') ORDER BY 1"
    before = _rows(theirs)
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION ledger_thaw(bigint, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'")
    with connection.schema_editor() as editor:
        install.load(None, editor)
    assert _rows(theirs) == before


def test_a_temporary_table_does_not_stand_in_for_the_ledger(member):
    """Even for a role that may make one: the functions that run as the owner look there last."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE ledger_wallet AS SELECT * FROM ledger_wallet")
        cursor.execute("CREATE TEMP TABLE audit_auditevent AS SELECT * FROM audit_auditevent")
        posting.grant(member, Decimal(5))
        cursor.execute(RECORD)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT granted FROM public.ledger_wallet")
        assert cursor.fetchone() == (5,)
        cursor.execute("SELECT count(*) FROM public.audit_auditevent WHERE hash IS NULL")
        assert cursor.fetchone() == (0,)


def test_a_mighty_role_is_recognised(db):
    assert "is a superuser" in rights.too_mighty()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE half_mighty; GRANT SELECT, DELETE ON ledger_entry TO half_mighty")
        cursor.execute("SET LOCAL ROLE half_mighty")
    assert "may change what is kept in ledger_entry" in rights.too_mighty()


def test_the_command_needs_two_roles(db, settings):
    settings.DATABASE_ROLE = settings.DATABASES["default"]["USER"]
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
        call_command("grant_rights", role=settings.DATABASE_ROLE)
    with pytest.raises(CommandError, match="There is no database role nobody_here"):
        call_command("grant_rights", role="nobody_here")


def test_the_main_path_works(app_role, client, stripe_side):  # noqa: F811
    """From the registration to a refund beyond what is left, and then what runs by itself."""
    values.change("require_email_verification", "off", by=None)
    sign_up(client)
    member, supporter = User.objects.get(), make_user("staff@example.org", role="super_admin")
    session = session_id(client.post(START, choose()))
    stripe_side.sandbox.pay(session)
    stripe_side.deliver()
    assert (balances(member).paid, balances(member).granted) == (20, 2)

    client.force_login(supporter)
    client.post(ASK, form(member, "5"), headers={"HX-Request": "true"})
    posting.lock(member, supporter)
    charged = posting.charge(member, Decimal(10), service="poem")
    posting.reverse(charged.transaction_id, actor=supporter, note="mistaken")
    posting.adjust(member, Decimal(-1), actor=supporter, note="correction")
    held = posting.hold(member, Decimal(3), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    posting.settle(held.hold_id, Decimal(2))
    posting.charge(member, Decimal(10), service="poem")
    intent = stripe_side.api.checkout.sessions.retrieve(session).payment_intent
    stripe_side.sandbox.refund(intent, 2000)
    stripe_side.deliver()
    owed = balances(member).debt
    assert owed > 0 and StripeEvent.objects.exclude(state__in=("applied", "unhandled")).count() == 0
    posting.write_off(member, owed, actor=supporter, note="goodwill")

    soon = timezone.now() + timedelta(milliseconds=200)
    posting.grant(member, Decimal(1), expires_at=soon)
    posting.hold(member, Decimal("0.5"), service="poem", expires_at=soon)
    wait_until(lambda: sweeps.release_overdue_holds() == 1, 10)
    wait_until(lambda: sweeps.expire_lots() == 1, 10)
    assert not Lot.objects.filter(has_rest=True, expires_at__lte=timezone.now())
    assert not Hold.objects.filter(status="open")
    assert _rows("SELECT ledger_make_checkpoints(clock_timestamp())") > [(0,)] and Checkpoint.objects.exists()
    for again in (sweeper.sweep, upkeep.watch, upkeep.prune, verify):
        again()
    assert balances(member, at=timezone.now()).debt == 0
    assert checks.run() == [] and AuditEvent.objects.filter(hash=None).count() == 0
