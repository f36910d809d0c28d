"""What visitors, members and staff do with cuts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import members, requires
from accounts.permissions import Perm
from ledger import posting
from studio import cuts, sizes, stories, visitors, wishes
from studio.forms import CutForm, PictureWishForm, PoemWishForm, RetryForm, StudioForm, VisibilityForm
from studio.models import Cut
from studio.pages import public
from studio.pages.making import make_context, studio_context
from studio.pages.story import visible
from ui import actions
from ui.fields import errors


@require_POST
@login_not_required
def make_cut(request):
    """Begin a Lite cut."""
    user = request.user if request.user.is_authenticated else None
    return _make(request, CutForm(request.POST, user=user), "studio/make.html")


@require_POST
@members
def make_studio_cut(request):
    """Begin a cut with all options."""
    return _make(request, StudioForm(request.POST, user=request.user), "studio/studio.html")


def _make(request, form, template):
    refusal, looks = {}, request.POST.get("more")
    if looks:
        form = form.among_pictures(more=looks == "yes")
    elif form.is_valid():
        try:
            return redirect(cuts.make(form.order(), request))
        except visitors.Exhausted as exhausted:
            refusal = {"exhausted": str(exhausted)}
        except cuts.Repriced as repriced:
            form.add_error(None, str(repriced))
        except cuts.Used as used:
            form.add_error(None, str(used))
            form.renew()
        except posting.NotCovered:
            refusal = {"uncovered": True}
        except posting.LedgerError as error:
            form.add_error(None, f"Your credit cannot be used now: {error}.")
    context = make_context(request, form) | refusal
    if request.user.is_authenticated:
        context |= studio_context(request)
    return render(request, template, context, status=200 if looks else 422)


@require_POST
@members
def wish_poem(request):
    """Have a poem written."""
    return _wish(request, PoemWishForm(request.POST), wishes.POEM)


@require_POST
@members
def wish_picture(request):
    """Have a picture painted."""
    return _wish(request, PictureWishForm(request.POST), wishes.IMAGE)


def _wish(request, form, service):
    if service not in wishes.offered():
        raise Http404
    if form.is_valid():
        words = {name: value for name, value in form.cleaned_data.items() if name not in ("form_key", "price")}
        try:
            wishes.ask(request.user, service, words, form.cleaned_data["form_key"], form.cleaned_data["price"])
        except (wishes.Capped, cuts.Repriced) as refusal:
            messages.error(request, str(refusal))
        except posting.LedgerError as error:
            messages.error(request, f"Your credit cannot be used for it: {error}.")
    else:
        messages.error(request, " ".join(f"{label}: {sentence}" for _, label, sentence in errors(form)))
    return redirect("studio:studio")


# A cut of one's own


def _own(request, slug) -> Cut:
    return get_object_or_404(visitors.own_cuts(request), slug=slug)


@require_POST
@login_not_required
def cancel_cut(request, slug):
    """Stop it."""
    cut = _own(request, slug)
    if not cuts.cancel(cut, request):
        messages.success(request, "It was done already.")
    return redirect(cut)


@require_POST
@login_not_required
def retry_cut(request, slug):
    """Try a failed or stopped one again."""
    cut, form = _own(request, slug), RetryForm(request.POST)
    try:
        if form.is_valid():
            cuts.retry(cut, request, form.cleaned_data["price"])
        else:
            messages.error(request, "Look at the price, then try again.")
    except (cuts.Repriced, visitors.Exhausted) as refusal:
        messages.error(request, str(refusal))
    except posting.NotCovered:
        messages.error(request, "Your credit does not cover it. Top up, then try again.")
    except posting.LedgerError as error:
        messages.error(request, f"Your credit cannot be used now: {error}.")
    return redirect(cut)


@require_POST
@login_not_required
def show_cut(request, slug):
    """Let nobody, those with the link, or everybody see it."""
    cut, form = _own(request, slug), VisibilityForm(request.POST)
    if not form.is_valid() or not cuts.show(cut, form.cleaned_data["visibility"]):
        messages.error(request, "This cut cannot be shown that way.")
    return redirect(f"{cut.get_absolute_url()}#share")


@require_POST
@login_not_required
def delete_cut(request, slug):
    """Take it away, with the way back."""
    cut = _own(request, slug)
    cuts.delete(cut, request)
    return actions.done(
        request, "studio-changed", toast=f"“{cut.title}” is deleted.", undo_url=f"/cuts/{slug}/restore/",
        redirect="/my-cuts/",
    )  # fmt: skip


@require_POST
@login_not_required
def restore_cut(request, slug):
    """Undo."""
    cut = get_object_or_404(Cut.objects.filter(**visitors.maker(request)), slug=slug)
    cuts.restore(cut)
    return actions.done(request, "studio-changed", toast=f"“{cut.title}” is back.", redirect=cut.get_absolute_url())


@require_POST
@login_not_required
def count_share(request, slug):
    """Somebody handed the address of a shared cut on."""
    public.count_share(request, slug)
    return actions.done(request, redirect=f"/c/{slug}/")


@require_POST
@login_not_required
def make_story(request, slug):
    """Have the story clip made of a cut that one may see."""
    cut, base = visible(request, slug)
    stories.ask(cut)
    if not request.htmx:
        return redirect(f"{base}#story")
    context = {"cut": cut, "base": base, "story": stories.of(cut), "story_clip": sizes.STORY_CLIP}
    return render(request, "studio/_story.html", context)


# Staff


@require_POST
@requires(Perm.CUTS_MANAGE)
def retry_staff_cut(request, pk):
    """Try a failed cut again for its maker, at their price."""
    cut = get_object_or_404(Cut, pk=pk)
    try:
        words = "is tried again" if cuts.retry_for(cut, by=request.user) else "was left alone: it has not failed"
    except posting.LedgerError as error:
        words = f"was left alone: {error}"
    return _done(request, cut, words)


@require_POST
@requires(Perm.CUTS_MANAGE)
def bar_cut(request, pk):
    """Take it off the wall."""
    cut = get_object_or_404(Cut, pk=pk)
    cuts.bar(cut, by=request.user)
    return _done(request, cut, "is off the wall", undo=f"/admin/cuts/{pk}/unbar/")


@require_POST
@requires(Perm.CUTS_MANAGE)
def take_down_cut(request, pk):
    """Close its page, its clip and its downloads."""
    cut = get_object_or_404(Cut, pk=pk)
    cuts.take_down(cut, by=request.user)
    return _done(request, cut, "is seen by its maker only", undo=f"/admin/cuts/{pk}/unbar/")


@require_POST
@requires(Perm.CUTS_MANAGE)
def unbar_cut(request, pk):
    """Let it back."""
    cut = get_object_or_404(Cut, pk=pk)
    cuts.let_back(cut, by=request.user)
    return _done(request, cut, "is seen as before")


def _done(request, cut, words, undo=None):
    where = f"/admin/cuts/{cut.pk}/"
    return actions.done(request, "studio-changed", toast=f"“{cut.title}” {words}.", undo_url=undo, redirect=where)
