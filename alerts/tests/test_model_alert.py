from alerts.models import Alert, raise_alert, raise_once, settle
from alerts.queries import open_alerts
from audit.queries import events_for


def test_it_works(db):
    first = raise_alert("disk", "The disk is nearly full", "7 % free", severity="bad", url="/admin/")
    again = raise_alert("disk", "The disk is nearly full", "6 % free", severity="bad")
    assert again.pk == first.pk
    assert (again.count, again.detail, again.is_open) == (2, "6 % free", True)
    assert again.first_seen <= again.last_seen


def test_critical_ones_come_first(db):
    raise_alert("b", "Slow", severity="warn")
    raise_alert("a", "Broken", severity="bad")
    assert [alert.title for alert in open_alerts()] == ["Broken", "Slow"]


def test_acknowledge_closes_once_and_records_audit(owner):
    alert = raise_alert("disk", "Full")
    assert alert.acknowledge(by=owner) is True
    assert alert.acknowledge(by=owner) is False
    assert (alert.is_open, alert.acknowledged_by) == (False, owner)
    assert [event.verb for event in events_for(alert)] == ["alert.acknowledged"]
    assert not open_alerts().exists()


def test_reopen_is_the_undo(owner):
    alert = raise_alert("disk", "Full")
    alert.acknowledge(by=owner)
    assert alert.reopen(by=owner) is True
    assert (alert.is_open, alert.acknowledged_by) == (True, None)


def test_it_reopens_when_seen_again(owner):
    raise_alert("disk", "Full").acknowledge(by=owner)
    assert raise_alert("disk", "Full").is_open


def test_settled_by_itself(db):
    raise_alert("disk", "Full")
    assert settle("disk") is True
    assert settle("disk") is False
    assert Alert.objects.get().is_open is False


def test_once_is_told_anew_when_it_reads_otherwise_or_was_over(owner):
    def tell(detail):
        raise_once("balance", "Too much", detail, severity="bad")
        return Alert.objects.get()

    assert tell("$1").is_open and tell("$1").count == 1
    tell("$1").acknowledge(by=owner)
    assert not tell("$1").is_open and tell("$2").is_open
    settle("balance")
    assert tell("$2").is_open
