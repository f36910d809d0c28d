"""Panels: fragments that load into a frame of a page, and are pages of their own when opened directly."""

import copy
import logging
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse, QueryDict
from django.shortcuts import render as render_template
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils.safestring import mark_safe
from django_htmx.middleware import HtmxDetails

SHARED = ("period", "from", "to")  # parameters of a page that every panel on it follows
# and those that the panels of one room follow: elsewhere a panel has a filter of its own by that name
OF_ROOM = {"accounting": ("makers",), "sitestats": ("path", "source", "device", "traffic")}
# Asked of a panel, these answer with a total or a file; a click says "paused", and a cookie keeps it
NO_FRAGMENT = ("count", "format", "paused")
logger = logging.getLogger(__name__)


def render(request, template: str, context: dict | None = None, *, title="", status=200, page="ui/panel_page.html"):
    """Answer with the fragment; opened directly (no htmx), with a whole page around it, which knows what it knows."""
    room, name = _names(request.resolver_match)
    context = {"panel_id": f"panel-{room}-{name}", **(context or {})}
    if request.htmx and not request.htmx.history_restore_request:
        response = render_template(request, template, context, status=status)
        if request.method == "GET":
            _remember(request, response, name)
        return response
    base = "backoffice.html" if request.path.startswith("/admin/") else "site.html"
    frame = context | {
        "base": base,
        "title": title or name.replace("_", " ").capitalize(),
        "url": request.get_full_path(),
        "id": context["panel_id"],
        "room": room,
        "trigger": f"{room}-changed from:body",
        "span": 12,
        "allowed": True,
        "content": render_to_string(template, context, request),
    }
    return render_template(request, page, frame, status=status)


def finished(response):
    """Tell htmx to stop polling: the work that a progress partial reported on has ended."""
    response.status_code = 286
    return response


def look_again(request, *, busy):
    """The answer to ui/looking.html, which asks whether a job still looks: nothing; once it does not, that all is old.

    So what a viewer has opened in a panel stays open while they wait.
    """
    if busy:
        return HttpResponse(status=204)
    room, _ = _names(request.resolver_match)
    return finished(HttpResponse(headers={"HX-Trigger": f"{room}-changed"}))


def frame(request, target: str, title: str, args=(), *, inline=False, lazy=False, poll="", span=6, **extra) -> dict:
    """What `ui/panel.html` needs to frame the panel `room:name`; `allowed` is False when the viewer may not see it."""
    room, name = target.split(":")
    path = reverse(f"{room}:panel:{name}", args=args)
    match = resolve(path)
    perm = getattr(match.func, "perm", None)
    if perm != "member" and not request.user.can(perm):
        return {"allowed": False}
    query = _own_query(request, room, name)
    content = _inline(request, path, query, match) if inline else ""
    start = "" if content else ("intersect once, " if lazy else "load, ")
    return {
        "allowed": True,
        "title": title,
        "url": f"{path}?{query}" if query else path,
        "id": f"panel-{room}-{name}",
        "room": room,
        "trigger": f"{start}{room}-changed from:body" + (f", every {poll}" if poll else ""),
        "span": span,
        "content": content,
        **extra,
    }


def _inline(request, path: str, query: str, match) -> str:
    """The fragment itself, for the first panel of a page. If it fails, the frame loads it (and shows how it failed)."""
    inner = copy.copy(request)
    for cached in ("headers", "GET", "_messages"):
        inner.__dict__.pop(cached, None)
    inner.META = {**request.META, "QUERY_STRING": query, "HTTP_HX_REQUEST": "true"}
    inner.method, inner.path, inner.path_info, inner.resolver_match = "GET", path, path, match
    inner.GET = QueryDict(query)
    inner.htmx = HtmxDetails(inner)
    try:
        response = match.func(inner, *match.args, **match.kwargs)
    except Exception:
        logger.exception("Panel %s failed while it was written into the page.", path)
        return ""
    # 286 is 200 and the word to stop polling
    return mark_safe(response.content.decode()) if response.status_code in (200, 286) else ""  # noqa: S308 - a rendered template


def _names(match) -> tuple[str, str]:
    return match.namespaces[0] if match.namespaces else "ui", match.url_name


def _shared(room: str) -> tuple[str, ...]:
    return SHARED + OF_ROOM.get(room, ())


def _own_query(request, room: str, name: str) -> str:
    """The part of the page's query that concerns one panel: `recent_topups.q=ada` and the shared period."""
    prefix, shared = f"{name}.", _shared(room)
    pairs = [
        (key.removeprefix(prefix), value)
        for key, values in request.GET.lists()
        for value in values
        if key in shared or (key.startswith(prefix) and key.removeprefix(prefix) not in NO_FRAGMENT)
    ]
    return urlencode(pairs)


def _remember(request, response, name: str) -> None:
    """Keep the browser's address in step with what a panel shows, so that it can be copied and reloaded."""
    here, (room, _) = request.htmx.current_url_abs_path, _names(request.resolver_match)
    if not here or request.htmx.target != f"panel-{room}-{name}":
        return
    page = urlsplit(here)
    old = QueryDict(page.query)
    if page.path == request.path:
        there, searched = request.get_full_path(), old.get("q", "")
    else:
        prefix, shared = f"{name}.", _shared(room)
        pairs = [(k, v) for k, values in old.lists() for v in values if not k.startswith(prefix)]
        pairs += [(prefix + k, v) for k, values in request.GET.lists() for v in values if v and k not in shared]
        if QueryDict(urlencode(pairs)) == old:
            return
        there, searched = page.path + (f"?{urlencode(pairs)}" if pairs else ""), old.get(f"{prefix}q", "")
    if there != here:
        # Typing in a search field must not fill the history with one entry a letter.
        typed = request.GET.get("q", searched) != searched
        response.headers["HX-Replace-Url" if typed else "HX-Push-Url"] = there
