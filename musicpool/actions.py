"""What staff do to tracks and buckets."""

from functools import partial

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from catalog import assets, uploading
from catalog.models import Asset, Genre, Mood
from files.uploads import takes_files
from musicpool import filling, queries, tracks
from musicpool.forms import DescribeForm, FillForm, MoveForm, ReplaceForm, UploadForm, upload_context
from musicpool.models import Track, Unfit
from ui import actions
from ui.fields import errors
from ui.format import money

CHANGED = "musicpool-changed"
VERBS = {"approved": "approve_track", "rejected": "reject_track", "pending": "return_track"}


@require_POST
@requires(Perm.MUSIC_MANAGE)
def approve_track(request, pk):
    """From now on renders take it."""
    return _decide(request, pk, Track.State.APPROVED, "is approved: renders take it from now on")


@require_POST
@requires(Perm.MUSIC_MANAGE)
def reject_track(request, pk):
    """No render takes it."""
    return _decide(request, pk, Track.State.REJECTED, "is rejected: no render takes it")


@require_POST
@requires(Perm.MUSIC_MANAGE)
def return_track(request, pk):
    """Back among those that wait to be heard."""
    return _decide(request, pk, Track.State.PENDING, "is pending again")


def _decide(request, pk, state, words):
    track = get_object_or_404(Track.objects.select_related("asset"), pk=pk)
    try:
        was = track.decide(state, by=request.user)
    except Unfit as unfit:
        return actions.done(request, toast=str(unfit), redirect=track.url)
    if not was:
        return actions.done(request, CHANGED, toast=f"It is {state} already.", redirect=track.url)
    undo = reverse(f"musicpool:{VERBS[was]}", args=[pk])
    return actions.done(request, CHANGED, toast=f"“{track.asset.title}” {words}.", undo_url=undo, redirect=track.url)


@require_POST
@requires(Perm.MUSIC_MANAGE)
def move_track(request, pk):
    """Into another bucket; the undo names the old one in its address."""
    track = get_object_or_404(Track.objects.select_related("asset"), pk=pk)
    form = MoveForm(request.GET if "mood" in request.GET else request.POST)
    if not form.is_valid():
        return _invalid(request, form, "musicpool:move_track", track, "Move")
    old = f"?mood={track.mood}&genre={track.genre}"
    moved = track.move(form.cleaned_data["mood"], form.cleaned_data["genre"], by=request.user)
    where = f"{track.get_mood_display()}, {track.get_genre_display().lower()}"
    words, undo = f"“{track.asset.title}” is in {where} now.", reverse("musicpool:move_track", args=[pk]) + old
    if not moved:
        words, undo = f"It is in {where} already.", None
    return actions.done(request, CHANGED, toast=words, undo_url=undo, redirect=track.url)


@require_POST
@requires(Perm.MUSIC_MANAGE)
def describe_track(request, pk):
    """Correct title, licence and source."""
    track = get_object_or_404(Track.objects.select_related("asset"), pk=pk)
    form = DescribeForm(request.POST)
    if not form.is_valid():
        return _invalid(request, form, "musicpool:describe_track", track, "Save")
    assets.change(track.asset, by=request.user, **form.cleaned_data)
    return actions.done(request, CHANGED, toast="Saved.", redirect=_page(track))


@takes_files
@require_POST
@requires(Perm.MUSIC_MANAGE)
def replace_track(request, pk):
    """Another recording in its place, pending until it is approved."""
    track = get_object_or_404(Track.objects.select_related("asset"), pk=pk)
    outcome = uploading.receive(request, partial(tracks.replace, track, by=request.user))[0]
    if outcome.error:
        form = ReplaceForm(request.POST, request.FILES)
        form.errors["files"] = form.error_class([outcome.error])
        return _invalid(request, form, "musicpool:replace_track", track, "Replace")
    return actions.done(request, CHANGED, toast="Replaced. It waits for your approval.", redirect=_page(track))


@takes_files
@require_POST
@requires(Perm.MUSIC_MANAGE)
def upload_tracks(request, mood, genre):
    """Each file is taken or refused for itself: all of a form, or, with JavaScript, one a request."""
    _check(mood, genre)
    form = UploadForm(request.POST)

    def add(file, name) -> Asset:
        if not form.is_valid():
            raise assets.Refused(" ".join(f"{label}: {words}" for _, label, words in errors(form)))
        return tracks.add(file, mood, genre, by=request.user, name=name, **form.cleaned_data).asset

    outcomes = uploading.receive(request, add)
    failed = [outcome for outcome in outcomes if not outcome.asset]
    context = {"outcomes": outcomes, "failed": failed}
    if request.htmx:
        page = render(request, "catalog/_outcomes.html", context, status=422 if failed else 200)
        return uploading.answer(page, outcomes)
    here = f"/admin/music/{mood}/{genre}/"
    if failed:
        context |= {**upload_context(), "form": form, "action": request.path, "back": here}
        page = actions.invalid(request, "catalog/_upload_form.html", context, title="Some files were not added")
        return uploading.answer(page, outcomes)
    return actions.done(request, toast=f"{len(outcomes)} added, pending.", redirect=here)


@require_POST
@requires(Perm.MUSIC_MANAGE)
def fill_bucket(request, mood, genre):
    """Ask MusicGen for what the bucket lacks: as many tracks as were shown with their price."""
    _check(mood, genre)
    form = FillForm(request.POST)
    try:
        if not form.is_valid():
            raise filling.Refused("Reload the page, and look at the price again.")
        job = filling.start(mood, genre, form.cleaned_data["count"], by=request.user)
    except filling.Refused as error:
        words = str(error)
    else:
        fill = queries.fill_status(mood, genre)
        count = job.payload["count"]
        coming = "1 track is on its way" if count == 1 else f"{count} tracks are on their way"
        words = f"{coming}, for about {money(count * fill.each)}."
    return actions.done(request, CHANGED, toast=words, redirect=f"/admin/music/{mood}/{genre}/")


@require_POST
@requires(Perm.MUSIC_MANAGE)
def cancel_fill(request, mood, genre):
    """Ask for no more; a track that MusicGen is at work on is paid for, and still taken in."""
    _check(mood, genre)
    job = filling.under_way(mood, genre)
    stopped = job is not None and job.cancel(by=request.user)
    words = "Cancelled. A track that is being made already still arrives." if stopped else "It had ended already."
    return actions.done(request, CHANGED, toast=words, redirect=f"/admin/music/{mood}/{genre}/")


def _check(mood, genre) -> None:
    if mood not in Mood.values or genre not in Genre.values:
        raise Http404


def _page(track) -> str:
    return reverse("musicpool:track", args=[track.pk])


def _invalid(request, form, name, track, button):
    context = {"form": form, "action": reverse(name, args=[track.pk]), "button": button}
    return actions.invalid(request, "musicpool/_track_form.html", context)
