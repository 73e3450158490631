"""处理完成 and 客户满意度评价 (clauses 5.6.1, 5.7)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from complaints.forms.steps import ResultForm
from complaints.forms.steps_evaluation import EvaluateForm
from complaints.guards.complaint import work_is_done
from complaints.models import Complaint, Evaluation
from complaints.services.handling import evaluate_complaint, finish_work
from ledgers.views.common import StaffRequest, optional_url
from organization.models import User

from .common import Act, act, with_documents


def _finish(complaint: Complaint, form: ResultForm, actor: User, now: datetime) -> Complaint:
    return finish_work(complaint_id=complaint.pk, remark=form.cleaned_data["remark"], actor=actor, now=now)


def _evaluate(complaint: Complaint, form: EvaluateForm, actor: User, now: datetime) -> Evaluation:
    given = form.cleaned_data
    return evaluate_complaint(
        complaint_id=complaint.pk,
        values=form.values(),
        met=form.met(),
        next_due_on=given["next_due_on"],
        raise_severity=given.get("raise_severity", False),
        files=given["files"],
        actor=actor,
        now=now,
    )


def _earlier(complaint: Complaint, user: User) -> dict[str, Any]:
    blank = optional_url("reports:complaint_evaluation_blank", complaint.pk)
    return {
        "blank_url": blank,
        "evaluations": with_documents(complaint.evaluations.select_related("made_by").order_by("-pk")),
    }


FINISH = Act(
    lambda complaint: "finish",
    "处理完成",
    ResultForm,
    _finish,
    "已提请评价,请会同二级单位在 1 天内与客户评价。",
    intro="处理完成后,项目经理部会同二级单位与客户回访或验收。",
    button="处理完成,提请评价",
    body="complaints/_step_finish.html",
    more=lambda complaint, user: {"gaps": work_is_done(complaint)},
)
EVALUATE = Act(
    lambda complaint: "satisfied",
    "客户满意度评价",
    EvaluateForm,
    _evaluate,
    "评价已保存。",
    intro="很满意或满意且诉求全部满足,或验收合格且诉求全部满足,即为合格;否则进入下一轮整改,各轮评价全部保留。",
    button="保存评价",
    body="complaints/_step_evaluate.html",
    aside="complaints/_side_evaluations.html",
    more=_earlier,
)


@require_http_methods(["GET", "POST"])
def complaint_finish(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, FINISH)


@require_http_methods(["GET", "POST"])
def complaint_evaluate(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, EVALUATE)
