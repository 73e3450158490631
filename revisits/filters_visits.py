"""The filters of the visits. What the page shows is what a tab counts: both ask here, with the same parameters."""

import re
from datetime import date, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ledgers.columns import NUMBER_MAX, PERSON_MAX
from ledgers.filters import SEARCH_MAX, Department, ListFilter, OfUnit, matches
from ledgers.models import Project, WarrantyCase
from ledgers.models.case import OPEN_CASE_STATES
from revisits.models import Level, Method, Visit
from revisits.models.visit import DONE_STATES, OPEN_STATES
from workflow.models import Clock

V = Visit.Status
OPEN, RETRY, DONE, PROBLEM, CLOSING, CANCELLED, EVERY = (
    "open", "retry", "done", "problem", "closing", "cancelled", "all",
)  # fmt: skip
STATES = (
    (OPEN, "待回访"),
    (RETRY, "改现场待回访"),
    (DONE, "已回访"),
    (PROBLEM, "有问题"),
    (CLOSING, "待保修闭合"),
    (CANCELLED, "已取消"),
    (EVERY, "全部"),
)
_STATUSES: dict[str, tuple[str, ...]] = {
    OPEN: OPEN_STATES,
    RETRY: (V.RETRY,),
    DONE: DONE_STATES,
    PROBLEM: (V.PROBLEM,),
    CLOSING: (V.PROBLEM,),
    CANCELLED: (V.CANCELLED,),
}
MADE = (DONE, PROBLEM, CLOSING)
PERIODS = (("today", "今天"), ("week", "本周"), ("month", "本月"))
_MONTH = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])")


def period(name: str, today: date) -> tuple[date, date]:
    """First and last day of 今天, 本周 (Monday to Sunday) or 本月."""
    if name == "week":
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=6)
    if name == "month":
        return month_of(today)
    return today, today


