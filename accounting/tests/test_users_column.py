"""The column time saved of the list of users: chosen, for whoever sees usage, and summing to the total."""

from datetime import timedelta

from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting.asking import period_of
from accounting.usage import queries
from accounts import columns
from accounts.models import User
from accounts.tests.make import make_user
from studio.tests.make import make_cut

PANEL = "/admin/accounts/panels/users/"
HTMX = {"HX-Request": "true"}


def test_the_people_of_the_list_sum_to_the_total(client_of, owner, supporter, member):
    now = timezone.now()
    took = {"queued_at": now, "started_at": now, "finished_at": now + timedelta(minutes=2), "shares": 1}
    other = make_user()
    for who in (member, member, other, owner):
        make_cut(owner=who, **took)
    make_cut(owner=other, deleted_at=now, **took)
    people, shown = list(User.objects.all()), columns.chosen(owner, "saved")
    with CaptureQueriesContext(connection) as asked:
        columns.fill(people, shown)
    assert sum("studio_cut" in query["sql"] for query in asked) == 1, "all people at once"
    total = queries.figures(period_of(QueryDict()), "member").saved
    assert total == 3 * 58 - 2 == sum(person.saved_now for person in people)
    assert {person.pk: person.saved_now for person in people}[owner.pk] == 0
    page = client_of(owner).get(PANEL, {"columns": "saved"}, headers=HTMX).content.decode()
    assert 'data-label="Time saved">1.9 h' in page and 'data-label="Time saved">0.9 h' in page
    assert 'data-label="Time saved"' not in client_of(owner).get(PANEL, headers=HTMX).content.decode()
    assert "Time saved" not in client_of(supporter).get(PANEL, {"columns": "saved"}, headers=HTMX).content.decode()
    in_file = {who: [one.key for one in columns.in_file(who)] for who in (owner, supporter)}
    assert "saved" in in_file[owner] and "saved" not in in_file[supporter]
    file = next(one for one in columns.in_file(owner) if one.key == "saved")
    found = dict(User.objects.annotate(told=file.as_csv(file.expression)).values_list("pk", "told"))
    assert float(found[member.pk]) == 116
