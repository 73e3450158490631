"""What the views of this app share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from organization.components.columns import Columns
from organization.middleware import return_address
from organization.models import User
from organization.prepared import Prepared
from workflow.evidence import attachable_of
from workflow.flow import flow_of
from workflow.models import Evidence

PAGE_SIZES = (25, 50, 100)


class StaffRequest(HttpRequest):
    """A request of somebody who is logged in; the login middleware lets nobody else reach a view."""

    user: User


def submitted(request: HttpRequest) -> QueryDict | None:
    """What was posted, an empty form too; None when the page was only opened."""
    return request.POST if request.method == "POST" else None


def page_size(params: Mapping[str, Any]) -> int:
    """Rows a page: one of the offered sizes, else the first."""
    asked = str(params.get("per", ""))
    return int(asked) if asked in {str(size) for size in PAGE_SIZES} else PAGE_SIZES[0]


def keep_columns(request: HttpRequest, columns: Columns[Any], home: str) -> HttpResponse:
    """Keep the posted choice of columns and go back to the list it was made on; ``home`` when that is not known."""
    back = return_address(request)
    response = HttpResponseRedirect(back if back != "/" else reverse(home))
    columns.keep(response, request.POST.getlist("columns"))
    return response


def optional_url(name: str, *args: Any) -> str:
    """A page of an upper app, or "" where that app is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """Breadcrumbs: (label, url name or ""), the page itself last."""
    return [(label, reverse(url) if url and not url.startswith("/") else url) for label, url in steps]


_FILE_FIELDS = (
    "pk", "kind", "name", "caption", "size", "media_type", "uploaded_at", "withdrawn_at", "withdrawn_reason",
    "uploaded_by__name",
)  # fmt: skip
_FILES = Prepared(
    lambda kind, subject: Evidence.objects.filter(content_type=kind, object_id=subject).values(*_FILE_FIELDS)
)


def file_rows(subject: Model, files: Sequence[Evidence] | None = None) -> list[dict[str, Any]]:
    """The record's files as ``components/file_list.html`` shows them. One query, unless ``files`` are at hand."""
    kinds = dict(attachable_of(type(subject)).kinds)
    kind = ContentType.objects.get_for_model(subject).pk
    rows: list[dict[str, Any]] = (
        _FILES.rows(kind=kind, subject=subject.pk)
        if files is None
        else [
            {name: getattr(file, name) for name in _FILE_FIELDS[:-1]} | {"uploaded_by__name": file.uploaded_by.name}
            for file in files
        ]
    )
    for row in rows:
        pk = row["pk"]
        row["caption"] = " · ".join(filter(None, (kinds.get(row["kind"], ""), row["caption"] or row["name"])))
        row["uploaded_by"] = row["uploaded_by__name"]
        row["is_image"] = row["media_type"].startswith("image/")
        row["url"] = reverse("workflow:evidence_download", args=[pk])
        row["thumbnail_url"] = reverse("workflow:evidence_thumbnail", args=[pk])
        row["withdraw_url"] = reverse("workflow:evidence_withdraw", args=[pk])
    return rows


def may_attach(subject: Model, user: User) -> bool:
    """The right and the state, without a query: the record's owning unit is loaded already."""
    declared = attachable_of(type(subject))
    path = flow_of(subject).owner(subject).path
    right = any(path.startswith(prefix) for prefix in declared.attach.paths(user))
    return right and not (declared.guard and declared.guard(subject))


_KEPT: dict[Any, SafeString] = {}
_KEPT_MOST = 200


def kept_markup(key: Any, make: Callable[[], str]) -> SafeString:
    """A piece of a page that depends on nothing but ``key``, rendered once a process."""
    found = _KEPT.get(key)
    if found is None:
        if len(_KEPT) >= _KEPT_MOST:
            _KEPT.clear()
        found = _KEPT[key] = SafeString(make())
    return found
