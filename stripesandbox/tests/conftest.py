"""One running sandbox for all tests of this folder, a client, and a webhook endpoint to listen at."""

import pytest

from stripesandbox.tests.receiver import Receiver


@pytest.fixture(scope="session")
def sandbox(running_sandbox):
    """With what happened in other tests."""
    return running_sandbox


@pytest.fixture
def api(sandbox):
    """stripe-python."""
    return sandbox.client().v1


@pytest.fixture
def clock(sandbox):
    """The test moves the clock; real time comes back after it."""
    yield sandbox
    sandbox.clock_to()


@pytest.fixture
def receiver(sandbox, api):
    """A listening endpoint, registered for everything while the test runs; nothing of other tests is on its way."""
    sandbox.forget()
    listening = Receiver().start()
    endpoint = api.webhook_endpoints.create({"url": listening.url, "enabled_events": ["*"]})
    listening.secret, listening.id = endpoint.secret, endpoint.id
    yield listening
    sandbox.pause(False)
    api.webhook_endpoints.delete(endpoint.id)
    listening.stop()
