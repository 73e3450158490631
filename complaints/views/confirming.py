"""二次确认, 沟通记录 and 转办 as pages (B.3 C01, C02; clause 5.4.2)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from complaints.forms.steps import ConfirmForm, ContactForm, NoteForm
from complaints.guards.complaint import ATTEMPTS
from complaints.models import Complaint, Contact
from complaints.services.confirming import confirm_with_complainant, forward_complaint, record_contact
from ledgers.views.common import StaffRequest
from organization.models import User
from organization.models.units import Tier

from .common import Act, act


def _confirm(complaint: Complaint, form: ConfirmForm, actor: User, now: datetime) -> Complaint:
    given = form.cleaned_data
    return confirm_with_complainant(
        complaint_id=complaint.pk,
        method=given["method"],
        at=given["at"],
        person=given["person"],
        reached=given["reached"] == "yes",
        text=given["text"],
        demands=given["demands"],
        dropped=form.dropped,
        actor=actor,
        now=now,
    )


def _attempts(complaint: Complaint, user: User) -> dict[str, Any]:
    made = list(complaint.contacts.filter(kind=Contact.Kind.CONFIRM).select_related("recorded_by").order_by("-at"))
    failed = sum(not contact.reached for contact in made)
    return {"attempts": made, "failed": failed, "needed": ATTEMPTS}


def _forward(complaint: Complaint, form: NoteForm, actor: User, now: datetime) -> Complaint:
    return forward_complaint(complaint_id=complaint.pk, remark=form.cleaned_data["remark"], actor=actor, now=now)


def _contact(complaint: Complaint, form: ContactForm, actor: User, now: datetime) -> Contact:
    given = form.cleaned_data
    return record_contact(
        complaint_id=complaint.pk,
        kind=given["kind"],
        method=given["method"],
        at=given["at"],
        person=given["person"],
        reached=not given["missed"],
        text=given["text"],
        actor=actor,
        now=now,
    )


CONFIRM = Act(
    lambda complaint: "attempt_group" if complaint.to_group else "attempt_unit",
    "二次确认",
    ConfirmForm,
    _confirm,
    "已记录二次确认。",
    intro="再次联系投诉人,逐项确认诉求。登记后全部诉求确认即自动进入下一步;责任判定的时限不因此停止。",
    button="保存联系记录",
    body="complaints/_step_confirm.html",
    aside="complaints/_side_attempts.html",
    more=_attempts,
)
FORWARD = Act(
    lambda complaint: "forward",
    "转办",
    NoteForm,
    _forward,
    "已转办,二级单位的判定时限从现在起计。",
    button="转办",
    body="complaints/_step_forward.html",
    more=lambda complaint, user: {"unit": complaint.department.at_tier(Tier.UNIT)},
)
CONTACT = Act(
    lambda complaint: "communicate",
    "记录沟通",
    ContactForm,
    _contact,
    "已记录。",
    intro="过程反馈:向投诉人告知进展;沟通记录:与客户就整改问题的联系。",
    button="保存记录",
)


@require_http_methods(["GET", "POST"])
def complaint_confirm(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, CONFIRM)


@require_http_methods(["GET", "POST"])
def complaint_forward(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, FORWARD)


@require_http_methods(["GET", "POST"])
def complaint_contact(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, CONTACT)
