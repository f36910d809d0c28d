"""How gunicorn serves the sandbox: one worker, since the courier and SQLite want one process."""

import os

bind = f"127.0.0.1:{os.environ.get('SANDBOX_PORT', '12111')}"
workers = 1
threads = 8
graceful_timeout = 3
keepalive = 5
control_socket_disable = True
