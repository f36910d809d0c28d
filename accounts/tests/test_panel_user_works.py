"""What a member made and keeps."""

from catalog.tests.make import make_asset


def test_it_works(client_of, supporter, member, outsider):
    panel = f"/admin/accounts/panels/user_works/{member.pk}/"
    assert "Nothing made yet" in client_of(supporter).get(panel).content.decode()
    mine, other = make_asset(owner=member), make_asset(owner=outsider)
    text = client_of(supporter).get(panel).content.decode()
    assert mine.code in text and other.code not in text
