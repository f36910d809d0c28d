"""WSGI entry point."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

from poemvision import start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")


class Request(WSGIRequest):
    """All text is UTF-8. Django would believe the caller's `charset=`, and UTF-7 smuggles in NULs and surrogates."""

    def _set_content_type_params(self, meta):
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Handler(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
start.refuse_unsafe()
start.note_limits()
application = Handler()
