"""The entry of a warranty case on one page, its correction, and the forms of its steps."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from ledgers.columns import PERSON_MAX, REMARK_MAX
from ledgers.models import LedgerPolicy, Project, WarrantyCase, WarrantyTerm
from ledgers.models.case import GRADES, PROBLEM_MAX
from ledgers.selectors.picking import LONGEST, FoundProjects
from ledgers.services.case_steps import Dispatch
from ledgers.services.cases import FIELDS
from organization.components.values import masked

from .fields import Day, Files, Form, Line, Moment, OwnerPhone, Pick, Text

COVERED = (("1", "是,保修范围内"), ("0", "否,不在保修范围内"))
BY_LEDGER = ("", "按台账判断")
GRADE_CHOICES = [(str(value), label) for value, label in GRADES]


def _radios() -> forms.RadioSelect:
    return forms.RadioSelect()


def _listed(name: str) -> forms.TextInput:
    return forms.TextInput(attrs={"list": name, "autocomplete": "off"})


def _now() -> datetime:
    return timezone.localtime().replace(second=0, microsecond=0)


class Photos(Files):
    """Pictures, from the camera on a phone."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.widget.attrs |= {"accept": "image/*", "capture": "environment", "data-upload-add": ""}


class Money(forms.DecimalField):
    """Yuan, to the fen; empty where there is none."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        messages = {
            "invalid": "请填写金额,如 1200 或 1200.50。",
            "min_value": "金额不能为负数。",
            "max_digits": "金额过大,请核对。",
            "max_whole_digits": "金额过大,请核对。",
            "max_decimal_places": "金额最多两位小数。",
        }
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            label=label, required=False, min_value=Decimal(0), max_digits=12, decimal_places=2, widget=widget,
            error_messages=messages, **kwargs,
        )  # fmt: skip

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs derive it from whole numbers
        found: Decimal | None = super().to_python(value.replace(",", "").replace(",", "") if value else value)
        return found


class CaseEntryForm(Form):
    """What Appendix F says of the report. The service asks which of it is mandatory."""

    place = Line(
        "部位", max_length=100, required=True, widget=forms.TextInput(attrs={"placeholder": "如 3#楼 12 层东户卫生间"})
    )
    trade = Line("专业", max_length=50, required=True, widget=_listed("trades"))
    problem = Text("问题", max_length=PROBLEM_MAX, required=True)
    urgency = Pick("紧急程度", WarrantyCase.Urgency.choices, widget=_radios(), initial=WarrantyCase.Urgency.NORMAL)
    part = Pick("保修部位", WarrantyTerm.Part.choices, blank="请选择,用于判断是否在保修期内", required=False)
    covered = Pick("保修范围内", [BY_LEDGER, *COVERED], required=False, widget=_radios())
    reporter = Line("业主/报修人", max_length=PERSON_MAX, required=True, widget=_listed("reporters"))
    phone = OwnerPhone("电话")
    channel = Pick("接收方式", WarrantyCase.Channel.choices, widget=_radios(), initial=WarrantyCase.Channel.PHONE)
    reported_at = Moment("报修时间", help_text="业主报修的时间,不晚于现在")
    remark = Line("备注", max_length=REMARK_MAX)
    kept_phone = ""

    def keep_phone(self, phone: str) -> None:
        """The whole number is not shown: to keep it, nothing is typed."""
        self.kept_phone = phone
        if phone:
            self.fields["phone"].help_text = "只在需要更正时填写完整号码;不填则沿用原号码"
            self.fields["phone"].widget.attrs["placeholder"] = f"现为 {masked(phone)}"

    def entry(self) -> dict[str, Any]:
        """The values for the service; 保修范围内 only where a person decided it."""
        given = self.cleaned_data
        values = {name: given[name] for name in FIELDS if name in given}
        values["phone"] = given["phone"] or self.kept_phone
        if given["covered"]:
            values["in_warranty"] = given["covered"] == "1"
        return values


class NewCaseForm(CaseEntryForm):
    """A new case. The project is what was picked, or the one that the text can only mean; a source brings its own."""

    project_text = Line(
        "工程",
        max_length=LONGEST,
        required=True,
        widget=forms.TextInput(attrs={"placeholder": "输入工程名称或编号", "autocomplete": "off"}),
    )
    project = forms.ModelChoiceField(
        label="工程",
        queryset=Project.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "所选工程不在您的登记范围内,请重新选择。"},
    )
    photos = Photos("问题照片", help_text="手机上可直接拍照;没有可以先不传")

    def __init__(
        self, *args: Any, projects: QuerySet[Project], given: Project | None = None, phone: str = "", **kwargs: Any
    ) -> None:
        """``given``: the project is known and not asked for; ``phone``: the number the source knows."""
        super().__init__(*args, **kwargs)
        self.given = given
        self.initial.setdefault("reported_at", _now())
        self.keep_phone(phone)
        self.fields["phone"].required = given is None  # who rang can be called back
        if given is not None:
            del self.fields["project_text"], self.fields["project"]
            return
        self.fields["project_text"].error_messages["required"] = "请输入工程名称或编号,并选择工程。"
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What was picked needs no words."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("project") is not None and self.has_error("project_text", "required"):
            del self.errors["project_text"]
        return values

    def chosen(self, found: FoundProjects) -> Project | None:
        """The project; what the search made of the text, when nothing was picked from its list."""
        if self.given is not None:
            return self.given
        picked: Project | None = self.cleaned_data.get("project")
        if picked is not None or self.has_error("project") or self.has_error("project_text"):
            return picked
        if found.chosen is None and found.rows:
            self.add_error("project_text", "找到多项工程,请在下面选择一项。")
        elif found.chosen is None:
            self.add_error("project_text", f"您的范围内没有名称或编号含“{found.text[:30]}”的工程,请核对。")
        return found.chosen


class EditCaseForm(CaseEntryForm):
    """The entry as it stands."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, case: WarrantyCase, **kwargs: Any) -> None:
        initial = {name: getattr(case, name) for name in FIELDS if name != "phone"}
        initial |= {"revision": case.revision, "covered": {True: "1", False: "0"}.get(case.in_warranty, "")}  # type: ignore[arg-type]
        super().__init__(*args, initial=initial, **kwargs)
        self.keep_phone(case.phone)
        self.fields["covered"].choices = [("", "待核定"), *COVERED]  # type: ignore[attr-defined]

    def entry(self) -> dict[str, Any]:
        return super().entry() | {"in_warranty": {"1": True, "0": False}.get(self.cleaned_data["covered"])}

    @property
    def opened_with(self) -> int:
        """The revision the form was opened with; a form without one counts as older than anything."""
        found = self.cleaned_data.get("revision")
        return -1 if found is None else int(found)


class CaseStepForm(Form):
    """A step of a case: every form knows the case it is about."""

    def __init__(self, *args: Any, case: WarrantyCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case


class DispatchForm(CaseStepForm):
    """派单: who repairs, and by when."""

    subcontractor = Line("责任分包", max_length=100, required=True, widget=_listed("subcontractors"))
    responsible = Line("责任人", max_length=PERSON_MAX, required=True, widget=_listed("people"))
    arrive_by = Moment("要求到场时间")
    repair_by = Day("要求完成日期", required=True, help_text="当日 24:00 前完成")
    covered = Pick("保修范围内", COVERED, widget=_radios())
    remark = Line("派单说明", max_length=REMARK_MAX)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case, policy = self.case, LedgerPolicy.current()
        hours = policy.case_urgent_hours if case.urgent else policy.case_normal_hours
        kind = case.get_urgency_display()
        self.fields["arrive_by"].help_text = f"{kind}报修 {hours} 小时内到场;保修合同另有约定的,按合同填写"
        self.initial.setdefault("arrive_by", _now() + timedelta(hours=hours))
        self.initial.setdefault("covered", {True: "1", False: "0"}.get(case.in_warranty))  # type: ignore[arg-type]
        self.fields["covered"].help_text = case.judgement

    def dispatch(self) -> Dispatch:
        given = self.cleaned_data
        return Dispatch(given["subcontractor"], given["responsible"], given["arrive_by"], given["repair_by"])


class ChangeDispatchForm(DispatchForm):
    """改派 or another limit. Once somebody has arrived, the arrival is no longer asked for."""

    remark = Line("原因", max_length=REMARK_MAX, required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("subcontractor", "responsible", "arrive_by", "repair_by"):
            self.initial[name] = getattr(self.case, name)
        del self.fields["covered"]
        if self.case.status != WarrantyCase.Status.TO_ARRIVE:
            del self.fields["arrive_by"]

    def dispatch(self) -> Dispatch:
        given = self.cleaned_data
        typed: datetime | None = given.get("arrive_by")
        before = self.case.arrive_by
        if before is not None and (typed is None or typed == before.replace(second=0, microsecond=0)):
            typed = before  # the form shows no seconds: what was not touched stays as it is
        return Dispatch(given["subcontractor"], given["responsible"], typed, given["repair_by"])  # type: ignore[arg-type]


class ArrivalForm(CaseStepForm):
    photos = Photos("到场照片", help_text="可以不传")
    remark = Line("到场说明", max_length=REMARK_MAX)


class FinishRepairForm(CaseStepForm):
    measures = Text("维修措施", max_length=PROBLEM_MAX, required=True)
    photos = Photos("维修后照片", help_text="至少一张;手机上可直接拍照")
    cost = Money("维修费用(元)", help_text="没有可以不填")
    charged = Money("其中扣分包(元)")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["measures"] = self.case.measures
        self.initial["cost"], self.initial["charged"] = self.case.cost, self.case.charged_to_subcontractor


class VerifyForm(CaseStepForm):
    client = Line("确认的客户", max_length=PERSON_MAX, required=True)
    satisfaction = Pick("满意度", GRADE_CHOICES, widget=_radios())
    signature = Files("客户签字", help_text="签字单的照片或扫描件")
    remark = Line("客户意见", max_length=REMARK_MAX)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("client", self.case.reporter)


class ReworkForm(CaseStepForm):
    reason = Text("返修原因", max_length=REMARK_MAX, required=True)
    repair_by = Day("要求完成日期", required=True, help_text="当日 24:00 前完成")


class RejectForm(CaseStepForm):
    reason = Text("非保修理由", max_length=REMARK_MAX, required=True, help_text="如使用不当、自行改造、超过保修期")
    proof = Files("证明材料", help_text="照片、检测报告、保修合同等;已在“材料”中上传的不必再传")


class VoidCaseForm(CaseStepForm):
    reason = Text("作废理由", max_length=REMARK_MAX, required=True)
