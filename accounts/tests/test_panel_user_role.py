"""The role of one person, on their page."""

from django.utils import timezone

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


def test_of_a_deleted_account_it_offers_nothing(owner, marketer):
    User.objects.filter(pk=marketer.pk).update(deleted_at=timezone.now(), purges_at=timezone.now())
    page = confirmed_client(owner).get(PANEL.format(marketer.pk)).content.decode()
    assert "This account is deleted." in page and 'name="role"' not in page


def test_a_super_admin_is_made_on_purpose(owner, supporter):
    """The name is typed, once; and nobody who is suspended becomes one."""
    client, url = confirmed_client(owner), f"/admin/users/{supporter.pk}/role/"
    asked = client.post(url, {"role": "super_admin"})
    assert asked.status_code == 422 and "Type “Supporter” to confirm" in asked.content.decode()
    wish = {"role": "super_admin", "typed": "Supporter"}
    User.objects.filter(pk=supporter.pk).update(is_active=False)
    assert "Restore it first" in client.post(url, wish).content.decode()
    User.objects.filter(pk=supporter.pk).update(is_active=True)
    assert client.post(url, wish).status_code == 302
    assert User.objects.get(pk=supporter.pk).role == "super_admin"
    assert client.post(url, {"role": "super_admin"}).status_code == 302, "who is one already is not asked about"


def test_who_may_not_manage_roles_sees_no_form(client_of, supporter, member):
    assert client_of(supporter).get(PANEL.format(member.pk)).status_code == 403
