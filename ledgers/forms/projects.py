"""The project registry and the punch list."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from ledgers.columns import ADDRESS_MAX, NAME_MAX, NUMBER_MAX
from ledgers.models import Project, Region
from ledgers.services.policy import HOURS_MAX
from organization.models import Unit

from .fields import CHOOSE, Day, Flag, Form, Line, Pick, Text

HOME_ZONE = "Asia/Shanghai"
# Offered first; any zone of the IANA database is taken.
COMMON_ZONES = (
    HOME_ZONE, "Asia/Hong_Kong", "Asia/Singapore", "Asia/Jakarta", "Asia/Dhaka", "Asia/Karachi", "Asia/Dubai",
    "Asia/Riyadh", "Africa/Cairo", "Africa/Nairobi", "Africa/Luanda", "Africa/Algiers", "Africa/Lagos",
    "Europe/Belgrade", "Europe/Moscow", "America/Lima", "Pacific/Port_Moresby",
)  # fmt: skip


class ProjectForm(Form):
    """R-1b, R-1c: what the register keeps of a project, whether it is under construction or completed."""

    code = Line("工程编号", max_length=NUMBER_MAX, required=True, help_text="集团内唯一")
    name = Line("工程名称", max_length=NAME_MAX, required=True)
    department = forms.ModelChoiceField(
        label="项目经理部",
        queryset=Unit.objects.none(),
        empty_label="请选择项目经理部",
        error_messages={"required": CHOOSE, "invalid_choice": "所选项目经理部不在您的管理范围内,请重新选择。"},
    )
    address = Line("工程地址", max_length=ADDRESS_MAX)
    region = Pick("区域", Region.choices)
    city = Line("城市", max_length=30)
    key = Flag("重点工程")
    strategic = Flag("战略合作伙伴")
    hvac = Flag("供暖、通风、空调由我方承包")
    overseas = Flag("海外工程")
    local_requirements = Text(
        "当地政府要求", max_length=2000, help_text="海外工程必填(标准第 1 章):当地法规对保修、回访与投诉的要求"
    )
    time_zone = Line(
        "时区",
        max_length=40,
        initial=HOME_ZONE,
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
        help_text="海外工程按当地时区;国内为 Asia/Shanghai",
    )
    accepted_on = Day("四方验收合格日期", help_text="在施工程不填")
    delivered_on = Day("正式交付使用日期", help_text="任一日期填写后,自动开立台账并开始 3 天计时")

    def __init__(self, *args: Any, departments: QuerySet[Unit] | None, **kwargs: Any) -> None:
        """``departments`` None: an existing project, which stays where it is and whose dates have their own page."""
        super().__init__(*args, **kwargs)
        if departments is None:
            for name in ("department", "accepted_on", "delivered_on"):
                del self.fields[name]
            return
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"] or HOME_ZONE
        if zone not in available_timezones():
            raise ValidationError(f"“{zone[:40]}”不是时区名称,请从列表中选择,如 Asia/Dubai。")
        return zone

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("overseas") and not values.get("local_requirements") and "local_requirements" not in self.errors:
            self.add_error("local_requirements", "海外工程必须填写当地政府要求(标准第 1 章)。")
        return values

    def clean_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "department"}


class TransferForm(Form):
    """Another project department takes the project over."""

    department = Line(
        "转入项目经理部(编码)",
        max_length=40,
        required=True,
        widget=forms.TextInput(attrs={"list": "departments", "autocomplete": "off"}),
        help_text="输入编码或从列表选择;台账、销项问题、保修记录和未结投诉随工程一并转移,截止时间不变",
    )
    reason = Line("转移原因", max_length=100, required=True)

    def __init__(self, *args: Any, departments: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = departments

    def clean_department(self) -> Unit:
        code: str = self.cleaned_data["department"]
        found = self.departments.filter(code__iexact=code).first()
        if found is None:
            raise ValidationError(f"没有编码为“{code}”的项目经理部,或不在您的管理范围内,请从列表中选择。")
        return found


class CompletionForm(Form):
    """A.2 step 1: the earlier of the two dates opens the ledger."""

    accepted_on = Day("四方验收合格日期")
    delivered_on = Day("正式交付使用日期")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(values.values()):
            raise ValidationError("请至少填写四方验收合格日期或正式交付使用日期之一。")
        return values


class PunchForm(Form):
    """R-3.3.4: 部位, 专业, 问题, 责任人/分包, 要求完成日期 of a problem of the pre-acceptance."""

    project = forms.ModelChoiceField(
        label="工程",
        queryset=Project.objects.none(),
        empty_label="请选择工程",
        error_messages={"required": CHOOSE, "invalid_choice": "所选工程不在您的管理范围内,请重新选择。"},
    )
    found_on = Day("预验收日期", required=True)
    place = Line(
        "部位", max_length=100, required=True, widget=forms.TextInput(attrs={"placeholder": "如 3#楼 12 层东户卫生间"})
    )
    trade = Line(
        "专业", max_length=50, required=True, widget=forms.TextInput(attrs={"list": "trades", "autocomplete": "off"})
    )
    problem = Text("问题", max_length=1000, required=True)
    responsible = Line("责任人", max_length=50, required=True)
    subcontractor = Line("责任分包", max_length=100)
    due_on = Day("要求完成日期", required=True)

    def __init__(self, *args: Any, projects: QuerySet[Project] | None, **kwargs: Any) -> None:
        """``projects`` None: the project is given and not asked for."""
        super().__init__(*args, **kwargs)
        if projects is None:
            del self.fields["project"]
            return
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]

    def item_values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "project"}


TRADES = (
    "土建",
    "防水",
    "装饰装修",
    "门窗幕墙",
    "给排水",
    "采暖",
    "通风空调",
    "电气",
    "消防",
    "电梯",
    "室外工程",
    "其他",
)


class FinishForm(Form):
    done_on = Day("实际完成日期", required=True)
    measures = Text("整改情况", max_length=1000, required=True)


def _hours(label: str, help_text: str) -> forms.IntegerField:
    messages = dict.fromkeys(("invalid", "min_value", "max_value"), f"请填写 1 至 {HOURS_MAX} 的整数。")
    return forms.IntegerField(
        label=label, min_value=1, max_value=HOURS_MAX, required=False, help_text=help_text, error_messages=messages
    )


class PolicyForm(Form):
    """A.4 row 1 has two 审核; the switch makes it one step. Hours left out stay as they are."""

    one_step_review = Pick(
        "台账审核方式",
        (
            ("0", "两级审核:回访保修管理岗审核 → 工程部负责人审核(标准默认)"),
            ("1", "一级审核:回访保修管理岗审核后即生效"),
        ),
        widget=forms.RadioSelect,
    )
    case_urgent_hours = _hours("紧急报修到场时限(小时)", "派单后多少小时内到场;保修合同另有约定的按合同")
    case_normal_hours = _hours("一般报修到场时限(小时)", "")
    reason = Line("调整理由", max_length=100, required=True)

    def switches(self) -> dict[str, Any]:
        """The switches as they are to be."""
        given = self.cleaned_data
        hours = {name: given[name] for name in ("case_urgent_hours", "case_normal_hours") if given[name] is not None}
        return {"one_step_review": given["one_step_review"] == "1", **hours}
