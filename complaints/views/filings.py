"""Pages."""

from django.http import HttpRequest, HttpResponse


def filing_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()
