"""Appendix C as a form: header, the 13 posts in three groups with their extra people, the warranty terms.

Clause 5.1.1: an incomplete draft is saved; only what cannot be true is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ledgers import appendix_c
from ledgers.appendix_c import ABSENT, GROUPS, Contact, Group, Post
from ledgers.columns import ADDRESS_MAX, NAME_MAX, NUMBER_MAX, PERSON_MAX, REMARK_MAX
from ledgers.flow import FLOW
from ledgers.models import LedgerVersion, Region, WarrantyTerm
from ledgers.services.drafting import HEADER, TermData
from ledgers.services.review import DECISION_STEPS
from workflow.flow import Step

from .fields import REQUIRED, Day, Flag, Form, Line, Phone, Pick, Text, take_refusal

CONTACT_REMARK_MAX = 200
ROWS_MAX = 20


class HeaderForm(Form):
    """The head of Appendix C and what R-5.1.1 adds to it."""

    number = Line("台账编号", max_length=NUMBER_MAX, help_text="印在附录 C 表头;不填则用工程编号")
    recorded_on = Day("填表日期")
    name = Line("工程名称", max_length=NAME_MAX, required=True)
    address = Line("工程地址", max_length=ADDRESS_MAX)
    warranty_start = Day("保修开始日期")
    warranty_end = Day("保修截止日期", help_text="保修期的最后一天")
    accepted_on = Day("四方验收合格日期")
    delivered_on = Day("正式交付使用日期")
    region = Pick("区域", Region.choices)
    city = Line("城市", max_length=30)
    key = Flag("重点工程")
    strategic = Flag("战略合作伙伴")
    hvac = Flag("供暖、通风、空调由我方承包")
    remark = Text("备注", max_length=REMARK_MAX, rows=2)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        start, end = values.get("warranty_start"), values.get("warranty_end")
        if start and end and end <= start:
            self.add_error("warranty_end", "必须晚于保修开始日期,请核对这两个日期。")
        return values


class ContactForm(Form):
    """One person. A post of the standard has no ``title`` field: its name is printed."""

    name = Line("联系人", max_length=PERSON_MAX)
    phone = Phone("联系方式")
    remark = Line("备注", max_length=CONTACT_REMARK_MAX)
    absent = Flag(ABSENT)
    absent_reason = Line(
        "无此岗位的原因", max_length=200, widget=forms.TextInput(attrs={"placeholder": "无此岗位的原因"})
    )

    def __init__(self, *args: Any, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, prefix=post.code, **kwargs)
        self.post = post
        self.gaps: list[str] = []
        for field in self.fields.values():
            if not str(field.label).startswith(ABSENT):
                field.label = f"{post.name} {field.label}"
        self.fields["absent"].label = f"{post.name} {ABSENT}"
        self.fields["absent_reason"].label = f"{post.name} 无此岗位的原因"

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("absent") and (values.get("name") or values.get("phone")):
            self.add_error("absent", "已填写联系人或联系方式,请二者保留其一:取消勾选,或清空联系人和联系方式。")
        if values.get("absent_reason") and not values.get("absent"):
            self.add_error("absent_reason", f"填写了原因但没有勾选“{ABSENT}”,请勾选,或清空原因。")
        return values

    def contact(self) -> Contact:
        kept = {name: self.cleaned_data[name] for name in self.fields}
        return Contact(appendix_c.GROUP_OF[self.post.code].code, self.post.code, **kept)


class ExtraForm(Form):
    """An extra person of a group; an empty row is no person."""

    title = Line("补充人员 岗位", max_length=PERSON_MAX, widget=forms.TextInput(attrs={"placeholder": "补充岗位"}))
    name = Line("补充人员 联系人", max_length=PERSON_MAX)
    phone = Phone("补充人员 联系方式")
    remark = Line("补充人员 备注", max_length=CONTACT_REMARK_MAX)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if any(values.get(name) for name in ("name", "phone", "remark")) and not values.get("title"):
            self.add_error("title", "请写明此人的岗位,如“防火门分包”。")
        return values


class TermForm(Form):
    """The term of one part, as the warranty certificate or contract states it."""

    part = Pick("部位", WarrantyTerm.Part.choices, blank="请选择部位", required=False)
    amount = forms.DecimalField(
        label="期限",
        required=False,
        max_digits=5,
        decimal_places=1,
        min_value=Decimal("0.1"),
        max_value=Decimal("200"),
        error_messages={
            "invalid": "请填写数字,如 2 或 2.5。",
            "max_digits": "请填写 0.1 至 200 之间的数字。",
            "max_whole_digits": "请填写 0.1 至 200 之间的数字。",
            "max_decimal_places": "最多一位小数。",
            "min_value": "请填写 0.1 至 200 之间的数字。",
            "max_value": "请填写 0.1 至 200 之间的数字。",
        },
        widget=forms.NumberInput(attrs={"step": "0.5", "min": "0"}),
    )
    unit = Pick("单位", WarrantyTerm.Unit.choices, initial=WarrantyTerm.Unit.YEARS, required=False)
    ends_on = Day("到期日")
    note = Line("说明", max_length=200)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors or self.is_blank():
            return values
        if not values.get("part"):
            self.add_error("part", "请选择部位。")
        if values.get("unit") == WarrantyTerm.Unit.DESIGN_LIFE:
            values["amount"] = None
        elif values.get("amount") is None and not values.get("ends_on"):
            self.add_error("amount", "请填写期限,或填写到期日。")
        return values

    def is_blank(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("part", "amount", "ends_on", "note"))


class Rows(forms.BaseFormSet):
    """Rows that are added in place; ``prefix-__prefix__`` is the pattern of a new one."""

    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "missing_management_form": "表单不完整(可能被浏览器截断),请刷新页面后重新填写。",
    }


def _rows(form: type[Form]) -> type[Any]:
    made: type[Any] = forms.formset_factory(
        form, formset=Rows, extra=1, max_num=ROWS_MAX, absolute_max=ROWS_MAX + 40, validate_max=True
    )
    return made


ExtraRows = _rows(ExtraForm)
TermRows = _rows(TermForm)


class GroupPart:
    """One group of Appendix C on the form: its posts in the standard's order, then its extra people."""

    def __init__(
        self, group: Group, data: Mapping[str, Any] | None, posts: Mapping[str, Contact], extras: list[Contact]
    ) -> None:
        self.group = group
        self.posts = [ContactForm(data, post=post, initial=_initial(posts.get(post.code))) for post in group.posts]
        self.extras = ExtraRows(
            data, prefix=f"extra-{group.code}", initial=[_initial(extra) for extra in extras] if data is None else None
        )

    def parts(self) -> Iterator[Any]:
        yield from self.posts
        yield self.extras

    def contacts(self) -> Iterator[Contact]:
        for form in self.posts:
            yield form.contact()
        for row in self.extras.forms:
            if any(row.cleaned_data.values()):
                yield Contact(self.group.code, **row.cleaned_data)


