"""Files that leave the back office: who took which list, filtered how; then how many rows and which bytes they got.

One place for every list that has or will have `?format=csv`, and for any other answer that a browser keeps as a file;
also for those of a member at whose account staff look.
"""

import hashlib
from contextlib import nullcontext
from contextvars import copy_context

from audit.context import acting
from audit.models import record
from audit.redaction import filter_in_words

LEFT_OUT = {"audit:head_file": "the end of the log itself, with nobody in it: taking it would move it"}


class RecordDownloads:
    """Middleware, around the one that masks addresses: what is counted and hashed here is what is sent."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        borrowed = getattr(request, "impersonation", None)
        if request.method == "GET" and (borrowed or request.path.startswith("/admin/")) and _is_file(request, response):
            with acting(request.real_user) if borrowed else nullcontext():
                self._record(request, response)
        return response

    @staticmethod
    def _record(request, response) -> None:
        """The first row before a byte has left; the second when all have, or when nobody took the rest."""
        called = request.resolver_match
        target = " ".join([called.view_name.replace(":panel:", ":"), *map(str, called.kwargs.values())])
        record(request.user, f"{called.namespaces[0]}.exported", target, after=filter_in_words(request.GET))
        if response.streaming:
            response.streaming_content = _counted(
                copy_context(), response, response.streaming_content, request.user, target
            )
        else:
            record(request.user, "export.sent", target, after=_facts(response, hashlib.sha256(response.content)))


def _is_file(request, response) -> bool:
    kept = response.status_code == 200 and response.headers.get("Content-Disposition", "").startswith("attachment")
    return kept and request.resolver_match.view_name not in LEFT_OUT


def _counted(context, response, chunks, user, target):
    digest, whole = hashlib.sha256(), False
    try:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        whole = True
    finally:
        facts = _facts(response, digest) | ({} if whole else {"stopped": True})
        context.run(record, user, "export.sent", target, after=facts)  # of this request, which is over by now


def _facts(response, digest) -> dict:
    rows = getattr(response, "rows", None)
    return ({} if rows is None else {"rows": rows()}) | {"sha256": digest.hexdigest()}
