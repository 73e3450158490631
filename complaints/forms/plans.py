"""The rectification plan, its milestones and the departments' opinions as forms.

Clause 5.5.1: a plan that is not whole is saved; only what cannot be true is refused.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from complaints.models import Demand, Milestone, Opinion, PlanVersion, Response
from complaints.models.plan import LONG_MAX
from complaints.selectors.plans import Answer
from complaints.services.planning import DECISIONS, MilestoneData, ResponseData
from complaints.services.versions import NODE, TEXTS, in_words
from ledgers.forms.fields import REQUIRED, Day, Files, Form, Line, Pick, Text, take_refusal
from ledgers.forms.ledger import Rows
from organization.models import User
from workflow.flow import Step

ROWS_MAX = 40
ADOPTED = (("1", "采纳"), ("0", "不采纳"))


def longest(model: Any, name: str) -> int:
    return int(model._meta.get_field(name).max_length)


def _line(model: Any, name: str, **kwargs: Any) -> Line:
    return Line(str(model._meta.get_field(name).verbose_name), max_length=longest(model, name), **kwargs)


class PlanForm(Form):
    """The texts of the plan, and how the project department keeps in touch with the owner (B.3 C04)."""

    overview = Text("概况", max_length=LONG_MAX, rows=4)
    cause = Text("原因分析", max_length=LONG_MAX, rows=4)
    effect = Text("整改效果要求", max_length=LONG_MAX, rows=3)
    liaison = _line(PlanVersion, "liaison")
    liaison_way = _line(PlanVersion, "liaison_way")
    liaison_every = _line(PlanVersion, "liaison_every")
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


def _area(label: str, name: str) -> Text:
    return Text(label, max_length=longest(Milestone, name), rows=2)


class MilestoneForm(Form):
    """A milestone; a row without anything is none."""

    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = _area("整改内容(节点)", "name")
    starts_on = Day("开始日期")
    ends_on = Day("完成日期")
    responsible = _line(Milestone, "responsible")
    criterion = _area("验收标准", "criterion")
    resources = _area("资源配置(人、材、机)", "resources")
    basis = _area("资源配置依据", "basis")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        start, end = values.get("starts_on"), values.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", "完成日期早于开始日期,请核对。")
        return values

    def is_blank(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in NODE)

    def milestone(self) -> MilestoneData:
        values: dict[str, Any] = {"pk": self.cleaned_data.get("pk")}
        values |= {name: self.cleaned_data.get(name) for name in NODE}
        return values  # type: ignore[return-value]


MilestoneRows: type[Any] = forms.formset_factory(
    MilestoneForm, formset=Rows, extra=1, max_num=ROWS_MAX, absolute_max=ROWS_MAX + 40, validate_max=True
)


class AnswerForm(Form):
    """A line of the 比对表: the measure that answers a demand or an opinion, and whether an opinion is followed."""

    adopted = Pick("采纳", ADOPTED, initial="1", required=False)
    measure = Text("对应措施", max_length=longest(Response, "measure"), rows=2)

    def __init__(self, *args: Any, answer: Answer, **kwargs: Any) -> None:
        subject: Demand | Opinion = answer.subject
        self.of_demand = isinstance(subject, Demand)
        self.subject = subject
        kind = "d" if self.of_demand else "o"
        initial = {"adopted": "1" if answer.adopted else "0", "measure": answer.measure}
        super().__init__(*args, prefix=f"{kind}{subject.pk}", initial=initial, **kwargs)
        whose = f"第 {subject.number} 项诉求" if isinstance(subject, Demand) else f"{subject.asked_of} 的意见"
        self.fields["adopted"].label = f"{whose} 是否采纳"
        self.fields["measure"].label = f"{whose} 对应措施" + ("" if self.of_demand else "或不采纳的理由")
        if self.of_demand:
            del self.fields["adopted"]

    def response(self) -> ResponseData:
        return {
            "demand": self.subject.pk if self.of_demand else None,
            "opinion": None if self.of_demand else self.subject.pk,
            "adopted": self.cleaned_data.get("adopted") != "0",
            "measure": self.cleaned_data.get("measure", ""),
        }


class PlanDraft:
    """The whole form of a plan: texts, milestones, the two tables that compare."""

    def __init__(
        self,
        *,
        texts: Mapping[str, Any],
        milestones: Sequence[Milestone],
        demands: Sequence[Answer],
        opinions: Sequence[Answer],
        revision: int,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.texts = PlanForm(data, initial={**texts, "revision": revision})
        self.done = [each for each in milestones if each.status == Milestone.Status.DONE]
        rows = [each for each in milestones if each.status != Milestone.Status.DONE]
        initial = [{"pk": each.pk, **{name: getattr(each, name) for name in NODE}} for each in rows]
        self.nodes = MilestoneRows(data, prefix="nodes", initial=initial if data is None else None)
        self.nodes.extra = 0 if rows or self.done else 1  # an empty one to begin with
        self.demands = [AnswerForm(data, answer=answer) for answer in demands]
        self.opinions = [AnswerForm(data, answer=answer) for answer in opinions]

    def parts(self) -> list[Any]:
        return [self.texts, self.nodes, *self.demands, *self.opinions]

    def is_valid(self) -> bool:
        return all([part.is_valid() for part in self.parts()])  # noqa: C419 - every part tells its errors

    @property
    def revision(self) -> int:
        """The revision the form was opened with; a form without one counts as older than anything."""
        found = self.texts.cleaned_data.get("revision")
        return -1 if found is None else int(found)

    def values(self) -> dict[str, Any]:
        """The arguments of ``save_plan``."""
        return {
            "texts": {name: self.texts.cleaned_data[name] for name in TEXTS},
            "milestones": [row.milestone() for row in self.nodes.forms if not row.is_blank()],
            "responses": [row.response() for row in (*self.demands, *self.opinions)],
        }

    def words(self) -> dict[str, str]:
        """What was typed, in the words of a stored version, so that the two can be compared."""
        values = self.values()
        taken = {each.number for each in self.done}
        free = (number for number in count(1) if number not in taken)
        done = [(each.number, {name: getattr(each, name) for name in NODE}) for each in self.done]
        typed = [(next(free), {name: row[name] for name in NODE}) for row in values["milestones"]]
        answers = [
            (form.subject, row["adopted"], row["measure"])
            for form, row in zip((*self.demands, *self.opinions), values["responses"], strict=True)
        ]
        return in_words(values["texts"], sorted([*done, *typed], key=lambda node: node[0]), answers)

    def refuse(self, error: ValidationError) -> None:
        take_refusal(self.texts, error)


class PlanDecisionForm(Form):
    """Approve, or return with the reason. ``revision`` is that of the content which was read."""

    remark = Text("审核意见", max_length=500, rows=4)
    step = forms.CharField(required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, error_messages={"required": "页面不完整,请刷新后重试。"})

    def __init__(self, *args: Any, steps: Sequence[Step], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {step.name: step for step in steps}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        step = self.offered.get(str(self.data.get("step", "")))
        if step is None or step.name not in DECISIONS:
            raise ValidationError("请选择“通过”或“退回”。")
        values["step"] = step.name
        if step.remark and not values.get("remark") and "remark" not in self.errors:
            self.add_error("remark", "退回时请写明理由,以便项目经理部修改。")
        return values


class AskForm(Form):
    """Several people of the unit's departments, asked the same."""

    asked_of = forms.MultipleChoiceField(
        label="征求对象",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "请至少选择一人。",
            "invalid_choice": "所选人员不在本单位相关部门的在任人员中,请重新选择。",
        },
    )
    question = Text("征求内容", max_length=longest(Opinion, "question"), rows=4, required=True)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in people}
        self.fields["asked_of"].choices = [(key, str(user)) for key, user in self.people.items()]  # type: ignore[attr-defined]

    def clean_asked_of(self) -> list[User]:
        return [self.people[key] for key in self.cleaned_data["asked_of"]]


