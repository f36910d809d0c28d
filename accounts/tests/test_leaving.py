"""People delete their own account: told first what it means, asked for the password, and once."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts import removal, standing
from accounts.models import QueuedMail, User
from accounts.tests.make import make_user
from accounts.tests.test_own_account import again, signed_in
from accounts.tests.test_sign_in import sign_in
from audit.models import AuditEvent
from ledger import posting
from tunables import values
from ui.format import plain_day


def test_an_account_is_deleted_by_its_member(db, owner):
    user = make_user()
    posting.grant(user, Decimal(3), actor=owner, note="A gift")
    client, elsewhere = signed_in(user), signed_in(user)
    assert client.post("/me/leave/delete/", {"typed": user.email})["Location"].startswith("/account/reauthenticate/")
    page = again(client).get("/me/leave/").content.decode()
    assert "Granted $3.00" in page and "expires with the purge" in page
    wrong = client.post("/me/leave/delete/", {"typed": "eve@example.org"})
    assert wrong.status_code == 422 and "not the address" in wrong.content.decode()
    assert User.objects.get(pk=user.pk).deleted_at is None
    assert client.post("/me/leave/delete/", {"typed": " Ada@example.org "})["Location"] == "/"
    user.refresh_from_db()
    until = plain_day(user.purges_at)
    assert user.deleted_at
    assert f"Until {until} we can bring it back: write to support@" in client.get("/").content.decode()
    for browser in (client, elsewhere):
        assert browser.get("/me/account/").status_code == 302
    sign_in(newcomer := Client())
    assert newcomer.get("/me/account/").status_code == 302
    assert AuditEvent.objects.get(verb="user.deleted").actor == user


@pytest.mark.parametrize("own", [True, False])
def test_they_are_told_by_mail_until_when_they_may_come_back(db, owner, own):
    user = make_user()
    posting.top_up(user, cash=Decimal(7), external_id="stripe:checkout.session:7")
    values.change("support_email", "help@example.org", by=None)
    removal.delete(user, by=user if own else owner, reason="Spam")
    mail = QueuedMail.objects.get(to=user.email)
    assert (mail.subject, "as you wanted" in mail.body) == ("Your account was deleted", own)
    assert f"Until {plain_day(user.purges_at)} we can bring" in mail.body and "help@example.org" in mail.body
    assert f"$7.00 of credit that you paid for is kept until {plain_day(user.purges_at)}" in mail.body
    assert "Spam" not in mail.body
    removal.restore(user, by=owner)
    back = QueuedMail.objects.filter(to=user.email).latest("pk")
    assert back.subject == "Your account is back" and "help@example.org" in back.body
    assert "You sign in as before." in back.body
    standing.suspend(user, by=owner, reason="Spam")
    removal.delete(user, by=owner, reason="Spam")
    removal.restore(user, by=owner)
    assert "It is still suspended." in QueuedMail.objects.filter(to=user.email).latest("pk").body


def test_staff_do_not_go_by_themselves(db, owner):
    client = Client()
    client.force_login(owner)
    client.post("/account/reauthenticate/", {"password": "poem-vision-demo"})
    answer = client.post("/me/leave/delete/", {"typed": owner.email})
    assert answer.status_code == 422 and "another super admin" in answer.content.decode()
    assert User.objects.get(pk=owner.pk).deleted_at is None
