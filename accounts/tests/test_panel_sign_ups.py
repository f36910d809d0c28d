"""New members of a period: staff and demo accounts are left out."""

import pytest
from django.utils import timezone

from accounts import queries
from accounts.models import User
from ui.periods import Period

pytestmark = pytest.mark.django_db
PANEL = "/admin/accounts/panels/sign_ups/"


def test_it_works(client_of, marketer, member, outsider):
    User.objects.create_user("demo@example.com", None, is_demo=True)
    today = timezone.now().date()
    found = queries.sign_ups(period=Period("", today, today, "", Period("", today, today, "")))
    assert (found.now, found.members, found.demo) == (2, 2, 1)
    text = client_of(marketer).get(PANEL).content.decode()
    assert "New members" in text and "1 demo member is not counted" in text
    User.objects.create_user("second@example.com", None, is_demo=True)
    assert "2 demo members are not counted" in client_of(marketer).get(PANEL).content.decode()


def test_it_requires_users_read(client_of, member):
    assert client_of(member).get(PANEL).status_code == 403
