"""The story clip of a cut: there, under way, or to be asked for."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from studio import sizes, stories, visitors
from studio.models import Cut
from studio.pages.public import shared


@require_safe
@login_not_required
def story(request, slug):
    """How far it is; a page that shows it as under way is told when that changes."""
    cut, base = visible(request, slug)
    if not request.htmx:
        return redirect(f"{base}#story")
    found = stories.of(cut)
    if found["under_way"] and "waiting" in request.GET:
        return HttpResponse(status=204)
    context = {"cut": cut, "base": base, "story": found, "story_clip": sizes.STORY_CLIP}
    return render(request, "studio/_story.html", context)


def visible(request, slug) -> tuple[Cut, str]:
    """A cut of one's own or one that is shared, and the page where this person sees it."""
    if own := visitors.own_cuts(request).filter(slug=slug, state=Cut.State.DONE).first():
        return own, own.get_absolute_url()
    found = shared(slug)
    return found, found.share_path
