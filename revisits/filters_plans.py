"""The filters of the lists of plans and of what affects them."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet

from ledgers.filters import SEARCH_MAX, ListFilter, OfUnit, matches
from revisits.models import Level, PlanIssue, RevisitPlan
from revisits.permissions import APPROVE

YEARS = (2000, 2199)


def _year(field: str = "year") -> filters.NumberFilter:
    return filters.NumberFilter(label="年度", field_name=field, min_value=YEARS[0], max_value=YEARS[1])


def approvable(user: Any, plans: QuerySet[RevisitPlan]) -> QuerySet[RevisitPlan]:
    """What waits for this person's decision: units' plans for GH, project departments' for UH (clause 5.2.4)."""
    waiting = plans.filter(status=RevisitPlan.Status.IN_APPROVAL)
    mine = Q(pk__in=[])
    for level, rule in APPROVE.items():
        found = rule.narrow(user, RevisitPlan.objects.filter(level=level))
        mine |= Q(pk__in=found.order_by().values("pk"))
    return waiting.filter(mine)


class PlanFilter(ListFilter):
    """Plans that carry what ``selectors.plans`` annotates."""

    SORTS = {"unit": "unit__path", "status": "status", "gaps": "gaps", "projects": "projects", "lines": "lines"}
    DEFAULT_SORT = "unit__path"

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    year = _year()
    level = filters.ChoiceFilter(label="层级", choices=Level.choices)
    unit = OfUnit("unit")
    status = filters.ChoiceFilter(label="状态", choices=RevisitPlan.Status.choices)
    mine = filters.BooleanFilter(label="待我审批", method="waits_for_me", widget=forms.CheckboxInput)
    gaps = filters.BooleanFilter(label="有缺口", method="has_gaps", widget=forms.CheckboxInput)
    affected = filters.BooleanFilter(label="受影响", method="is_affected", widget=forms.CheckboxInput)
    overdue = filters.BooleanFilter(label="已逾期", method="is_overdue", widget=forms.CheckboxInput)

    class Meta:
        model = RevisitPlan
        fields: list[str] = []

    def search(self, queryset: QuerySet[RevisitPlan], name: str, value: str) -> QuerySet[RevisitPlan]:
        return queryset.filter(matches(value, "unit__name", "unit__code"))

    def waits_for_me(self, queryset: QuerySet[RevisitPlan], name: str, value: bool) -> QuerySet[RevisitPlan]:
        return approvable(self.request.user, queryset) if value else queryset

    def has_gaps(self, queryset: QuerySet[RevisitPlan], name: str, value: bool) -> QuerySet[RevisitPlan]:
        return queryset.filter(Q(gaps__gt=0)).exclude(status=RevisitPlan.Status.CLOSED) if value else queryset

    def is_affected(self, queryset: QuerySet[RevisitPlan], name: str, value: bool) -> QuerySet[RevisitPlan]:
        open_issues = PlanIssue.objects.filter(settled_at__isnull=True).order_by().values("plan")
        return queryset.filter(pk__in=open_issues) if value else queryset

    def narrowed(self) -> bool:
        """The year is always one: it narrows nothing."""
        return any(
            value not in (None, "", [], False) for name, value in self.form.cleaned_data.items() if name != "year"
        )


class IssueFilter(ListFilter):
    SORTS = {"found": "found_at", "unit": "plan__unit__path"}
    DEFAULT_SORT = "-found_at"

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    year = _year("plan__year")
    unit = OfUnit("plan__unit")
    kind = filters.ChoiceFilter(label="原因", choices=PlanIssue.Kind.choices)
    state = filters.ChoiceFilter(label="状态", method="in_state", choices=(("open", "待处理"), ("settled", "已处理")))

    class Meta:
        model = PlanIssue
        fields: list[str] = []

    def search(self, queryset: QuerySet[PlanIssue], name: str, value: str) -> QuerySet[PlanIssue]:
        return queryset.filter(matches(value, "text", "plan__unit__name", "plan__unit__code", "project__code"))

    def in_state(self, queryset: QuerySet[PlanIssue], name: str, value: str) -> QuerySet[PlanIssue]:
        return queryset.filter(settled_at__isnull=value == "open")
