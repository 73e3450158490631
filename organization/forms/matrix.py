"""Forms of the matrix, posts, editions and the audit page."""

from datetime import date, timedelta
from typing import Any

from django import forms

from ..models import AuthorityCell, Duty
from ..models.units import Tier
from ..selectors.audit import CHOICES
from ..selectors.matrix import action_choices
from .fields import CODE, DayField, PersonField, ReasonField, TextField


class DutiesForm(forms.Form):
    duties = forms.MultipleChoiceField(
        label="职责", choices=Duty.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = ReasonField()


class ActionsForm(forms.Form):
    actions = forms.MultipleChoiceField(label="可办理的操作", required=False, widget=forms.CheckboxSelectMultiple)
    inferred = forms.BooleanField(label="仍为推断,显示 †(集团确认后取消勾选)", required=False)
    reason = ReasonField()

    def __init__(self, *args: Any, cell: AuthorityCell, allowed: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actions"].choices = action_choices(allowed)  # type: ignore[attr-defined]
        self.initial.setdefault("actions", cell.actions)
        self.initial.setdefault("inferred", cell.inferred)


class PostForm(forms.Form):
    code = TextField(label="代码", max_length=12, validators=[CODE])
    name = TextField(label="名称", max_length=60)
    tier = forms.ChoiceField(label="层级", choices=Tier.choices)
    order = forms.IntegerField(label="排序", min_value=1, max_value=999, initial=100)
    reason = ReasonField()


class EditionForm(forms.Form):
    number = TextField(label="标准编号", max_length=60)
    title = TextField(label="标准名称", max_length=100, initial="客户回访及投诉管理标准")
    form_prefix = TextField(label="表单编号前缀", max_length=10, initial="xx", help_text="表1 中 xxC028B1 的 xx")
    effective_on = DayField(label="生效日期")
    reason = ReasonField()


class AuditFilterForm(forms.Form):
    first_day = DayField(label="从", required=False)
    last_day = DayField(label="到", required=False)
    sources = forms.MultipleChoiceField(
        label="类别", choices=CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )
    q = forms.CharField(label="内容", max_length=60, required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"] = PersonField(label="操作人", among=people, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "结束日期不能早于开始日期。")
        return data

    @staticmethod
    def default_days(today: date) -> tuple[date, date]:
        return today - timedelta(days=30), today
