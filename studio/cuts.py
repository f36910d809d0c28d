"""What happens to a cut: made, cancelled, tried again, done, failed, shown, taken away, adopted.

A member's credit is held before the work and settled when it is done; whatever else ends the work releases it.
Rows are locked in one order: the job, the cut, the wallet.
"""

from datetime import timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import record
from files import storing
from jobs.models import Job
from ledger import posting
from pricing import prices
from pricing.models import ProviderCall
from sitestats import deeds, first_touch
from studio import addresses, paying, visitors
from studio.models import Cut, CutImage
from studio.orders import Order, Repriced, Used

HELD_FOR = timedelta(hours=24)
State = Cut.State
STOPPED = "It was stopped before it was done."
BROKEN = "Something of ours broke while it was made. Please try again."


def price_for(owner, service: str) -> Decimal:
    """What a render costs whoever asks: visitors make Lite cuts for nothing."""
    return prices.price(service) if owner else Decimal(0)


def make(order: Order, request) -> Cut:
    """Begin a cut; the same form again finds it. Raises posting.LedgerError, visitors.Exhausted, Repriced or Used."""
    owner = request.user if request.user.is_authenticated else None
    is_new = not owner and visitors.visitor_id(request) is None
    whose = {"owner": owner} if owner else {"visitor": visitors.visitor_id(request, create=True)}
    try:
        with transaction.atomic():
            cut = _made_before(order, whose) or _make(order, owner, whose, request)
    except IntegrityError:  # the second click of a double click
        if made := _made_before(order, whose):
            return made
        if not Cut.objects.filter(form_key=order.form_key).exists():
            raise
        if is_new:  # the other one may be this browser, whose session is on its way to it: it gets no second one
            visitors.forget(request)
        raise Used from None
    deeds.note(request, "render", cut.pk)
    return cut


def _made_before(order, whose) -> Cut | None:
    return Cut.objects.filter(form_key=order.form_key, **whose).first()


def _make(order, owner, whose, request) -> Cut:
    price = price_for(owner, order.service)
    if order.shown is not None and order.shown != price:
        raise Repriced(price)
    if owner is None:
        first_touch.begin(request)
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
    _begin(cut, actor=owner)
    ProviderCall.objects.filter(key__in=order.calls, cut_id=None).update(cut_id=cut.pk)
    return cut


def _begin(cut, *, actor) -> None:
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
            actor=actor,
            note=f"Cut {cut.pk}",  # not its title: the ledger keeps for ever what is written there
        )
        cut.hold_id = held.hold_id
    cut.save(update_fields=["job", "hold_id"])


def price_again(cut) -> Decimal:
    """What another try costs its maker: the price of today, and nothing for what began for nothing."""
    return prices.price(cut.service) if cut.price else Decimal(0)


def retry(cut, request, shown: Decimal) -> bool:
    """Its maker tries a failed or stopped cut again; False when it is neither. Raises as `make`.

    A free render counts against the limit of the day, whoever has adopted it: else stopping would make it endless.
    """
    with transaction.atomic():
        cut = _ended(cut, State.FAILED, State.CANCELLED)
        if cut is None:
            return False
        price = price_again(cut)
        if shown != price:
            raise Repriced(price)
        if not price:
            visitors.use_one(request)
        _begin_again(cut, price, actor=cut.owner)
    return True


def retry_for(cut, *, by) -> bool:
    """Staff try a failed cut again for its maker, who pays what was agreed before, or less. False when it is none."""
    with transaction.atomic():
        cut = _ended(cut, State.FAILED)
        if cut is None:
            return False
        _begin_again(cut, min(cut.price, price_again(cut)), actor=by)
        record(by, "cut.retried", cut)
    return True


def _ended(cut, *states) -> Cut | None:
    rows = Cut.objects.kept().select_for_update(no_key=True)
    return rows.filter(pk=cut.pk, state__in=states).first()


def _begin_again(cut, price: Decimal, *, actor) -> None:
    cut.price = price
    cut.state, cut.error, cut.queued_at = State.QUEUED, "", timezone.now()
    cut.started_at = cut.finished_at = None
    cut.save(update_fields=["price", "state", "error", "queued_at", "started_at", "finished_at"])
    _begin(cut, actor=actor)


def cancel(cut, request=None) -> bool:
    """Stop a cut that waits or renders and give the credit back; False when it is over. The worker notices itself.

    A visitor whose `request` it is has the free cut of the day back when it still waited.
    """
    with transaction.atomic():
        if request:
            visitors.give_back(cut, request)
        return _end(cut.pk, State.CANCELLED, STOPPED)


def fail(cut, sentence: str, *, job=None) -> bool:
    """The render cannot be made: say why, and give the credit back. False when it is over already, or no longer the
    work of this `job`.
    """
    return _end(cut.pk, State.FAILED, sentence, job)


