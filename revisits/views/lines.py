"""Lines by hand: one project's windows and lines, a line's form, a visitor for what has none (5.2.1–5.2.3)."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ledgers.views.common import StaffRequest, optional_url, submitted
from organization.models import User
from organization.views.common import attempt
from revisits.flow import PLAN_FLOW
from revisits.forms.lines import LineForm, VisitorsForm
from revisits.models import Method, RevisitPlan, Visit
from revisits.selectors.grid import PlannedLine, ProjectBoard, Window, project_board
from revisits.selectors.naming import methods_label, rule_label
from revisits.selectors.page import plan_for, steps_for
from revisits.services.common import visitors_of
from revisits.services.planning import add_line, assign_visitor, change_line, remove_line
from revisits.services.writing import LineData
from workflow.errors import Conflict

from .common import page_of, plan_trail, revision_of, waiver_url
from .grid import STATES, method_of, state_of

_METHODS = dict(Method.choices)
# How the windows of a project stand: (word, tone).
STANDING = {
    "met": ("满足", "ok"),
    "gap": ("缺口", "bad"),
    "asked": ("豁免待批准", "todo"),
    "granted": ("已豁免", "neutral"),
    "warned": ("境外,仅提醒", "warn"),
    "waived": ("窗口过短,免计划", "neutral"),
    "missed": ("历史缺失", "neutral"),
}


@require_http_methods(["GET", "POST"])
def plan_project(request: StaffRequest, pk: int, project: int) -> HttpResponse:
    """What one project asks of the plan, what is planned for it, and one more line."""
    plan = plan_for(request.user, pk)
    board = _project(plan, project)
    now = timezone.now()
    if request.method == "GET":
        return _show_project(request, plan, board)
    may_edit(plan, request.user, now)
    form = _form(plan, now, request.POST)
    conflict = ""
    if form.is_valid():
        values = form.cleaned_data
        line = LineData(project, values["on"], values["method"], values["visitor"])
        try:
            made = attempt(
                form,
                lambda: add_line(plan_id=pk, line=line, actor=request.user, now=now, revision=values["revision"]),
            )
        except Conflict as problem:
            made, conflict = None, problem.message
        if made is not None:
            messages.success(request, f"已新增 {values['on']} {_METHODS[values['method']]}回访。")
            return redirect("revisits:plan_project", pk=pk, project=project)
    return _show_project(request, plan, board, form, conflict)


def _show_project(
    request: StaffRequest, plan: RevisitPlan, board: ProjectBoard, form: LineForm | None = None, conflict: str = ""
) -> HttpResponse:
    steps = steps_for(plan, request.user)
    editing = "edit" in steps
    now = timezone.now()
    if conflict:
        plan, form = _with_newest(request, plan, form)
        board = _project(plan, board.row.project.pk)
    elif form is None and editing:
        form = _form(plan, now, initial=_first_guess(plan, board, request.GET.get("month", "")))
    project = board.row.project
    lacking = any(window.state in ("gap", "warned") for window in board.windows)
    context = {
        "plan": plan,
        "project": project,
        "editing": editing,
        "windows": windows_of(plan, board, steps),
        "lines": [line_row(each, board.late, editing) for each in board.row.lines],
        "lacking": lacking,
        "ways": lacking and not steps.isdisjoint(("edit", "ask_waiver")),
        "form": form if editing else None,
        "conflict": conflict,
        "ledger_url": optional_url("ledgers:project_detail", project.pk),
        "trail": plan_trail(plan, (project.name, "")),
    }
    status = 409 if conflict else 422 if form is not None and form.errors else 200
    return render(request, "revisits/plan_project.html", context, status=status)


def windows_of(plan: RevisitPlan, board: ProjectBoard, steps: set[str]) -> list[dict[str, Any]]:
    """The windows as the page lists them, each open one with its ways out."""
    pk, may_ask = board.row.project.pk, "ask_waiver" in steps
    rows = [window_row(window, pk) for window in board.windows]
    for row in rows:
        row["ask_url"] = waiver_url(plan, pk, row["code"]) if may_ask and row["open"] else ""
    return rows


def window_row(window: Window, project: int) -> dict[str, Any]:
    wanted = window.requirement
    word, tone = STANDING[window.state]
    return {
        "label": rule_label(wanted.code),
        "code": wanted.code,
        "clause": wanted.clause,
        "start": wanted.start,
        "end": wanted.end,
        "wants": f"{methods_label(wanted)} {wanted.count} 次",
        "word": f"缺 {window.missing} 次" if window.state == "gap" else word,
        "tone": tone,
        "open": window.state in ("gap", "warned"),
        "value": f"{project}|{wanted.code}",
    }


def line_row(line: PlannedLine, late: set[int], editing: bool) -> dict[str, Any]:
    """A line as the project's table shows it."""
    state, done = state_of(line, late), line.status in (Visit.Status.OK, Visit.Status.PROBLEM)
    return {
        "pk": line.pk,
        "on": line.planned_on,
        "moved_to": line.scheduled_on if line.scheduled_on != line.planned_on else None,
        "method": _METHODS[method_of(line)],
        "visitor": line.who or "",
        "word": STATES[state],
        "tone": {"ok": "ok", "bad": "bad", "due": "todo", "late": "bad", "failed": "warn", "gone": "void"}.get(
            state, "neutral"
        ),
        "may_change": editing and not done and line.dropped_in is None,
        "url": optional_url("revisits:visit_detail", line.pk) if line.status != Visit.Status.PLANNED else "",
    }


