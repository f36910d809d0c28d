"""Start a verification of the audit log."""

from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from jobs.models import Job
from ui import actions


@require_POST
@requires(Perm.LOGS_READ)
def verify_log(request):
    """Verify the whole chain now, in the background; at most once a minute."""
    Job.enqueue("audit.verify", {}, dedupe_key=f"audit.verify:{timezone.now():%Y-%m-%dT%H:%M}")
    toast = "Verifying the whole log. The result appears here in a moment."
    return actions.done(request, "audit-changed", toast=toast, redirect="/admin/logs/")
