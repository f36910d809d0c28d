import pytest

from tests.browser import gallery as components


@pytest.fixture
def gallery(settings):
    """The gallery of components at /admin/gallery/; the value is what its views have seen."""
    components.install(settings)
    from tests.browser.gallery import views

    views.seen.update(broken=9, job=0, grants=[])
    return views.seen
