"""Decorators that say who may call a view. Both leave `view.perm` behind, which nav, panels and tests read."""

from functools import wraps
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows import reauthentication
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.permission_words import SAYS
from audit.models import record_denial

MEMBER = "member"
UNTOLD = {"csrfmiddlewaretoken", "password"}


def requires(perm):
    """Let only staff whose role holds `perm` in; everybody else who is signed in gets 403, and that is recorded."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.can(perm):
                deny(request, perm)
            return view(request, *args, **kwargs)

        guarded.perm = perm
        return guarded

    return decorate


class Refused(PermissionDenied):
    """A 403; `why` is the sentence that is shown, "" where the page says enough."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


def deny(request, perm, why=""):
    """Refuse, for want of `perm`: 403, and it is recorded. The one place that does.

    `why` is a sentence for whoever is refused; staff are told what their role does not include.
    """
    record_denial(request, perm)
    if not why and request.user.is_staff:
        why = f"Your role, {request.user.role_title}, does not include this: {SAYS[perm]}"
    raise Refused(why)


def members(view):
    """Let in whoever is signed in. The view shows only what belongs to `request.user`."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    guarded.perm = MEMBER
    return guarded


def confirmed(purpose, page="", *, file=False):
    """Ask for the password first, unless that was done lately (`reauthentication_minutes`). Nothing is done before.

    `purpose` says what for: "to …". Stands below `requires`. The act is not kept and replayed: the person comes back to
    the page and does it again. Where the form may stand at an address that takes no GET, `page` names the page that it
    belongs to, which takes the arguments of the act. What was typed and chosen waits in the session for the page
    (`typed_before`), or is put in its form by static/js/dialogs.js. Where nothing was typed, that goes on by itself:
    it presses the one button again, or fetches the `file` that was asked for. Leaves `view.confirmed` behind.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            where = page and reverse(page, args=args, kwargs=kwargs)
            return ask_for_password(request, purpose, where, file=file) or view(request, *args, **kwargs)

        guarded.confirmed = True
        return guarded

    return decorate


def own_page(address: str) -> str:
    """The path and the query of an address: a page of this host, whichever it names; empty for none."""
    parts = urlsplit(address)
    path = parts.path and f"/{parts.path.lstrip('/')}"
    return f"{path}?{parts.query}" if path and parts.query else path


def ask_for_password(request, purpose, page="", *, file=False):
    """The way to the page that asks for it, unless it was given lately."""
    if not reauthentication.is_reauthentication_required(request, app=""):
        return None
    origin = urlsplit(own_page(request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")))
    is_page = request.method in ("GET", "HEAD") and not request.htmx and not file
    here = page or origin.path or "/home/"
    asks_for = f"?{origin.query}" if origin.query and here == origin.path else ""
    back = request.get_full_path() if is_page else here + asks_for
    ask = f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"
    request.session["asked"] = {"page": back, "purpose": purpose}
    if not is_page:
        fields = {name: texts for name, texts in request.POST.lists() if name not in UNTOLD}
        request.session["typed"] = {"page": here, "act": request.get_full_path(), "fields": fields, "file": file}
    return HttpResponse(status=401, headers={"HX-Redirect": ask}) if request.htmx else redirect(ask)


def password_given(request, leads_to: str) -> bool:
    """Whether what waits on the page `leads_to` was typed, and is to be looked at again; the rest goes on there."""
    typed = request.session.get("typed", {})
    if not typed or typed["page"] != urlsplit(leads_to).path:
        return False
    request.session["typed"] = typed | {"goes": not typed["fields"]}
    return bool(typed["fields"])


def waiting(request) -> dict:
    """What was typed on this page before the password was asked for, if no view has taken it: for its form, once."""
    typed = request.session.get("typed", {})
    if typed.get("page") != request.path:
        return {}
    if typed.get("offered"):  # it has been, and the page is a later one
        del request.session["typed"]
        return {}
    request.session["typed"] = typed | {"offered": True}
    if typed.get("file") and not typed.get("goes"):
        return {}
    return {"waits_for": typed["act"], **typed}


def typed_before(request, act="", many=()) -> dict:
    """What was typed on this page, or for the act at this address, when `confirmed` asked for the password; once.

    Of the fields that are named in `many` every value, in a list.
    """
    typed = request.session.get("typed", {})
    if (typed.get("act") != act) if act else (typed.get("page") != request.path):
        return {}
    fields = request.session.pop("typed")["fields"]
    return {name: texts[-1] for name, texts in fields.items()} | {name: fields.get(name, []) for name in many}
