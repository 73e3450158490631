"""One warranty case as its page shows it: the bar, what this person may do now, the story, what looks alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.urls import reverse

from ledgers.flow import CASE_FLOW
from ledgers.models import CaseReveal, LedgerContact, Project, WarrantyCase
from ledgers.models.case import OPEN_CASE_STATES
from ledgers.services.cases import FIELDS
from organization.components.values import moment
from organization.models import User
from workflow.models import Transition
from workflow.selectors.timeline import Entry, entry, timeline

from .detail import Stage
from .masking import mask_changes, mask_phones

S = WarrantyCase.Status
# Told by the steps, which carry their differences.
UNTOLD = frozenset(FIELDS) | frozenset(
    "judgement subcontractor responsible dispatched_at arrive_by arrived_at repair_by measures started_at finished_at "
    "cost charged_to_subcontractor verified_by closed_at client_confirmed_by satisfaction rework_count".split()
)
ALIKE_DAYS = 180
ALIKE_SHOWN = 5


@dataclass(frozen=True, slots=True)
class CaseAction:
    """A step as a link: its page, its icon, whether it is the one to do now."""

    name: str
    label: str
    url: str
    icon: str
    tone: str = ""


# step → (url name, icon); several steps may share a page.
_PAGES = {
    "dispatch": ("case_dispatch", "send"),
    "arrive": ("case_arrive", "map-pin"),
    "resume": ("case_arrive", "map-pin"),
    "finish": ("case_finish", "check"),
    "verify": ("case_verify", "rubber-stamp"),
    "rework": ("case_rework", "arrow-back-up"),
    "edit": ("case_edit", "pencil"),
    "reassign": ("case_reassign", "switch-horizontal"),
    "reject": ("case_reject", "hand-stop"),
    "void": ("case_void", "ban"),
}
MAIN = ("dispatch", "arrive", "resume", "finish", "verify", "rework")


def actions_for(
    case: WarrantyCase, user: User, moves: Sequence[Transition]
) -> tuple[list[CaseAction], list[CaseAction]]:
    """What this person may do now: the steps that move the case on, and the rest behind 更多."""
    steps = {step.name: step for step in CASE_FLOW.available(case, user, moves)}
    found = {
        name: CaseAction(name, steps[name].label, reverse(f"ledgers:{page}", args=[case.pk]), icon, steps[name].style)
        for name, (page, icon) in _PAGES.items()
        if name in steps
    }
    return [found[name] for name in MAIN if name in found], [found[name] for name in found if name not in MAIN]


_BAR = (
    ("待派单", S.TO_DISPATCH, "created_at"),
    ("待到场", S.TO_ARRIVE, "dispatched_at"),
    ("处理中", S.HANDLING, "arrived_at"),
    ("待验证", S.TO_VERIFY, "finished_at"),
    ("已完成", S.DONE, "closed_at"),
)


def case_stages(case: WarrantyCase) -> list[Stage]:
    """The bar of the case's life, each stage with the moment it was reached; a rework stands where it is repaired."""
    if case.status in (S.NOT_COVERED, S.VOID):
        reached = [Stage(label, "done", moment(getattr(case, name))) for label, _, name in _BAR if getattr(case, name)]
        ended = Stage(str(case.get_status_display()), "ended", moment(case.closed_at))
        return [*(stage for stage in reached if stage.label != "已完成"), ended]
    status = S.HANDLING if case.status == S.REWORK else case.status
    at = next(index for index, (_, state, _) in enumerate(_BAR) if state == status)
    found = []
    for index, (label, state, name) in enumerate(_BAR):
        note = moment(getattr(case, name)) if index <= at else ""
        if index == at and case.status == S.REWORK:
            found.append(Stage("返修", "returned", f"第 {case.rework_count} 次返修"))
        elif index == at and state == S.DONE:
            found.append(Stage(label, "done", note))
        else:
            found.append(Stage(label, "done" if index < at else "current" if index == at else "todo", note))
    return found


def case_story(case: WarrantyCase) -> list[Entry]:
    """The one timeline of a case, the newest first, phones masked."""
    reveals = [
        entry(at=row.at, who=str(row.user), label="查看报修人电话", remark=row.purpose, kind="reveal", icon="eye")
        for row in CaseReveal.objects.filter(case=case).select_related("user")
    ]
    lines = timeline(case, untold=UNTOLD, extra=reveals)
    for line in lines:
        line["changes"] = mask_changes(line["changes"])
        line["remark"] = mask_phones(line["remark"])
    return lines


def alike(project: Project, place: str, trade: str, on: Any, *, but: Collection[int] = ()) -> list[WarrantyCase]:
    """Cases of the project that may be the same matter: open ones, and those of the same place or trade lately."""
    same = Q(status__in=OPEN_CASE_STATES)
    words = [Q(place=place)] if place else []
    words += [Q(trade=trade)] if trade else []
    for each in words:
        same |= each & Q(reported_at__gte=on - timedelta(days=ALIKE_DAYS))
    found = WarrantyCase.objects.filter(same, project=project).exclude(status=S.VOID).exclude(pk__in=but)
    return list(found.order_by("-reported_at", "-pk")[:ALIKE_SHOWN])


@dataclass(frozen=True, slots=True)
class People:
    """Names to choose from while typing, from the ledger in force and from earlier cases of the project."""

    reporters: list[str]
    subcontractors: list[str]
    responsible: list[str]


def people_of(project: Project) -> People:
    """Owners' and subcontractors' people of Appendix C: the firm stands in 备注. Names only, no phones. Two queries."""
    rows = (
        LedgerContact.objects.filter(
            version__ledger__project=project,
            version=F("version__ledger__effective_id"),
            group__in=("subcontractor", "owner"),
            absent=False,
        )
        .exclude(name="")
        .order_by("order", "pk")
    )
    contacts = list(rows)
    earlier = WarrantyCase.objects.filter(project=project).exclude(subcontractor="").order_by("-pk")
    firms = [contact.remark or contact.label for contact in contacts if contact.group == "subcontractor"]
    named = list(earlier.values_list("subcontractor", "responsible")[:20])
    return People(
        _once(contact.name for contact in contacts if contact.group == "owner"),
        _once([*firms, *(firm for firm, _ in named)]),
        _once([*(c.name for c in contacts if c.group == "subcontractor"), *(person for _, person in named)]),
    )


def _once(names: Any) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
