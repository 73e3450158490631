"""消息."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from organization.views.common import StaffRequest, page_of
from workflow.selectors.notices import inbox, unread_count
from workflow.services.inbox import read_all_notices, read_notice


@require_safe
def notices(request: StaffRequest) -> HttpResponse:
    unread_only = request.GET.get("unread") == "1"
    context = {
        "page": page_of(request, inbox(request.user, unread_only=unread_only)),
        "unread_only": unread_only,
        "unread": unread_count(request.user),
    }
    return render(request, "workflow/notices.html", context)


@require_safe
def notice_open(request: StaffRequest, pk: int) -> HttpResponse:
    """Mark read and lead to what it is about. Only the recipient's own; the page behind asks for its own right."""
    notice = read_notice(notice_id=pk, actor=request.user, now=timezone.now())
    if notice is None:
        raise Http404("没有找到这条消息。")
    return redirect(notice.url) if notice.url else redirect("workflow:notices")


@require_POST
def notices_read(request: StaffRequest) -> HttpResponse:
    read = read_all_notices(actor=request.user, now=timezone.now())
    messages.success(request, f"已将 {read} 条消息标为已读。")
    return redirect("workflow:notices")
