"""Fill a bucket: MusicGen makes tracks one after another, up to the target; they wait as pending.

The job is the fill: it shows how far it is and can be cancelled. Between two looks at Replicate it lets others work.
"""

from django.db import connection, transaction

from audit.models import record
from jobs.models import Job, State
from jobs.registry import Retry
from musicpool import musicgen
from musicpool.models import Generation, Track
from tunables import values

KIND = "musicpool.fill"
LOCK = 0x3051C
PAUSE = 4  # seconds between two looks
ENOUGH = 2  # so many failures in a row end it


class Refused(Exception):
    """Nothing was queued; the text says why."""


def missing(mood: str, genre: str) -> int:
    """How many tracks the bucket lacks, counting those that wait to be heard."""
    alive = Track.objects.filter(mood=mood, genre=genre, asset__retired_at=None).exclude(state=Track.State.REJECTED)
    return max(0, values.get("music_bucket_target") - alive.count())


def under_way(mood: str, genre: str) -> Job | None:
    """The fill of a bucket that is queued or running."""
    alive = Job.objects.filter(kind=KIND, state__in=(State.NEW, State.RUNNING))
    return alive.filter(payload__mood=mood, payload__genre=genre).order_by("pk").first()


def start(mood: str, genre: str, count: int, *, by) -> Job:
    """Queue `count` tracks, as many as were shown with their price; one fill of a bucket at a time."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if not musicgen.available():
            raise Refused("REPLICATE_API_TOKEN is not set, so MusicGen is off.")
        if under_way(mood, genre):
            raise Refused("This bucket is being filled already.")
        if count != missing(mood, genre) or not count:
            raise Refused("The bucket has changed meanwhile. Look at the price again.")
        asked = {"mood": mood, "genre": genre, "count": count}
        job = Job.enqueue(KIND, {**asked, "by": by.pk})
        record(by, "bucket.filled", f"bucket:{mood}/{genre}", after={"tracks": count, "job": job.pk})
    return job


def go_on(job) -> None:
    """Run a fill: one step, then Retry until the last track is there."""
    mood, genre, count = (job.payload[name] for name in ("mood", "genre", "count"))
    made = failures = 0
    for number in range(count):
        generation = _asked(job, number) or musicgen.start(
            mood, genre, reason=Generation.Reason.FILL, key=_key(job, number), by=_by(job)
        )
        musicgen.advance(generation)
        if not generation.is_over:
            job.progress(number, count, f"MusicGen is at work on track {number + 1}")
            raise Retry(PAUSE)
        made, failures = (made + 1, 0) if generation.track_id else (made, failures + 1)
        job.progress(number + 1, count, f"{made} made")
        if failures == ENOUGH:
            return job.progress(number + 1, count, f"Stopped, {made} made. {generation.call.error}"[:200])
    return None


def _key(job, number) -> str:
    return f"music:fill:{job.pk}:{number}"


def _asked(job, number) -> Generation | None:
    return Generation.objects.select_related("call").filter(call__key=_key(job, number)).first()


def _by(job):
    from accounts.models import User

    return User.objects.filter(pk=job.payload["by"]).first()
