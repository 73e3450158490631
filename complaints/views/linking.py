"""合并, 二次投诉 and the transfer to another project department as pages."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from complaints.forms.steps import DecisionForm, MergeForm, ReassignForm, SecondForm
from complaints.models import Complaint
from complaints.selectors.candidates import departments_to_take_over
from complaints.selectors.detail import demands_of
from complaints.services.links import decide_merge, decide_second, propose_merge, reassign_complaint, suggest_second
from ledgers.views.common import StaffRequest
from organization.models import User
from workflow.models import Transition

from .common import Act, act


def _propose_merge(complaint: Complaint, form: MergeForm, actor: User, now: datetime) -> Complaint:
    given = form.cleaned_data
    return propose_merge(
        complaint_id=complaint.pk, survivor_id=given["survivor"], remark=given["remark"], actor=actor, now=now
    )


def _decide_merge(complaint: Complaint, form: DecisionForm, actor: User, now: datetime) -> Complaint:
    remark = form.cleaned_data["remark"]
    return decide_merge(complaint_id=complaint.pk, confirm=form.agreed, remark=remark, actor=actor, now=now)


def _suggest_second(complaint: Complaint, form: SecondForm, actor: User, now: datetime) -> Complaint:
    return suggest_second(complaint_id=complaint.pk, earlier_id=form.cleaned_data["earlier"], actor=actor, now=now)


def _decide_second(complaint: Complaint, form: DecisionForm, actor: User, now: datetime) -> Complaint:
    remark = form.cleaned_data["remark"]
    return decide_second(complaint_id=complaint.pk, confirm=form.agreed, remark=remark, actor=actor, now=now)


def _reassign(complaint: Complaint, form: ReassignForm, actor: User, now: datetime) -> Complaint:
    given = form.cleaned_data
    return reassign_complaint(
        complaint_id=complaint.pk, department_id=given["department"], remark=given["remark"], actor=actor, now=now
    )


def _merging(complaint: Complaint, user: User) -> dict[str, Any]:
    other = complaint.merge_into
    return {
        "other": other,
        "other_demands": demands_of(other) if other else [],
        "proposal": _last(complaint, "propose_merge"),
        "yes": "确认合并",
        "no": "不予合并",
    }


def _last(complaint: Complaint, *steps: str) -> Transition | None:
    """Who proposed it, when and why: the decision is about that."""
    taken = Transition.objects.about(complaint).filter(step__in=steps).select_related("actor", "on_behalf_of")
    return taken.order_by("-at", "-pk").first()


def _seconding(complaint: Complaint, user: User) -> dict[str, Any]:
    other = complaint.second_of
    return {
        "other": other,
        "other_demands": demands_of(other) if other else [],
        "proposal": _last(complaint, "suggest_second", "spot_second"),
        "yes": "确认为二次投诉",
        "no": "不是二次投诉",
    }


MERGE = Act(
    lambda complaint: "propose_merge",
    "提出合并",
    MergeForm,
    _propose_merge,
    "已提出合并,等待工程部负责人确认。",
    intro="同一事项重复登记时合并。本投诉合并后不再办理,但记录、材料和诉求全部保留。",
    button="提出合并",
)
DECIDE_MERGE = Act(
    lambda complaint: "merge",
    "办理合并",
    DecisionForm,
    _decide_merge,
    "已办理合并。",
    body="complaints/_step_decide_link.html",
    more=_merging,
)
SECOND = Act(
    lambda complaint: "suggest_second",
    "提出二次投诉",
    SecondForm,
    _suggest_second,
    "已提出二次投诉,等待工程部负责人确认。",
    intro="同一事项处理后再次发生的投诉(标准 5.8.2)。由工程部负责人确认。",
    button="提出二次投诉",
)
DECIDE_SECOND = Act(
    lambda complaint: "confirm_second",
    "确认二次投诉",
    DecisionForm,
    _decide_second,
    "已办理。",
    body="complaints/_step_decide_link.html",
    more=_seconding,
)
REASSIGN = Act(
    lambda complaint: "reassign",
    "转移责任单位",
    ReassignForm,
    _reassign,
    "已转移责任单位,办理时限不变。",
    intro="单位撤销或合并时,由另一项目经理部负责。正在计时的事项转给新单位的相应岗位,截止时间不变。",
    button="转移",
    body="complaints/_step_reassign.html",
    more=lambda complaint, user: {"departments": departments_to_take_over(complaint)},
)


@require_http_methods(["GET", "POST"])
def merge_propose(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, MERGE)


@require_http_methods(["GET", "POST"])
def merge_decide(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, DECIDE_MERGE)


@require_http_methods(["GET", "POST"])
def second_suggest(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, SECOND)


@require_http_methods(["GET", "POST"])
def second_decide(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, DECIDE_SECOND)


@require_http_methods(["GET", "POST"])
def complaint_reassign(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, REASSIGN)
