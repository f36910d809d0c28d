"""How actions answer: done, done and on to another page, or invalid."""

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect as redirect_to
from django.shortcuts import render


def done(request, event: str = "", *, toast: str = "", undo_url: str | None = None, link=None, redirect: str = "/"):
    """The action worked. htmx: 204, `event` (or several) for the panels, a toast. A plain browser: to `redirect`.

    `link` leads from the toast to where one goes on: (words, address).
    """
    if request.htmx:
        response = HttpResponse(status=204)
        triggers: dict[str, object] = dict.fromkeys(event.split(), True)
        if toast:
            offers = {"undo": undo_url, "link": link}
            triggers["toast"] = {"text": toast, **{name: offer for name, offer in offers.items() if offer}}
        if triggers:
            response.headers["HX-Trigger"] = json.dumps(triggers)
        return response
    return onward(request, redirect, toast=toast, undo_url=undo_url)


def onward(request, to: str, *, toast: str = "", undo_url: str | None = None):
    """The action worked, and the page gives way to another, which shows the toast. To htmx that is said by a header."""
    if toast:
        messages.success(request, toast, extra_tags=undo_url or "")
    return HttpResponse(status=204, headers={"HX-Redirect": to}) if request.htmx else redirect_to(to)


def invalid(request, template: str, context: dict, *, page: str = "ui/form_page.html", title: str = "Check the form"):
    """The form was refused: 422 with the form and its errors, as a fragment or as a whole page."""
    if request.htmx:
        return render(request, template, context, status=422)
    base = "backoffice.html" if request.path.startswith("/admin/") else "site.html"
    return render(request, page, {**context, "base": base, "title": title, "form_template": template}, status=422)
