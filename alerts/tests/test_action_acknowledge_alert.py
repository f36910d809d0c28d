from alerts.models import raise_alert
from audit.queries import events_for

HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner):
    alert = raise_alert("x", "Trouble")
    answer = client_of(owner).post(f"/admin/alerts/{alert.pk}/acknowledge/", headers=HTMX)
    assert answer.status_code == 204
    assert f"/admin/alerts/{alert.pk}/reopen/" in answer.headers["HX-Trigger"], "with its undo"
    alert.refresh_from_db()
    assert alert.acknowledged_by == owner
    assert events_for(alert).get().actor == owner


def test_undo(client_of, owner):
    alert = raise_alert("x", "Trouble")
    alert.acknowledge(by=owner)
    assert client_of(owner).post(f"/admin/alerts/{alert.pk}/reopen/").status_code == 302
    alert.refresh_from_db()
    assert alert.is_open


def test_the_second_one_is_told(client_of, owner):
    alert = raise_alert("x", "Trouble")
    alert.acknowledge(by=owner)
    answer = client_of(owner).post(f"/admin/alerts/{alert.pk}/acknowledge/", headers=HTMX)
    assert "Somebody has done this already" in answer.headers["HX-Trigger"]
    assert events_for(alert).count() == 1


def test_it_requires_alerts_acknowledge(client_of, accountant):
    alert = raise_alert("x", "Trouble")
    assert client_of(accountant).post(f"/admin/alerts/{alert.pk}/acknowledge/").status_code == 403


def test_it_rejects_get(client_of, owner):
    assert client_of(owner).get(f"/admin/alerts/{raise_alert('x', 'T').pk}/acknowledge/").status_code == 405
