"""运维: signs of life, the outbox, the mails kept in embedded mode."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from organization.views.common import StaffRequest, page_of, read_filter
from workflow.forms import OutboxFilterForm
from workflow.models import Channel, Notice
from workflow.paging import page_number
from workflow.permissions import OPERATE
from workflow.selectors import operations as selectors
from workflow.selectors.mailbox import kept_mail, kept_mails, mails_are_kept
from workflow.selectors.notices import outbox, outbox_counts
from workflow.services.inbox import retry_failed_mails, retry_mail


@require_safe
def operations(request: StaffRequest) -> HttpResponse:
    OPERATE.require_somewhere(request.user)
    now = timezone.now()
    vacant = selectors.vacant_posts(now)
    context = {
        "signs": selectors.signs_of_life(now),
        "counts": outbox_counts(),
        "overdue": selectors.overdue_count(now),
        "backlog": selectors.sweep_backlog(now),
        "warnings": selectors.calendar_warnings(timezone.localdate(now)),
        "vacant": vacant[:20],
    }
    return render(request, "workflow/operations.html", context)


@require_safe
def mail(request: StaffRequest) -> HttpResponse:
    """The outbox; where mails are kept instead of sent, the kept ones too (``?box=kept``)."""
    OPERATE.require_somewhere(request.user)
    kept = mails_are_kept()
    context: dict[str, Any] = {"kept": kept, "counts": outbox_counts()}
    if kept and request.GET.get("box") == "kept":
        context["page"] = kept_mails(page_number(request.GET.get("page")))
        return render(request, "workflow/mail_kept_list.html", context)
    form = OutboxFilterForm(request.GET)
    wanted = read_filter(form)
    page = page_of(request, outbox(state=wanted["state"] or "", q=wanted["q"] or ""))
    return render(request, "workflow/mail.html", context | {"page": page, "form": form})


@require_safe
def mail_kept(request: StaffRequest, key: str) -> HttpResponse:
    OPERATE.require_somewhere(request.user)
    return render(request, "workflow/mail_kept.html", {"mail": kept_mail(key)})


@require_POST
def mail_retry(request: StaffRequest, pk: int) -> HttpResponse:
    OPERATE.require_somewhere(request.user)
    get_object_or_404(Notice, pk=pk, channel=Channel.MAIL)
    notice = retry_mail(notice_id=pk, actor=request.user, now=timezone.now())
    messages.success(request, f"“{notice.title}”已重新排队,将在下一轮投递时发送。")
    return redirect("workflow:mail")


@require_POST
def mail_retry_all(request: StaffRequest) -> HttpResponse:
    again = retry_failed_mails(actor=request.user, now=timezone.now())
    messages.success(request, f"{again} 封失败的邮件已重新排队。")
    return redirect("workflow:mail")
