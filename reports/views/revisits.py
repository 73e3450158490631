"""Appendix D of a plan as workbook and PDF, and a unit's year in one workbook. Phones whole with a logged purpose."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ledgers.views.common import optional_url
from organization.models import User
from revisits.permissions import DRAFT

from ..documents.appendix_d_pdf import AppendixDPdf, refuse_too_long
from ..documents.base import Footer
from ..selectors import current_edition, revisit_year
from ..selectors import revisits as select
from ..services import refuse_too_many
from .delivery import deliver, hand_out

Response = HttpResponse | FileResponse
ask_or_deliver = require_http_methods(["GET", "HEAD", "POST"])
PHONES = {True: "隐去中间几位", False: "完整"}


@ask_or_deliver
def appendix_d(request: HttpRequest, pk: int, extension: str) -> Response:
    """附录 D of the version that governs, or of ``?version=``. ``?phones=masked`` hides the owners' phones; for whoever
    may not open the ledgers they are hidden anyway."""
    if extension not in ("xlsx", "pdf"):
        raise Http404("附录 D 只有 Excel 和 PDF 两种。")
    user = _user(request)
    plan = select.printable_plan(user, pk)
    asked = request.GET.get("version")
    version = select.printed_version(plan, asked)
    masked = request.GET.get("phones") == "masked" or not select.may_see_phones(user, plan.unit)
    form = select.appendix_d_form(plan, version, masked=masked)
    footer, label = Footer.of(version.edition), f"第{version.number}版" if asked else ""
    if extension == "pdf":
        refuse_too_long(form.count)
        kind = AppendixDPdf
    else:
        from ..documents.appendix_d_xlsx import AppendixDWorkbook  # loads openpyxl: 20 MB that no page needs

        kind = AppendixDWorkbook  # type: ignore[assignment]
    page = resolve_url("revisits:plan_detail", pk=pk)
    return deliver(
        request,
        kind(form, footer, masked=masked, label=label),
        edition=version.edition,
        plan=plan,
        filters={"版本": str(version.number), "电话": PHONES[masked]},
        expected=form.count,
        back=page,
        trail=[*_plans(), (str(plan), page)],
    )


@require_safe
def appendix_d_template(request: HttpRequest, pk: int) -> Response:
    """The empty form of a plan, to be filled elsewhere and imported. It names no client, so no purpose is asked; it is
    for who drafts the plan."""
    from ..documents.appendix_d_template import AppendixDTemplate  # loads openpyxl

    user = _user(request)
    plan = select.printable_plan(user, pk)
    DRAFT[plan.level].require(user, plan)
    today = timezone.localdate()
    form, projects, people = select.template_of(plan, today)
    version = plan.working or plan.effective
    edition = version.edition if version is not None else current_edition(today)
    return hand_out(AppendixDTemplate(form, Footer.of(edition), projects, people))


@ask_or_deliver
def revisit_year_xlsx(request: HttpRequest, pk: int, year: int) -> Response:
    """The plans of a second-tier unit and of its departments, one sheet each, and a summary."""
    from ..documents.revisit_year import RevisitYearWorkbook  # loads openpyxl

    user = _user(request)
    unit = revisit_year.unit_of_year(user, pk, year)
    masked = request.GET.get("phones") == "masked" or not select.may_see_phones(user, unit)
    now = timezone.now()
    shown, visits = revisit_year.plans_of(unit, year), revisit_year.visits_of(unit, year)
    figures = revisit_year.figures_of(visits, now)
    count = sum(each["lines"] for each in figures.values())
    refuse_too_many(count, "按编制单位分别下载附录 D,")
    tallies = revisit_year.tallies_of(unit, shown, figures, revisit_year.late_of(visits, now))
    today = timezone.localdate(now)
    edition = current_edition(today)
    document = RevisitYearWorkbook(
        unit.name,
        year,
        tallies,
        lambda: revisit_year.forms_of(shown, visits, figures, masked),
        Footer.of(edition),
        masked=masked,
        day=f"{today}",
    )
    plans = _plans()
    back = plans[0][1] if plans else resolve_url("reports:report_index")
    return deliver(
        request,
        document,
        edition=edition,
        filters={"单位": unit.name, "年度": str(year), "电话": PHONES[masked]},
        expected=count,
        back=back,
        trail=plans or [("报告和记录", back)],
    )


def _plans() -> list[tuple[str, str]]:
    """The list of plans, for the way back."""
    url = optional_url("revisits:plan_list")
    return [("回访计划", url)] if url else []


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # LoginRequiredMiddleware lets nobody else in
