"""The floor, a bare Django page: one session, one user, one indexed, joined query of 25 rows, a template."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.performance.floor_settings")

from django.core.exceptions import PermissionDenied
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


def floor(request: HttpRequest) -> HttpResponse:
    from ledgers.models import Ledger

    if not request.user.is_authenticated:
        raise PermissionDenied
    rows = Ledger.objects.select_related("project__department").order_by("-pk")[:25]
    return render(request, "floor.html", {"rows": rows, "user": request.user})


urlpatterns = [path("", floor)]
application = get_wsgi_application()
