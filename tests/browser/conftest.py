"""A server with committed data, and a real browser in front of it. Skipped, and said so, where there is no Chromium."""

import os
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.test import Client

from tests.browser import gallery as components
from tests.browser.chromium import PATIENCE, at_rest, check_page, find_chromium, open_chromium, watch
from tests.system import INSTALLED

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Nothing: pytest shows what matters."""


def pytest_collection_modifyitems(items):
    """A browser on a busy machine may be starved: its test gets one more try, which the report names.

    Not on an installed system: the second try would find what the first one did.
    """
    for item in items if not INSTALLED else ():
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def chromium():
    """One browser for the whole run."""
    if not find_chromium():
        pytest.skip("no Chromium found: install Debian's chromium, or set CHROMIUM to one")
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with open_chromium() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def gallery(settings):
    """The gallery of components at /admin/gallery/; the value is what its views have seen."""
    components.install(settings)
    from tests.browser.gallery import views

    views.seen.update(broken=9, job=0, grants=[])
    return views.seen


@pytest.fixture
def site(committed_db):
    """The project behind a real port; the value is its address."""
    application = StaticFilesHandler(get_wsgi_application())
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet, connections_override=None)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def open_page(chromium, site):
    """`page = open_page("/admin/", as_user=owner, phone=True, theme="dark")`.

    When the test ends, every page must have kept quiet: no script error, no console error, no refusal of the CSP.
    `page.errors` is the list; a test that provokes one takes it out.
    """
    contexts, pages = [], []

    def open_one(path, *, as_user=None, phone=False, theme="light", javascript=True, agent=None):
        context = chromium.new_context(
            base_url=site,
            viewport=PHONE if phone else DESKTOP,
            color_scheme=theme,
            java_script_enabled=javascript,
            has_touch=phone,
            user_agent=agent,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "theme", "value": theme, "url": site}])
        if as_user:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": _session(as_user), "url": site}])
        page = context.new_page()
        page.errors = watch(page)
        pages.append(page)
        page.goto(path)
        if javascript:
            at_rest(page)
        return page

    yield open_one
    errors = [error for page in pages for error in page.errors]
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def faultless():
    """`faultless(page)`: axe finds nothing, and nothing hangs over the right edge. `but` names rules to leave out."""

    def check(page, but=()):
        faults = [fault for fault in check_page(page) if not any(f"axe {rule}:" in fault for rule in but)]
        assert faults == []

    return check


def _session(user) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
