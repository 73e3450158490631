"""回函: written, dispatched, objected to (clause 5.4.2a)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from complaints.forms.steps import ReasonForm
from complaints.forms.steps_ruling import DispatchForm, ReplyForm
from complaints.models import Complaint, Reply
from complaints.selectors.detail import content_of
from complaints.services.ruling import dispatch_reply, record_objection, write_reply
from ledgers.views.common import StaffRequest, optional_url
from organization.models import User

from .common import Act, act


def _write(complaint: Complaint, form: ReplyForm, actor: User, now: datetime) -> Reply:
    return write_reply(complaint_id=complaint.pk, actor=actor, now=now, **form.cleaned_data)


def _dispatch(complaint: Complaint, form: DispatchForm, actor: User, now: datetime) -> Reply:
    return dispatch_reply(complaint_id=complaint.pk, actor=actor, now=now, **form.cleaned_data)


def _object(complaint: Complaint, form: ReasonForm, actor: User, now: datetime) -> Complaint:
    return record_objection(complaint_id=complaint.pk, remark=form.cleaned_data["remark"], actor=actor, now=now)


def _letter(complaint: Complaint, user: User) -> dict[str, Any]:
    return {"content": content_of(complaint), "pdf_url": optional_url("reports:complaint_reply_pdf", complaint.pk)}


WRITE = Act(
    lambda complaint: "write_reply",
    "编制回函",
    ReplyForm,
    _write,
    "回函已保存,请下载 PDF 签发后登记发出。",
    intro="说明理由和证据,回函结论固定为“不属于我方责任,由业主自行处理”。发出之前可以反复修改。",
    button="保存回函",
    aside="complaints/_side_rulings.html",
    more=_letter,
)
DISPATCH = Act(
    lambda complaint: "dispatch_reply",
    "发出回函",
    DispatchForm,
    _dispatch,
    "已登记发出。业主无异议即可结案。",
    intro="以快递、传真或电子邮件发出;须填写单号(传真号、邮箱)并上传发出证明。",
    button="登记发出",
    aside="complaints/_side_reply.html",
    more=_letter,
)
OBJECT = Act(
    lambda complaint: "object",
    "业主异议,提请复议",
    ReasonForm,
    _object,
    "已提请复议,等待工程部负责人办理。",
    intro="写明业主异议的内容。复议由工程部负责人办理,时限单独起算。",
    button="提请复议",
    aside="complaints/_side_reply.html",
    more=_letter,
)


@require_http_methods(["GET", "POST"])
def reply_edit(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, WRITE)


@require_http_methods(["GET", "POST"])
def reply_dispatch(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, DISPATCH)


@require_http_methods(["GET", "POST"])
def complaint_object(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, OBJECT)