def _project(plan: RevisitPlan, project: int) -> ProjectBoard:
    board = project_board(plan, project, timezone.now())
    if board is None:
        raise Http404("该工程不在本计划范围内。")
    return board


def _first_guess(plan: RevisitPlan, board: ProjectBoard, month: str) -> dict[str, Any]:
    """The form as it opens: what the first gap asks for, or the month that was clicked; who goes there already."""
    gap = next((window.requirement for window in board.windows if window.state == "gap"), None)
    methods = gap.methods if gap is not None else frozenset({Method.ONSITE.value})
    known = next((line.visitor for line in board.row.lines if line.visitor), None)
    on = date(plan.year, int(month), 15) if month.isdecimal() and 1 <= int(month) <= 12 else None
    return {
        "method": Method.PHONE.value if methods == {Method.PHONE.value} else Method.ONSITE.value,
        "visitor": known or "",
        "on": on,
    }


# --- one line


@require_http_methods(["GET", "POST"])
def line_edit(request: StaffRequest, pk: int, visit: int) -> HttpResponse:
    """Another date, method or visitor. Beside the form stand the windows that the project's lines must meet."""
    plan = plan_for(request.user, pk)
    line = line_of(plan, visit)
    now = timezone.now()
    may_edit(plan, request.user, now)
    if request.method == "GET":
        known = {"on": line.planned_on, "method": line.method, "visitor": line.visitor_id or ""}
        return _show_line(request, plan, line, _form(plan, now, initial=known))
    form = _form(plan, now, request.POST)
    conflict = ""
    if form.is_valid():
        values = form.cleaned_data
        try:
            made = attempt(form, lambda: change_line(plan_id=pk, visit_id=visit, actor=request.user, now=now, **values))
        except Conflict as problem:
            made, conflict = None, problem.message
        if made is not None:
            messages.success(request, f"已调整为 {made.planned_on} {made.get_method_display()}回访。")
            return redirect("revisits:plan_project", pk=pk, project=line.project_id)
    return _show_line(request, plan, line, form, conflict)


def _show_line(
    request: StaffRequest, plan: RevisitPlan, line: Visit, form: LineForm, conflict: str = ""
) -> HttpResponse:
    if conflict:
        plan, form = _with_newest(request, plan, form)
    board = _project(plan, line.project_id)
    project = (board.row.project.name, page_of("plan_project", plan, line.project_id))
    context = {
        "plan": plan,
        "line": line,
        "project": board.row.project,
        "form": form,
        "conflict": conflict,
        "windows": [window_row(window, line.project_id) for window in board.windows],
        "back_url": page_of("plan_project", plan, line.project_id),
        "trail": plan_trail(plan, project, ("调整回访安排", "")),
    }
    status = 409 if conflict else 422 if form.errors else 200
    return render(request, "revisits/plan_line.html", context, status=status)


@require_POST
def line_remove(request: StaffRequest, pk: int, visit: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    line = line_of(plan, visit)
    remove_line(plan_id=pk, visit_id=visit, actor=request.user, now=timezone.now(), revision=revision_of(request))
    messages.success(request, f"已删除 {line.planned_on} {line.get_method_display()}回访。")
    return redirect("revisits:plan_project", pk=pk, project=line.project_id)


# --- who goes


@require_http_methods(["GET", "POST"])
def plan_visitors(request: StaffRequest, pk: int) -> HttpResponse:
    """One visitor for all lines that have none."""
    plan = plan_for(request.user, pk)
    now = timezone.now()
    may_edit(plan, request.user, now)
    people = visitors_of(plan.unit, timezone.localdate(now))
    form = VisitorsForm(submitted(request), people=people, initial={"revision": plan.revision})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        count = attempt(form, lambda: assign_visitor(plan_id=pk, visits=None, actor=request.user, now=now, **values))
        if count is not None:
            messages.success(request, f"已为 {count} 行指定计划回访人。")
            return redirect("revisits:plan_detail", pk=pk)
    blank = plan.visits.filter(added_in=plan.version, status=Visit.Status.PLANNED, visitor__isnull=True).count()
    context = {
        "plan": plan,
        "form": form,
        "blank": blank,
        "back_url": page_of("plan_detail", plan),
        "trail": plan_trail(plan, ("指定计划回访人", "")),
    }
    return render(request, "revisits/plan_visitors.html", context, status=422 if form.errors else 200)


# --- shared


def may_edit(plan: RevisitPlan, user: User, now: datetime) -> None:
    """403 without the right, 409 in another state, before a form is shown or read."""
    PLAN_FLOW.check(f"edit_{plan.level}", plan, actor=user, now=now)


def line_of(plan: RevisitPlan, pk: int) -> Visit:
    line: Visit | None = plan.visits.filter(pk=pk).first()
    if line is None:
        raise Http404("没有找到该行回访安排。")
    return line


def _form(plan: RevisitPlan, now: datetime, data: Any = None, initial: dict[str, Any] | None = None) -> LineForm:
    people = visitors_of(plan.unit, timezone.localdate(now))
    return LineForm(data, plan=plan, people=people, initial={"revision": plan.revision} | (initial or {}))


def _with_newest(request: StaffRequest, plan: RevisitPlan, form: LineForm | None) -> tuple[RevisitPlan, LineForm]:
    """Somebody was faster: what was typed stays; sent again, the form knows of the newest revision."""
    newest = plan_for(request.user, plan.pk)
    return newest, _form(newest, timezone.now(), {**request.POST.dict(), "revision": str(newest.revision)})
