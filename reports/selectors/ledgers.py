"""Scoped reads for the documents: a ledger's version as a form, the list as it is filtered, the log."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404, QueryDict

from ledgers.filters import LedgerFilter, ListFilter
from ledgers.models import Ledger, LedgerVersion
from ledgers.permissions import IMPORT_INTO, VIEW
from ledgers.selectors import ledger_data, visible_ledgers
from organization.edition import edition_on
from organization.models import StandardEdition, User
from organization.models.units import Tier
from organization.permissions import AUDIT
from workflow.errors import Conflict

from ..documents.appendix_c import SUFFIX, Form, fill_form
from ..documents.base import Footer
from ..models import DownloadLog

NOT_A_FILTER = {"page", "sort", "columns", "purpose", "detail", "csrfmiddlewaretoken"}
NO_CONTENT = "这项台账还没有编制内容,无法导出附录 C。请先由项目经理部编制台账。"


def printable_ledger(user: User, pk: int) -> Ledger:
    """The ledger in the user's reach, or 404."""
    queryset = visible_ledgers(user).select_related("project__department", "effective__edition", "working__edition")
    return VIEW.get(user, queryset, pk=pk)


def printed_version(ledger: Ledger, number: str | None) -> LedgerVersion:
    """The version asked for by its number (404 when there is none), else the one in force, else the draft."""
    if number:
        versions = ledger.versions.select_related("edition")
        found = (
            versions.filter(number=int(number)).first()
            if number.isascii() and number.isdigit() and len(number) < 6
            else None
        )
        if found is None:
            raise Http404("没有这个版本的台账。")
        return found
    if ledger.shown is None:
        raise Conflict(NO_CONTENT)
    return ledger.shown


def validity(ledger: Ledger, version: LedgerVersion) -> str:
    """What a print must say when it is not the version in force; "" when it is."""
    if ledger.status == Ledger.Status.VOID:
        return "已作废"
    if version.withdrawn_at:
        return "变更已撤回 · 未生效"
    if version.superseded_at:
        return f"第 {version.number} 版 · 已被替代"
    return "" if version.approved_at else "草稿 · 未生效"


def appendix_c_form(ledger: Ledger, version: LedgerVersion) -> tuple[Form, Footer]:
    """R-2.1: the form and the footer of the edition that the version was written under."""
    edition = version.edition
    form = fill_form(ledger_data(ledger, version), code=edition.form_code(SUFFIX), note=validity(ledger, version))
    return form, Footer.of(edition)


def current_edition(today: date) -> StandardEdition:
    return edition_on(today)


SUFFIXES = {"_min": " 起", "_max": " 止", "_after": " 起", "_before": " 止"}


def filters_in_words(params: QueryDict, form: type[ListFilter] = LedgerFilter) -> dict[str, str]:
    """Label → value of every filter in use, as the page names them: for the sheet's second row and for the log."""
    filters = form.get_filters()
    labels = {name: str(found.label or name) for name, found in filters.items()}
    choices = {
        name: {str(key): str(label) for key, label in found.extra.get("choices", ())} for name, found in filters.items()
    }
    words: dict[str, str] = {}
    for name, values in params.lists():
        said = [value.strip() for value in values if value.strip()]
        suffix = next((each for each in SUFFIXES if name.endswith(each) and name not in labels), "")
        base = name.removesuffix(suffix)
        if not said or name in NOT_A_FILTER or base not in labels:
            continue
        shown = [choices[base].get(value, value) for value in said]
        told = "、".join("是" if value in ("on", "true", "True") else value for value in shown)
        words[labels[base] + SUFFIXES.get(suffix, "")] = told[:200]
    return words


def importable_departments(user: User) -> list[tuple[str, str]]:
    """Code and name of the project departments whose ledgers the user may import."""
    return list(
        IMPORT_INTO.units(user)
        .filter(tier=Tier.DEPARTMENT, dissolved_on=None)
        .order_by("path")
        .values_list("code", "name")
    )


def visible_downloads(user: User) -> QuerySet[DownloadLog]:
    """The auditor reads everybody's, everyone else their own."""
    logs = DownloadLog.objects.select_related("user")
    return logs if AUDIT.held_by(user) else logs.filter(user=user)
