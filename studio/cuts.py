"""What happens to a cut: made, cancelled, tried again, done, failed, shown, taken away, adopted.

A member's credit is held before the work and settled when it is done; whatever else ends the work releases it.
Rows are locked in one order: the job, the cut, the wallet.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import record
from jobs.models import Job
from ledger import posting
from ledger.models import Hold
from pricing import prices
from studio import visitors
from studio.models import Cut, CutImage

LITE, STUDIO = "lite_render", "studio_render"
HELD_FOR = timedelta(hours=24)
State = Cut.State
STOPPED = "It was stopped before it was done."
BROKEN = "Something of ours broke while it was made. Nothing was charged; please try again."


@dataclass(frozen=True)
class Order:
    """What somebody chose: the fields of a cut, its images in order, and whether everybody may see it."""

    form_key: uuid.UUID
    fields: dict
    images: tuple = ()
    public: bool = False
    service: str = LITE
    made_with: tuple[str, ...] = field(default=())


def price_for(owner, service: str) -> Decimal:
    """What a render costs whoever asks: visitors make Lite cuts for nothing."""
    return prices.price(service) if owner else Decimal(0)


def make(order: Order, request) -> Cut:
    """Begin a cut; the same form again finds it. Raises posting.LedgerError or visitors.Exhausted."""
    owner = request.user if request.user.is_authenticated else None
    whose = {"owner": owner} if owner else {"visitor": visitors.visitor_id(request, create=True)}
    try:
        with transaction.atomic():
            return _made_before(order, whose) or _make(order, owner, whose, request)
    except IntegrityError:  # the second click of a double click
        if made := _made_before(order, whose):
            return made
        raise


def _made_before(order, whose) -> Cut | None:
    return Cut.objects.filter(form_key=order.form_key, **whose).first()


def _make(order, owner, whose, request) -> Cut:
    price = price_for(owner, order.service)
    cut = Cut.objects.create(
        **whose,
        **order.fields,
        form_key=order.form_key,
        service=order.service,
        price=price,
        made_with=list(order.made_with),
        shared=order.public,
        on_wall=order.public,
    )
    images = [CutImage(cut=cut, asset=asset, position=place) for place, asset in enumerate(order.images)]
    CutImage.objects.bulk_create(images)
    if not owner:
        visitors.use_one(request)
    _begin(cut)
    return cut


def _begin(cut) -> None:
    """Queue the render and, for a price, hold the credit."""
    cut.job = Job.enqueue("studio.render", {"cut": cut.pk})
    cut.hold_id = None
    if cut.price > 0:
        held = posting.hold(
            cut.owner,
            cut.price,
            service=cut.service,
            expires_at=timezone.now() + HELD_FOR,
            external_id=f"cut:{cut.pk}:hold:{cut.job.pk}",
            actor=cut.owner,
            note=f"Cut “{cut.title}”",
        )
        cut.hold_id = held.hold_id
    cut.save(update_fields=["job", "hold_id"])


def retry(cut, *, by=None) -> bool:
    """Try a failed or stopped cut again, at the price of today; False when it is neither. `by` is staff."""
    with transaction.atomic():
        cut = Cut.objects.select_for_update(no_key=True).get(pk=cut.pk)
        if cut.state not in (State.FAILED, State.CANCELLED):
            return False
        cut.price = price_for(cut.owner, cut.service)
        cut.state, cut.error, cut.queued_at = State.QUEUED, "", timezone.now()
        cut.started_at = cut.finished_at = None
        cut.save(update_fields=["price", "state", "error", "queued_at", "started_at", "finished_at"])
        _begin(cut)
        if by:
            record(by, "cut.retried", cut)
    return True


def cancel(cut) -> bool:
    """Stop a cut that waits or renders and give the credit back; False when it is over. The worker notices itself."""
    return _end(cut.pk, State.CANCELLED, STOPPED)


def fail(cut, sentence: str) -> bool:
    """The render cannot be made: say why, and give the credit back. False when it is over already."""
    return _end(cut.pk, State.FAILED, sentence)


def _end(pk, state, sentence) -> bool:
    with transaction.atomic():
        cut = Cut.objects.select_for_update(no_key=True).get(pk=pk)
        if not cut.is_under_way:
            return False
        _release(cut)
        cut.state, cut.error, cut.finished_at = state, sentence, timezone.now()
        cut.save(update_fields=["state", "error", "finished_at"])
    return True


def _release(cut) -> None:
    """Give back what is held for the cut, unless it went back by itself after its limit."""
    if cut.hold_id and Hold.objects.filter(pk=cut.hold_id, status=Hold.Status.OPEN).exists():
        posting.release(cut.hold_id, note=f"Cut “{cut.title}” was not made")


def settle(cut) -> None:
    """Charge a cut that is done, in the transaction that says so.

    A hold that outlived its limit has released itself: then the price is charged anew, if the credit covers it.
    """
    if not cut.hold_id:
        return
    about = {"external_id": f"cut:{cut.pk}:charge", "actor": cut.owner, "note": f"Cut “{cut.title}”"}
    if Hold.objects.filter(pk=cut.hold_id, status=Hold.Status.OPEN).exists():
        posting.settle(cut.hold_id, cut.price, **about)
    else:
        posting.charge(cut.owner, cut.price, service=cut.service, **about)


# Who sees it

PRIVATE, LINK, PUBLIC = "private", "link", "public"


def show(cut, visibility: str) -> bool:
    """Let nobody, those with the address, or everybody see it. A barred one gets no further than its address."""
    fields = {"shared": visibility != PRIVATE, "on_wall": visibility == PUBLIC}
    rows = Cut.objects.filter(pk=cut.pk, state=State.DONE, deleted_at__isnull=True)
    if visibility == PUBLIC:
        rows = rows.filter(barred_at__isnull=True)
    return rows.update(**fields) == 1


def bar(cut, *, by) -> bool:
    """Staff take a cut off the wall, for good unless they let it back."""
    return _set_bar(cut, {"barred_at": timezone.now(), "on_wall": False}, by, "cut.barred", barred_at__isnull=True)


def unbar(cut, *, by) -> bool:
    """Let it back on the wall (undo)."""
    fields = {"barred_at": None, "on_wall": cut.shared}
    return _set_bar(cut, fields, by, "cut.unbarred", barred_at__isnull=False)


def _set_bar(cut, fields, by, verb, **only) -> bool:
    with transaction.atomic():
        changed = Cut.objects.filter(pk=cut.pk, **only).update(**fields) == 1
        if changed:
            record(by, verb, cut, after={"title": cut.title})
    return changed


def delete(cut) -> bool:
    """Take a cut away from every list and page; its files stay, so that this can be undone."""
    cancel(cut)
    return Cut.objects.filter(pk=cut.pk, deleted_at__isnull=True).update(deleted_at=timezone.now()) == 1


def restore(cut) -> bool:
    """Bring a deleted cut back (undo)."""
    return Cut.objects.filter(pk=cut.pk, deleted_at__isnull=False).update(deleted_at=None) == 1


def adopt(request, user) -> int:
    """Whoever signs up or signs in gets what this browser made before; how many. Deleted ones, too."""
    visitor = visitors.visitor_id(request)
    if visitor is None:
        return 0
    del request.session[visitors.KEY]
    return Cut.objects.filter(visitor=visitor).update(owner=user, visitor=None)
