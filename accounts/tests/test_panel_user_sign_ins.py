"""When and from where somebody signed in to an account, or tried to."""

from audit.models import record


def test_it_works(client_of, supporter, marketer, member):
    panel = f"/admin/accounts/panels/user_sign_ins/{member.pk}/"
    assert "No sign-in yet" in client_of(supporter).get(panel).content.decode()
    record(member, "user.signed_in", member, after={"device": "Firefox on Linux"})
    record(None, "user.sign_in_failed", member)
    record(supporter, "user.signed_in", supporter, after={"device": "Chrome on Windows"})
    text = client_of(supporter).get(panel).content.decode()
    assert "Firefox on Linux" in text and "Wrong password" in text and "Chrome" not in text
    assert client_of(marketer).get(panel).status_code == 403
