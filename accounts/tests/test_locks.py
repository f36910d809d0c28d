"""What an act on an account holds while it runs: as little as may be, and in one order."""

import uuid

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.utils import timezone

from accounts import own_data, removal, standing
from accounts.forms import LinkForm
from accounts.models import BulkAct, User
from accounts.models.bulk import KIND
from accounts.tests.make import make_user
from jobs.models import Job, State
from jobs.registry import run_now
from tests.locks import in_line, is_free

pytestmark = pytest.mark.usefixtures("patience")


def test_an_act_on_a_member_holds_no_super_admin(patience):
    boss, member = make_user("boss@example.org", role="super_admin"), make_user()
    for act in (standing.suspend, removal.delete):
        with transaction.atomic():
            act(member, by=boss, reason="Spam")
            assert is_free(boss, "NO KEY UPDATE") and not is_free(member, "NO KEY UPDATE")


def test_one_super_admin_goes_without_the_row_of_another(patience):
    boss, other = (make_user(f"{name}@example.org", role="super_admin") for name in ("boss", "other"))
    with transaction.atomic():
        standing.suspend(other, by=boss, reason="Left")
        assert is_free(boss, "NO KEY UPDATE")


@pytest.mark.parametrize("act", [own_data.ask, lambda person: LinkForm()._get_user(user_pk_to_url_str(person))])
def test_what_is_written_about_an_account_does_not_wait_for_it(patience, act):
    """Foreign keys are checked at the commit, the log's lock in hand: who waited there would hold up every act."""
    member = make_user()
    with transaction.atomic():
        act(member)
        assert is_free(member, "KEY SHARE") and not is_free(member, "NO KEY UPDATE")


def test_a_purge_and_an_act_on_many_wait_in_one_order(patience):
    boss, person = make_user("boss@example.org", role="super_admin"), make_user("zebra@example.org")
    removal.delete(person, by=boss, reason="Asked")
    User.objects.filter(pk=person.pk).update(purges_at=timezone.now())
    about = {"verb": "suspend", "by": boss, "reason": "Spam", "ids": [person.pk]}
    act = BulkAct.start(**about, form_key=uuid.uuid4(), words="Search: zebra@example.org")
    jobs = [Job.objects.get(kind=kind) for kind in ("accounts.purge", KIND)]
    assert in_line(person, *(lambda job=job: run_now(job) for job in jobs)) == []
    assert [Job.objects.get(pk=job.pk).state for job in jobs] == [State.DONE, State.DONE]
    act.refresh_from_db()
    assert User.objects.get(pk=person.pk).status == "Purged" and "zebra" not in act.words and act.is_over
