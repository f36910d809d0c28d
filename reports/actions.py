"""What staff do about the reports. POST only."""

from django.db import transaction
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from audit.models import record
from jobs.models import Job
from reports import queries
from ui import actions


@require_POST
@requires(Perm.ACCOUNTING_CLOSE)
def refresh_reports(request):
    """Look now for what is new since the last look, which comes every minute by itself."""
    with transaction.atomic():
        if not queries.look_under_way():
            Job.enqueue(queries.LOOK, {})
            record(request.user, "reports.refreshed", "reports")
    return actions.done(request, "reports-changed", toast="We look for what is new.", redirect="/admin/reports/")
