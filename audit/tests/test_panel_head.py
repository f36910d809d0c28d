import json

from django.utils.dateparse import parse_datetime

from audit import chain
from audit.tests.make import make_event, tamper

PANEL = "/admin/audit/panels/head/"
FILE = "/admin/audit/head/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, supporter):
    """What is on the page is in both files, and proves later that nothing was cut off."""
    client = client_of(supporter)
    assert json.loads(client.get(FILE).content)["position"] == 0
    event = [make_event() for _ in range(3)][-1]
    page = client.get(PANEL, headers=HTMX).content.decode()
    assert event.hash in page and f'href="{FILE}"' in page and f'href="{FILE}?format=csv"' in page
    answer = client.get(FILE)
    facts = json.loads(answer.content)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-head_3.json"'
    assert (facts["position"], facts["head"], facts["verified_through"]) == (3, event.hash, 0)
    assert parse_datetime(facts["sealed_row_at"]) <= parse_datetime(facts["exported_at"])
    as_csv = b"".join(client.get(FILE, {"format": "csv"}).streaming_content).decode()
    assert f"3,{event.hash}," in as_csv
    assert chain.verify(expected_head=facts["head"]).ok
    tamper("DELETE FROM audit_auditevent WHERE position = 3")
    assert "cut" in chain.verify(expected_head=facts["head"]).problem
