"""Pages."""

from django.http import HttpRequest, HttpResponse


def complaint_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()
