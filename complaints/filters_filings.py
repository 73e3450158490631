"""The filters of the filings' list."""

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from complaints.models import Filing
from complaints.selectors.filings import overdue
from ledgers.filters import SEARCH_MAX, ListFilter, OfUnit, matches


class FilingFilter(ListFilter):
    SORTS = {"opened": "opened_at", "number": "number", "project": "complaint__project_name", "status": "status"}
    DEFAULT_SORT = "-opened_at"

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    status = filters.ChoiceFilter(label="状态", choices=Filing.Status.choices)
    unit = OfUnit("complaint__department")
    overdue = filters.BooleanFilter(label="已逾期", method="is_late", widget=forms.CheckboxInput)

    class Meta:
        model = Filing
        fields: list[str] = []

    def search(self, queryset: QuerySet[Filing], name: str, value: str) -> QuerySet[Filing]:
        return queryset.filter(matches(value, "number", "complaint__number", "complaint__project_name"))

    def is_late(self, queryset: QuerySet[Filing], name: str, value: bool) -> QuerySet[Filing]:
        return overdue(queryset, timezone.now()) if value else queryset
