"""Deciding on a plan and on its waivers, asking for one, beginning a plan, ordering drafts (clause 5.2.4)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ledgers.forms.fields import Form, Pick, Text
from organization.models import Unit

REMARK_MAX = 500


class DecisionForm(Form):
    """Approve, or return with the reason. ``revision`` is that of the content which was read."""

    remark = Text("审批意见", max_length=REMARK_MAX, rows=4)
    decision = forms.CharField(required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, error_messages={"required": "页面不完整,请刷新后重试。"})

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("decision") not in ("approve", "return"):
            raise ValidationError("请选择“审批通过”或“退回重编”。")
        if values["decision"] == "return" and not values.get("remark") and "remark" not in self.errors:
            self.add_error("remark", "退回时请写明理由,以便编制人修改。")
        return values


class WaiverForm(Form):
    """Why a gap cannot be closed."""

    reason = Text("豁免理由", max_length=REMARK_MAX, required=True, rows=4)


class WaiverDecisionForm(Form):
    remark = Text("意见", max_length=REMARK_MAX, rows=3)
    grant = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("grant") not in ("0", "1"):
            raise ValidationError("请选择“同意豁免”或“不予豁免”。")
        if values["grant"] == "0" and not values.get("remark") and "remark" not in self.errors:
            self.add_error("remark", "不予豁免时请写明意见,以便编制人安排。")
        return values


class SettleForm(Form):
    reason = Text("无需调整的理由", max_length=REMARK_MAX, required=True, rows=4)


class UnitYearForm(Form):
    """One of the units that the person may act for, and this year or the next."""

    unit = Pick("编制单位", ())
    year = Pick("年度", ())

    def __init__(self, *args: Any, units: Iterable[Unit], years: Sequence[int], label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.pk): unit for unit in units}
        self.fields["unit"].choices = [(key, str(unit)) for key, unit in self.units.items()]  # type: ignore[attr-defined]
        self.fields["year"].choices = [(str(year), f"{year} 年度") for year in years]  # type: ignore[attr-defined]
        if label:
            self.fields["unit"].label = label

    def clean_unit(self) -> Unit:
        return self.units[self.cleaned_data["unit"]]

    def clean_year(self) -> int:
        return int(self.cleaned_data["year"])
