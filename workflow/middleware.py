"""Conflict and Refused as an answer people can act on."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from organization.middleware import return_address
from workflow.errors import Conflict, Refused


class ConflictMiddleware:
    """409: a wrong state, a lost race, or a rule that forbids the step now. The page lists the reasons.

    htmx gets the same words as a piece of a page, put at the head of the main part: see static/js/page.js.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Conflict):
            return None
        reasons = exception.reasons if isinstance(exception, Refused) else []
        context = {"message": exception.message, "reasons": reasons, "back": exception.back or return_address(request)}
        if request.headers.get("HX-Request"):
            response = render(request, "workflow/_conflict.html", context, status=409)
            response["HX-Retarget"], response["HX-Reswap"] = "#main", "afterbegin show:window:top"
            return response
        return render(request, "409.html", context, status=409)
