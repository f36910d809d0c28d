"""Every test of this room stores its files in a folder of its own."""

import pytest

from files.tests.conftest import media  # noqa: F401 (a fixture)


@pytest.fixture(autouse=True)
def own_media(media):  # noqa: F811
    return media
