"""责任判定: proposed by UW, decided by UH, taken back; 复议 (clause 5.4.2)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from complaints.forms.steps import ReasonForm
from complaints.forms.steps_ruling import ProposeForm, ReconsiderForm, RulingDecisionForm
from complaints.guards.complaint import has_evidence
from complaints.models import Complaint, Ruling
from complaints.selectors.detail import content_of
from complaints.services.ruling import decide_ruling, propose_ruling, reconsider_ruling, revoke_ruling
from ledgers.views.common import StaffRequest
from organization.models import User

from .common import Act, act


def _propose(complaint: Complaint, form: ProposeForm, actor: User, now: datetime) -> Ruling:
    given = form.cleaned_data
    return propose_ruling(
        complaint_id=complaint.pk,
        verdict=given["verdict"],
        grounds=given["grounds"],
        severity=given["severity"],
        handle_by=given["handle_by"],
        files=given["files"],
        actor=actor,
        now=now,
    )


def _proposing(complaint: Complaint, user: User) -> dict[str, Any]:
    content = content_of(complaint)
    return {"content": content, "unproved": not has_evidence(complaint)}


def _decide(complaint: Complaint, form: RulingDecisionForm, actor: User, now: datetime) -> Complaint:
    return decide_ruling(
        complaint_id=complaint.pk,
        ruling_id=form.cleaned_data["ruling"],
        confirm=form.agreed,
        remark=form.cleaned_data["remark"],
        actor=actor,
        now=now,
    )


def _deciding(complaint: Complaint, user: User) -> dict[str, Any]:
    return {"content": content_of(complaint), "yes": "同意判定", "no": "退回"}


def _reconsider(complaint: Complaint, form: ReconsiderForm, actor: User, now: datetime) -> Complaint:
    return reconsider_ruling(
        complaint_id=complaint.pk,
        uphold=form.cleaned_data["decision"] == "uphold",
        remark=form.cleaned_data["remark"],
        actor=actor,
        now=now,
    )


def _revoke(complaint: Complaint, form: ReasonForm, actor: User, now: datetime) -> Complaint:
    return revoke_ruling(complaint_id=complaint.pk, remark=form.cleaned_data["remark"], actor=actor, now=now)


PROPOSE = Act(
    lambda complaint: "propose_ruling",
    "提出责任判定",
    ProposeForm,
    _propose,
    "已提出责任判定,等待工程部负责人确认。",
    intro="提出后由工程部负责人确认,两人共用同一个 2 天时限;系统不会代替人员判定。",
    button="提交判定",
    body="complaints/_step_propose.html",
    aside="complaints/_side_rulings.html",
    more=_proposing,
)
DECIDE = Act(
    lambda complaint: "return_ruling",
    "确认责任判定",
    RulingDecisionForm,
    _decide,
    "已办理责任判定。",
    body="complaints/_step_decide_ruling.html",
    more=_deciding,
)
RECONSIDER = Act(
    lambda complaint: "uphold",
    "复议",
    ReconsiderForm,
    _reconsider,
    "复议已办理。",
    intro="维持:由回访保修管理岗再次回函说明;撤销:重新判定,判定时限重新起算。",
    button="提交复议结论",
    aside="complaints/_side_rulings.html",
    more=lambda complaint, user: {"content": content_of(complaint)},
)
REVOKE = Act(
    lambda complaint: "revoke_ruling",
    "撤销判定",
    ReasonForm,
    _revoke,
    "判定已撤销,重新判定的时限从现在起计。",
    intro="撤销后集团备案同时撤销,整改方案和时间节点停止,投诉回到待判定;已有记录全部保留。",
    button="撤销判定",
    tone="danger",
    aside="complaints/_side_rulings.html",
    more=lambda complaint, user: {"content": content_of(complaint)},
)


@require_http_methods(["GET", "POST"])
def ruling_propose(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, PROPOSE)


@require_http_methods(["GET", "POST"])
def ruling_decide(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, DECIDE)


@require_http_methods(["GET", "POST"])
def complaint_reconsider(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, RECONSIDER)


@require_http_methods(["GET", "POST"])
def ruling_revoke(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, REVOKE)
