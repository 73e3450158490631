"""结案 and 撤诉 as pages (R-B2-14)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.forms.steps import NoteForm, WithdrawForm
from complaints.models import Complaint
from complaints.selectors.closing import checks_of
from complaints.services.handling import close_complaint, withdraw_complaint
from ledgers.selectors.duties import balls
from ledgers.views.common import StaffRequest
from organization.models import User

from .common import Act, act


def _close(complaint: Complaint, form: NoteForm, actor: User, now: datetime) -> Complaint:
    return close_complaint(complaint_id=complaint.pk, remark=form.cleaned_data["remark"], actor=actor, now=now)


def _withdraw(complaint: Complaint, form: WithdrawForm, actor: User, now: datetime) -> Complaint:
    given = form.cleaned_data
    return withdraw_complaint(
        complaint_id=complaint.pk, remark=given["remark"], files=given["files"], actor=actor, now=now
    )


def _checking(complaint: Complaint, user: User) -> dict[str, Any]:
    checks = checks_of(complaint, balls(complaint, user, timezone.localdate()))
    return {"checks": checks, "blocked": any(check.reasons for check in checks)}


CLOSE = Act(
    lambda complaint: "close_replied" if complaint.status == Complaint.Status.REPLIED else "close",
    "结案",
    NoteForm,
    _close,
    "已结案,记录长期保存。",
    button="结案",
    body="complaints/_step_close.html",
    more=_checking,
)
WITHDRAW = Act(
    lambda complaint: "withdraw",
    "撤诉",
    WithdrawForm,
    _withdraw,
    "已办理撤诉,投诉仍计入统计。",
    intro="投诉人撤回投诉须有证明。撤诉后各项时限停止,备案和整改方案撤销;记录保留并仍计入统计。",
    button="办理撤诉",
    tone="danger",
)


@require_http_methods(["GET", "POST"])
def complaint_close(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, CLOSE)


@require_http_methods(["GET", "POST"])
def complaint_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, WITHDRAW)
