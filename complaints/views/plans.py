"""Pages."""

from django.http import HttpRequest, HttpResponse


def plan_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def milestone_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def opinion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()
