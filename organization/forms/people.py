"""Forms of people."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from ..models import Post, Unit
from .fields import CODE, PHONE, ReasonField, TextField, UnitField


class PersonForm(forms.Form):
    name = TextField(label="姓名", max_length=50)
    username = TextField(
        label="账号", max_length=150, validators=[CODE], help_text="登录用,字母、数字、点、下划线、连字符"
    )
    employee_number = TextField(label="工号", max_length=30, required=False, validators=[CODE])
    phone = TextField(label="手机", max_length=30, required=False, validators=[PHONE])
    email = forms.EmailField(label="邮箱", max_length=254, help_text="催办邮件发到此处")


class PersonEditForm(PersonForm):
    reason = ReasonField()


class PeopleFilterForm(forms.Form):
    q = forms.CharField(label="搜索", max_length=60, required=False)
    unit = UnitField(label="单位", queryset=Unit.objects.none(), required=False, empty_label="全部单位")
    post = forms.ModelChoiceField(label="岗位", queryset=Post.objects.all(), required=False, empty_label="全部岗位")
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), ("active", "启用"), ("inactive", "停用"), ("without", "无任职")],
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["q"].widget.attrs["placeholder"] = "姓名、账号、工号"
