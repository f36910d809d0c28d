import pytest

from conftest import PASSWORD


@pytest.fixture
def confirmed(client_of, owner):
    """The owner's client, the password entered a moment ago."""
    client = client_of(owner)
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client
