"""The frequency settings and the season tables, edited as a whole [D]."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ledgers.forms.fields import REQUIRED, Form, Line, Pick
from ledgers.forms.ledger import Rows
from ledgers.models import Region
from revisits.models import ClimateRow, FrequencyPolicy
from revisits.services.policy import DAYS

PLACES_MAX = 60
REASON_MAX = 200
_REGIONS = {str(label): str(value) for value, label in Region.choices}
_WORDS = {"rain": "雨季", "winter": "冬季", "summer": "夏季"}


class PolicyForm(Form):
    """``number`` is the version that the page showed."""

    min_window_days = forms.IntegerField(
        label="最短窗口(天)",
        min_value=1,
        max_value=90,
        help_text="规定的回访窗口在保修期内不足这些天的,不要求安排回访,在检查报告中注明;填 1 即按条文字面执行",
        error_messages={
            "required": REQUIRED,
            "invalid": "请填写整数天数,如 7。",
            "min_value": "最短窗口须在 1 到 90 天之间。",
            "max_value": "最短窗口须在 1 到 90 天之间。",
        },
    )
    onsite_counts_as_phone = Pick(
        "季度电话回访",
        (("0", "须电话回访(标准默认)"), ("1", "当季的现场回访可以代替电话回访")),
        widget=forms.RadioSelect,
    )
    rain_for_all = Pick(
        "雨季回访",
        (
            ("0", "仅重点工程,竣工后一年和保修期满后一年内(标准默认)"),
            ("1", "全部工程,保修期内每年雨季前、雨季中、雨季后各一次"),
        ),
        widget=forms.RadioSelect,
    )
    reason = Line("调整理由", max_length=REASON_MAX, required=True)
    number = forms.IntegerField(widget=forms.HiddenInput, error_messages={"required": "页面不完整,请刷新后重试。"})


def _day(season: str, end: str) -> Line:
    label = f"{_WORDS[season]}{'开始' if end == 'start' else '结束'}"
    return Line(label, max_length=5, widget=forms.TextInput(attrs={"placeholder": "月-日", "inputmode": "numeric"}))


class ClimateForm(Form):
    """A region's seasons, or those of a city that departs from its region; a row without a word is none."""

    place = Line("区域或城市", max_length=30)
    rain_start, rain_end = _day("rain", "start"), _day("rain", "end")
    winter_start, winter_end = _day("winter", "start"), _day("winter", "end")
    summer_start, summer_end = _day("summer", "start"), _day("summer", "end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_region = self["place"].value() in _REGIONS
        attrs = {"readonly": True} if self.is_region else {"list": "cities", "placeholder": "城市,与台账写法一致"}
        self.fields["place"].widget.attrs.update(attrs)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if any(values.values()):
            for name in ("place", *DAYS):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, REQUIRED)
        return values

    def row(self) -> dict[str, str]:
        values = self.cleaned_data
        return values | {"place": _REGIONS.get(values["place"], values["place"])}


class _ClimateRows(Rows):
    def clean(self) -> None:
        places = [form.cleaned_data["place"] for form in self.forms if form.cleaned_data.get("place")]
        if repeated := sorted({place for place in places if places.count(place) > 1}):
            raise ValidationError(f"季节表中有重复的区域或城市:{'、'.join(repeated)}。")

    def rows(self) -> list[dict[str, str]]:
        return [form.row() for form in self.forms if form.cleaned_data.get("place")]


ClimateRows: type[Any] = forms.formset_factory(
    ClimateForm, formset=_ClimateRows, extra=0, max_num=PLACES_MAX, absolute_max=PLACES_MAX + 40, validate_max=True
)


def policy_initial(policy: FrequencyPolicy) -> dict[str, Any]:
    return {
        "min_window_days": policy.min_window_days,
        "onsite_counts_as_phone": "1" if policy.onsite_counts_as_phone else "0",
        "rain_for_all": "1" if policy.rain_for_all else "0",
        "number": policy.number,
    }


def climate_initial(rows: Iterable[ClimateRow]) -> list[dict[str, str]]:
    """Regions first, by their names."""
    ordered = sorted(rows, key=lambda row: (not row.is_region, row.pk))
    return [{"place": row.label} | {name: getattr(row, name) for name in DAYS} for row in ordered]
