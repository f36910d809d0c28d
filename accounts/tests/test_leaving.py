"""People delete their own account: told first what it means, asked for the password, and once."""

from decimal import Decimal

from django.test import Client

from accounts.models import User
from accounts.tests.make import make_user
from accounts.tests.test_own_account import again, signed_in
from accounts.tests.test_sign_in import sign_in
from audit.models import AuditEvent
from ledger import posting


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
    assert User.objects.get(pk=user.pk).deleted_at
    for browser in (client, elsewhere):
        assert browser.get("/me/account/").status_code == 302
    sign_in(newcomer := Client())
    assert newcomer.get("/me/account/").status_code == 302
    assert AuditEvent.objects.get(verb="user.deleted").actor == user


def test_staff_do_not_go_by_themselves(db, owner):
    client = Client()
    client.force_login(owner)
    client.post("/account/reauthenticate/", {"password": "poem-vision-demo"})
    answer = client.post("/me/leave/delete/", {"typed": owner.email})
    assert answer.status_code == 422 and "another super admin" in answer.content.decode()
    assert User.objects.get(pk=owner.pk).deleted_at is None
