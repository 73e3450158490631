"""How the web processes run, wherever they run: `make run`, the container, the bench."""

import os

workers = int(os.environ.get("WEB_CONCURRENCY", "3"))
# Threads, because a browser opens connections in advance and a sync worker would wait on each of them for a
# request that never comes; threads keep their database connections between requests as well.
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Loaded once, before the processes part: a start costs one load, and they share the memory.
preload_app = True
timeout = 120
graceful_timeout = 10
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - a heartbeat must not wait for a disk
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
limit_request_line = 8190
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
control_socket_disable = True
