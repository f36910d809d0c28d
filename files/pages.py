"""Files behind their links, and the page of the storage."""

import time

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from files import links, missing, place, serving
from files.models import StoredFile

# A file is never a page of ours: even if one was HTML in disguise, it could run nothing and read nothing
SHUT_IN = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
}


@require_safe
@login_not_required
def media(request, token):
    """One file, for whoever has a link that is still good."""
    link = links.read(token)
    if link is None or place.folder() is None:
        raise Http404
    stored = get_object_or_404(StoredFile, pk=link.pk)
    etag = f'"{stored.sha256}"'
    request.META["HTTP_ACCEPT_ENCODING"] = ""  # pictures and films are packed already, and a part cannot be packed
    try:
        response = get_conditional_response(request, etag=etag) or serving.answer(request, stored, etag)
    except FileNotFoundError:
        return missing.answer(request, stored)
    for name, value in SHUT_IN.items():
        response.headers[name] = value
    if link.everywhere:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["ETag"] = etag
    response.headers["Content-Disposition"] = links.disposition(link.filename, link.download)
    response.headers["Cache-Control"] = f"private, max-age={max(link.expires - int(time.time()), 0)}, immutable"
    response.may_be_kept = True
    return response


@require_safe
@requires(Perm.FILES_READ)
def index(request):
    """/admin/files/: what is stored, and whether rows and files agree."""
    return render(request, "files/index.html")
