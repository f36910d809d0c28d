"""People for tests that commit."""

import pytest


@pytest.fixture
def make_people(django_user_model):
    """Create users with the given roles and return them; for tests with `committed_db`."""

    def make(*roles):
        return [
            django_user_model.objects.create_user(f"person{number}@poemvision.example", "x", role=role)
            for number, role in enumerate(roles)
        ]

    return make
