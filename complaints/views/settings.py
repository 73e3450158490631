"""The group's switches of the complaint flow."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.forms.settings import PolicyForm
from complaints.models import ComplaintPolicy
from complaints.permissions import EDIT_POLICY
from complaints.services.policy import set_complaint_policy
from ledgers.views.common import StaffRequest, optional_url, submitted, trail
from organization.views.common import attempt

SWITCHES = ("supervise_all", "reapprove_all")


@require_http_methods(["GET", "POST"])
def complaint_settings(request: StaffRequest) -> HttpResponse:
    """B.2 step 11 and clause 5.5.4 as switches, with who changed them when and why."""
    EDIT_POLICY.require_somewhere(request.user)
    policy = ComplaintPolicy.current()
    form = PolicyForm(submitted(request), initial={name: "1" if getattr(policy, name) else "0" for name in SWITCHES})
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: set_complaint_policy(
                supervise_all=form.cleaned_data["supervise_all"] == "1",
                reapprove_all=form.cleaned_data["reapprove_all"] == "1",
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if saved is not None:
            messages.success(request, "已保存。已经开始的监督和审批仍按原来的要求办理。")
            return redirect("complaints:complaint_settings")
    context = {
        "form": form,
        "history": ComplaintPolicy.history.select_related("history_user").order_by("-history_date", "-history_id"),
        "trail": trail(("客户投诉", optional_url("complaints:complaint_list")), ("投诉设置", "")),
    }
    return render(request, "complaints/complaint_settings.html", context, status=422 if form.errors else 200)
