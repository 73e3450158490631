"""What the views of this app share."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from ..models import User

T = TypeVar("T")
PER_PAGE = 25


class StaffRequest(HttpRequest):
    """A request of somebody who is logged in; the login middleware lets nobody else reach a view."""

    user: User
    htmx: HtmxDetails


def today() -> date:
    return timezone.localdate()


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The page asked for; a wrong number gives the nearest one."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def attempt(form: forms.Form, service: Callable[[], T]) -> T | None:
    """Call a service with what the form holds; what it objects to stands beside the fields, nothing typed is lost."""
    try:
        return service()
    except ValidationError as wrong:
        by_field = wrong.message_dict if hasattr(wrong, "error_dict") else {"": wrong.messages}
        for name, texts in by_field.items():
            for text in texts:
                form.add_error(name if name in form.fields else None, text)
        return None


def read_filter(form: forms.Form) -> dict[str, Any]:
    """The valid values of a filter form; a wrong one is shown beside its field and filters nothing."""
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}
