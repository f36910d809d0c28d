import pytest

from audit.context import client_network


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_it_works(rf, peer, network):
    assert client_network(rf.get("/", REMOTE_ADDR=peer)) == network


def test_headers_of_strangers_are_ignored(rf, settings):
    request = rf.get("/", REMOTE_ADDR="203.0.113.77", HTTP_X_FORWARDED_FOR="198.51.100.1, 198.51.100.2")
    assert client_network(request) == "203.0.113.0/24"
    settings.TRUSTED_PROXIES = 1
    assert client_network(request) == "198.51.100.0/24"
