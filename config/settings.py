"""Settings of the portal. Everything that differs between machines comes from the environment.

Two modes: embedded (the default: SQLite, files, a file broker under ``var/``; no server to install) and
production (``AFTERCARE_ENV=production``: PostgreSQL, Redis and SMTP, refused to start when one is not configured
or when the secret is the default one). The table of variables stands in README.md.
"""

from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.str("AFTERCARE_ENV", default="embedded") == "production"
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
for _name in ("", "media", "mail", "cache", "broker", "broker/control", "tmp"):
    (VAR_DIR / _name).mkdir(parents=True, exist_ok=True)

# --- refuse to start in production with something missing -------------------------------------------------------

DEFAULT_SECRET = "embedded-mode-only-never-used-in-production"  # noqa: S105 - refused below
DEFAULT_DEMO_PASSWORD = "portal-demo-2026"  # noqa: S105 - refused below

SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_SECRET)
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default=DEFAULT_DEMO_PASSWORD)
# Whether `manage.py serve` loads the demo group into an empty database.
DEMO = env.bool("DEMO", default=not PRODUCTION)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMAIL_URL = env.str("EMAIL_URL", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
DEBUG = env.bool("DEBUG", default=False)

if PRODUCTION:
    if SECRET_KEY == DEFAULT_SECRET or len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
        raise ImproperlyConfigured("生产环境必须设置 SECRET_KEY(至少 50 个字符的随机串)。")
    if DEMO and DEMO_PASSWORD == DEFAULT_DEMO_PASSWORD:
        raise ImproperlyConfigured("生产环境不得以默认口令装载演示数据:请设置 DEMO_PASSWORD,或去掉 DEMO。")
    if not DATABASE_URL.startswith(("postgres://", "postgresql://", "pgsql://")):
        raise ImproperlyConfigured("生产环境必须设置 DATABASE_URL(postgres://用户:口令@主机/库名)。")
    if not REDIS_URL:
        raise ImproperlyConfigured("生产环境必须设置 REDIS_URL(redis://主机:6379/0)。")
    if not EMAIL_URL:
        raise ImproperlyConfigured("生产环境必须设置 EMAIL_URL(smtp+tls://用户:口令@主机:587),否则催办邮件无法送出。")
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured("生产环境必须设置 ALLOWED_HOSTS(门户的域名,逗号分隔)。")
    if DEBUG:
        raise ImproperlyConfigured("生产环境不得打开 DEBUG。")

CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")

# --- application ------------------------------------------------------------------------------------------------

# Lower layers first: what an app ships after `migrate` may refer to the rows of the apps beneath it.
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "treebeard",
    "guardian",
    "simple_history",
    "django_filters",
    "django_htmx",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "allauth",
    "allauth.account",
    "organization",
    "workflow",
    "ledgers",
    "revisits",
    "complaints",
    "reports",
    "config",
]

MIDDLEWARE = [
    "config.health.ProbeHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every view needs a login unless it says `login_not_required`: forgetting a decorator cannot open a page.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.limits.RequestSizeMiddleware",
    "organization.middleware.IdleLogoutMiddleware",
    "organization.middleware.PasswordChangeMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "workflow.middleware.ConflictMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "organization.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.shell",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- database, cache --------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": dict(env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'aftercare.sqlite3'}"))
}
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
_database["CONN_HEALTH_CHECKS"] = True
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-20000;"
        ),
    }
elif not env.bool("PGBOUNCER", default=False):
    # Values travel beside the statement: one that repeats is planned once a connection, and planning a page's joins
    # costs more than running them. The data stand in memory or on an SSD, and no query runs long enough for JIT
    # or is worth a second process; what a search finds fits into the memory of one.
    _database["OPTIONS"] = {
        "server_side_binding": True,
        "prepare_threshold": 5,
        "options": "-c random_page_cost=1.1 -c jit=off -c max_parallel_workers_per_gather=0 -c work_mem=16MB",
    } | _database.get("OPTIONS", {})

# Shared between processes, because the lockout after failed logins is counted in it.
CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "aftercare",
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    }

