"""A storage of the test's own."""

import pytest


@pytest.fixture
def media(settings, tmp_path, db):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"
