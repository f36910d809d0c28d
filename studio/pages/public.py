"""What everybody sees: the front door, the wall, the page of a shared cut, and what other sites fetch of it."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.impersonation import by_staff
from artwork.sizes import SIZES
from catalog import drawings
from catalog import queries as catalog
from files import links, missing, place, storing
from referrals import codes
from studio import easel, queries, sizes, stories, visitors
from studio.models import Cut
from ui import lists

PREVIEW = "landscape"  # of artwork/sizes.py
WALL_AT_HOME = 12
SAME_SHARE = 10 * 60  # seconds
SITEMAP_LIMIT = 2_000  # the newest; the others are reached over the wall


@require_safe
@login_not_required
def home(request):
    """The front door: what this is, and what others made."""
    return render(request, "studio/home.html", {"cuts": queries.wall()[:WALL_AT_HOME]})


@require_safe
@login_not_required
def wall(request):
    """The gallery of public cuts."""
    page = lists.page(queries.wall(), request, order=("-finished_at", "-id"), size=24)
    return render(request, "studio/wall.html", {"page": page})


@require_safe
@login_not_required
def shared_cut(request, slug):
    """/c/<slug>/: a cut that its maker shared. A private one is not there."""
    found = shared(slug)
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        _count(request, found, "views")
    return render(request, "studio/shared_cut.html", {"cut": found, **share_context(request, found)})


@require_safe
@login_not_required
def shared_video(request, slug):
    """Where players of other sites find the clip: an address that stays, and leads to a link that does not."""
    return _for_everybody(shared(slug).video)


@require_safe
@login_not_required
def shared_poster(request, slug):
    """The picture that other sites show beside a link."""
    return _for_everybody(shared(slug).poster)


@require_safe
@login_not_required
def shared_preview(request, slug):
    """The same in the size that they ask for; the poster while it cannot be made, or when its picture has gone."""
    found = shared(slug)
    try:
        stored = sizes.picture(found, PREVIEW)
    except (TimeoutError, storing.NoSpace):
        stored = found.poster
    except place.Gone:
        missing.note(found.picture)
        stored = found.poster
    return _for_everybody(stored or found.poster)


def _for_everybody(stored) -> HttpResponse:
    """Pages of other sites may show it: the way there says so, and the file."""
    response = redirect(links.url(stored, everywhere=True))
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@login_not_required
def download_cut(request, slug, kind):
    """The clip, the picture, the print, or the picture cut to the size that a network wants."""
    found = shared(slug)
    response = sizes.download(found, kind, request)
    if request.method == "GET" and response.status_code == 302:
        _count(request, found, "downloads")
    return response


@require_safe
@login_not_required
def download_own_cut(request, slug, kind):
    """The same of a cut of one's own, shared or not."""
    rows = visitors.own_cuts(request).filter(state=Cut.State.DONE)
    found = get_object_or_404(rows.select_related("video", "picture", "print_sheet"), slug=slug)
    return sizes.download(found, kind, request)


@require_safe
@login_not_required
@cache_control(max_age=3600, public=True)
def frame_sample(request, slug):
    """A frame design as it looks around a picture."""
    return _sample("frames", get_object_or_404(catalog.frames(), slug=slug))


@require_safe
@login_not_required
@cache_control(max_age=3600, public=True)
def style_sample(request, slug):
    """A style as it looks."""
    return _sample("styles", get_object_or_404(catalog.styles(), slug=slug))


def _sample(kind: str, choice) -> HttpResponse:
    try:
        response = HttpResponse(drawings.sample(kind, choice.drawing, choice.options), content_type="image/jpeg")
    except drawings.InvalidOption as refusal:
        raise Http404 from refusal
    response.may_be_kept = True
    return response


@require_safe
@login_not_required
@cache_control(max_age=3600, public=True)
def sitemap(request):
    """Pages for search engines: the fixed ones and the public cuts."""
    fixed = [reverse(f"studio:{name}") for name in ("home", "make", "wall")]
    shown = queries.wall().values_list("slug", "finished_at")[:SITEMAP_LIMIT]
    context = {"base": settings.BASE_URL, "fixed": fixed, "cuts": shown}
    return render(request, "studio/sitemap.xml", context, content_type="application/xml; charset=utf-8")


def share_context(request, found) -> dict:
    """The cut's public address, and a picture and a video at addresses that stay, for other sites.

    What people hand on carries the code of the member who looks at it, else of the one who made it.
    """
    address = settings.BASE_URL + found.share_path
    code = codes.carried(request, found.owner) if found.shared else ""
    shared_address = codes.link(code, found.share_path)
    return {
        "address": address,
        "code": code,
        "shared_address": shared_address,
        "preview_url": f"{address}preview.jpg",
        "preview_size": SIZES[PREVIEW],
        "clip_url": f"{address}video.mp4",
        "clip_size": easel.SIZE,
        "networks": sizes.networks(shared_address, found.title),
        "downloads": sizes.DOWNLOADS,
        "story_clip": sizes.STORY_CLIP,
        "story": stories.of(found),
    }


def count_share(request, slug) -> None:
    """Somebody handed its address on; again from the same network within some minutes, it is the same somebody."""
    found = shared(slug)
    if cache.add(f"shared:{found.pk}:{visitors.address(request)}", 1, SAME_SHARE):
        _count(request, found, "shares")


def shared(slug) -> Cut:
    """A cut that everybody with its address may see; others are not there."""
    return get_object_or_404(
        Cut.objects.shared().select_related("owner", "video", "poster", "picture", "print_sheet"), slug=slug
    )


def _count(request, cut, column: str) -> None:
    """One more, unless staff look. Nobody waits for it: a count that is being written at this moment is left out."""
    if by_staff(request):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE studio_cut SET {column} = {column} + 1
            WHERE id = (SELECT id FROM studio_cut WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
            """,  # noqa: S608 - the column is a word of this module
            [cut.pk],
        )
