"""gunicorn's settings in server mode; any of them can be given in GUNICORN_CMD_ARGS instead."""

import multiprocessing
import os

bind = os.environ.get("NEWSDIFF_BIND", "0.0.0.0:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", str(2 * multiprocessing.cpu_count())))
threads = 4
timeout = 30
graceful_timeout = 10
# A header no browser sends is refused. A slow client holds one thread of a worker: keep a proxy in front,
# which reads requests whole before it hands them on.
limit_request_line = 8_190
limit_request_fields = 60
limit_request_field_size = 8_190
# A worker is renewed now and then, so that nothing can pile up in one for months.
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = "-"
# Nobody manages it through a socket, for which the image's read-only file system has no place anyway.
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  memory, not a disk
# The proxy that docs/operations.md asks for stands in front; only it may say https.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
