"""A request that is too large is refused before its body is read."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse


class RequestSizeMiddleware:
    """413 above ``MAX_REQUEST_BYTES``: Django limits the fields of a form, but not the files that come with them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.MAX_REQUEST_BYTES:
            raise RequestDataTooBig(f"{length} bytes")
        return self.get_response(request)
