"""What members have a model make: a poem from a theme, a picture from a poem. Held before, settled with the result.

The job carries the wish; its note says how it ended. A wish is sent once: a run that finds it sent, and nothing of it
here, gives it back.
"""

import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog import assets, verses
from catalog import queries as catalog
from catalog.models import Asset, Poem
from files import place
from jobs.models import Job, State
from jobs.registry import Retry
from ledger import posting
from ledger.models import Hold, Transaction
from pricing import prices
from studio import paying
from studio.generation import calls, moderation, picture, poem
from studio.models import WrittenPoem
from studio.orders import Repriced
from tunables import values

KIND = "studio.make_wish"
POEM, IMAGE = "poem", "image"
HELD_FOR = timedelta(hours=2)
PATIENCE, PAUSE = timedelta(hours=1), 30  # a painted picture is taken in later, in seconds, within an hour
ROOM_FOR_ONE = 8 * 1024 * 1024  # bytes: as much as a picture with its preview may take
SOURCE = "wish:"
FLAGGED = "The words were flagged as something we do not make. Nothing was charged."
UNFIT = "The model wrote what a cut cannot hold. Nothing was charged; ask for something shorter or plainer."
CAPPED = "Too many wishes came to nothing today. Nothing was charged; try again tomorrow."
UNCOVERED = "It waited so long that your credit was given back, and what is left does not cover it."
THERE = {
    POEM: "Your poem is there, first among the poems.",
    IMAGE: "Your picture is there, first among the pictures.",
}


class Capped(Exception):
    """Too many wishes of this member came to nothing; the text is a sentence for them."""


def offered() -> dict[str, object]:
    """The services that are configured, with what they cost now."""
    able = {POEM: poem.available(), IMAGE: picture.available()}
    return {service: prices.price(service) for service, is_able in able.items() if is_able}


def ask(member, service: str, words: dict, form_key: uuid.UUID, shown: Decimal) -> Job:
    """Hold the price and queue the wish; the same form again finds it. `shown` is the price beside the button.

    Raises posting.LedgerError, Capped, or Repriced with nothing held.
    """
    if _refused_lately(member):
        raise Capped(CAPPED)
    with transaction.atomic():
        wish = {"member": member.pk, "service": service, **words}
        job = Job.enqueue(KIND, wish, dedupe_key=f"wish:{member.pk}:{form_key}")
        if job is None:
            return Job.objects.get(dedupe_key=f"wish:{member.pk}:{form_key}")
        if (price := prices.price(service)) != shown:
            raise Repriced(price)
        until = timezone.now() + HELD_FOR
        held = posting.hold(
            member,
            price,
            service=service,
            expires_at=until,
            external_id=f"wish:{job.pk}",
            actor=member,
            note=f"A {service} by a model",
        )
        Job.objects.filter(pk=job.pk).update(payload={**wish, "hold": held.hold_id})
    return job


def of(member):
    """A member's wishes: by their dedupe key, which has an index."""
    return Job.objects.filter(dedupe_key__startswith=f"wish:{member.pk}:", kind=KIND)


def calls_of(written, images) -> tuple[str, ...]:
    """The keys of the calls to models by which a poem (its WrittenPoem, or None) and pictures were made."""
    made = [image.source for image in images if image.origin == Asset.Origin.GENERATED]
    painted = [f"image:{source.removeprefix(SOURCE)}" for source in made if source.startswith(SOURCE)]
    return (*([written.call_key] if written else []), *painted)


def make(job: Job) -> None:
    """Ask the model and keep what it made, or say why not and give the credit back."""
    wish, member = job.payload, User.objects.get(pk=job.payload["member"])
    if Transaction.objects.filter(external_id=_charge_id(job)).exists():
        job.progress(1, 1, THERE[wish["service"]])
        return
    job.progress(0, 1, "Asking the model")
    try:
        if _refused_lately(member):
            raise Capped(CAPPED)
        if moderation.flags(f"{wish['theme']}\n{wish['tone']}"):
            raise calls.Failed(FLAGGED)
        MAKERS[wish["service"]](job, wish, member)
    except (calls.Failed, Capped, assets.Refused, assets.NoSpace, posting.LedgerError) as refusal:
        with transaction.atomic():
            job.progress(0, 1, UNCOVERED if isinstance(refusal, posting.LedgerError) else str(refusal))
            paying.give_back(wish["hold"], "The model made nothing")


def _make_poem(job, wish, member) -> None:
    text = poem.write(wish["theme"], wish["tone"], wish["language"], str(job.pk))
    if moderation.flags(text):
        raise calls.Failed(FLAGGED)
    titles = (wish["theme"][:60], text.strip().splitlines()[0][:60])
    refusals = [verses.why_not(title, "", text, wish["language"]) for title in titles]
    if all(refusals):
        raise calls.Failed(UNFIT)
    with transaction.atomic():
        facts = {"title": titles[refusals.index("")], "text": text, "language": wish["language"]}
        made = Poem.objects.create(owner=member, **facts)
        WrittenPoem.objects.create(poem=made, call_key=f"poem:{job.pk}")
        _settle(job, wish, member)


def _make_picture(job, wish, member) -> None:
    """A run that died when the picture was there left it with the wish's name: it is paid for, not painted again."""
    source = f"{SOURCE}{job.pk}"
    made = Asset.objects.filter(owner=member, source=source).first()
    if made is None:
        room = catalog.my_storage(member)
        if room.used + ROOM_FOR_ONE > room.quota:
            raise assets.Refused("Your storage is full. Delete something first. Nothing was charged.")
        painted = _painted(job, wish)
        title = wish["theme"].strip().splitlines()[0][:60]
        facts = {"kind": "image", "title": title, "origin": Asset.Origin.GENERATED, "source_note": source}
        try:
            made = assets.add(painted, owner=member, by=member, **facts)
        except assets.Duplicate as twin:  # it was delivered, and is here
            made = twin.asset
        except (assets.Unavailable, assets.NoSpace) as passing:
            if job.created_at < timezone.now() - PATIENCE:
                raise
            job.progress(0, 1, "It is painted, and waits to be taken in")
            raise Retry(PAUSE, str(passing)) from passing
        painted.unlink(missing_ok=True)
    try:
        with transaction.atomic():
            _settle(job, wish, member)
    except posting.LedgerError:
        if made.source == source:
            assets.retire(made, by=member)
        raise


def _painted(job, wish) -> Path:
    """What the model painted, on this disk until it is taken in or swept away: it is asked once."""
    path = place.waiting_room() / job.dedupe_key.replace(":", "-")
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(picture.paint(wish["theme"], wish["tone"], str(job.pk)))
        part.replace(path)
    return path


MAKERS = {POEM: _make_poem, IMAGE: _make_picture}


def _settle(job, wish, member) -> None:
    job.progress(1, 1, THERE[wish["service"]])
    about = {"external_id": _charge_id(job), "actor": member, "note": f"A {wish['service']} by a model"}
    paying.settle(wish["hold"], Hold.objects.get(pk=wish["hold"]).amount, **about)


def _charge_id(job) -> str:
    return f"wish:{job.pk}:charge"


def _refused_lately(member) -> bool:
    """Whether so many wishes came to nothing within a day that the next must wait: some of them cost us a call."""
    since = timezone.now() - timedelta(days=1)
    nothing = of(member).filter(created_at__gt=since, state__in=(State.DONE, State.DEAD), progress_done=0)
    return nothing.count() >= values.get("refused_wishes_per_day")
