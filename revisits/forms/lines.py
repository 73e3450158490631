"""A line of a plan, a visitor for many lines, and what the board is narrowed to."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from ledgers.forms.fields import CHOOSE, Day, Flag, Form, Line, Pick
from organization.models import User
from revisits.models import Level, Method, RevisitPlan

_NOT_OURS = "所选人员不在本单位在任人员中,请重新选择。"


def _revision() -> forms.IntegerField:
    return forms.IntegerField(widget=forms.HiddenInput, error_messages={"required": "页面不完整,请刷新后重试。"})


class Visitor(Pick):
    """One of the people of the plan's unit, as a user id; None for nobody yet."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__("计划回访人", (), required=required)
        self.error_messages |= {"invalid_choice": _NOT_OURS, "required": CHOOSE}

    def offer(self, people: Sequence[User], blank: str) -> None:
        self.choices = [("", blank), *((str(user.pk), str(user)) for user in people)]

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        return int(chosen) if chosen else None


class LineForm(Form):
    """Date, method and visitor of a line; what they must be, the service says."""

    on = Day("计划回访日期", required=True)
    method = Pick("回访方式", Method.choices)
    visitor = Visitor()
    revision = _revision()

    def __init__(self, *args: Any, plan: RevisitPlan, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visitor"].offer(people, "暂不指定")  # type: ignore[attr-defined]
        self.fields["on"].widget.attrs |= {"min": f"{plan.year}-01-01", "max": f"{plan.year}-12-31"}
        if plan.level == Level.DEPARTMENT:
            self.fields["method"].choices = [(Method.ONSITE.value, Method.ONSITE.label)]  # type: ignore[attr-defined]
            self.fields["method"].help_text = "项目经理部回访须为现场回访(标准 5.3.2)"


class VisitorsForm(Form):
    visitor = Visitor(required=True)
    revision = _revision()

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visitor"].offer(people, "请选择")  # type: ignore[attr-defined]


class BoardFilter(Form):
    q = Line("工程名称或编号", max_length=100)
    city = Pick("城市", (), required=False)
    department = Pick("项目经理部", (), required=False)
    gaps = Flag("只看有缺口")

    def __init__(self, *args: Any, cities: Iterable[str], departments: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["city"].choices = [("", "全部"), *((each, each) for each in cities)]  # type: ignore[attr-defined]
        self.fields["department"].choices = [("", "全部"), *((each, each) for each in departments)]  # type: ignore[attr-defined]
        if len(departments) < 2:
            del self.fields["department"]
