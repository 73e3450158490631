"""One's own uploads. Nobody else sees them: a rejected row may hold anything."""

from django.db.models import QuerySet
from django.http import Http404

from ledgers.models import LedgerImport, LedgerImportRow
from ledgers.permissions import IMPORT_INTO
from ledgers.services.importing import departments_for
from organization.models import Unit, User
from organization.models.units import Tier


def own_imports(user: User) -> QuerySet[LedgerImport]:
    return LedgerImport.objects.filter(uploaded_by=user.pk).select_related("department").defer("layouts", "warnings")


def own_import(user: User, pk: int) -> LedgerImport:
    """The upload, 403 without the right to import anywhere, 404 when it is another's."""
    IMPORT_INTO.require_somewhere(user)
    found = LedgerImport.objects.filter(pk=pk, uploaded_by=user.pk).select_related("department").first()
    if found is None:
        raise Http404("没有找到该导入,或不是您上传的。")
    return found


def rows_of(job: LedgerImport, findings: tuple[str, ...]) -> QuerySet[LedgerImportRow]:
    return job.rows.filter(finding__in=findings).order_by("position")


def import_choices(user: User) -> tuple[list[Unit], dict[str, str]]:
    """The departments one may import into, in the tree's order, and the second-tier units above them by path."""
    departments = sorted(departments_for(user).values(), key=lambda unit: unit.path)
    paths = {unit.path[: 2 * Unit.steplen] for unit in departments}
    units = Unit.objects.filter(tier=Tier.UNIT, path__in=paths).values_list("path", "name")
    return departments, dict(units)
