"""Forms of the simple steps: a remark, a contact with the complainant, a link, another department."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from complaints.models import Complaint, Contact
from complaints.models.contact import CONTACT_MAX
from complaints.permissions import TRACK_OF
from complaints.selectors.candidates import departments_to_take_over, earlier_candidates, merge_candidates
from complaints.selectors.detail import demands_of
from ledgers.columns import PERSON_MAX
from ledgers.forms.fields import CHOOSE, Files, Flag, Form, Line, Moment, Pick, Text
from organization.models import User

REMARK_MAX = 500
DROPPED_MAX = 200


class StepForm(Form):
    """A step's form. ``complaint`` and ``user`` fill what depends on them."""

    def __init__(self, *args: Any, complaint: Complaint, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.complaint = complaint
        self.user = user
        self.prepare()

    def prepare(self) -> None:
        """Choices and first values that depend on the complaint."""

    def begin_with(self, **values: Any) -> None:
        """First values, under those that were handed in."""
        self.initial = {**values, **self.initial}


class NoteForm(StepForm):
    """A remark that may be left out."""

    remark = Text("说明", max_length=REMARK_MAX, rows=3)


class ReasonForm(StepForm):
    """A step that is nothing without its reason."""

    remark = Text("理由", max_length=REMARK_MAX, rows=4, required=True)


class ResultForm(StepForm):
    remark = Text(
        "处理结果",
        max_length=REMARK_MAX,
        rows=5,
        required=True,
        help_text="逐项说明诉求的处理情况和结果(标准 5.4.1:处理结果要及时记录)",
    )


class DecisionForm(StepForm):
    """Two buttons: ``yes`` and ``no``; the second needs its reason."""

    remark = Text("意见", max_length=REMARK_MAX, rows=3, help_text="退回或不同意时必须填写理由")

    @property
    def agreed(self) -> bool:
        return self.data.get("decision") == "yes"

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.data.get("decision") not in ("yes", "no"):
            raise ValidationError("请用下面的按钮作出决定。")
        if not self.agreed and not values.get("remark") and "remark" not in self.errors:
            self.add_error("remark", "请填写理由。")
        return values


class WithdrawForm(StepForm):
    remark = Text("撤诉原因", max_length=REMARK_MAX, rows=3, required=True)
    files = Files("撤诉证明", help_text="投诉人书面说明、短信截图或录音;已在投诉页面上传“撤诉证明”的可不再选")  # type: ignore[assignment]


# --- contacts


class _Contacted(StepForm):
    method = Pick("方式", Contact.Method.choices)
    at = Moment("联系时间")
    person = Line("联系对象", max_length=PERSON_MAX, required=True)
    text = Text("内容", max_length=CONTACT_MAX, rows=4, required=True)

    def prepare(self) -> None:
        self.begin_with(at=timezone.now(), person=self.complaint.complainant)


class ConfirmForm(_Contacted):
    """B.3 C01/C02: one attempt; each demand is confirmed, left open, or no longer made."""

    reached = Pick("联系结果", (("yes", "已联系上"), ("no", "未联系上")), widget=forms.RadioSelect, initial="yes")
    demands = forms.TypedMultipleChoiceField(
        label="诉求",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "所选诉求不属于该投诉,请刷新页面。", "invalid_list": CHOOSE},
    )
    field_order = ("reached", "method", "at", "person", "text", "demands")

    def prepare(self) -> None:
        super().prepare()
        self.open_demands = [d for d in demands_of(self.complaint) if not (d.confirmed_at or d.withdrawn_reason)]
        self.fields["demands"].choices = [(each.pk, str(each)) for each in self.open_demands]  # type: ignore[attr-defined]
        for each in self.open_demands:
            self.fields[f"drop_{each.pk}"] = Line(
                f"第 {each.number} 项 不再主张的说明",
                max_length=DROPPED_MAX,
                widget=_placeholder("投诉人不再主张时填写"),
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The demands to settle: the demand, its box, its line."""
        ticked = {str(value) for value in self["demands"].value() or ()}
        return [
            {"demand": each, "ticked": str(each.pk) in ticked, "drop": self[f"drop_{each.pk}"]}
            for each in self.open_demands
        ]

    @property
    def dropped(self) -> dict[int, str]:
        return {
            each.pk: said
            for each in self.open_demands
            if (said := self.cleaned_data.get(f"drop_{each.pk}", "").strip())
        }


class ContactForm(_Contacted):
    kind = Pick("类别", ())
    missed = Flag("未联系上")
    field_order = ("kind", "method", "at", "person", "missed", "text")

    def prepare(self) -> None:
        super().prepare()
        kinds = [Contact.Kind.FEEDBACK, Contact.Kind.TALK]
        if TRACK_OF.covers(self.user, self.complaint.department):
            kinds.append(Contact.Kind.TAKE_PART)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]


def _placeholder(text: str) -> forms.TextInput:
    return forms.TextInput(attrs={"placeholder": text})


# --- links


class _Chosen(forms.TypedChoiceField):
    """One record of a short list, as radio buttons."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        messages = {"required": CHOOSE, "invalid_choice": f"所选的记录不在列表中,{CHOOSE}"}
        super().__init__(label=label, coerce=int, widget=forms.RadioSelect, error_messages=messages, **kwargs)


def _lines(rows: Iterable[Complaint]) -> list[tuple[int, str]]:
    return [
        (
            each.pk,
            f"{each.number} · {timezone.localtime(each.received_at):%Y-%m-%d} · {each.get_kind_display()} · "
            f"{each.get_status_display()} · {each.event[:40]}",
        )
        for each in rows
    ]


class _LinkForm(StepForm):
    def offer(self, name: str, rows: Iterable[Complaint], nothing: str) -> None:
        field = self.fields[name]
        field.choices = _lines(rows)  # type: ignore[attr-defined]
        if not field.choices:  # type: ignore[attr-defined]
            field.help_text = nothing


class MergeForm(_LinkForm):
    survivor = _Chosen("合并到", help_text="保留最早的接收时间和全部诉求")
    remark = Text("理由", max_length=REMARK_MAX, rows=3, required=True)

    def prepare(self) -> None:
        self.offer("survivor", merge_candidates(self.complaint, self.user), "没有可以合并的在办投诉。")


class SecondForm(_LinkForm):
    earlier = _Chosen("前次投诉", help_text="同一工程、12 个月内已开始处理的投诉")

    def prepare(self) -> None:
        self.offer("earlier", earlier_candidates(self.complaint, self.user), "该工程 12 个月内没有已开始处理的投诉。")


class ReassignForm(StepForm):
    """``department`` is a code out of a list that is searched while typing."""

    department = Line(
        "新的责任项目经理部",
        max_length=80,
        required=True,
        widget=forms.TextInput(
            attrs={"list": "departments", "autocomplete": "off", "placeholder": "输入名称或编码查找"}
        ),
    )
    remark = Text("理由", max_length=REMARK_MAX, rows=3, required=True)

    def prepare(self) -> None:
        self.offered = {f"{unit.code} {unit.name}": unit for unit in departments_to_take_over(self.complaint)}

    def clean_department(self) -> int:
        typed = str(self.cleaned_data["department"])
        exact = [unit for label, unit in self.offered.items() if typed in (label, unit.code, unit.name)]
        found = exact or [unit for label, unit in self.offered.items() if typed in label]
        if len(found) != 1:
            said = "没有找到这个项目经理部" if not found else f"“{typed}”对应 {len(found)} 个项目经理部"
            raise ValidationError(f"{said},请从列表中选择一个。")
        return int(found[0].pk)
