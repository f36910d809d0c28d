"""Fragments of the Music Pool's pages."""

from django.http import Http404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from files import links
from musicpool import musicgen, queries
from musicpool.forms import DescribeForm, MoveForm, ReplaceForm
from musicpool.models import LOUDNESS, Track
from ui import filters, lists, panels


@require_safe
@requires(Perm.MUSIC_READ)
def pool_status(request):
    """All buckets; asks again often while the demo's tracks are composed."""
    context = {"pool": queries.pool_status(), "available": musicgen.available(), "days": queries.DAYS}
    return panels.render(request, "musicpool/panels/pool_status.html", context, title="Pool status")


@require_safe
@requires(Perm.MUSIC_READ)
def fill_status(request, mood, genre):
    """How full the bucket is, what filling it would cost, and how far that is."""
    found = queries.bucket(mood, genre)
    if found is None:
        raise Http404
    context = {"bucket": found, "fill": queries.fill_status(mood, genre), "days": queries.DAYS}
    response = panels.render(request, "musicpool/panels/fill_status.html", context, title=found.title)
    if request.htmx.trigger == "fill-progress" and not context["fill"].job:
        response.headers["HX-Trigger"] = "musicpool-changed"  # the job has ended: the tracks that it made
    return response


@require_safe
@requires(Perm.MUSIC_READ)
def tracks(request, mood, genre):
    """The tracks of a bucket, with links to listen."""
    found = queries.bucket(mood, genre)
    if found is None:
        raise Http404
    state = filters.choice(request, "state", Track.State.values)
    counts = {name: getattr(found, name) for name in Track.State.values} | {
        "": found.approved + found.pending + found.rejected
    }
    page = lists.page(queries.tracks(mood, genre, state), request, order=("-created_at", "-id"), size=25)
    for row in page.rows:
        row.link = links.url(row.asset.file)
    chips = filters.chips(request, "state", [("", "All"), *Track.State.choices], counts)
    context = {"page": page, "bucket": found, "chips": chips, "state": state, "even": LOUDNESS}
    return panels.render(request, "musicpool/panels/tracks.html", context, title=found.title)


@require_safe
@requires(Perm.MUSIC_READ)
def track(request, pk):
    """One track: listen, decide, describe, move, replace."""
    found = queries.track(pk)
    if found is None:
        raise Http404
    asset = found.asset
    said = {name: getattr(asset, name) for name in ("title", "licence", "source")}
    context = {
        "track": found,
        "link": links.url(asset.file),
        "download": links.url(asset.file, filename=asset.title, download=True),
        "describe": DescribeForm(initial=said),
        "move": MoveForm(initial={"mood": found.mood, "genre": found.genre}),
        "replace": ReplaceForm(),
        "even": LOUDNESS,
    }
    return panels.render(request, "musicpool/panels/track.html", context, title=asset.title)