class OpinionForm(Form):
    text = Text("部门意见", max_length=LONG_MAX, rows=6, required=True)
    follower = Line(
        "跟踪指导专人",
        max_length=longest(Opinion, "follower"),
        required=True,
        help_text="本部门指定跟踪、指导整改的人员(标准 B.3 C04)",
    )


class Percent(forms.IntegerField):
    """0 to 100."""

    def __init__(self, label: str = "完成比例(%)", **kwargs: Any) -> None:
        wrong = "请填写 0 到 100 之间的整数。"
        messages = {"required": REQUIRED, "invalid": wrong, "min_value": wrong, "max_value": wrong}
        widget = forms.NumberInput(attrs={"min": 0, "max": 100, "step": 5, "inputmode": "numeric"})
        super().__init__(label=label, min_value=0, max_value=100, error_messages=messages, widget=widget, **kwargs)


def _photos() -> Files:
    field = Files("现场照片", help_text="手机上可直接拍照,可多选,单张不超过 20 MB")
    field.widget.attrs |= {"accept": "image/*", "capture": "environment"}
    return field


class ProgressForm(Form):
    percent = Percent()
    text = Text("进展情况", max_length=LONG_MAX, rows=4, required=True)
    photos = _photos()


class MilestoneDoneForm(Form):
    done_on = Day("实际完成日期", required=True)
    text = Text("完成情况", max_length=LONG_MAX, rows=4, required=True)
    photos = _photos()
