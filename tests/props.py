"""What the cast has at hand: a real object for each address with arguments, so that the walks reach what shows it.

Only rows: files are named, but not there. What belongs to somebody is the member's; `OTHERS` is what is not.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from decimal import Decimal

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts.models import BulkAct, CustomRole, EmailChange, Note, OutboxMail, OwnerLink, SavedView, StaffInvitation
from accounts.tests.second_steps import set_up_passkey
from alerts.models import raise_alert
from billing.models import CreditAdjustment, DebtDecision
from billing.tests.make import make_difference, make_top_up, store_event
from catalog.models import PublicItem
from catalog.tests.make import make_asset, make_cut, make_file, make_poem
from exports.models import Export
from invites.models import Invite
from jobs.models import Job
from jobs.tests.make import make_job
from ledger import posting
from memberships.tests.make import make_invoice
from musicpool.models import Track
from pricing.models import InvoiceFile, Price, ProviderCall, ProviderInvoice, UnitCost
from referrals import codes
from referrals.models import Referral
from sitestats.models import PageView
from sitestats.tests.test_page_views import keep, view
from sitestats.visits import number_of
from studio import rendering
from studio.models import SizedPicture

# What they were given: for their own eyes, and of who may see credit
CREDIT = {"member": Decimal("4321.09"), "outsider": Decimal("8765.43")}
TOKEN = "the-token-of-a-mail"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
WITHOUT = {  # addresses with arguments for which the walk has no object
    "account_confirm_email": "a key signed for one mail; accounts/tests/test_registration.py",
    "account_reset_password_from_key": "a key signed for one mail; accounts/tests/test_passwords.py",
    "files:media": "a file that is there; files/tests/test_links.py",
}
Props = Iterator[tuple[Iterable[str], dict]]


def make_props(cast: dict) -> dict[str, dict]:
    """Route name -> arguments; `query` stands behind the address."""
    made = {}
    for make in (_people, _acts, _tokens, _staff_rooms, _growth, _catalog, _money, _prices, _music, _cuts):
        for names, arguments in make(cast["owner"], cast["member"], cast["outsider"]):
            made |= dict.fromkeys(names, arguments)
    return made


def _in(room: str, names: str, **arguments) -> tuple[list[str], dict]:
    return [f"{room}:{name}" for name in names.split()], arguments


def _soon() -> dt.datetime:
    return timezone.now() + dt.timedelta(days=1)


def _people(owner, member, outsider) -> Props:
    shown = ("credit", "devices", "events", "notes", "profile", "role", "sign_ins", "works")
    panels = " ".join(f"panel:user_{name}" for name in shown)
    acts = "suspend_user restore_user delete_user undelete_user override_plan end_override impersonate_user give_role"
    yield _in("accounts", f"user {panels} {acts}", pk=member.pk)
    yield _in("accounts", "send_reset resend_confirmation end_user_sessions write_note", pk=member.pk)
    session = UserSession.objects.create(user=member, ip="10.0.0.9", session_key="walk")
    yield _in("accounts", "end_user_session end_session", pk=session.pk)
    passkeys = ("mfa_remove_webauthn", "mfa_edit_webauthn")
    yield passkeys, {"pk": set_up_passkey(member).pk}
    note = Note.objects.create(user=member, author=owner, text=f"Wrote from {member.email}", form_key=uuid.uuid4())
    yield _in("accounts", "edit_note pin_note", pk=note.pk)
    mail = OutboxMail.objects.create(to=member.email, subject="Walk", body="…")
    yield _in("accounts", "outbox_mail", pk=mail.pk)


def _acts(owner, member, outsider) -> Props:
    act = BulkAct.objects.create(verb="suspend", by=owner, ids=[member.pk], done=1)
    yield _in("accounts", "bulk_act undo_bulk_act panel:bulk_act", pk=act.pk)
    yield _in("accounts", "new_bulk_act start_bulk_act", verb="suspend")
    yield _in("accounts", "delete_view", pk=SavedView.objects.create(owner=owner, name="Mine", query="q=a").pk)
    role = CustomRole.objects.create(key="desk", title="Desk", perms=["users:read"], cloned_from="support")
    yield _in("accounts", "role change_role retire_role restore_role", key=role.key)


def _tokens(owner, member, outsider) -> Props:
    """Behind links of mails."""
    invitation = StaffInvitation.objects.create(
        email="desk@example.org", role="support", digest=DIGEST, invited_by=owner, expires_at=_soon()
    )
    yield _in("accounts", "staff_invitation accept_staff_invitation", token=TOKEN)
    yield _in("accounts", "revoke_staff_invitation", pk=invitation.pk)
    change = {"email": "moved@example.org", "old_digest": DIGEST, "new_digest": "0" * 64, "expires_at": _soon()}
    EmailChange.objects.create(user=outsider, **change)
    yield _in("accounts", "email_change confirm_email_change stop_email_change", token=TOKEN)
    OwnerLink.objects.create(user=owner, digest=DIGEST, expires_at=_soon())
    yield _in("accounts", "owner_link redeem_owner_link", token=TOKEN)


def _staff_rooms(owner, member, outsider) -> Props:
    yield _in("jobs", "job retry_job cancel_job panel:job", pk=make_job(state="dead", error=f"No {member.email}").pk)
    yield _in("alerts", "acknowledge_alert reopen_alert", pk=raise_alert("walk", f"Walked: {member.email}").pk)
    yield _in("tunables", "change_tunable reset_tunable keep_tunable undo_tunable", key="lockout_minutes")
    yield _in("selfcheck", "run_check", name="entries")
    written = {"form_key": uuid.uuid4(), "columns": ["email"], "format": "csv", "rows": 1, "size": 1}
    export = Export.objects.create(kind="users", by=owner, file=make_file(), expires_at=_soon(), **written)
    yield _in("exports", "download_export delete_export", pk=export.pk)
    yield _in("exports", "new_export start_export", kind="users")
    yield _in("documents", "document save_document preview_document", slug="terms")
    yield _in("accounting", "new_close close_month", month="2026-01")
    yield _in("reports", "movements", pk=member.pk)


def _growth(owner, member, outsider) -> Props:
    invite = Invite.objects.create(code="WALKWALKWALK", limit=5, created_by=owner)
    invite.redemptions.create(user=outsider, grant=Decimal(1))
    yield _in("invites", "code disable_code enable_code panel:redemptions", pk=invite.pk)
    yield _in("invites", "join", code=invite.code)
    referral = Referral.objects.create(code=codes.of(member), member=outsider, state="held", doubt="One mark")
    yield _in("referrals", "release_referral refuse_referral", pk=referral.pk)
    yield _in("referrals", "panel:member_referrals", pk=member.pk)
    yield _in("memberships", "panel:member_premium", pk=member.pk)
    keep(view(user=member.pk))
    seen = PageView.objects.get(user_id=member.pk)
    yield _in("sitestats", "session", number=number_of(seen.session), query=f"?day={seen.day}")
    yield _in("ctas", "count_seen go", placement="home_hero")
    yield _in("ctas", "restore_slot", key="primary", version=1)


def _catalog(owner, member, outsider) -> Props:
    asset, poem = make_asset(), make_poem()
    acts = "asset change_asset replace_asset retire_asset restore_asset panel:asset_uses"
    yield _in("catalog", acts, code=asset.code)
    yield _in("catalog", "delete_my_asset restore_my_asset", code=make_asset(owner=member).code)
    yield _in("catalog", "poem change_poem list_poem retire_poem restore_poem", pk=poem.pk)
    yield _in("catalog", "place_item remove_item", pk=PublicItem.objects.create(asset=asset).pk)
    yield _in("catalog", "restore_item", kind="poem", pk=poem.pk, position=1)
    choices = "choice choice_preview choice_sample change_choice place_choice retire_choice restore_choice"
    yield _in("catalog", choices, kind="frames", pk=1)
    yield _in("catalog", "choices panel:choices add_choice", kind="frames")


def _money(owner, member, outsider) -> Props:
    yield _in("billing", "freeze_member thaw_member stop_auto_top_up member_statement decide_debt", pk=member.pk)
    top_up = make_top_up(member)
    yield _in("billing", "staff_top_up new_refund refund_top_up panel:top_up_money panel:refund_preview", pk=top_up.pk)
    of_premium = "staff_invoice new_invoice_refund refund_invoice panel:invoice_money"
    yield _in("billing", of_premium, pk=make_invoice(member, payment_intent_id="pi_walk").pk)
    yield _in("billing", "top_up reopen_top_up refresh_top_up", public_id=top_up.public_id)
    posting.grant(outsider, CREDIT["outsider"], actor=owner)
    given = posting.grant(member, CREDIT["member"], actor=owner, note=f"For {member.email}")
    yield _in("billing", "transaction", pk=given.transaction_id)
    event = store_event("charge.succeeded", {"id": "ch_walk", "object": "charge", "receipt_email": member.email})
    yield _in("billing", "event event_payload replay_event", pk=event.pk)
    asked = {"member": member, "reason": "Walk", "amount": Decimal(1)}
    adjustment = CreditAdjustment.objects.create(requested_by=owner, form_key=uuid.uuid4(), **asked)
    yield _in("billing", "approve_adjustment decline_adjustment reverse_adjustment", pk=adjustment.pk)
    off = {"choice": "write_off", "transaction_id": given.transaction_id, "form_key": uuid.uuid4()}
    yield _in("billing", "reopen_debt", pk=DebtDecision.objects.create(decided_by=owner, **asked, **off).pk)
    yield _in("billing", "repair_difference", pk=make_difference().pk)
    yield _in("billing", "change_tunable reset_tunable", key="signup_grant_usd")


def _prices(owner, member, outsider) -> Props:
    yield _in("pricing", "service add_price add_cost panel:history panel:preview", key="music")
    dated = {"service_id": "music", "amount": Decimal(1), "valid_from": _soon(), "set_by": owner}
    yield _in("pricing", "withdraw_price", pk=Price.objects.create(**dated).pk)
    yield _in("pricing", "withdraw_cost", pk=UnitCost.objects.create(provider="replicate", **dated).pk)
    call = {"service_id": "music", "provider": "replicate", "key": "walk", "expected": Decimal(1)}
    yield _in("pricing", "call", pk=ProviderCall.objects.create(**call).pk)
    days = {"first_day": dt.date(2026, 3, 1), "last_day": dt.date(2026, 3, 31)}
    bill = ProviderInvoice.objects.create(provider="replicate", number="W-1", total=1, recorded_by=owner, **days)
    acts = "match_invoice undo_match pay_invoice undo_payment discard_invoice attach_file"
    yield _in("pricing", f"invoice {acts}", pk=bill.pk)
    paper = InvoiceFile.objects.create(invoice=bill, stored=make_file(), filename="W-1.pdf")
    yield _in("pricing", "download_file", pk=bill.pk, file=paper.pk)


def _music(owner, member, outsider) -> Props:
    track = Track.objects.create(asset=make_asset("Song", kind="music"), mood="calm", genre="piano", state="approved")
    acts = "approve_track describe_track move_track reject_track replace_track return_track"
    yield _in("musicpool", f"track panel:track {acts}", pk=track.pk)
    bucket = "bucket cancel_fill fill_bucket upload_tracks panel:fill_status panel:tracks"
    yield _in("musicpool", bucket, mood="calm", genre="piano")


def _cuts(owner, member, outsider) -> Props:
    files = {kind: make_file() for kind in rendering.KINDS if kind not in ("video", "picture")}
    cut = make_cut(member, title="Walk", text="A line", shared=True, **files)
    yield _in("studio", "staff_cut retry_staff_cut bar_cut take_down_cut unbar_cut", pk=cut.pk)
    own = "cut progress cancel_cut retry_cut show_cut delete_cut restore_cut story make_story"
    yield _in("studio", f"{own} shared_cut shared_video shared_poster shared_preview count_share", slug=cut.slug)
    yield _in("studio", "download_own_cut download_cut", slug=cut.slug, kind="landscape")
    SizedPicture.objects.create(cut=cut, size="landscape", file=make_file())
    yield _in("studio", "frame_sample", slug=cut.frame.slug)
    yield _in("studio", "style_sample", slug=cut.style.slug)
    yield _in("studio", "wish", pk=_wish(member).pk)


def _wish(member) -> Job:
    return Job.enqueue("studio.make_wish", {"service": "poem"}, dedupe_key=f"wish:{member.pk}:{uuid.uuid4()}")


# Objects of somebody else: route name -> function of the cast. They are not there.
OTHERS = {
    name: lambda cast: {"public_id": make_top_up(cast["outsider"]).public_id}
    for name in ("billing:top_up", "billing:reopen_top_up", "billing:refresh_top_up")
}
OTHERS |= {
    name: lambda cast: {"code": make_asset(owner=cast["outsider"]).code}
    for name in ("catalog:delete_my_asset", "catalog:restore_my_asset")
}
OTHERS |= {
    name: lambda cast: {"pk": Authenticator.objects.create(user=cast["outsider"], type="webauthn", data={}).pk}
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn")
}
OTHERS |= {
    f"studio:{name}": lambda cast: {"slug": make_cut(cast["outsider"]).slug}
    for name in (
        *("cut", "progress", "cancel_cut", "retry_cut", "show_cut", "delete_cut", "restore_cut", "story", "make_story"),
        *("shared_cut", "shared_video", "shared_poster", "shared_preview", "count_share"),
    )
}
OTHERS |= {
    f"studio:{name}": lambda cast: {"slug": make_cut(cast["outsider"]).slug, "kind": "square"}
    for name in ("download_own_cut", "download_cut")
}
OTHERS["studio:wish"] = lambda cast: {"pk": _wish(cast["outsider"]).pk}
OTHERS["accounts:end_session"] = lambda cast: {
    "pk": UserSession.objects.create(user=cast["outsider"], ip="10.0.0.9", session_key="another").pk
}
# Of another of the staff
OTHERS["accounts:delete_view"] = lambda cast: {
    "pk": SavedView.objects.create(owner=cast["supporter"], name="Theirs", query="").pk
}
OTHERS |= {
    f"exports:{name}": lambda cast: {
        "pk": Export.objects.create(
            kind="users", by=cast["supporter"], file=make_file(), form_key=uuid.uuid4(), columns=[], expires_at=_soon()
        ).pk
    }
    for name in ("download_export", "delete_export")
}
