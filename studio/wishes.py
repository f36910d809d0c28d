"""What members have a model make: a poem from a theme, a picture from a poem. Held before, settled with the result.

The job carries the wish; its note says how it ended. A wish is sent once: a run that finds it sent gives it back.
"""

import io
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from catalog import assets
from catalog.models import Asset, Poem
from jobs.models import Job
from ledger import posting
from ledger.models import Hold
from pricing import prices
from studio.generation import calls, moderation, picture, poem

KIND = "studio.make_wish"
POEM, IMAGE = "poem", "image"
HELD_FOR = timedelta(hours=2)
FLAGGED = "The words were flagged as something we do not make. Nothing was charged."


def offered() -> dict[str, object]:
    """The services that are configured, with what they cost now."""
    able = {POEM: poem.available(), IMAGE: picture.available()}
    return {service: prices.price(service) for service, is_able in able.items() if is_able}


def ask(member, service: str, words: dict, form_key: uuid.UUID) -> Job:
    """Hold the price and queue the wish; the same form again finds it. Raises posting.LedgerError."""
    with transaction.atomic():
        wish = {"member": member.pk, "service": service, **words}
        job = Job.enqueue(KIND, wish, dedupe_key=f"wish:{member.pk}:{form_key}")
        if job is None:
            return Job.objects.get(dedupe_key=f"wish:{member.pk}:{form_key}")
        until = timezone.now() + HELD_FOR
        held = posting.hold(
            member,
            prices.price(service),
            service=service,
            expires_at=until,
            external_id=f"wish:{job.pk}",
            actor=member,
            note=f"A {service} by a model",
        )
        Job.objects.filter(pk=job.pk).update(payload={**wish, "hold": held.hold_id})
    return job


def of(member):
    """A member's wishes."""
    return Job.objects.filter(kind=KIND, payload__member=member.pk)


def make(job: Job) -> None:
    """Ask the model and keep what it made, or say why not and give the credit back."""
    wish = job.payload
    job.progress(0, 1, "Asking the model")
    try:
        if moderation.flags(wish["theme"]):
            raise calls.Failed(FLAGGED)
        _make(job, wish)
    except (calls.Failed, assets.Refused, assets.NoSpace, assets.Duplicate) as refusal:
        with transaction.atomic():
            job.progress(0, 1, str(refusal))
            if _is_held(wish):
                posting.release(wish["hold"], note="The model made nothing")


def _make(job, wish) -> None:
    if wish["service"] == POEM:
        text = poem.write(wish["theme"], wish["tone"], wish["language"], str(job.pk))
        if moderation.flags(text):
            raise calls.Failed(FLAGGED)
        with transaction.atomic():
            facts = {"title": wish["theme"][:60], "text": text, "language": wish["language"]}
            Poem.objects.create(owner_id=wish["member"], **facts)
            _settle(job, wish, "Your poem is there, first among the poems.")
        return
    painted = picture.paint(wish["theme"], wish["tone"], str(job.pk))
    member = Hold.objects.select_related("member").get(pk=wish["hold"]).member
    facts = {"kind": "image", "title": wish["theme"].strip().splitlines()[0][:60], "origin": Asset.Origin.GENERATED}
    assets.add(io.BytesIO(painted), owner=member, by=member, **facts)
    with transaction.atomic():
        _settle(job, wish, "Your picture is there, first among the pictures.")


def _settle(job, wish, words: str) -> None:
    job.progress(1, 1, words)
    if _is_held(wish):
        hold = Hold.objects.get(pk=wish["hold"])
        posting.settle(
            hold.pk, hold.amount, external_id=f"wish:{job.pk}:charge", note=f"A {wish['service']} by a model"
        )


def _is_held(wish) -> bool:
    return Hold.objects.filter(pk=wish["hold"], status=Hold.Status.OPEN).exists()
