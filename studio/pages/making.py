"""Where cuts are made and watched: /make, /studio, one's own cuts."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import members
from catalog import queries as catalog
from ledger.queries import balances
from referrals import queries as referrals
from studio import cuts, queries, visitors, wishes
from studio.forms import CutForm, PictureWishForm, PoemWishForm, StudioForm, VisibilityForm
from studio.models import Cut
from studio.pages.public import share_context
from ui import lists

WALL_BESIDE = 8
LATELY = timedelta(minutes=15)  # so long the studio tells of the last wish
POEM_PACE = 2  # lines of the poem that a look at the progress may add


@require_safe
@login_not_required
def make(request):
    """/make: pick or write a poem, pick how it looks and sounds, make it."""
    return render(request, "studio/make.html", make_context(request, CutForm(user=_user(request))))


def make_context(request, form) -> dict:
    """What make.html and studio.html need; the action that refuses a form shows the same page with its errors."""
    user = _user(request)
    return {
        "form": form,
        "own_cuts": visitors.own_cuts(request).select_related("poster")[:12]
        if user or visitors.visitor_id(request)
        else [],
        "wall": queries.wall()[:WALL_BESIDE],
        "left": None if user else visitors.left_today(request),
        "price": cuts.price_for(user, form.service),
        "balances": balances(user) if user else None,
    }


@require_safe
@members
def studio(request):
    """/studio: the same for members, with pictures of their own."""
    form = StudioForm(initial={"curated": True} if "curated" in request.GET else {}, user=request.user)
    context = make_context(request, form) | studio_context(request)
    return render(request, "studio/studio.html", context)


def studio_context(request) -> dict:
    return {
        "offered": wishes.offered(),
        "poem_wish": PoemWishForm(),
        "picture_wish": PictureWishForm(),
        "wish": wishes.of(request.user).filter(created_at__gt=timezone.now() - LATELY).order_by("-pk").first(),
        "storage": catalog.my_storage(request.user),
        "assets": catalog.my_assets(request.user).order_by("-id")[:24],
    }


@require_safe
@members
def wish(request, pk):
    """How far a wish of one's own is."""
    found = get_object_or_404(wishes.of(request.user), pk=pk)
    if not request.htmx:
        return redirect("studio:studio")
    return render(request, "studio/_wish.html", {"wish": found})


@require_safe
@members
def overview(request):
    """/me/: one's own cuts, pictures, room and credit."""
    context = studio_context(request) | {
        "balances": balances(request.user),
        "cuts": visitors.own_cuts(request).select_related("poster")[:12],
        **referrals.own_link(request),
    }
    return render(request, "studio/overview.html", context)


@require_safe
@login_not_required
def my_cuts(request):
    """What this browser, or this member, has made."""
    page = lists.page(visitors.own_cuts(request).select_related("poster"), request, size=24)
    return render(request, "studio/my_cuts.html", {"page": page})


@require_safe
@login_not_required
def cut(request, slug):
    """A cut of one's own: how far it is, then the result."""
    return render(request, "studio/cut.html", cut_context(request, _own(request, slug)))


@require_safe
@login_not_required
def progress(request, slug):
    """The part of that page that changes; asked for again while the cut is under way."""
    found = _own(request, slug)
    if not request.htmx:
        return redirect(found)
    template = "studio/_under_way.html" if found.is_under_way else "studio/_result.html"
    return render(request, template, cut_context(request, found))


def cut_context(request, found) -> dict:
    seen, price = request.GET.get("seen", ""), cuts.price_again(found)
    return {
        "cut": found,
        "price": price,
        "free_left": None if price or found.is_under_way else visitors.left_today(request),
        "ahead": queries.ahead_of(found) if found.state == Cut.State.QUEUED else 0,
        "visibility": VisibilityForm(initial={"visibility": found.visibility}),
        **poem_so_far(found, int(seen) if seen.isdecimal() and len(seen) < 6 else 0),
        **(share_context(request, found) if found.state == Cut.State.DONE else {}),
    }


def poem_so_far(found, seen: int) -> dict:
    """The lines of the poem as (text, state): it appears with the work, and never slower than it is read."""
    lines = found.lines
    part = found.job.progress_done / max(1, found.job.progress_total) if found.job else 0
    shown = min(len(lines), max(round(part * len(lines)), seen + POEM_PACE))
    states = ["there" if place < seen else "new" if place < shown else "to-come" for place in range(len(lines))]
    return {"poem": list(zip(lines, states, strict=True)), "seen": shown, "part": round(100 * part)}


def _own(request, slug) -> Cut:
    rows = (
        visitors.own_cuts(request)
        .with_choices()
        .with_reversal()
        .select_related("job", "owner", "video", "poster", "picture", "print_sheet")
    )
    return get_object_or_404(rows, slug=slug)


def _user(request):
    return request.user if request.user.is_authenticated else None
