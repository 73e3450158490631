"""监督, 督办 and 交办 (clauses 3.2.1, 3.2.2, G6; B.2 step 11)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from complaints.flows.complaint import FLOW
from complaints.flows.filing import FILING_FLOW
from complaints.flows.order import ORDER_FLOW
from complaints.forms.filings import TO_MANAGER, FinishOrderForm, HandOverForm, SuperviseForm, UrgeForm
from complaints.models import Order, Supervision
from complaints.permissions import SUPERVISE_UG, SUPERVISE_UL
from complaints.selectors.filings import filing_for, follow_ups, order_for
from complaints.selectors.parts import Duties
from complaints.selectors.plans import claimed, complaint_for
from complaints.services.supervising import (
    cancel_order,
    department_people,
    finish_order,
    finishing_step,
    hand_over,
    supervise_complaint,
    supervising_post,
    supervising_step,
    urge_complaint,
)
from ledgers.forms.ledger import RemarkForm
from ledgers.views.common import StaffRequest, optional_url, submitted
from workflow.selectors.timeline import timeline

from .parts import page_of, step_page, trail_of

KINDS = (Supervision.Kind.PROCESS, Supervision.Kind.RESULT)


@require_http_methods(["GET", "POST"])
def filing_supervise(request: StaffRequest, pk: int) -> HttpResponse:
    """B.2 step 11: UL or UG on the process; on the result too once it is there."""
    filing = filing_for(request.user, pk)
    unit = filing.complaint.department
    if not SUPERVISE_UL.covers(request.user, unit) and not SUPERVISE_UG.covers(request.user, unit):
        raise PermissionDenied(f"您没有“{SUPERVISE_UL.label}”的权限。")
    steps = {kind: supervising_step(kind, supervising_post(filing, kind, request.user)) for kind in KINDS}
    kinds = [kind for kind in KINDS if filing.status in FILING_FLOW.steps[steps[kind]].sources]
    asked = request.GET.get("kind", "")
    form = SuperviseForm(submitted(request), kinds=kinds, initial={"kind": asked if asked in kinds else kinds[-1:]})
    back = page_of("filing_detail", filing)
    return step_page(
        request,
        FILING_FLOW,
        steps[kinds[-1]] if kinds else steps[KINDS[0]],
        filing,
        form,
        lambda **given: supervise_complaint(filing_id=pk, **given),
        back=back,
        done="已登记监督意见。",
        trail=trail_of(filing.complaint, ("投诉备案", back), ("领导监督", "")),
        heading="领导监督",
        button="提交监督意见",
        draft=f"supervise-{pk}",
        intro="对投诉处理的过程和结果进行监督;结案前过程和结果均须有监督记录。",
        beside="complaints/_supervise_side.html",
        complaint=filing.complaint,
        latest=follow_ups(filing)[:3],
    )


@require_http_methods(["GET", "POST"])
def complaint_urge(request: StaffRequest, pk: int) -> HttpResponse:
    """G6: 督办 reaches whoever has something open of the complaint; it never blocks."""
    complaint = complaint_for(request.user, pk)
    return step_page(
        request,
        FLOW,
        "urge",
        complaint,
        UrgeForm(submitted(request)),
        lambda **given: urge_complaint(complaint_id=pk, **given),
        back=page_of("complaint_detail", complaint),
        done="已督办,正在办理的人员将收到通知。",
        trail=trail_of(complaint, ("督办", "")),
        intro="督办意见记入办理记录,并通知当前有待办的人员。督办不影响办理流程。",
        beside="complaints/_urge_side.html",
        complaint=complaint,
        running=Duties(complaint, request.user, timezone.localdate()).all,
    )


@require_http_methods(["GET", "POST"])
def complaint_hand_over(request: StaffRequest, pk: int) -> HttpResponse:
    """R-3.2.1: UL charges a department's person or the project manager, by a date."""
    complaint = complaint_for(request.user, pk)
    people = department_people(complaint, timezone.now())
    return step_page(
        request,
        FLOW,
        "hand_over",
        complaint,
        HandOverForm(submitted(request), people=people, initial={"charged": TO_MANAGER}),
        lambda **given: hand_over(complaint_id=pk, **given),
        back=page_of("complaint_detail", complaint),
        done="已交办,承办人将收到待办。",
        trail=trail_of(complaint, ("交办", "")),
        intro="到期未办结按逾期上报。交办给部门人员的,该人员即可查看此投诉。",
        beside="complaints/_case_facts.html",
        complaint=complaint,
    )


@require_GET
def order_detail(request: StaffRequest, pk: int) -> HttpResponse:
    order = order_for(request.user, pk)
    complaint = order.complaint
    names = {step.name for step in ORDER_FLOW.available(order, request.user)}
    context = {
        "order": order,
        "complaint": complaint,
        "demands": claimed(complaint),
        "may_finish": finishing_step(order) in names,
        "may_cancel": "cancel" in names,
        "balls": Duties(complaint, request.user, timezone.localdate()).about(order),
        "entries": timeline(order, untold={"result", "done_at"}, evidence=()),
        "pdf_url": optional_url("reports:complaint_order_pdf", order.pk),
        "trail": trail_of(complaint, (f"交办单 {order.number}", "")),
    }
    return render(request, "complaints/order_detail.html", context)


@require_http_methods(["GET", "POST"])
def order_finish(request: StaffRequest, pk: int) -> HttpResponse:
    order = order_for(request.user, pk)
    form = FinishOrderForm(submitted(request))
    return _order_page(request, order, finishing_step(order), form, finish_order, "已办结,交办人将收到通知。")


@require_http_methods(["GET", "POST"])
def order_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    order = order_for(request.user, pk)
    form = RemarkForm(submitted(request), label="取消的理由", required=True)
    return _order_page(request, order, "cancel", form, cancel_order, "已取消交办。")


def _order_page(request: StaffRequest, order: Order, step: str, form: Any, service: Any, done: str) -> HttpResponse:
    back = page_of("order_detail", order)
    return step_page(
        request,
        ORDER_FLOW,
        step,
        order,
        form,
        lambda **given: service(order_id=order.pk, **given),
        back=back,
        done=done,
        trail=trail_of(order.complaint, (f"交办单 {order.number}", back), (ORDER_FLOW.steps[step].label, "")),
        intro=f"交办事项:{order.task}(要求 {order.due_on} 前完成)",
    )
