"""时限配置 (Appendix G, A.2). A change is previewed before it is confirmed: which open clocks it would move."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organization.views.common import StaffRequest
from workflow.errors import Conflict, Refused
from workflow.forms import ClockRuleForm, ScopeForm
from workflow.models import ClockRule
from workflow.permissions import EDIT_CLOCK_RULES, VIEW_CLOCK_RULES
from workflow.selectors import clock_rules as selectors
from workflow.selectors.shifts import shift_preview, shifts_made
from workflow.services.calendar import calendar_in_force
from workflow.services.clock_rules import draft_clock_rule, edit_clock_rule
from workflow.services.shifts import plan_rule_shift

OPEN_SHOWN = 20
# What the buttons of a preview say; a form sent for the first time says nothing.
CONFIRM, BACK = "confirm", "back"


@require_safe
def clock_rules(request: StaffRequest) -> HttpResponse:
    VIEW_CLOCK_RULES.require_somewhere(request.user)
    context = {"sheets": selectors.rules_by_sheet(), "may_edit": EDIT_CLOCK_RULES.held_by(request.user)}
    return render(request, "workflow/clock_rules.html", context)


@require_safe
def clock_rule(request: StaffRequest, code: str) -> HttpResponse:
    """One row with all its versions."""
    VIEW_CLOCK_RULES.require_somewhere(request.user)
    versions = selectors.version_history(code)
    if not versions:
        raise Http404("没有这项时限。")
    clocks = selectors.open_clocks_of(code)
    context = {
        "rule": versions[0].rule,
        "versions": versions,
        "clocks": clocks[:OPEN_SHOWN],
        "open_count": clocks.count(),
        "may_edit": EDIT_CLOCK_RULES.held_by(request.user),
    }
    return render(request, "workflow/clock_rule.html", context)


def clock_rule_edit(request: StaffRequest, code: str) -> HttpResponse:
    """Two steps without a state between them: the preview carries what was typed, and the service judges it anew."""
    EDIT_CLOCK_RULES.require_somewhere(request.user)
    rule = selectors.rule_versions(code).first()
    if rule is None:
        raise Http404("没有这项时限。")
    form = ClockRuleForm(request.POST or None, rule=rule)
    if request.method == "POST" and request.POST.get("step") != BACK and form.is_valid():
        try:
            return _edit(request, rule, form)
        except Refused as problem:
            for reason in problem.reasons:
                form.add_error(None, reason)
        except Conflict as problem:
            form.add_error(None, problem.message)
    context = {"rule": rule, "form": form, "open_count": selectors.open_clocks_of(code).count()}
    return render(request, "workflow/clock_rule_edit.html", context)


def _edit(request: StaffRequest, rule: ClockRule, form: ClockRuleForm) -> HttpResponse:
    """Confirmed: put in force. Else the preview."""
    now = timezone.now()
    scope = ScopeForm(request.POST if request.POST.get("step") == CONFIRM else None)
    if scope.is_valid():
        new = edit_clock_rule(
            code=rule.code, actor=request.user, now=now, move_open=scope.move_open, **form.cleaned_data
        )
        moved = shifts_made(by=request.user, at=now)
        rest = f"已调整 {moved} 项在办事项的截止时间" if moved else "已开始计时的事项仍按原时限"
        messages.success(request, f"“{new.stage}”第 {new.version} 版已生效。{rest}。")
        return redirect("workflow:clock_rule", rule.code)
    new = draft_clock_rule(code=rule.code, actor=request.user, now=now, **form.cleaned_data)
    context = {
        "rule": rule,
        "new": new,
        "form": form,
        "scope": scope,
        "changes": selectors.differences(rule, new, selectors.post_names()),
        "preview": shift_preview(plan_rule_shift(new, calendar_in_force(), now=now), now=now),
    }
    return render(request, "workflow/clock_rule_preview.html", context)
