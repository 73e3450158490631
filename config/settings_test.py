"""Settings of the suite: everything below a temporary folder, cheap passwords, no leftovers between runs.

The database is SQLite unless DATABASE_URL says otherwise; with REDIS_URL the broker and cache are Redis.
"""

import atexit
import os
import shutil
import tempfile
import zlib
from pathlib import Path
from urllib.parse import urlsplit

# Only names under the suite's own folder: never the developer's var/. Set before the real settings are read.
_root = os.environ.get("AFTERCARE_TEST_ROOT")
if _root is None:
    _root = tempfile.mkdtemp(prefix="aftercare-test-")
    os.environ["AFTERCARE_TEST_ROOT"] = _root
    _owner = os.getpid()

    def _remove() -> None:
        if os.getpid() == _owner:
            shutil.rmtree(str(_root), ignore_errors=True)

    atexit.register(_remove)
os.environ["VAR_DIR"] = str(Path(_root) / os.environ.get("PYTEST_XDIST_WORKER", "main"))
for _name in ("AFTERCARE_ENV", "S3_BUCKET", "EMAIL_URL", "DEBUG", "ALLOWED_HOSTS", "DEMO_PASSWORD"):
    os.environ.pop(_name, None)

from config.settings import *  # noqa: E402, F403
from config.settings import BASE_DIR, DATABASES, REDIS_URL, STORAGES, VAR_DIR  # noqa: E402

TESTING = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
if not REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CELERY_BROKER_URL = "memory://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {}
else:
    # A worker of the suite has its own keys, so that parallel workers do not lock each other's accounts out; and its
    # own Redis database, because clearing a cache empties the whole of it.
    _worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    _number = int("".join(filter(str.isdigit, _worker)) or 7) % 8 + 8
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": urlsplit(REDIS_URL)._replace(path=f"/{_number}").geturl(),
            "KEY_PREFIX": f"aftercare-test-{_worker}",
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"aftercare-test-{_worker}:"}

_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 0
if _database["ENGINE"].endswith("sqlite3"):
    # A file, not memory: the live server's threads need connections of their own.
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    _database["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON; PRAGMA cache_size=-20000;"
    )
else:
    # Two checkouts beside each other on one server do not meet.
    _checkout = f"test_aftercare_{zlib.crc32(str(BASE_DIR).encode()):08x}"
    _database["TEST"] = {"NAME": os.environ.get("TEST_DATABASE_NAME", _checkout)}
