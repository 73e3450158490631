"""The frequency settings and the season tables: what is in force, its history, its change [D]."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ledgers.views.common import StaffRequest, trail
from organization.views.common import attempt
from revisits.forms.policy import ClimateRows, PolicyForm, climate_initial, policy_initial
from revisits.models import FrequencyPolicy
from revisits.permissions import EDIT_POLICY, VIEW
from revisits.selectors.policy import known_cities, plans_of_older_settings, season_table, versions_of
from revisits.services.policy import change_policy
from workflow.errors import Conflict

HOME = ("频次与季节", "revisits:policy")


@require_GET
def policy(request: StaffRequest) -> HttpResponse:
    """Whoever sees plans sees by which settings they are checked."""
    VIEW.require_somewhere(request.user, fresh=False)
    today = timezone.localdate()
    versions = versions_of(request.user, today.year)
    current = next(each.policy for each in versions if each.policy.current)
    context = {
        "policy": current,
        "seasons": season_table(current),
        "versions": versions,
        "behind": plans_of_older_settings(request.user, current, today),
        "may_edit": EDIT_POLICY.held_by(request.user),
        "trail": trail(("回访计划", "revisits:plan_list"), ("频次与季节", "")),
    }
    return render(request, "revisits/policy.html", context)


@require_http_methods(["GET", "POST"])
def policy_edit(request: StaffRequest) -> HttpResponse:
    """Everything at once, with the reason; the next version governs whatever is checked from then on."""
    EDIT_POLICY.require_somewhere(request.user)
    current = FrequencyPolicy.in_force()
    sent = request.POST.copy() if request.method == "POST" else None
    form = PolicyForm(sent, initial=policy_initial(current))
    stored = climate_initial(current.climates.all()) if sent is None else None
    rows = ClimateRows(sent, prefix="climate", initial=stored)
    conflict = ""
    if sent is not None and all([form.is_valid(), rows.is_valid()]):
        try:
            made = _save(request, form, rows)
        except Conflict as problem:
            made, conflict = None, problem.message
            sent["number"] = str(current.number)  # saved again after a look at the newest, it is meant
        if made is not None:
            _say(request, made, rows.rows())
            return redirect("revisits:policy")
    context = {
        "form": form,
        "rows": rows,
        "policy": current,
        "conflict": conflict,
        "cities": known_cities(),
        "behind": plans_of_older_settings(request.user, current, timezone.localdate()),
        "trail": trail(("回访计划", "revisits:plan_list"), HOME, ("调整", "")),
    }
    status = 409 if conflict else 200 if sent is None else 422
    return render(request, "revisits/policy_edit.html", context, status=status)


def _save(request: StaffRequest, form: PolicyForm, rows: Any) -> FrequencyPolicy | None:
    values = form.cleaned_data
    return attempt(
        form,
        lambda: change_policy(
            settings={
                "min_window_days": values["min_window_days"],
                "onsite_counts_as_phone": values["onsite_counts_as_phone"] == "1",
                "rain_for_all": values["rain_for_all"] == "1",
            },
            climates=rows.rows(),
            reason=values["reason"],
            number=values["number"],
            actor=request.user,
            now=timezone.now(),
        ),
    )


def _say(request: StaffRequest, made: FrequencyPolicy, rows: list[dict[str, str]]) -> None:
    """What the change will do, and the cities that no ledger is written with."""
    messages.success(
        request,
        f"第 {made.number} 版已生效。已批准的计划不自动变更:系统正逐一核对,受影响的列入“受影响事项”并通知编制人。",
    )
    regions = {row.place for row in made.climates.all() if row.is_region}
    unknown = [row["place"] for row in rows if row["place"] not in {*regions, *known_cities()}]
    if unknown:
        messages.warning(
            request, f"没有生效台账写着以下城市,其季节暂不适用于任何工程,请核对写法:{'、'.join(unknown)}。"
        )