# --- login, session ---------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian: no row for anonymous people, they have no permissions at all
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {
    # Per address whatever the name; failures per account name are counted in the database (organization.accounts).
    # An office behind one address is larger than the library's defaults expect.
    "login": env.str("LOGIN_RATE", default="600/m/ip"),
    "login_failed": env.str("LOGIN_FAILED_RATE", default="100/15m/ip"),
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# Without a request for this long, the next one leads to the login page, which says why, and back again afterwards.
IDLE_LOGOUT_MINUTES = env.int("IDLE_LOGOUT_MINUTES", default=120)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# Longer than that, or there would be no session left to say it. The cookie itself ends with the browser.
SESSION_COOKIE_AGE = IDLE_LOGOUT_MINUTES * 60 + 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # htmx pages read the token from the page, scripts may need the cookie
CSRF_COOKIE_SAMESITE = "Lax"

# --- security headers -------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap's stylesheet draws its small icons as data: images.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if env.bool("BEHIND_PROXY", default=True):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- language, time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# --- files ------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
# No MEDIA_URL: uploads are handed out by views that ask who is asking, never by path.
MEDIA_URL = ""
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
S3_BUCKET = env.str("S3_BUCKET", default="")
if S3_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("S3_REGION", default="") or None,
            "access_key": env.str("S3_ACCESS_KEY", default="") or None,
            "secret_key": env.str("S3_SECRET_KEY", default="") or None,
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }
WHITENOISE_MAX_AGE = 60
# Packing the documents' fonts would take most of a minute of the first start, and no browser asks for them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "ttf", "otf", "map", "txt", "md")
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "tmp"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 50
# One file, and a whole request with several of them.
MAX_UPLOAD_BYTES = EVIDENCE_MAX_FILE_BYTES = env.int("MAX_UPLOAD_MB", default=50) * 1024 * 1024
MAX_REQUEST_BYTES = MAX_UPLOAD_BYTES * 4

# --- mail -------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="回访与投诉管理门户 <portal@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DIR = VAR_DIR / "mail"
if EMAIL_URL:
    _mail = env.email_url("EMAIL_URL")
    EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
    EMAIL_HOST = _mail["EMAIL_HOST"]
    EMAIL_PORT = _mail["EMAIL_PORT"]
    EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"] or ""
    EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
    EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
else:
    EMAIL_BACKEND = "workflow.mail.MaildirBackend"
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)

# --- queue ------------------------------------------------------------------------------------------------------

BROKER_DIR = VAR_DIR / "broker"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": 3600, "global_keyprefix": "aftercare-q:"}
else:
    CELERY_BROKER_URL = "filesystem://"
    # The default polling interval of one second starves the worker; 0.05 s was measured as good.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 5
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "config.beat:SingleScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 10
# A tick that found no worker expires: the sweeps catch up by themselves, a heap of ticks would only delay them.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-clocks": {"task": "workflow.tasks.sweep_clocks", "schedule": 60.0, "options": {"expires": 120}},
    "deliver-notices": {"task": "workflow.tasks.deliver_notices", "schedule": 30.0, "options": {"expires": 60}},
    "run-imports": {"task": "ledgers.tasks.run_imports", "schedule": 10.0, "options": {"expires": 20}},
    "run-drafts": {"task": "revisits.tasks.run_drafts", "schedule": 10.0, "options": {"expires": 20}},
    "beat-heartbeat": {"task": "workflow.tasks.beat_heartbeat", "schedule": 30.0, "options": {"expires": 60}},
    "send-digests": {
        "task": "workflow.tasks.send_digests",
        "schedule": crontab(hour="8", minute="30"),
        "options": {"expires": 4 * 3600},
    },
    "sync-authority": {"task": "organization.tasks.sync_authority", "schedule": crontab(hour="0", minute="5")},
    "expire-warranties": {"task": "ledgers.tasks.expire_warranties", "schedule": crontab(hour="0", minute="10")},
    "turn-the-year": {"task": "revisits.tasks.turn_the_year", "schedule": crontab(hour="0", minute="15")},
}
# /readyz reports a scheduler that has been silent for longer than this.
HEARTBEAT_MAX_AGE_SECONDS = 180

# --- log: one line per event ------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.OneLineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        # The filesystem transport has no host, and says so at every start.
        "kombu.connection": {"level": "WARNING" if REDIS_URL else "ERROR"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
