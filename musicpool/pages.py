"""Full pages of this room."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from musicpool import musicgen, queries
from musicpool.forms import UploadForm, upload_context
from tunables import values


@require_safe
@requires(Perm.MUSIC_READ)
def index(request):
    """/admin/music/: the twenty buckets."""
    limits = {"target": values.get("music_bucket_target"), "goal": values.get("music_bucket_goal")}
    return render(request, "musicpool/index.html", {**limits, "price": musicgen.price()})


@require_safe
@requires(Perm.MUSIC_READ)
def bucket(request, mood, genre):
    """/admin/music/calm/piano/: one bucket, its tracks, and new ones."""
    found = queries.bucket(mood, genre)
    if found is None:
        raise Http404
    places = [f"/admin/music/{each_mood}/{each_genre}/" for each_mood, each_genre in queries.BUCKETS]
    place = places.index(found.url)
    around = {"before": places[place - 1], "after": places[(place + 1) % len(places)]}
    context = {"bucket": found, "form": UploadForm(), **around, **upload_context()}
    return render(request, "musicpool/bucket.html", context)


@require_safe
@requires(Perm.MUSIC_READ)
def track(request, pk):
    """/admin/music/tracks/7/: one track."""
    found = queries.track(pk)
    if found is None:
        raise Http404
    return render(request, "musicpool/track.html", {"track": found})
