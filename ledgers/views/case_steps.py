"""The steps of a warranty case: one page, one form, one service each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.flow import CASE_FLOW
from ledgers.forms import cases as F
from ledgers.models import WarrantyCase
from ledgers.selectors.case_detail import people_of
from ledgers.selectors.cases import case_for
from ledgers.selectors.duties import balls
from ledgers.services import case_steps as services
from organization.models import User
from organization.views.common import attempt
from workflow.errors import Conflict, Refused

from .cases import case_trail, case_url
from .common import StaffRequest, file_rows, submitted

Run = Callable[[WarrantyCase, Any, User, datetime], WarrantyCase]


@dataclass(frozen=True, slots=True)
class Act:
    """``step`` names the step whose right, state and separation of duty are asked before the form is shown or read."""

    step: Callable[[WarrantyCase], str]
    heading: str
    form: type[F.CaseStepForm]
    run: Run
    done: str
    intro: str = ""
    tone: str = "primary"


def _dispatch(case: WarrantyCase, form: F.DispatchForm, actor: User, now: datetime) -> WarrantyCase:
    given = form.cleaned_data
    return services.dispatch_case(
        case_id=case.pk,
        dispatch=form.dispatch(),
        in_warranty=given["covered"] == "1",
        remark=given["remark"],
        actor=actor,
        now=now,
    )


def _reassign(case: WarrantyCase, form: F.ChangeDispatchForm, actor: User, now: datetime) -> WarrantyCase:
    reason = form.cleaned_data["remark"]
    return services.change_dispatch(case_id=case.pk, dispatch=form.dispatch(), reason=reason, actor=actor, now=now)


def _arrive(case: WarrantyCase, form: F.ArrivalForm, actor: User, now: datetime) -> WarrantyCase:
    return services.record_arrival(case_id=case.pk, actor=actor, now=now, **form.cleaned_data)


def _finish(case: WarrantyCase, form: F.FinishRepairForm, actor: User, now: datetime) -> WarrantyCase:
    return services.finish_repair(case_id=case.pk, actor=actor, now=now, **form.cleaned_data)


def _verify(case: WarrantyCase, form: F.VerifyForm, actor: User, now: datetime) -> WarrantyCase:
    given = form.cleaned_data | {"satisfaction": int(form.cleaned_data["satisfaction"])}
    return services.verify_repair(case_id=case.pk, actor=actor, now=now, **given)


def _rework(case: WarrantyCase, form: F.ReworkForm, actor: User, now: datetime) -> WarrantyCase:
    return services.return_repair(case_id=case.pk, actor=actor, now=now, **form.cleaned_data)


def _reject(case: WarrantyCase, form: F.RejectForm, actor: User, now: datetime) -> WarrantyCase:
    return services.reject_case(case_id=case.pk, actor=actor, now=now, **form.cleaned_data)


def _void(case: WarrantyCase, form: F.VoidCaseForm, actor: User, now: datetime) -> WarrantyCase:
    return services.void_case(case_id=case.pk, actor=actor, now=now, **form.cleaned_data)


def _arrival_step(case: WarrantyCase) -> str:
    return "resume" if case.status == WarrantyCase.Status.REWORK else "arrive"


DISPATCH = Act(
    lambda case: "dispatch", "派单", F.DispatchForm, _dispatch, "已派单,等待到场。",
    intro="落实责任分包和责任人,限定到场和完成时间;到场、完成是否及时按此记录。",
)  # fmt: skip
REASSIGN = Act(
    lambda case: "reassign", "改派", F.ChangeDispatchForm, _reassign, "已改派。",
    intro="更换分包、责任人或调整时限;已经逾期的事实保留。",
)  # fmt: skip
ARRIVE = Act(
    _arrival_step, "到场", F.ArrivalForm, _arrive, "已记录到场,请维修后上传照片并提请验证。",
    intro="提交的时间即到场时间。",
)  # fmt: skip
FINISH = Act(lambda case: "finish", "维修完成", F.FinishRepairForm, _finish, "已提请验证,请与客户确认。")
VERIFY = Act(
    lambda case: "verify", "客户确认完成", F.VerifyForm, _verify, "客户已确认,保修办结。",
    intro="与客户共同验证维修效果,由客户签字确认;维修办理人不能验证。",
)  # fmt: skip
REWORK = Act(
    lambda case: "rework", "退回返修", F.ReworkForm, _rework, "已退回返修。",
    intro="返修次数加一;返修完成后须重新上传照片、重新由客户签字。", tone="danger",
)  # fmt: skip
REJECT = Act(
    lambda case: "reject", "认定非保修", F.RejectForm, _reject, "已认定为非保修。",
    intro="使用不当、超过保修期等情形,须有证明材料。", tone="danger",
)  # fmt: skip
VOID = Act(
    lambda case: "void", "作废", F.VoidCaseForm, _void, "已作废,记录保留备查。",
    intro="仅用于登记有误的记录;记录保留备查,不计入统计。", tone="danger",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
def case_dispatch(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, DISPATCH)


@require_http_methods(["GET", "POST"])
def case_reassign(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, REASSIGN)


@require_http_methods(["GET", "POST"])
def case_arrive(request: StaffRequest, pk: int) -> HttpResponse:
    """At the site one tap on the case's page is enough; the page of its own takes photos and a remark too."""
    return _act(request, pk, ARRIVE)


@require_http_methods(["GET", "POST"])
def case_finish(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, FINISH)


@require_http_methods(["GET", "POST"])
def case_verify(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, VERIFY)


@require_http_methods(["GET", "POST"])
def case_rework(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, REWORK)


@require_http_methods(["GET", "POST"])
def case_reject(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, REJECT)


@require_http_methods(["GET", "POST"])
def case_void(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, VOID)


def _act(request: StaffRequest, pk: int, what: Act) -> HttpResponse:
    """404 out of reach, 403 without the right, 409 in another state, and only then the form; 422 when it is wrong."""
    case = case_for(request.user, pk)
    try:
        return _take(request, case, what)
    except Conflict as conflict:
        conflict.back = case_url(pk)  # the step's own page would refuse again
        raise


def _take(request: StaffRequest, case: WarrantyCase, what: Act) -> HttpResponse:
    now = timezone.now()
    CASE_FLOW.check(what.step(case), case, actor=request.user, now=now)
    files = request.FILES if request.method == "POST" else None
    form = what.form(submitted(request), files, case=case)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = attempt(form, lambda: what.run(case, form, request.user, now))
            except Refused as refused:
                # What is missing stands above the form, which keeps everything that was typed.
                for reason in refused.reasons:
                    form.add_error(None, reason)
                done, status = None, 409
            if done is not None:
                messages.success(request, what.done)
                return redirect("ledgers:case_detail", pk=case.pk)
    context = {
        "case": case,
        "project": case.project,
        "act": what,
        "form": form,
        "multipart": form.is_multipart(),
        "draft": f"{request.path}{case.round}",
        "balls": [ball for ball in balls(case, request.user, timezone.localdate()) if ball.mine],
        "people": people_of(case.project) if isinstance(form, F.DispatchForm) else None,
        "files": file_rows(case),
        "trail": case_trail(case, what.heading),
    }
    return render(request, "ledgers/case_step.html", context, status=status)
