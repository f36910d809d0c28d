"""Error pages. They show a request id and nothing of what went wrong inside; an htmx request gets one sentence."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from psycopg.errors import QueryCanceled

SENTENCES = {
    400: "The request could not be understood.",
    403: "Admin privileges required.",
    404: "This does not exist, or not any more.",
    500: "Something went wrong on our side.",
    503: "Poem Vision AI is not available at the moment.",
}
TOO_LONG = "This took too long and was stopped. Try again in a moment, or ask for less at once."


def bad_request(request, exception=None):
    """400: malformed input that no form could answer."""
    return answer(request, 400)


def forbidden(request, exception=None):
    """403: signed in, but not allowed. The back office says "Access Denied", and why where that was said."""
    return answer(request, 403, sentence=getattr(exception, "why", ""))


def forbidden_csrf(request, reason=""):
    """403: the form came without a valid token; mostly a page that stood open over a sign-in."""
    return answer(request, 403, "403_csrf.html", "The page stood open for too long. Reload it and try again.")


def not_found(request, exception=None):
    """404."""
    return answer(request, 404)


def server_error(request):
    """500: rendered without a user or a database, which may be what failed; 503 when the database does not answer."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable(request, TOO_LONG if isinstance(error.__cause__, QueryCanceled) else "")
    return answer(request, 500)


def unavailable(request, sentence: str = ""):
    """503: the database does not answer, or not in the time that a statement has; then `sentence` says so."""
    return answer(request, 503, sentence=sentence, headers={"Retry-After": "5"})


def answer(request, status: int, template: str = "", sentence: str = "", headers: dict | None = None):
    """One error, as a page or as a sentence for a panel."""
    request_id = getattr(request, "id", "")
    if request.headers.get("HX-Request") == "true":
        words = f"{sentence or SENTENCES[status]}" + (f" Request {request_id[:12]}." if status >= 500 else "")
        return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8", headers=headers)
    context = {"status": status, "request_id": request_id, "sentence": sentence}
    template = template or f"{status}.html"
    if status >= 500:
        page = render_to_string(template, {**context, "request": request})
        return HttpResponse(page, status=status, headers=headers)
    return render(request, template, context, status=status)
