"""The settings of the floor: the portal's database, cache, sessions and people, and nothing else of it."""

from config.settings import *  # noqa: F403
from config.settings import BASE_DIR, INSTALLED_APPS

# The login library insists on its middleware.
INSTALLED_APPS = [name for name in INSTALLED_APPS if not name.startswith("allauth")]
ROOT_URLCONF = "tests.performance.floor"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "tests" / "performance" / "templates"],
    }
]
