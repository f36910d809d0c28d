"""A new address: both ends agree, nobody learns whose address it is, and half a change is none."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import email_change, one_time, removal, sessions, standing
from accounts.models import EmailChange, OutboxMail, QueuedMail, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.second_steps import set_up_app
from accounts.tests.test_own_account import again, signed_in
from accounts.tests.test_registration import link_in
from audit.models import AuditEvent
from audit.redaction import masked
from jobs.models import Job
from jobs.registry import run_now
from tunables import values

NEW = "lovelace@example.org"
OTHER_PASSWORD = "another harbour kettle sparrow"


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
    used, waiting = Client().get(both[first]).content.decode(), client.get("/account/email/").content.decode()
    assert "Yes, change it" not in used and "No, stop it" in used and "stop it until then" in used
    assert ("is confirmed. The change counts" in waiting) == (first == 1) and "and one to" not in waiting
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


def test_nobody_is_sent_mails_without_end(db):
    client = again(signed_in(make_user()))
    answers = [ask(client, "closed@example.org") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    assert "several mails of ours" in answers[-1].content.decode()
    assert QueuedMail.objects.filter(to="closed@example.org").count() == 3


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


@pytest.mark.parametrize("how", ["reset", "changed", "signed out", "suspended", "deleted", "purged"])
def test_it_holds_no_longer_than_a_session(db, owner, links, how):
    """Somebody who was in may have begun it: whoever takes the account back is rid of it."""
    user = make_user()
    user.emailaddress_set.update(verified=False)
    client = again(signed_in(user))
    email_change.start(user, NEW, old_agrees=True)
    _, new = links()
    if how == "reset":
        path = f"/account/password/reset/key/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/"
        stranger = Client()
        assert stranger.post(stranger.get(path)["Location"], {"password1": OTHER_PASSWORD}).status_code == 302
    elif how == "changed":
        client.post("/account/password/change/", {"oldpassword": GOOD_PASSWORD, "password1": OTHER_PASSWORD})
    elif how == "signed out":
        client.post("/me/sessions/end/")
    elif how == "suspended":
        standing.suspend(user, by=owner, reason="Spam")
        standing.restore(user, by=owner)
    else:
        removal.delete(user, by=owner, reason="Asked")
        if how == "purged":
            User.objects.filter(pk=user.pk).update(purges_at=timezone.now())
            run_now(Job.objects.get(kind="accounts.purge"))
        else:
            removal.restore(user, by=owner)
    assert Client().get(new).status_code == Client().post(f"{new}confirm/").status_code == 410
    assert not User.objects.filter(email=NEW).exists()
    stopped = AuditEvent.objects.get(verb="user.email_change_stopped", target=f"user:{user.pk}")
    assert stopped.actor == (owner if how in ("suspended", "deleted", "purged") else user)


def test_a_closed_account_keeps_its_address(db, owner):
    """Asked for by a page that stood open: nothing is begun that would wait until the account is open again."""
    user = make_user()
    standing.suspend(user, by=owner, reason="Spam")
    assert email_change.start(user, NEW, old_agrees=True) is None
    assert not EmailChange.objects.exists() and not QueuedMail.objects.filter(to=NEW).exists()


@pytest.fixture
def tokens(monkeypatch):
    """The tokens of links, in the order in which they are made."""
    made, real = [], one_time.secrets.token_urlsafe
    monkeypatch.setattr(one_time.secrets, "token_urlsafe", lambda size: made.append(real(size)) or made[-1])
    return made


def at_once(*acts) -> list:
    """What each says; none may raise anything."""
    start = Barrier(len(acts))

    def run(act):
        start.wait(30)
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_two_who_want_one_address_at_once(committed_db, tokens):
    ada, eve = make_user(), make_user("eve@example.org")
    for user in (ada, eve):
        email_change.start(user, NEW, old_agrees=True)
    said = at_once(*(partial(email_change.confirm, tokens[at]) for at in (1, 3)))
    assert sorted(said) == ["done", "taken"]
    assert User.objects.filter(email=NEW).count() == EmailChange.objects.count() == 1


def test_two_changes_of_one_account_at_once_leave_one(committed_db, tokens):
    user = make_user()
    start = [partial(email_change.start, User.objects.get(), f"{name}@example.org") for name in "bc"]
    assert all(isinstance(said, EmailChange) or said is None for said in at_once(*start * 2))
    change = EmailChange.objects.get()
    opens = [token for token in tokens if email_change.find(token)[0]]
    assert {email_change.find(token)[1] for token in opens} == {"old", "new"} and len(opens) == 2
    assert [email_change.confirm(token) for token in opens] == ["waiting", "done"]
    user.refresh_from_db()
    assert user.email == change.email


def test_a_change_and_a_sign_up_of_one_address_at_once(committed_db, tokens):
    values.change("require_email_verification", "off", by=None)
    email_change.start(make_user(), NEW, old_agrees=True)
    form = {"email": NEW, "password1": OTHER_PASSWORD, "name": "Eve"}
    said, status = at_once(
        partial(email_change.confirm, tokens[1]),
        lambda: Client().post("/account/signup/", form).status_code,
    )
    assert said in ("done", "taken") and status in (200, 302) and User.objects.filter(email=NEW).count() == 1
    assert EmailAddress.objects.filter(email=NEW).values("user").distinct().count() == 1


def test_a_change_and_a_suspension_at_once_wait_in_one_order(committed_db, owner, tokens):
    user = make_user()
    email_change.start(user, NEW, old_agrees=True)
    said = at_once(
        partial(email_change.confirm, tokens[1]),
        partial(standing.suspend, user, by=owner, reason="Spam"),
    )
    assert said in (["done", True], ["over", True]) and not EmailChange.objects.exists()


def test_a_change_and_the_end_of_all_sessions_at_once_leave_none(committed_db):
    """Whichever comes first: what somebody begins who is being signed out is ended, or never begins."""
    user = make_user()
    for _ in range(3):
        *said, _ = at_once(
            *[partial(email_change.start, User.objects.get(pk=user.pk), NEW, old_agrees=True)] * 3,
            partial(ended, User.objects.get(pk=user.pk)),
        )
        assert all(isinstance(one, EmailChange) or one is None for one in said)
        assert not EmailChange.objects.exists()


def ended(user):
    with transaction.atomic():
        sessions.end_all(user, by=None)
