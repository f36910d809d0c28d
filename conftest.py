"""The named cast (the same people stand in the demo data), and what differs from the settings in tests."""

import random

import pytest
from django.conf import settings

from ctas import counting
from stripesandbox.tests.server import running_sandbox, sandbox  # noqa: F401 (fixtures)
from tests.cast import cast  # noqa: F401 (a fixture)
from tests.databases import app_role, committed_db, django_db_setup, patience  # noqa: F401 (fixtures)
from tests.faults.summary import pytest_terminal_summary  # noqa: F401 (a hook)
from tests.system import lasting_system  # noqa: F401 (a fixture)
from tunables import values

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True  # serve static/ itself, not staticfiles/

PASSWORD = "poem-vision-demo"


@pytest.fixture(autouse=True)
def no_request():
    """A test begins outside any request, whatever response an earlier one left unread and so unfinished."""
    values._snapshot.set(None)
    counting.forget()


@pytest.fixture(scope="session")
def thorough(pytestconfig) -> bool:
    """Whether this run takes the long tests too (`bin/test --long`): others try a part of what there is to try."""
    return pytestconfig.option.markexpr != "not long"


@pytest.fixture
def some(request, thorough):
    """`some(things, 2)`: two of them, others by test and seed of pytest-randomly; all where the run is thorough."""
    chance = random.Random(f"{request.config.getoption('randomly_seed', 0)} {request.node.nodeid}")  # noqa: S311

    def choose(things, count: int) -> list:
        things = list(things)
        return things if thorough else chance.sample(things, min(count, len(things)))

    return choose


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


@pytest.fixture
def confirmed_lately(monkeypatch):
    """Nobody is asked for the password again (`accounts.access.confirmed`)."""
    monkeypatch.setattr("accounts.access.reauthentication.is_reauthentication_required", lambda request, app: False)
