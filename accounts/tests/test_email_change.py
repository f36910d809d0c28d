"""A new address: both ends agree, nobody learns whose address it is, and half a change is none."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import email_change, one_time
from accounts.models import EmailChange, OutboxMail, QueuedMail, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.second_steps import set_up_app
from accounts.tests.test_own_account import again, signed_in
from accounts.tests.test_registration import link_in
from audit.models import AuditEvent
from audit.redaction import masked
from tunables import values

NEW = "lovelace@example.org"


def ask(client, email=NEW):
    return client.post("/account/email/", {"action_add": "", "email": email})


@pytest.fixture
def links(run_mails):
    """The links in the mails to the old and to the new address."""

    def read():
        run_mails()
        return [link_in(OutboxMail.objects.filter(to=to).latest("pk")) for to in ("ada@example.org", NEW)]

    return read


def agree(link):
    assert Client().get(link).status_code == 200
    return Client().post(f"{link}confirm/")


@pytest.mark.parametrize("first", [0, 1])
def test_it_counts_when_both_have_agreed(db, links, run_mails, first):
    user = make_user()
    set_up_app(user)
    client = again(signed_in(user))
    ask(client)
    both = links()
    assert "and one to" in client.get("/account/email/").content.decode()
    assert "Half done" in agree(both[first]).content.decode()
    assert User.objects.get().email == "ada@example.org"
    assert "The e-mail is changed" in agree(both[1 - first]).content.decode()
    assert User.objects.get().email == NEW
    assert list(user.emailaddress_set.values_list("email", "verified", "primary")) == [(NEW, True, True)]
    assert client.post(f"{both[first]}confirm/").status_code == 410
    run_mails()
    assert OutboxMail.objects.filter(subject="Your e-mail was changed").count() == 2
    event = AuditEvent.objects.get(verb="user.email_changed")
    assert (event.before, event.after) == ({"email": "a•••@e•••.org"}, {"email": masked(NEW)})
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize("how", ["stopped at the old end", "stopped at /me/", "a day old", "asked anew"])
def test_it_can_come_to_nothing(db, links, how):
    user = make_user()
    client = again(signed_in(user))
    ask(client)
    old, new = links()
    agree(new)
    if how == "stopped at the old end":
        assert "Nothing was changed" in Client().post(f"{old}stop/").content.decode()
    elif how == "stopped at /me/":
        client.post("/me/email/keep/")
    elif how == "a day old":
        EmailChange.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        ask(client)
    for link in (old, new):
        assert Client().get(link).status_code == Client().post(f"{link}confirm/").status_code == 410
    assert User.objects.get().email == "ada@example.org"


def test_a_taken_address_looks_like_a_free_one(db, run_mails):
    user = make_user()
    make_user("taken@example.org")
    answers = []
    for email in ("taken@example.org", "freely@example.org"):
        client = again(signed_in(user))
        answer = ask(client, email)
        page = client.get("/account/email/").content.decode().partition("<main")[2].partition("</main")[0]
        answers.append((answer.status_code, answer["Location"], page.count("form"), page.count("@example.org")))
        assert QueuedMail.objects.filter(to=email).count() == 1
    assert answers[0] == answers[1]
    run_mails()
    assert OutboxMail.objects.get(to="taken@example.org").subject == "You have an account already"


def test_an_unconfirmed_address_tells_nothing_either_while_confirmation_is_on(db, run_mails):
    user = make_user()
    user.emailaddress_set.update(verified=False)
    make_user("taken@example.org")
    client = again(signed_in(user))
    values.change("require_email_verification", "on", by=None)
    ask(client, "taken@example.org")
    ask(client)
    run_mails()
    assert {mail.subject for mail in OutboxMail.objects.filter(to="ada@example.org")} == {
        "An account leaves this address"
    }
    agree(link_in(OutboxMail.objects.get(to=NEW)))
    assert User.objects.get(pk=user.pk).email == NEW


def test_it_may_be_taken_in_the_meantime(db, links):
    user = make_user()
    ask(again(signed_in(user)))
    both = links()
    agree(both[0])
    make_user(NEW)
    assert "belongs to another account" in agree(both[1]).content.decode()
    assert User.objects.get(pk=user.pk).email == "ada@example.org"


def test_both_ends_at_the_same_time_change_it_once(committed_db, monkeypatch):
    tokens = iter(["old-token", "new-token"])
    monkeypatch.setattr(one_time.secrets, "token_urlsafe", lambda size: next(tokens))
    user = make_user(password=GOOD_PASSWORD)
    email_change.start(user, NEW)

    def confirm(token):
        try:
            return email_change.confirm(token)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(confirm, ["old-token", "new-token"] * 4))
    assert said.count("done") == 1
    assert User.objects.get().email == NEW
