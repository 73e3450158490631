"""Error pages that say what happened and what to do. 409 is answered by ``workflow.middleware``, 500 needs no help."""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def _words(exception: Exception | None) -> str:
    """The exception's message when it was written for people; a library's English is not shown."""
    text = str(exception.args[0]) if exception is not None and exception.args else ""
    return text if re.search(r"[一-鿿]", text) and isinstance(exception.args[0], str) else ""  # type: ignore[union-attr]


def _answer(request: HttpRequest, template: str, status: int, message: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # The page stays as it is and shows these words: see static/js/page.js.
        return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
    context: dict[str, Any] = {"message": message}
    return render(request, template, context, status=status)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, TOO_MUCH):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        words = f"一次提交的内容超过了限制(表单 {limit} MB,{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} 个字段,"
        return _answer(request, "413.html", 413, words + f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} 个文件)。")
    return _answer(request, "400.html", 400, "")


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "403.html", 403, _words(exception))


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "404.html", 404, _words(exception))


def handler429(request: HttpRequest) -> HttpResponse:
    return _answer(request, "429.html", 429, "")
