"""The role of one person, on their page."""

from accounts.models import User
from tests.cast import confirmed_client

PANEL = "/admin/accounts/panels/user_role/{}/"


def test_it_works(owner, marketer):
    client = confirmed_client(owner)
    assert 'value="marketing" selected' in client.get(PANEL.format(marketer.pk)).content.decode()
    assert "Nobody changes their own role" in client.get(PANEL.format(owner.pk)).content.decode()
    url = f"/admin/users/{marketer.pk}/role/"
    assert client.post(url, {"role": "finance"}).status_code == 302
    assert User.objects.get(pk=marketer.pk).role == "finance"
    assert client.post(f"/admin/users/{owner.pk}/role/", {"role": ""}).status_code == 422
    assert client.post(url, {"role": "czar"}).status_code == 422


def test_who_may_not_manage_roles_sees_no_form(client_of, supporter, member):
    assert client_of(supporter).get(PANEL.format(member.pk)).status_code == 403
