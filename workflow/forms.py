"""Shape and choices of the kernel's pages. What may be done is decided by the services."""

from typing import Any

from django import forms

from organization.matrix import ADMINISTRATORS
from organization.models import Post
from workflow.due import Mode
from workflow.models import CalendarDay, ClockRule, Notice
from workflow.services.clock_rules import MAX_DAYS


class ClockRuleForm(forms.Form):
    """A new version of a time limit; starts from the one in force."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    days = forms.IntegerField(
        label="时限(天)", min_value=0, max_value=MAX_DAYS, help_text="0–365。“即时”为按小时计算、1 天(收到后 24 小时)。"
    )
    mode = forms.ChoiceField(label="计算方式", choices=[(mode.value, mode.label) for mode in Mode])
    content = forms.CharField(label="监管内容", max_length=200)
    record = forms.CharField(label="监管记录", max_length=100, required=False)
    supervisors = forms.MultipleChoiceField(
        label="监督岗位(逾期即知会)", required=False, widget=forms.CheckboxSelectMultiple
    )
    escalate_24h = forms.MultipleChoiceField(
        label="逾期 24 小时上报", required=False, widget=forms.CheckboxSelectMultiple
    )
    escalate_48h = forms.MultipleChoiceField(label="逾期 48 小时上报", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label="变更原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}), help_text="写入版本历史。"
    )

    def __init__(self, *args: Any, rule: ClockRule, **kwargs: Any) -> None:
        fields = ("version", "days", "mode", "content", "record", "supervisors", "escalate_24h", "escalate_48h")
        kwargs["initial"] = {name: getattr(rule, name) for name in fields}
        super().__init__(*args, **kwargs)
        business = Post.objects.exclude(code__in=ADMINISTRATORS)
        posts = [(post.code, f"{post.name}({post.code})") for post in business]
        for name in ("supervisors", "escalate_24h", "escalate_48h"):
            self.fields[name].choices = posts  # type: ignore[attr-defined]


class CalendarDayForm(forms.Form):
    """One day on which the group departs from the state's calendar."""

    on = forms.DateField(label="日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    is_workday = forms.TypedChoiceField(
        label="当天", choices=[("0", "休息"), ("1", "上班")], coerce=lambda value: value == "1"
    )
    note = forms.CharField(
        label="说明", max_length=CalendarDay._meta.get_field("note").max_length, help_text="如通知文号、调休原因。"
    )


class ScopeForm(forms.Form):
    """What a change of the time limits or of the calendar applies to; asked beside what would move."""

    NEW, OPEN = "new", "open"
    scope = forms.ChoiceField(
        label="适用范围",
        choices=[(NEW, "仅对新事项生效"), (OPEN, "同时调整未逾期的在办事项")],
        widget=forms.RadioSelect,
        initial=NEW,
    )

    @property
    def move_open(self) -> bool:
        return bool(self.cleaned_data["scope"] == self.OPEN)


class CalendarScopeForm(ScopeForm):
    """``seen``: the version of the calendar that the preview was made with."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class OutboxFilterForm(forms.Form):
    q = forms.CharField(label="收件人或标题", required=False, max_length=50)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *Notice.State.choices])


class EvidenceWithdrawForm(forms.Form):
    reason = forms.CharField(
        label="撤回原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="文件不会删除,仍按档案要求保存,页面上标为已撤回。",
    )