def _initial(contact: Contact | None) -> dict[str, Any]:
    if contact is None:
        return {}
    return {name: getattr(contact, name) for name in ("title", "name", "phone", "remark", "absent", "absent_reason")}


class LedgerDraft:
    """The whole form. ``version`` fills it when it is opened; ``data`` when it comes back."""

    def __init__(
        self,
        *,
        version: LedgerVersion,
        contacts: list[Contact],
        number: str,
        revision: int,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        initial = {name: getattr(version, name) for name in HEADER}
        self.header = HeaderForm(data, initial={**initial, "number": number, "revision": revision})
        posts = {contact.post: contact for contact in contacts if contact.post}
        self.groups = [
            GroupPart(group, data, posts, [c for c in contacts if not c.post and c.group == group.code])
            for group in GROUPS
        ]
        terms = version.terms.all() if version.pk and data is None else ()
        fields = ("part", "unit", "amount", "ends_on", "note")
        self.terms = TermRows(
            data, prefix="terms", initial=[{name: getattr(term, name) for name in fields} for term in terms] or None
        )

    def parts(self) -> list[Any]:
        return [self.header, *(part for group in self.groups for part in group.parts()), self.terms]

    def is_valid(self) -> bool:
        return all([part.is_valid() for part in self.parts()])  # noqa: C419 - every part tells its errors

    @property
    def revision(self) -> int:
        """The revision the form was opened with; a form without one counts as older than anything."""
        found = self.header.cleaned_data.get("revision")
        return -1 if found is None else int(found)

    def values(self) -> dict[str, Any]:
        """The arguments of ``save_draft``."""
        header = {name: self.header.cleaned_data[name] for name in HEADER}
        return {
            "header": header,
            "contacts": [contact for group in self.groups for contact in group.contacts()],
            "terms": [self._term(row.cleaned_data) for row in self.terms.forms if not row.is_blank()],
            "number": self.header.cleaned_data["number"],
        }

    def refuse(self, error: ValidationError) -> None:
        take_refusal(self.header, error)

    @staticmethod
    def _term(values: dict[str, Any]) -> TermData:
        return TermData(
            part=values["part"],
            unit=values["unit"] or WarrantyTerm.Unit.YEARS,
            amount=values["amount"],
            ends_on=values["ends_on"],
            note=values["note"],
        )


# What a reviewer can tick: the head, then each post with its two columns, in the form's order.
CHECKLIST = (
    *("工程名称", "工程地址", "保修开始日期", "保修截止日期"),
    *(f"{post.name} {column}" for post in appendix_c.POSTS.values() for column in ("联系人", "联系方式")),
    *("保修期限", "佐证材料"),
)


class RemarkForm(Form):
    """A step's remark. ``required`` is the flow's: a return, a change and a void name their reason."""

    remark = Text("意见", max_length=500, rows=3)

    def __init__(self, *args: Any, label: str = "意见", required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["remark"]
        field.label, field.required = label, required
        field.error_messages["required"] = f"{REQUIRED}"


class CompletionForm(RemarkForm):
    """保修完成 by its certificate."""

    on = Day("保修完成日期", required=True)
    field_order = ("on", "remark")


class DecisionForm(Form):
    """Approve or return. What the reviewer ticks as wrong is written into the remark, so that a return names it."""

    remark = Text("审核意见", max_length=500, rows=3)
    wrong = forms.MultipleChoiceField(
        label="需要补充或更正的项",
        required=False,
        choices=[(title, title) for title in CHECKLIST],
        error_messages={"invalid_choice": "所选的项不在台账中,请刷新页面后重选。"},
        widget=forms.CheckboxSelectMultiple,
    )
    step = forms.CharField(required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, error_messages={"required": "页面不完整,请刷新后重试。"})

    def __init__(self, *args: Any, steps: Sequence[Step], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = {step.name: step for step in steps}

    def asked_step(self) -> str:
        """The decision asked for: a step of the flow, or nothing that exists."""
        return str(self.data.get("step", ""))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        step = FLOW.steps.get(self.asked_step())
        if step is None or step.name not in DECISION_STEPS:
            raise ValidationError("请选择“审核通过”或“退回”。")
        if step.remark:
            wrong = "、".join(values.get("wrong", ()))
            said = values.get("remark", "")
            values["remark"] = "\n".join(filter(None, (wrong and f"需补充或更正:{wrong}。", said)))
            if not values["remark"] and "remark" not in self.errors:
                self.add_error("remark", "退回时请勾选有问题的项,或写明理由,以便项目经理部补充。")
        return values


class RevealForm(Form):
    """What a whole phone number is needed for."""

    purpose = Line(
        "用途",
        max_length=100,
        required=True,
        widget=forms.TextInput(attrs={"list": "reveal-purposes", "autocomplete": "off"}),
    )
