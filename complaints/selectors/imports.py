"""One's own uploads of registers. Nobody else sees them: a rejected row may hold anything."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from complaints.models import ComplaintImport
from complaints.permissions import IMPORT_INTO
from organization.models import User


def own_imports(user: User) -> QuerySet[ComplaintImport]:
    return ComplaintImport.objects.filter(uploaded_by=user.pk).defer("rows", "layouts", "warnings")


def own_import(user: User, pk: int) -> ComplaintImport:
    """The upload, 403 without the right to import anywhere, 404 when it is another's."""
    IMPORT_INTO.require_somewhere(user, fresh=False)
    found = ComplaintImport.objects.filter(pk=pk, uploaded_by=user.pk).first()
    if found is None:
        raise Http404("没有找到该导入,或不是您上传的。")
    return found


def rows_of(job: ComplaintImport, tab: str) -> list[dict[str, Any]]:
    """The rows of a tab: errors, ok, open (accepted ones that go on in the portal)."""
    if tab == "errors":
        return [row for row in job.rows if row["errors"]]
    accepted = [row for row in job.rows if not row["errors"]]
    return accepted if tab == "ok" else [row for row in accepted if not row["finished"]]
