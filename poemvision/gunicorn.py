"""The web server's settings, the same in the embedded mode and in deploy/: `-c python:poemvision.gunicorn`."""

import os
import re

from gunicorn.glogging import Logger

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
# The path without its query: a query may hold a search for a person, or a token
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s %(M)sms %({x-request-id}o)s"
logger_class = "poemvision.gunicorn.Discreet"

_KEYS = re.compile(r"(/(?:key|confirm-email|invite)/)[^/]+")


class Discreet(Logger):
    """Leaves one-time keys in paths out of the access log, and keeps one request on one line."""

    def atoms(self, resp, req, environ, request_time):
        values = super().atoms(resp, req, environ, request_time)
        values["U"] = _KEYS.sub(r"\1…", values["U"]).encode("unicode_escape").decode()
        return values
