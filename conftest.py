"""The named cast, and nothing else: the same people stand in the demo data."""

import pytest

PASSWORD = "poem-vision-demo"


def _person(name, role=""):
    @pytest.fixture(name=name)
    def person(db, django_user_model):
        return django_user_model.objects.create_user(
            email=f"{name}@poemvision.example", password=PASSWORD, name=name.title(), role=role
        )

    return person


owner = _person("owner", "super_admin")
supporter = _person("supporter", "support")
marketer = _person("marketer", "marketing")
accountant = _person("accountant", "finance")
member = _person("member")
outsider = _person("outsider")


@pytest.fixture
def client_of(client):
    """Sign a person in: `client_of(owner).get("/admin/")`."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in
