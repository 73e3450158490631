"""The filters of the register (R-2.2.2: each field of the registration is searchable and exported).

What the page shows is what the export writes: both call these with the same parameters.
"""

from datetime import timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OrderBy, OuterRef, Q, QuerySet
from django.utils import timezone

from complaints.models import Complaint, Evaluation, Filing, Verdict
from complaints.models.complaint import ENDED
from complaints.models.evaluation import SATISFIED_FROM
from complaints.permissions import VIEW
from complaints.searching import LONGEST, found
from ledgers.columns import NUMBER_MAX
from ledgers.filters import AnyOf, Department, Flag, ListFilter, OfUnit
from ledgers.models import Project
from organization.models import Unit
from workflow.holders import duties_of
from workflow.models import Clock
from workflow.selectors.worklist import held_posts

C = Complaint
SOON = timedelta(hours=24)
UNDECIDED = "none"
VERDICTS = ((UNDECIDED, "未判定"), *Verdict.choices)
STATES = (("open", "未结束"), ("ended", "已结束"))
SATISFIED = (("yes", "满意"), ("no", "曾不满意"), ("none", "未评价"))
FILED = (("1", "有备案"), ("0", "无备案"))


class Box(filters.BooleanFilter):
    """A checkbox: narrows when it is ticked."""

    def __init__(self, label: str, method: str) -> None:
        super().__init__(label=label, method=method, widget=forms.CheckboxInput)


class RegisterFilter(ListFilter):
    """``request`` gives the person of 待我办理; without one nobody's duties are looked for."""

    LEAN = True
    DEFAULT_SORT = "-received"
    SORTS = {
        "received": "received_at",
        "number": "number",
        "project": "project_name",
        "department": "department__path",
        "status": "status",
        "verdict": "verdict",
        "grade": "grade",
        "closed": "closed_at",
    }

    q = filters.CharFilter(label="搜索", method="search", max_length=LONGEST)
    status = AnyOf(label="状态", choices=C.Status.choices)
    kind = AnyOf(label="投诉类型", choices=C.Kind.choices)
    unit = OfUnit("department")
    department = Department("department")
    project = filters.CharFilter(label="工程编号", method="of_project", max_length=NUMBER_MAX)
    level = AnyOf(label="接收层级", choices=C.Level.choices)
    party = AnyOf(label="投诉主体", choices=C.Party.choices)
    channel = AnyOf(label="投诉渠道", choices=C.Channel.choices)
    cause = AnyOf(label="投诉原因", choices=C.Cause.choices)
    verdict = AnyOf(label="责任判定", choices=VERDICTS, method="ruled")
    received = filters.DateFromToRangeFilter(label="接收日期", field_name="received_at")
    second = AnyOf(label="二次投诉", choices=C.Second.choices)
    satisfied = filters.ChoiceFilter(label="满意度", method="evaluated", choices=SATISFIED, empty_label="不限")
    filed = filters.ChoiceFilter(label="集团备案", method="with_filing", choices=FILED, empty_label="不限")
    state = filters.ChoiceFilter(label="办理情况", method="in_state", choices=STATES, empty_label="不限")
    key = Flag("重点工程", "project__key")
    strategic = Flag("战略合作伙伴", "project__strategic")
    legacy = Flag("历史导入", "legacy")
    mine = Box("待我办理", "is_mine")
    overdue = Box("已逾期", "is_overdue")
    soon = Box("24 小时内到期", "is_due_soon")

    class Meta:
        model = Complaint
        fields: list[str] = []

    def ordering(self) -> list[Any]:
        asked = str((self.data or {}).get("sort", ""))
        return order_of(asked)

    def search(self, queryset: QuerySet[C], name: str, value: str) -> QuerySet[C]:
        narrow = any((self.data or {}).get(name) for name in ("unit", "department", "project"))
        return found(queryset, value, in_part=narrow or not self._sees_all())

    def _sees_all(self) -> bool:
        user = getattr(self.request, "user", None)
        return user is None or any(len(path) == Unit.steplen for path in VIEW.paths(user))

    def of_project(self, queryset: QuerySet[C], name: str, value: str) -> QuerySet[C]:
        return queryset.filter(project__in=Project.objects.filter(code=value).order_by().values("pk"))

    def ruled(self, queryset: QuerySet[C], name: str, value: list[str]) -> QuerySet[C]:
        return queryset.filter(verdict__in=["" if each == UNDECIDED else each for each in value]) if value else queryset

    def evaluated(self, queryset: QuerySet[C], name: str, value: str) -> QuerySet[C]:
        """满意: the last evaluation, or an acceptance without grades. 曾不满意: a round was not the last one."""
        made = Evaluation.objects.filter(complaint=OuterRef("pk"))
        if value == "yes":
            accepted = Q(grade__isnull=True) & Exists(made.filter(satisfied=True))
            return queryset.filter(Q(grade__gte=SATISFIED_FROM) | accepted)
        if value == "no":
            return queryset.filter(Q(round__gt=1) | Q(grade__lt=SATISFIED_FROM))
        return queryset.filter(Q(grade__isnull=True) & ~Exists(made))

    def with_filing(self, queryset: QuerySet[C], name: str, value: str) -> QuerySet[C]:
        """Clause 5.4.2b: filed with the group, or on the way there; a cancelled filing is none."""
        made = Exists(Filing.objects.filter(complaint=OuterRef("pk")).exclude(status=Filing.Status.CANCELLED))
        return queryset.filter(made if value == "1" else ~made)

    def in_state(self, queryset: QuerySet[C], name: str, value: str) -> QuerySet[C]:
        ended = Q(status__in=sorted(ENDED))
        return queryset.filter(ended if value == "ended" else ~ended)

    def is_mine(self, queryset: QuerySet[C], name: str, value: bool) -> QuerySet[C]:
        """A clock of a post that one holds or stands in for runs on the complaint or on what belongs to it."""
        if not value:
            return queryset
        user = getattr(self.request, "user", None)
        held = held_posts(user, timezone.now()) if user is not None else []
        return queryset.filter(pk__in=_running().filter(duties_of(each[:3] for each in held)).values("case_id"))

    def is_overdue(self, queryset: QuerySet[C], name: str, value: bool) -> QuerySet[C]:  # type: ignore[override]
        if not value:
            return queryset
        return queryset.filter(pk__in=_running().filter(due_at__lte=timezone.now()).values("case_id"))

    def is_due_soon(self, queryset: QuerySet[C], name: str, value: bool) -> QuerySet[C]:
        if not value:
            return queryset
        now = timezone.now()
        return queryset.filter(pk__in=_running().filter(due_at__gt=now, due_at__lte=now + SOON).values("case_id"))


def _running() -> QuerySet[Clock]:
    """The running clocks of complaints; the case of each once, so that PostgreSQL looks for them first and does not ask
    of every complaint whether it has one."""
    kind = ContentType.objects.get_for_model(Complaint)
    return Clock.objects.running().filter(case_type=kind).order_by().distinct()


def order_of(asked: str) -> list[Any]:
    """The order that a ``sort`` asks for; complaints without the value stand last. The newest first by default."""
    field = RegisterFilter.SORTS.get(asked.lstrip("-"))
    if field is None or field == "received_at":
        return ["received_at", "pk"] if asked == "received" else ["-received_at", "-pk"]
    return [OrderBy(F(field), descending=asked.startswith("-"), nulls_last=True), "-received_at", "-pk"]
