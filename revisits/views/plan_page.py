"""The page of a yearly plan: where it stands, its board and its check, its history and versions (5.2.1–5.2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ledgers.selectors.duties import balls
from ledgers.views.common import StaffRequest, optional_url
from organization.views.common import read_filter
from revisits.forms.lines import BoardFilter
from revisits.models import PlanIssue, RevisitPlan, Waiver
from revisits.selectors.checking import ProjectGap
from revisits.selectors.grid import Board, Wanted, board_of
from revisits.selectors.naming import gap_label, window_label
from revisits.selectors.page import ISSUES_SHOWN, last_return, open_issues, plan_for, plan_stages, steps_for, turns_of
from revisits.selectors.scope import InScope
from revisits.selectors.versions import changes_of, version_rows
from workflow.selectors.timeline import timeline

from .common import page_of, plan_trail, waiver_url
from .grid import MONTHS, STATES, board_rows
from .load import load_of

PROJECTS_SHOWN = 8
PER_PAGE = 50
# What the steps tell already.
UNTOLD = {"effective", "working", "opened_at"}
KINDS = (
    ("gaps", "缺口"),
    ("warnings", "境外提醒"),
    ("waivers", "豁免"),
    ("waived", "窗口过短免计划"),
    ("missed", "历史缺失"),
)


@require_GET
def plan_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole year on one page. The check runs once, over what was read once."""
    user, now = request.user, timezone.now()
    plan = plan_for(user, pk)
    board = board_of(plan, now)
    turns = turns_of(plan, user)
    steps = steps_for(plan, user, turns)
    form = BoardFilter(request.GET or None, cities=board.cities, departments=board.departments)
    rows = wanted(form).rows(board)
    editing = "edit" in steps
    changing = plan.effective_id is not None and plan.working_id != plan.effective_id
    issues = open_issues(plan)
    context = {
        "plan": plan,
        "steps": steps,
        "editing": editing,
        "stages": plan_stages(plan, turns),
        "returned": last_return(plan, turns),
        "balls": balls(plan, user, timezone.localdate(now)),
        "issues": with_settling(issues[:ISSUES_SHOWN], steps),
        "more_issues": len(issues) - ISSUES_SHOWN,
        "changes": changes_of(plan) if changing else [],
        "changing": changing,
        "form": form,
        "months": MONTHS,
        "legend": STATES.items(),
        "body": board_rows(board, rows, editing=editing),
        "rows": len(rows),
        "all_rows": len(board.rows),
        "load": load_of(board),
        "decide_url": optional_url("revisits:plan_decide", pk) if "approve" in steps else "",
        "trail": plan_trail(plan),
        **report_context(board, steps),
    }
    return render(request, "revisits/plan_detail.html", context)


def wanted(form: BoardFilter) -> Wanted:
    """What the filter says; a wrong value stands beside its field and narrows nothing."""
    if not form.is_bound:
        return Wanted()
    values = read_filter(form)
    return Wanted(bool(values["gaps"]), values["city"] or "", values.get("department") or "", values["q"] or "")


def with_settling(issues: list[PlanIssue], steps: set[str]) -> list[PlanIssue]:
    """Each issue with the page on which it is settled, for who may: ``settle_url``."""
    for issue in issues:
        vars(issue)["settle_url"] = optional_url("revisits:issue_settle", issue.pk) if "settle" in steps else ""
    return issues


# --- the check report


@dataclass(frozen=True, slots=True)
class GapRow:
    """A gap as the report shows it. ``value`` names it for 补齐; ``ask_url`` is where its waiver is asked for."""

    text: str
    value: str
    waiver: str
    ask_url: str


@dataclass(frozen=True, slots=True)
class GapGroup:
    project: InScope
    gaps: list[GapRow]