def month_of(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class MonthField(forms.CharField):
    """2026-03 gives the first and the last day of March."""

    def clean(self, value: Any) -> tuple[date, date] | None:
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        if not (found := _MONTH.fullmatch(text)):
            raise ValidationError("月份请写成 2026-03。")
        return month_of(date(int(found[1]), int(found[2]), 1))


class Month(filters.Filter):
    field_class = MonthField

    def filter(self, qs: QuerySet[Visit], value: tuple[date, date] | None) -> QuerySet[Visit]:
        return qs.filter(scheduled_on__range=value) if value else qs


class Box(filters.BooleanFilter):
    """A checkbox: narrows when it is ticked."""

    def __init__(self, label: str, method: str) -> None:
        super().__init__(label=label, method=method, widget=forms.CheckboxInput)


class VisitFilter(ListFilter):
    """Without a ``state`` the visits that are to be made, the longest past first; made ones the latest first."""

    LEAN = True
    SORTS = {
        "due": "scheduled_on",
        "visited": "visited_on",
        "project": "project__name",
        "department": "project__department__path",
        "visitor": "visitor__name",
    }

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    state = filters.ChoiceFilter(label="状态", method="as_asked", choices=STATES, empty_label=None)
    when = filters.ChoiceFilter(label="时间", method="in_period", choices=PERIODS, empty_label="不限")
    month = Month(label="月份", max_length=7)
    level = filters.ChoiceFilter(label="层级", choices=Level.choices, empty_label="不限")
    method = filters.ChoiceFilter(label="回访方式", method="by_method", choices=Method.choices, empty_label="不限")
    unit = OfUnit("unit")
    department = Department("project__department")
    project = filters.CharFilter(label="工程编号", method="of_project", max_length=NUMBER_MAX)
    visitor = filters.CharFilter(label="回访人", method="by_visitor", max_length=PERSON_MAX)
    city = filters.CharFilter(label="城市", method="in_city", max_length=30)
    overdue = Box("已逾期", "is_late")
    flag = Box("重点工程或战略合作伙伴", "is_flagged")
    mine = Box("由我回访", "is_mine")

    class Meta:
        model = Visit
        fields: list[str] = []

    @property
    def state_asked(self) -> str:
        asked = str((self.data or {}).get("state", "") or OPEN)
        return asked if asked in dict(STATES) else OPEN

    @property
    def made(self) -> bool:
        return self.state_asked in MADE

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().filter_queryset(self._in_state(queryset))

    def _in_state(self, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        """A line that is not approved is nobody's visit yet: it stands on its plan's page."""
        state = self.state_asked
        if state == EVERY:
            return queryset.exclude(status=V.PLANNED)
        # Said beside the status, so that both databases find the index of what is to be made, or was.
        found = queryset.filter(status__in=_STATUSES[state], visited_on__isnull=not self.made)
        return found.filter(Exists(open_cases())) if state == CLOSING else found

    def ordering(self) -> list[Any]:
        asked = str((self.data or {}).get("sort", ""))
        field = self.SORTS.get(asked.lstrip("-"))
        if field is None:
            return ["-visited_on", "-pk"] if self.made else ["scheduled_on", "pk"]
        return [f"-{field}", "-pk"] if asked.startswith("-") else [field, "pk"]

    def as_asked(self, queryset: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        return queryset  # ``filter_queryset`` has narrowed by it, asked or not

    def search(self, queryset: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        return queryset.filter(project__in=_projects(matches(value, "name", "code")))

    def of_project(self, queryset: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        return queryset.filter(project__in=_projects(Q(code=value)))

    def in_city(self, queryset: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        return queryset.filter(project__in=_projects(Q(city__contains=value.strip())))

    def in_period(self, queryset: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        """Of what is to be made, what stands for the period and what was left from before."""
        if not value:
            return queryset
        first, last = period(value, timezone.localdate())
        if self.made:
            return queryset.filter(visited_on__range=(first, last))
        if self.state_asked in (OPEN, RETRY):
            return queryset.filter(scheduled_on__lte=last)
        return queryset.filter(scheduled_on__range=(first, last))

    def by_method(self, queryset: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        """A.3 C03: a failed call is made up for on site."""
        if not value:
            return queryset
        if value == Method.ONSITE:
            return queryset.filter(Q(method=value) | Q(status=V.RETRY))
        return queryset.filter(method=value).exclude(status=V.RETRY)

    def by_visitor(self, queryset: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        """Who is planned, or who made the visit."""
        return queryset.filter(Q(visitor__name__contains=value) | Q(record__visitor__contains=value))

    def is_late(self, queryset: QuerySet[Visit], name: str, value: bool) -> QuerySet[Visit]:
        """Past its limit and not made; of made ones, those that were late."""
        if not value:
            return queryset
        clocks = Clock.objects.filter(
            case_type=ContentType.objects.get_for_model(Visit), case_id=OuterRef("pk")
        ).order_by()
        late = Exists(clocks.filter(stopped_at__isnull=True, due_at__lte=timezone.now()))
        if self.state_asked in (OPEN, RETRY):
            return queryset.filter(late, scheduled_on__lt=timezone.localdate())
        return queryset.filter(Q(late) | Exists(clocks.filter(overdue_noted_at__isnull=False)))

    def is_flagged(self, queryset: QuerySet[Visit], name: str, value: bool) -> QuerySet[Visit]:
        return queryset.filter(Q(project__key=True) | Q(project__strategic=True)) if value else queryset

    def is_mine(self, queryset: QuerySet[Visit], name: str, value: bool) -> QuerySet[Visit]:
        user = getattr(self.request, "user", None)
        return queryset.filter(visitor=user) if value and user is not None else queryset


def _projects(condition: Q) -> QuerySet[Project, Any]:
    return Project.objects.filter(condition).order_by().values("pk")


def open_cases() -> QuerySet[WarrantyCase]:
    """The warranty cases of an outer query's visit that are not over (R-A2-10)."""
    return WarrantyCase.objects.filter(
        content_type=ContentType.objects.get_for_model(Visit), object_id=OuterRef("pk"), status__in=OPEN_CASE_STATES
    ).order_by()
