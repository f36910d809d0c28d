"""For load balancers and monitors: /healthz says that this process answers, /readyz that all it needs does."""

import logging
import shutil
from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import Min
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Job, State
from poemvision import rights

logger = logging.getLogger(__name__)

DISK_FREE = 0.05  # of the disk; PostgreSQL and logs stop at none
QUEUE_AGE = 300  # seconds that a due job may wait before somebody should look


@require_safe
@login_not_required
@never_cache
def healthz(request):
    """Asks nothing of anybody: a database that is down must not get the web processes restarted."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@login_not_required
@never_cache
def readyz(request):
    """503 as long as a part is missing; which one, but never why: that is in the log."""
    parts = {name: _holds(check) for name, check in CHECKS.items()}
    return JsonResponse({name: "ok" if held else "failing" for name, held in parts.items()}, status=_status(parts))


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        logger.warning("Not ready: %s", check.__name__, exc_info=True)
        return False


def _status(parts: dict[str, bool]) -> int:
    return 200 if all(parts.values()) else 503


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def role() -> bool:
    """Whether the ledger is safe from this very process: production runs without the rights of the tables' owner."""
    if settings.EMBEDDED:
        return True
    if wrong := rights.too_mighty():
        raise PermissionError(wrong)
    return True


def broker() -> bool:
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1) as client:
        return client.ping()


def disk() -> bool:
    usage = shutil.disk_usage(settings.BASE_DIR)
    return usage.free > usage.total * DISK_FREE


def queue() -> bool:
    """Whether due jobs are being picked up."""
    oldest = Job.objects.filter(state=State.NEW).aggregate(at=Min("run_at"))["at"]
    return oldest is None or (timezone.now() - oldest).total_seconds() < QUEUE_AGE


CHECKS = {"database": database, "role": role, "redis": broker, "disk": disk, "queue": queue}