def report_context(board: Board, steps: set[str]) -> dict[str, Any]:
    """The panel beside the board: counts, the first projects with gaps, and what stands besides."""
    report, plan = board.report, board.plan
    standing = [gap for gap in report.gaps if gap.blocks]
    projects = len({gap.project.pk for gap in standing})
    asked = [each for each in board.waivers if each.status == Waiver.Status.ASKED]
    return {
        "report": report,
        "gap_groups": grouped(plan, standing, steps, most=PROJECTS_SHOWN),
        "more_gaps": projects - PROJECTS_SHOWN,
        "waivers_asked": with_urls(asked[:PROJECTS_SHOWN], steps),
        "waivers_granted": sum(each.status == Waiver.Status.GRANTED for each in board.waivers),
    }


def grouped(plan: RevisitPlan, gaps: Sequence[ProjectGap], steps: set[str], most: int | None = None) -> list[GapGroup]:
    """By project, in the plan's order; ``most`` projects when that is given."""
    found: dict[int, GapGroup] = {}
    for gap in gaps:
        if len(found) == most and gap.project.pk not in found:
            break
        group = found.setdefault(gap.project.pk, GapGroup(gap.project, []))
        group.gaps.append(gap_row(plan, gap, steps))
    return list(found.values())


def gap_row(plan: RevisitPlan, gap: ProjectGap, steps: set[str]) -> GapRow:
    code = gap.gap.requirement.code
    may_ask = "ask_waiver" in steps and not gap.waiver
    ask = waiver_url(plan, gap.project.pk, code) if may_ask else ""
    return GapRow(gap_label(gap), f"{gap.project.pk}|{code}", gap.waiver, ask)


def with_urls(waivers: Sequence[Waiver], steps: set[str]) -> list[tuple[Waiver, str]]:
    """Each waiver with the page on which it is decided, for who may decide it."""
    may = "decide_waiver" in steps
    return [(each, optional_url("revisits:waiver_decide", each.pk) if may else "") for each in waivers]


@require_GET
def plan_report(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything the check found, by kind, page by page."""
    plan = plan_for(request.user, pk)
    board = board_of(plan, timezone.now())
    steps = steps_for(plan, request.user)
    report = board.report
    lists: dict[str, list[Any]] = {
        "gaps": [gap for gap in report.gaps if not gap.project.overseas and gap.blocks],
        "warnings": report.warnings,
        "waivers": board.waivers,
        "waived": report.waived,
        "missed": report.missed,
    }
    kind = request.GET.get("kind", "gaps")
    kind = kind if kind in lists else "gaps"
    page = Paginator(lists[kind], PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "plan": plan,
        "report": report,
        "editing": "edit" in steps,
        "tabs": [(key, label, len(lists[key]), key == kind) for key, label in KINDS],
        "kind": kind,
        "page": page,
        "trail": plan_trail(plan, ("检查报告", "")),
    }
    if kind in ("gaps", "warnings"):
        context["groups"] = grouped(plan, list(page), steps)
    elif kind == "waivers":
        context["waivers"] = with_urls(list(page), steps)
    else:
        context["windows"] = [(project, window_label(requirement)) for project, requirement in page]
    return render(request, "revisits/plan_report.html", context)


# --- history


@require_GET
def plan_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that happened to the plan; fetched by its page, and a page of its own."""
    plan = plan_for(request.user, pk)
    context = {
        "record": plan,
        "entries": timeline(plan, untold=UNTOLD),
        "back": page_of("plan_detail", plan),
        "trail": plan_trail(plan, ("办理记录", "")),
    }
    template = "ledgers/_timeline.html" if request.headers.get("HX-Request") else "revisits/plan_timeline.html"
    return render(request, template, context)


@require_GET
def plan_versions(request: StaffRequest, pk: int) -> HttpResponse:
    """All versions: with which settings and result each was checked, and what it changed."""
    plan = plan_for(request.user, pk)
    context = {"plan": plan, "versions": version_rows(plan), "trail": plan_trail(plan, ("版本与差异", ""))}
    return render(request, "revisits/plan_versions.html", context)
