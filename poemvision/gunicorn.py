"""The web server's settings, the same in the embedded mode and in deploy/: `-c python:poemvision.gunicorn`."""

import json
import os
import sys

from gunicorn.errors import AppImportError
from gunicorn.glogging import Logger

from poemvision import logs

worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 30
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
_memory = "/dev/shm"  # noqa: S108 (the heartbeat's file: on a slow disk its owner would look hung)
worker_tmp_dir = _memory if os.access(_memory, os.W_OK) else None
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
forwarded_allow_ips = "127.0.0.1,::1"
accesslog = "-"
# No address of whoever asked; the path without its query, which may hold a search for a person, or a token
access_log_format = "%(m)s %(U)s %(s)s %(B)s %(M)sms %({x-request-id}o)s"
logger_class = "poemvision.gunicorn.Discreet"

_FIELDS = {
    "method": "m",
    "path": "U",
    "status": "s",
    "bytes": "B",
    "ms": "M",
    "request_id": "{x-request-id}o",
}


def post_fork(server, worker):
    """A start that is refused ends the server, which by itself would start workers for ever."""
    try:
        import poemvision.wsgi  # noqa: F401 (what is loaded here is what the worker serves)
    except SystemExit as refusal:
        raise AppImportError(refusal.code) from None


def post_worker_init(worker):
    """Requests leave to threads what they do not wait for: the bells for background work, and page views."""
    from files import place
    from jobs import doorbell
    from sitestats import flusher

    doorbell.start_ringer()
    place.clear_at_start()  # uploads that a killed worker had in hand
    flusher.start()


def worker_exit(server, worker):
    if "poemvision.wsgi" not in sys.modules:
        return  # the start was refused: nothing has begun, and what is imported here would be refused again
    from ctas import counting
    from jobs import doorbell
    from sitestats import flusher

    doorbell.stop_ringer()
    counting.flush()
    flusher.stop()


class Discreet(Logger):
    """Leaves one-time keys in paths out of the access log and keeps one request on one line; JSON in production."""

    def setup(self, cfg):
        super().setup(cfg)
        self.json = os.environ.get("MODE") == "production"
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.JsonFormatter() if self.json else logs.PlainFormatter())

    def atoms(self, resp, req, environ, request_time):
        values = super().atoms(resp, req, environ, request_time)
        values["U"] = logs.on_one_line(logs.without_keys(values["U"]))
        return values

    def access(self, resp, req, environ, request_time):
        if not self.json:
            return super().access(resp, req, environ, request_time)
        values = self.atoms(resp, req, environ, request_time)
        line = {name: values.get(atom) for name, atom in _FIELDS.items()}
        return self.access_log.info("%s", json.dumps(line))
