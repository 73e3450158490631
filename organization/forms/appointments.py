"""Forms of appointments and substitutes."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from ..models import Appointment, Post, Unit, User
from ..selectors.appointments import STATES
from .fields import DayField, PersonField, ReasonField, TextField, UnitField


class AppointmentForm(forms.Form):
    unit = UnitField(label="单位", queryset=Unit.objects.none())
    post = forms.ModelChoiceField(label="岗位", queryset=Post.objects.all(), help_text="岗位的层级须与单位一致")
    starts_on = DayField(label="开始日期")
    ends_on = DayField(label="结束日期", required=False, help_text="含当日;留空表示长期")
    reason = TextField(label="说明", max_length=100, required=False, help_text="如任职文件号")

    def __init__(self, *args: Any, units: QuerySet[Unit], people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["user"] = PersonField(label="人员", among=people)
        self.order_fields(["user"])


class EndForm(forms.Form):
    last_day = DayField(label="最后一天", help_text="含当日;填昨天表示立即失效")
    reason = ReasonField()

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = today


class SubstituteForm(forms.Form):
    starts_on = DayField(label="开始日期")
    ends_on = DayField(label="结束日期", help_text="含当日;次日起自动失效")
    reason = TextField(label="说明", max_length=100, required=False, help_text="如出差、休假")

    def __init__(
        self,
        *args: Any,
        principals: QuerySet[Appointment],
        people: QuerySet[User],
        principal_id: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["principal"] = PrincipalField(label="被代理的任职", queryset=principals)
        self.fields["user"] = PersonField(label="代理人", among=people, principal_id=principal_id)
        self.order_fields(["principal", "user"])


class PrincipalField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Appointment) -> str:
        return f"{obj.user} · {obj.unit} · {obj.post}"


class AppointmentFilterForm(forms.Form):
    q = forms.CharField(label="搜索", max_length=60, required=False)
    unit = UnitField(label="单位", queryset=Unit.objects.none(), required=False, empty_label="全部单位")
    post = forms.ModelChoiceField(label="岗位", queryset=Post.objects.all(), required=False, empty_label="全部岗位")
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATES])

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["q"].widget.attrs["placeholder"] = "姓名、账号"