def _end(pk, state, sentence, job=None) -> bool:
    with transaction.atomic():
        cut = Cut.objects.select_for_update(no_key=True).get(pk=pk)
        if not cut.is_under_way or (job and cut.job_id != job.pk):
            return False
        if cut.hold_id:
            paying.give_back(cut.hold_id, f"Cut {cut.pk} was not made")
        fields = {"state": state, "error": sentence, "finished_at": timezone.now()}
        lose_files(cut, **fields)
    return True


def lose_files(cut, **fields) -> None:
    """Write `fields` on a cut whose row is locked, and remove what files it has."""
    sized = [each.file for each in cut.sized.select_related("file")]
    stored = sized + [getattr(cut, name) for name in Cut.FILES if getattr(cut, name)]
    Cut.objects.filter(pk=cut.pk).update(**dict.fromkeys(Cut.FILES), **fields)
    cut.sized.all().delete()
    for each in stored:
        storing.discard(each)


@deeds.answers("render")
def finished(ids: list[int]):
    """Which of these cuts are rendered, and since when."""
    return Cut.objects.filter(pk__in=ids, state=State.DONE).values_list("pk", "finished_at")


def settle(cut) -> None:
    """Charge a cut that is done, in the transaction that says so. Raises posting.LedgerError."""
    if cut.hold_id:
        about = {"external_id": f"cut:{cut.pk}:charge", "actor": cut.owner, "note": f"Cut {cut.pk}"}
        paying.settle(cut.hold_id, cut.price, **about)


# Who sees it

PRIVATE, LINK, PUBLIC = "private", "link", "public"


def show(cut, visibility: str) -> bool:
    """Let nobody, those with the address, or everybody see it; whether it may be seen so.

    A barred one gets no further than its address, and no visitor's does: on the wall stands what somebody answers for.
    """
    rows = Cut.objects.kept().filter(pk=cut.pk, state=State.DONE)
    if visibility != PRIVATE:
        rows = rows.filter(taken_down_at__isnull=True)
    if visibility == PUBLIC:
        rows = rows.filter(barred_at__isnull=True, owner__isnull=False)
    return rows.update(**_seen_by(visibility), shown_before="") == 1


def _seen_by(visibility: str) -> dict:
    return {"shared": visibility != PRIVATE, "on_wall": visibility == PUBLIC}


def bar(cut, *, by) -> bool:
    """Staff take a cut off the wall, for good unless they let it back; its link still works."""
    return _step_in(cut, "barred_at", {"on_wall": False}, by, "cut.barred")


def take_down(cut, *, by) -> bool:
    """Staff close its page, its clip and its downloads to everybody but its maker, unless they let it back.

    Links to its files that were handed out before stop working, too.
    """
    with transaction.atomic():
        done = _step_in(cut, "taken_down_at", _seen_by(PRIVATE), by, "cut.taken_down")
        if done:
            Job.enqueue(addresses.JOB, {"cut": cut.pk})
    return done


def _step_in(cut, when: str, fields: dict, by, verb: str) -> bool:
    with transaction.atomic():
        cut = Cut.objects.select_for_update(no_key=True).get(pk=cut.pk)
        if getattr(cut, when):
            return False
        before = cut.shown_before or cut.visibility
        Cut.objects.filter(pk=cut.pk).update(**fields, **{when: timezone.now()}, shown_before=before)
        record(by, verb, cut)  # not its title: a purge takes that away, and the log keeps what it has
    return True


def let_back(cut, *, by) -> bool:
    """Undo both: it is seen as before, unless its maker has chosen something else since."""
    with transaction.atomic():
        cut = Cut.objects.select_for_update(no_key=True).get(pk=cut.pk)
        if not (cut.barred_at or cut.taken_down_at):
            return False
        fields = _seen_by(cut.shown_before) if cut.shown_before else {}
        Cut.objects.filter(pk=cut.pk).update(**fields, barred_at=None, taken_down_at=None, shown_before="")
        record(by, "cut.unbarred", cut)
    return True


def delete(cut, request=None) -> bool:
    """Take a cut away from every list and page; its files stay, so that this can be undone."""
    cancel(cut, request)
    return Cut.objects.filter(pk=cut.pk, deleted_at__isnull=True).update(deleted_at=timezone.now()) == 1


def restore(cut) -> bool:
    """Bring a deleted cut back (undo)."""
    rows = Cut.objects.filter(pk=cut.pk, deleted_at__isnull=False, purged_at__isnull=True)
    return rows.update(deleted_at=None) == 1


def adopt(request, user) -> int:
    """Whoever signs up or signs in gets what this browser made before; how many. Deleted ones, too."""
    visitor = visitors.visitor_id(request)
    if visitor is None:
        return 0
    visitors.forget(request)
    return Cut.objects.filter(visitor=visitor).update(owner=user, visitor=None)
