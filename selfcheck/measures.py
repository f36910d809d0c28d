"""What follows from a finding: those members' spending is frozen, and somebody is called. Repair is for people.

When a mismatch is gone its alert closes by itself; the freeze stays until staff thaw it, with a reason.
"""

from accounts.models import User
from alerts.models import Alert, raise_alert, settle
from billing import spending
from selfcheck.checks import Check, Finding
from selfcheck.models import Result

PAGE = "/admin/selfcheck/"
ALERTS = 20  # one for each member up to here; one more speaks of the rest


def take(check: Check, finding: Finding) -> None:
    """Safe to repeat: who is frozen for this reason already stays so, and an alert counts up."""
    if finding.result == Result.UNKNOWN:
        return
    for member in User.objects.filter(pk__in=finding.members).order_by("pk"):
        spending.freeze(member, f"self-check: {check.title}", by=None)
    raised = {} if check.alerts_itself else _alerts(check, finding)
    for fingerprint, title in raised.items():
        raise_alert(fingerprint, title, " ".join(finding.examples), severity="bad", url=PAGE)
    mine = Alert.objects.filter(fingerprint__regex=f"^self-check:{check.name}(:|$)", acknowledged_at=None)
    for alert in mine.exclude(fingerprint__in=raised):
        settle(alert.fingerprint)


def alarm_of_failure(check: Check, error: Exception) -> None:
    """The check itself could not run."""
    title = f"The self-check “{check.title}” could not run"
    raise_alert(f"self-check:{check.name}:failed", title, f"{type(error).__name__}: {error}", url=PAGE)


def _alerts(check: Check, finding: Finding) -> dict[str, str]:
    """Fingerprints and titles."""
    raised = {}
    for member in finding.members[:ALERTS]:
        title = f"{check.title}: member {member} does not add up, spending is frozen"
        raised[f"self-check:{check.name}:{member}"] = title
    left = len(finding.members) - ALERTS
    if left > 0:
        raised[f"self-check:{check.name}"] = f"{check.title}: {left:,} more members do not add up and are frozen"
    elif finding.result == Result.BAD and not finding.members:
        raised[f"self-check:{check.name}"] = f"{check.title}: does not add up"
    return raised
