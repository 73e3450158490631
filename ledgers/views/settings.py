"""The group's switches for the ledger."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.forms.projects import PolicyForm
from ledgers.models import LedgerPolicy
from ledgers.permissions import EDIT_POLICY
from ledgers.services.policy import change_policy
from organization.views.common import attempt

from .common import StaffRequest, submitted, trail


@require_http_methods(["GET", "POST"])
def ledger_settings(request: StaffRequest) -> HttpResponse:
    """A.4 row 1: one 审核 or two; how soon somebody arrives at a warranty case; who changed it when and why."""
    EDIT_POLICY.require_somewhere(request.user)
    policy = LedgerPolicy.current()
    hours = {name: getattr(policy, name) for name in ("case_urgent_hours", "case_normal_hours")}
    initial = {"one_step_review": "1" if policy.one_step_review else "0", **hours}
    form = PolicyForm(submitted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        saved = attempt(
            form,
            lambda: change_policy(values=form.switches(), reason=reason, actor=request.user, now=timezone.now()),
        )
        if saved is not None:
            messages.success(request, "已保存,从下一次审核、派单起生效。")
            return redirect("ledgers:ledger_settings")
    context = {
        "form": form,
        "policy": policy,
        "history": LedgerPolicy.history.select_related("history_user").order_by("-history_date", "-history_id"),
        "trail": trail(("竣工台账", "ledgers:ledger_list"), ("台账设置", "")),
    }
    return render(request, "ledgers/ledger_settings.html", context, status=422 if form.errors else 200)
