"""What tests of this room need to exist."""

from accounts.models import User

GOOD_PASSWORD = "kettle harbour sparrow tin"


def make_user(email="ada@example.org", **fields) -> User:
    fields.setdefault("password", GOOD_PASSWORD)
    return User.objects.create_user(email, **fields)
