"""The filters of the warranty cases. What the page shows is what the export writes: both use the same parameters."""

import django_filters as filters
from django import forms
from django.db.models import QuerySet

from ledgers.filters import SEARCH_MAX, AnyOf, Department, Flag, ListFilter, OfUnit, matches
from ledgers.models import WarrantyCase
from ledgers.models.case import GRADES, OPEN_CASE_STATES

W = WarrantyCase
SEARCHED = (
    "number", "project__name", "project__code", "place", "trade", "problem", "reporter", "subcontractor", "responsible",
)  # fmt: skip


class CaseFilter(ListFilter):
    LEAN = True
    SORTS = {
        "number": "number",
        "project": "project__name",
        "reported": "reported_at",
        "status": "status",
        "urgency": "urgency",
        "repair_by": "repair_by",
        "closed": "closed_at",
        "satisfaction": "satisfaction",
        "rework": "rework_count",
    }
    DEFAULT_SORT = "-reported_at"

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    status = AnyOf(label="状态", choices=W.Status.choices)
    open = filters.BooleanFilter(label="未办结", method="is_open", widget=forms.CheckboxInput)
    unit = OfUnit("project__department")
    department = Department("project__department")
    project = filters.NumberFilter(label="工程", field_name="project_id", min_value=1, max_value=2**62)
    source = filters.ChoiceFilter(label="来源", choices=W.Source.choices, empty_label="不限")
    urgency = filters.ChoiceFilter(label="紧急程度", choices=W.Urgency.choices, empty_label="不限")
    part = filters.ChoiceFilter(label="保修部位", choices=W._meta.get_field("part").flatchoices, empty_label="不限")
    covered = Flag("保修范围内", "in_warranty")
    grade = AnyOf(label="满意度", field_name="satisfaction", choices=GRADES)
    reworked = filters.BooleanFilter(label="有返修", method="has_rework", widget=forms.CheckboxInput)
    reported = filters.DateFromToRangeFilter(label="报修日期", field_name="reported_at")
    overdue = filters.BooleanFilter(label="已逾期", method="is_overdue", widget=forms.CheckboxInput)

    class Meta:
        model = W
        fields: list[str] = []

    def search(self, queryset: QuerySet[W], name: str, value: str) -> QuerySet[W]:
        return queryset.filter(matches(value, *SEARCHED))

    def is_open(self, queryset: QuerySet[W], name: str, value: bool) -> QuerySet[W]:
        return queryset.filter(status__in=OPEN_CASE_STATES) if value else queryset

    def has_rework(self, queryset: QuerySet[W], name: str, value: bool) -> QuerySet[W]:
        return queryset.filter(rework_count__gte=1) if value else queryset
