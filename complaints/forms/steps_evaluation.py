"""客户满意度评价表 as a form (clause 5.7), usable on a phone at the client's."""

from typing import Any

from django import forms
from django.utils import timezone

from complaints.models import Evaluation, Verdict
from complaints.models.evaluation import GRADES
from complaints.selectors.detail import demands_of
from complaints.services.handling import EVALUATION_FIELDS, GRADE_FIELDS
from ledgers.forms.fields import Day, Files, Flag, Line, Pick, Text

from .steps import StepForm

PEOPLE_MAX = 200
_GRADES = tuple((str(value), label) for value, label in GRADES)
_YES_NO = (("yes", "已满足"), ("no", "未满足"))


class Grade(Pick):
    """One item in five grades, as a row of radio buttons."""

    def __init__(self, label: str) -> None:
        super().__init__(label, _GRADES, required=False, widget=forms.RadioSelect)

    def clean(self, value: Any) -> int | None:
        found = super().clean(value)
        return int(found) if found else None


class EvaluateForm(StepForm):
    kind = Pick("评价形式", Evaluation.Kind.choices, widget=forms.RadioSelect, initial=Evaluation.Kind.GRADES)
    method = Pick("方式", Evaluation.Method.choices, widget=forms.RadioSelect, initial=Evaluation.Method.VISIT)
    held_on = Day("评价日期", required=True)
    department_people = Line("项目经理部参加人", max_length=PEOPLE_MAX, required=True)
    unit_people = Line("二级单位参加人", max_length=PEOPLE_MAX, required=True)
    client_people = Line("客户参加人", max_length=PEOPLE_MAX, required=True)
    response = Grade("响应及时")
    arrival = Grade("到场")
    measures = Grade("措施")
    result = Grade("效果")
    attitude = Grade("态度")
    overall = Grade("总体评价")
    accepted = Pick("验收结论", (("yes", "合格"), ("no", "不合格")), required=False, widget=forms.RadioSelect)
    opinion = Text("客户意见", max_length=1000, rows=3)
    signed_by = Line("客户签字人", max_length=50, required=True)
    signed_on = Day("签字日期", required=True)
    files = Files("客户签字的评价表或录音", help_text="手机上可直接拍照;已在投诉页面上传本轮签字或录音的可不再选")  # type: ignore[assignment]
    next_due_on = Day("继续整改完成日期", help_text="客户不满意,或有诉求未满足时必填")
    raise_severity = Flag("升级为“问题严重”,编制专项整改方案", help_text="客户不满意时可选;由方案确定完成日期")

    def prepare(self) -> None:
        today = timezone.localdate()
        client = self.complaint.complainant
        self.begin_with(held_on=today, signed_on=today, signed_by=client, client_people=client)
        self.demands = [each for each in demands_of(self.complaint) if not each.withdrawn_reason]
        for each in self.demands:
            self.fields[f"met_{each.pk}"] = Pick(str(each), _YES_NO, widget=forms.RadioSelect)
        if self.complaint.verdict != Verdict.MINOR:
            del self.fields["raise_severity"]

    @property
    def grades(self) -> list[forms.BoundField]:
        return [self[name] for name in GRADE_FIELDS]

    @property
    def checks(self) -> list[forms.BoundField]:
        return [self[f"met_{each.pk}"] for each in self.demands]

    def values(self) -> dict[str, Any]:
        """What the service takes; of the form that was not chosen, nothing."""
        values = {name: self.cleaned_data.get(name) for name in EVALUATION_FIELDS}
        values["accepted"] = {"yes": True, "no": False}.get(str(values["accepted"]))
        if values["kind"] == Evaluation.Kind.ACCEPTANCE:
            return values | dict.fromkeys(GRADE_FIELDS)
        return values | {"accepted": None}

    def met(self) -> list[int]:
        return [each.pk for each in self.demands if self.cleaned_data.get(f"met_{each.pk}") == "yes"]
