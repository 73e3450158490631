"""The filters of the lists. What the page shows is what the export writes: both call these with the same parameters."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar

import django_filters as filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from ledgers.models import Ledger, Project, PunchItem, Region
from ledgers.permissions import VIEW_IN
from ledgers.selectors.ledgers import HAS_GAPS, ends_within
from organization.models import Unit, User
from organization.prepared import Prepared
from organization.rules import Rule
from workflow.models import Clock

M = TypeVar("M", bound=Model)
SEARCH_MAX = 100


def matches(text: str, *fields: str) -> Q:
    """Every word of ``text`` occurs in one of the fields: two Chinese characters are enough."""
    found = Q()
    for word in text.split():
        # Folding every row's text to upper case costs three times the search; Chinese has no case.
        lookup = "icontains" if word.upper() != word.lower() else "contains"
        found &= Q(*((f"{field}__{lookup}", word) for field in fields), _connector=Q.OR)
    return found


class ListFilter(filters.FilterSet):
    """A filter set whose ``sort`` is one of a whitelist, and which knows whether anything is narrowed."""

    SORTS: dict[str, str] = {}
    DEFAULT_SORT = "-pk"
    # A page that shows its form by itself needs only the filters that the query names: the rest narrow nothing.
    LEAN = False
    _form_classes: ClassVar[dict[tuple[type, tuple[str, ...]], type[forms.Form]]] = {}

    def __init__(self, data: Any = None, queryset: QuerySet[Any] | None = None, **kwargs: Any) -> None:
        if self.LEAN:
            named = {key.removesuffix("_after").removesuffix("_before") for key, value in (data or {}).items() if value}
            declared: dict[str, filters.Filter] = self.base_filters  # type: ignore[has-type]
            self.base_filters = {name: each for name, each in declared.items() if name in named}
        super().__init__(data, queryset, **kwargs)

    def get_form_class(self) -> type[forms.Form]:
        """Built once a process for the same filters: no field depends on who asks."""
        key = (type(self), tuple(self.filters))
        if key not in self._form_classes:
            self._form_classes[key] = super().get_form_class()
        return self._form_classes[key]

    def filter_queryset(self, queryset: QuerySet[M]) -> QuerySet[M]:
        found: QuerySet[M] = super().filter_queryset(queryset)
        return found.order_by(*self.ordering())

    def ordering(self) -> list[str]:
        sort = str((self.data or {}).get("sort", ""))
        field = self.SORTS.get(sort.lstrip("-"))
        if field is None:
            # Rows of one moment keep their order from page to page.
            return list(dict.fromkeys((self.DEFAULT_SORT, "-pk")))
        return [f"-{field}" if sort.startswith("-") else field, "-pk"]

    def narrowed(self) -> bool:
        return any(value not in (None, "", [], False) for value in self.form.cleaned_data.values())

    def is_overdue(self, queryset: QuerySet[M], name: str, value: bool) -> QuerySet[M]:
        """A running clock of the record is past its due moment."""
        if not value:
            return queryset
        late = Clock.objects.running().filter(
            case_type=ContentType.objects.get_for_model(queryset.model), due_at__lte=timezone.now()
        )
        return queryset.filter(Exists(late.filter(case_id=OuterRef("pk"))))


class Offered(NamedTuple):
    """A second-tier unit in a select."""

    path: str
    code: str
    name: str


_UNITS = Prepared(lambda: Unit.objects.filter(tier="unit").order_by("path").values_list("path", "code", "name"))
_BELOW = Prepared(
    lambda code: (
        Unit.objects.filter(path__startswith=Unit.objects.filter(tier="unit", code=code).order_by().values("path")[:1])
        .order_by()
        .values_list("pk", flat=True)
    )
)


def units_offered(user: User, rule: Rule = VIEW_IN) -> list[Offered]:
    """The second-tier units in reach of who asks. There are few: the reach is asked of their paths here."""
    return [Offered(*unit) for unit in _UNITS.rows() if unit[0].startswith(rule.paths(user))]


class UnitField(forms.CharField):
    """The code of a second-tier unit gives the ids of what lies at or below it. One query."""

    def clean(self, value: Any) -> list[int]:
        code = super().clean(value)
        if not code:
            return []
        ids = _BELOW.rows(code=code)
        if not ids:
            raise ValidationError("没有该单位,请从列表中选择。")
        return ids


class OfUnit(filters.Filter):
    """A second-tier unit, by its code: few enough for a select. Keeps what lies at or below it."""

    field_class = UnitField

    def __init__(self, department: str) -> None:
        self.department = department
        super().__init__(label="单位", max_length=40)

    def filter(self, qs: QuerySet[M], value: list[int]) -> QuerySet[M]:
        # A unit has few departments: their ids let the database use its index where a path prefix behind two joins
        # makes it read every project.
        return qs.filter(**{f"{self.department}__in": value}) if value else qs


class Department(filters.CharFilter):
    """A project department by its code or a part of its name: there are too many for a select."""

    def __init__(self, path: str, **kwargs: Any) -> None:
        self.path = path
        super().__init__(label="项目经理部", max_length=SEARCH_MAX, **kwargs)

    def filter(self, qs: QuerySet[M], value: str) -> QuerySet[M]:
        if not value:
            return qs
        return qs.filter(Q(**{f"{self.path}__code__iexact": value}) | Q(**{f"{self.path}__name__icontains": value}))


class Flag(filters.ChoiceFilter):
    """是 or 否, or both."""

    def __init__(self, label: str, field: str) -> None:
        choices = (("1", "是"), ("0", "否"))
        super().__init__(label=label, field_name=field, choices=choices, empty_label="不限")

    def filter(self, qs: QuerySet[M], value: str) -> QuerySet[M]:
        return qs.filter(**{str(self.field_name): value == "1"}) if value else qs


def _region(field: str) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(label="区域", field_name=field, choices=Region.choices, empty_label="不限")


class AnyOf(filters.MultipleChoiceFilter):
    """Any of the chosen values, as one IN list."""

    def filter(self, qs: QuerySet[M], value: list[str]) -> QuerySet[M]:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class LedgerFilter(ListFilter):
    LEAN = True
    SORTS = {
        "code": "project__code",
        "name": "project__name",
        "department": "project__department__path",
        "status": "status",
        "warranty_start": "warranty_start",
        "warranty_end": "warranty_end",
        "missing": "missing_count",
        "updated": "updated_at",
    }

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    status = AnyOf(label="状态", choices=Ledger.Status.choices)
    unit = OfUnit("project__department")
    department = Department("project__department")
    region = filters.ChoiceFilter(
        label="区域", field_name="project__region", choices=Region.choices, empty_label="不限"
    )
    key = Flag("重点工程", "project__key")
    strategic = Flag("战略合作伙伴", "project__strategic")
    hvac = Flag("供暖通风空调", "project__hvac")
    overseas = Flag("海外工程", "project__overseas")
    warranty_end = filters.DateFromToRangeFilter(label="保修截止日期")
    ending = filters.NumberFilter(label="保修即将到期(天)", method="ends_soon", min_value=0, max_value=3650)
    missing = filters.BooleanFilter(label="有缺项", method="has_gaps", widget=forms.CheckboxInput)
    overdue = filters.BooleanFilter(label="已逾期", method="is_overdue", widget=forms.CheckboxInput)

    class Meta:
        model = Ledger
        fields: list[str] = []

    def search(self, queryset: QuerySet[Ledger], name: str, value: str) -> QuerySet[Ledger]:
        return queryset.filter(matches(value, "project__name", "project__code", "project__address"))

    def ends_soon(self, queryset: QuerySet[Ledger], name: str, value: Any) -> QuerySet[Ledger]:
        return queryset.filter(ends_within(int(value), timezone.localdate()))

    def has_gaps(self, queryset: QuerySet[Ledger], name: str, value: bool) -> QuerySet[Ledger]:
        return queryset.filter(HAS_GAPS) if value else queryset


def filter_ledgers(queryset: QuerySet[Ledger], params: Mapping[str, Any]) -> QuerySet[Ledger]:
    """Exactly the rows that the list page shows for the same query string, in the same order."""
    return LedgerFilter(params, queryset).qs


class ProjectFilter(ListFilter):
    SORTS = {
        "code": "code",
        "name": "name",
        "department": "department__path",
        "phase": "phase",
        "created": "created_at",
    }

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    phase = filters.ChoiceFilter(label="阶段", choices=Project.Phase.choices, empty_label="不限")
    unit = OfUnit("department")
    department = Department("department")
    overseas = Flag("海外工程", "overseas")
    key = Flag("重点工程", "key")
    strategic = Flag("战略合作伙伴", "strategic")
    hvac = Flag("供暖通风空调", "hvac")
    region = _region("region")
    ledger = filters.ChoiceFilter(
        label="台账", method="with_ledger", choices=(("1", "已开立"), ("0", "未开立")), empty_label="不限"
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def search(self, queryset: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return queryset.filter(matches(value, "name", "code", "address"))

    def with_ledger(self, queryset: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return queryset.filter(ledger__isnull=value == "0")


class PunchFilter(ListFilter):
    SORTS = {"due": "due_on", "found": "found_on", "project": "project__name", "status": "status"}
    DEFAULT_SORT = "due_on"

    q = filters.CharFilter(label="搜索", method="search", max_length=SEARCH_MAX)
    status = AnyOf(label="状态", choices=PunchItem.Status.choices)
    unit = OfUnit("project__department")
    project = filters.NumberFilter(label="工程", field_name="project_id", min_value=1, max_value=2**62)
    overdue = filters.BooleanFilter(label="已逾期", method="is_overdue", widget=forms.CheckboxInput)

    class Meta:
        model = PunchItem
        fields: list[str] = []

    def search(self, queryset: QuerySet[PunchItem], name: str, value: str) -> QuerySet[PunchItem]:
        return queryset.filter(
            matches(
                value, "project__name", "project__code", "place", "trade", "problem", "responsible", "subcontractor"
            )
        )
