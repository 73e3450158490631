"""Forms of a visit's steps: the record, a failed call, another date, the group's part."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from ledgers.columns import PERSON_MAX, PHONE_MAX
from ledgers.forms.fields import Day, Files, Form, Line, OwnerPhone, Pick, Text
from ledgers.models import WarrantyCase, WarrantyTerm
from ledgers.models.case import PROBLEM_MAX
from organization.components.values import masked
from organization.models import User
from revisits.models import Level, Method, Visit, VisitRecord
from revisits.models.visit import TEXT_MAX
from revisits.selectors.visits import Contact
from revisits.services.visits import ITEMS, RecordData, latest_follow_up

REASON_MAX = 500
R = VisitRecord
# What a problem is about most often; anything else may be typed.
TRADES = ("防水", "土建", "装饰装修", "给排水", "电气", "暖通", "门窗", "幕墙", "电梯", "室外工程")
# Why nobody was reached (A.3 C03), the most frequent first.
EXCUSES = ("无人接听", "关机或停机", "空号、号码有误", "联系人已更换", "对方不便,另约时间", "现场无人接待")
OTHER_EXCUSE = "其他原因"


class VisitForm(Form):
    """A step's form. ``visit``, ``user`` and the owner's ``contacts`` fill what depends on them."""

    revision = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages={"required": "页面不完整,请刷新后重试。", "invalid": "页面不完整,请刷新后重试。"},
    )

    def __init__(self, *args: Any, visit: Visit, user: User, contacts: list[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit, self.user, self.contacts = visit, user, contacts
        self.initial = {"revision": visit.revision, **self.initial}
        self.prepare()

    def prepare(self) -> None:
        """Choices and first values that depend on the visit."""

    def begin_with(self, **values: Any) -> None:
        self.initial = {**values, **self.initial}


def _pills(label: str, choices: Any, **kwargs: Any) -> Pick:
    return Pick(label, choices, widget=forms.RadioSelect, **kwargs)


class _MaybePhone(OwnerPhone):
    def tidy(self, text: str) -> str:
        return super().tidy(text) if text.strip() else ""


class RecordForm(VisitForm):
    """R-2.2.1: the four items have no first value, so that none is recorded by oversight."""

    method = _pills("回访方式", Method.choices)
    visited_on = Day("实际回访日期", required=True)
    visitor = Line("回访实施人", max_length=PERSON_MAX, required=True)
    respondent = Line("受访人", max_length=PERSON_MAX, required=True)
    quality = _pills("质量问题", R.Quality.choices)
    arrival = _pills("到场及时性", R.Promptness.choices)
    timeliness = _pills("处理及时性", R.Promptness.choices)
    effectiveness = _pills("处理有效性", R.Effect.choices)
    situation = Text("回访情况记录", max_length=TEXT_MAX, rows=3)
    place = Line("问题部位", max_length=100)
    trade = Line("专业", max_length=50)
    problem = Text("问题描述", max_length=PROBLEM_MAX, rows=3)
    urgency = _pills("紧急程度", WarrantyCase.Urgency.choices, required=False, initial=WarrantyCase.Urgency.NORMAL)
    part = Pick("保修部位", WarrantyTerm.Part.choices, blank="不确定", required=False)
    phone_of = Pick("报修电话", (), widget=forms.RadioSelect, required=False)
    phone = _MaybePhone("其他电话", required=False)
    files = Files("现场照片")  # type: ignore[assignment]
    field_order = ("method", "visited_on", "visitor", "respondent", *ITEMS, "situation")

    def prepare(self) -> None:
        on_site = self.visit.level == Level.DEPARTMENT or self.visit.method_now == Method.ONSITE
        if on_site:
            self.fields["method"].choices = [(Method.ONSITE.value, Method.ONSITE.label)]  # type: ignore[attr-defined]
        self.on_site = on_site
        self.begin_with(
            method=self.visit.method_now if not on_site else Method.ONSITE.value,
            visited_on=timezone.localdate(),
            visitor=self.user.name,
        )
        for name in ITEMS:
            self.fields[name].error_messages["required"] = "请选择,四项都要了解(标准 2.2.1)。"
        attrs = self.fields["files"].widget.attrs
        attrs |= {"accept": "image/*", "data-upload-add": ""}
        self.fields["visitor"].widget.attrs |= {"list": "visitors", "autocomplete": "off"}
        self.fields["respondent"].widget.attrs |= {"list": "respondents", "autocomplete": "off"}
        self.fields["trade"].widget.attrs |= {"list": "trades", "autocomplete": "off"}
        reachable = [each for each in self.contacts if each.phone]
        choices = [(str(each.pk), f"{each.name}({each.label}) {masked(each.phone)}") for each in reachable]
        self.fields["phone_of"].choices = [*choices, ("", "不填或另填")]  # type: ignore[attr-defined]
        self.begin_with(phone_of=choices[0][0] if choices else "")
        self.opens_case = True

    @property
    def visitors(self) -> list[str]:
        planned = [self.visit.visitor.name] if self.visit.visitor is not None else []
        return list(dict.fromkeys([self.user.name, *planned]))

    @property
    def items(self) -> list[forms.BoundField]:
        return [self[name] for name in ITEMS]

    @property
    def problem_wanted(self) -> bool:
        return self.opens_case and self.cleaned_data.get("quality") == R.Quality.FOUND

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.problem_wanted:
            for name in ("place", "trade", "problem"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, f"有质量问题时请填写{self.fields[name].label},将据此生成保修记录。")
        else:
            for name in ("place", "trade", "problem", "phone"):
                self.errors.pop(name, None)  # of a part of the form that does not count
        return values

    @property
    def values(self) -> RecordData:
        given = self.cleaned_data
        names = ("visited_on", "method", "visitor", "respondent", *ITEMS, "situation")
        problem = {}
        if self.problem_wanted:
            problem = {name: given[name] for name in ("place", "trade", "problem", "urgency", "part")}
            problem["phone"] = given["phone"] or self._phone_of(given["phone_of"])
        return {**{name: given[name] for name in names}, "problem": problem}  # type: ignore[typeddict-item]

    def _phone_of(self, contact: str) -> str:
        return next((each.phone for each in self.contacts if str(each.pk) == contact), "")[:PHONE_MAX]


class CorrectForm(RecordForm):
    """The record as it stands, to be put right; with a reason."""

    reason = Text("更正原因", max_length=REASON_MAX, rows=2, required=True)

    def prepare(self) -> None:
        record = self.visit.record
        if record is not None:
            kept = ("visited_on", "method", "visitor", "respondent", *ITEMS, "situation")
            self.begin_with(**{name: getattr(record, name) for name in kept})
        super().prepare()
        del self.fields["files"]
        # The case that was opened is corrected on its own page.
        self.opens_case = self.visit.status == Visit.Status.OK


class UnreachableForm(VisitForm):
    """A.3 C03, C04: why nobody was reached, and the day of the visit on site that takes its place."""

    tried_on = Day("联系日期", required=True)
    excuse = _pills("未联系上的原因", [(each, each) for each in (*EXCUSES, OTHER_EXCUSE)])
    detail = Text("补充说明", max_length=400, rows=2, help_text="选“其他原因”时必填;可写明拨打次数、接听人等")
    moved_to = Day("改现场回访日期", required=True)

    def prepare(self) -> None:
        today = timezone.localdate()
        self.last = latest_follow_up(self.visit, today)
        self.begin_with(tried_on=today, moved_to=min(today + timedelta(days=3), self.last))
        self.fields["moved_to"].widget.attrs |= {"min": str(today), "max": str(self.last)}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("excuse") == OTHER_EXCUSE and not values.get("detail") and "detail" not in self.errors:
            self.add_error("detail", "请写明原因。")
        return values

    @property
    def reason(self) -> str:
        excuse, detail = self.cleaned_data["excuse"], self.cleaned_data["detail"]
        if excuse == OTHER_EXCUSE:
            return str(detail)
        return f"{excuse}:{detail}" if detail else str(excuse)


class MoveForm(VisitForm):
    """改期 inside the windows; ``first`` and ``last`` are the days that remain, None without any."""

    to = Day("新的回访日期", required=True)
    reason = Text("改期原因", max_length=REASON_MAX, rows=3, required=True)

    def allow(self, first: date | None, last: date | None) -> None:
        if first is not None and last is not None:
            self.fields["to"].widget.attrs |= {"min": str(first), "max": str(last)}


class ParticipateForm(VisitForm):
    """R-3.1.3: who of the group took part, when, and what they did."""

    people = Line("参与人员", max_length=200, required=True)
    took_part_on = Day("参与日期", required=True)
    note = Text("参与情况", max_length=TEXT_MAX, rows=4, required=True)

    def prepare(self) -> None:
        self.begin_with(people=self.user.name, took_part_on=self.visit.visited_on or timezone.localdate())
