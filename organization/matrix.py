"""The authority matrices as shipped: A.4, B.4 and a supplement for what the standard leaves unsaid.

This is the starting value only. What is in force are the rows of ``AuthorityCell``, edited on the
matrix page; ``sync_matrix`` brings later additions of the software into them without undoing edits.
† marks a cell whose position was lost in the source and restored by inference.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .models import Duty, Matter

POSTS: tuple[tuple[str, str, str], ...] = (
    ("PW", "项目经理部·回访保修管理岗", "department"),
    ("PE", "项目经理部·工程管理岗", "department"),
    ("PM", "项目经理部·项目经理", "department"),
    ("UW", "二级单位工程部·回访保修管理岗", "unit"),
    ("UH", "二级单位工程部·负责人", "unit"),
    ("UD", "二级单位各相关部门", "unit"),
    ("UL", "二级单位领导·分管领导", "unit"),
    ("UG", "二级单位领导·总经理", "unit"),
    ("GW", "集团工程部·回访保修管理岗", "group"),
    ("GH", "集团工程部·负责人", "group"),
    ("GL", "集团分管领导", "group"),
    ("SYS", "系统管理员", "group"),
    ("SEC", "安全管理员", "group"),
    ("AUD", "审计管理员", "group"),
)
ADMINISTRATORS = ("SYS", "SEC", "AUD")

# The three administrators' actions (三员分立): one post holds actions of one line only, and no business action;
# no business post holds any of them. The matrix page refuses what would break this.
ADMINISTRATIVE: dict[str, frozenset[str]] = {
    "系统管理": frozenset({"organization.edit_units", "organization.edit_people", "workflow.operate"}),
    "安全管理": frozenset({"organization.edit_appointments", "organization.edit_matrix", "organization.unlock"}),
    "审计管理": frozenset({"organization.audit"}),
}
# What anybody may hold, administrators too.
COMMON = frozenset({"organization.view_directory"})

_DUTIES = {label: value for value, label in Duty.choices}
_READERS = ("PW", "PE", "PM", "UW", "UH", "UL", "UG", "GW", "GH", "GL")
_LEDGER_WORK = "ledgers.draft ledgers.submit ledgers.import"


@dataclass(frozen=True, slots=True)
class CellDefault:
    post: str
    duty: str
    actions: tuple[str, ...]
    inferred: bool


@dataclass(frozen=True, slots=True)
class MatterDefault:
    code: str
    sheet: str
    number: int
    name: str
    department: str
    cells: tuple[CellDefault, ...]


def _matter(code: str, name: str, department: str, **cells: str) -> MatterDefault:
    """``PW="执行: ledgers.draft"`` — the duty, † when inferred, then the actions it opens."""
    sheet, _, number = code.rpartition("-")
    made = []
    for post, text in cells.items():
        duty, _, actions = text.partition(":")
        made.append(CellDefault(post, _DUTIES[duty.rstrip("†").strip()], tuple(sorted(actions.split())), "†" in duty))
    return MatterDefault(code, sheet, int(number), name, department, tuple(made))


_A4 = Matter.Sheet.A4
_B4 = Matter.Sheet.B4

DEFAULTS: tuple[MatterDefault, ...] = (
    _matter(
        "A.4-1",
        "竣工工程信息台账建立",
        "项目经理部",
        PW=f"执行: {_LEDGER_WORK}",
        PM="监督",
        UW="审核: ledgers.review",
        UH="审核: ledgers.confirm ledgers.void",
    ),
    _matter("A.4-2", "二级单位回访计划编制", "二级单位工程部", UW="拟订†: revisits.draft_unit", UH="监督†"),
    _matter("A.4-3", "项目经理部回访计划编制", "项目经理部", PW="拟订†: revisits.draft_department", PM="监督†"),
    _matter(
        "A.4-4",
        "二级单位回访计划上传",
        "二级单位工程部",
        UW="执行†: revisits.submit_unit",
        UH="监督†",
        GH="审批: revisits.approve_unit",
    ),
    _matter(
        "A.4-5",
        "项目经理部回访计划上传",
        "项目经理部",
        PW="执行†: revisits.submit_department",
        PM="监督†",
        UH="审批†: revisits.approve_department",
    ),
    _matter("A.4-6", "二级单位实施回访", "二级单位工程部", UW="执行†: revisits.attach revisits.visit_unit", UH="监督†"),
    _matter(
        "A.4-7", "项目经理部实施回访", "项目经理部", PW="执行†: revisits.attach revisits.visit_department", PM="监督†"
    ),
    _matter("A.4-8", "是否存在保修问题", "二级单位工程部", UW="执行†", UH="监督†"),
    _matter(
        "B.4-1",
        "接到客户投诉",
        "集团工程部",
        GW="执行†: complaints.register_group complaints.confirm_group complaints.forward",
        GH="监督†: complaints.hear_group",
    ),
    _matter(
        "B.4-2",
        "接到客户投诉",
        "二级单位工程部",
        UW="执行†: complaints.register_unit complaints.confirm_unit",
        UH="监督†: complaints.hear",
    ),
    _matter("B.4-3", "回函说明(非我方责任)", "二级单位工程部", UW="执行†: complaints.reply", UH="监督†"),
    _matter(
        "B.4-4",
        "编制专项整改方案(我方责任且问题严重)",
        "项目经理部",
        PE="拟订: complaints.ask_opinion complaints.draft_plan",
        PM="审核: complaints.check_plan",
        UW="参与: complaints.ask_opinion",
        UH="审核: complaints.review_plan",
        UL="审批: complaints.approve_plan",
        UG="监督†",
    ),
    _matter(
        "B.4-5",
        "问题处理(我方责任且问题不严重)",
        "项目经理部",
        PE="执行†: complaints.handle",
        PM="监督†: complaints.hear",
    ),
    _matter("B.4-6", "过程管理、跟踪", "二级单位工程部", UW="执行†: complaints.report", UH="监督†"),
    _matter("B.4-7", "投诉备案(我方责任)", "集团工程部", GW="执行†: complaints.file", GH="监督†"),
    _matter("B.4-8", "进展情况跟踪", "集团工程部", GW="执行†: complaints.track", GH="监督†"),
    _matter(
        "B.4-9",
        "问题处理监督",
        "二级单位领导",
        UL="执行†: complaints.hand_over complaints.hear complaints.supervise_ul",
        UG="执行†: complaints.supervise_ug",
        GH="监督†",
    ),
    _matter(
        "S-1",
        "查看本级及以下的工程、台账、销项问题与保修记录",
        "各级",
        **dict.fromkeys(_READERS, "参与: ledgers.view ledgers.view_case ledgers.view_project ledgers.view_punch"),
    ),
    _matter(
        "S-2",
        "工程登记与验收交付登记",
        "项目经理部、二级单位工程部",
        PW="执行: ledgers.register_project",
        UW="执行: ledgers.register_project",
        UH="审批: ledgers.transfer_project",
        GH="审批: ledgers.transfer_project",
    ),
    _matter(
        "S-3",
        "工程预验收与销项问题遗留记录",
        "二级单位工程部、项目经理部",
        PW="执行: ledgers.keep_punch",
        PE="执行: ledgers.keep_punch",
        UW="执行: ledgers.keep_punch ledgers.close_punch",
        UH="审核: ledgers.close_punch",
    ),
    _matter("S-4", "批量导入台账(汇总表)", "二级单位工程部", UW="执行: ledgers.import"),
    _matter(
        "S-5",
        "时限配置(附录G)与工作日历",
        "集团工程部",
        GW="拟订: workflow.view_clock_rules",
        GH="审批: ledgers.edit_policy workflow.edit_clock_rules workflow.view_clock_rules",
    ),
    _matter(
        "S-6",
        "督办与提醒",
        "各级监督岗位",
        **dict.fromkeys(("PM", "UH", "UL", "UG", "GH"), "监督: workflow.urge"),
    ),
    _matter(
        "S-7",
        "系统管理",
        "系统管理员",
        SYS="执行: organization.edit_units organization.edit_people workflow.operate organization.view_directory",
    ),
    _matter(
        "S-8",
        "安全管理",
        "安全管理员",
        SEC="执行: organization.edit_appointments organization.edit_matrix organization.unlock"
        " organization.view_directory",
    ),
    _matter("S-9", "审计管理", "审计管理员", AUD="监督: organization.audit organization.view_directory"),
    _matter(
        "S-10",
        "查看组织与通讯录",
        "各级",
        **dict.fromkeys((*_READERS, "UD"), "参与: organization.view_directory"),
    ),
    _matter(
        "S-11",
        "查看客户投诉台账",
        "各级",
        **dict.fromkeys(_READERS, "参与: complaints.view"),
        UD="参与: complaints.view_assigned",
    ),
    _matter(
        "S-12",
        "投诉责任判定与复议",
        "二级单位工程部",
        UW="拟订: complaints.propose_ruling",
        UH="审批: complaints.confirm_ruling complaints.reconsider",
    ),
    _matter(
        "S-13",
        "与客户沟通、过程反馈与材料",
        "各级",
        **dict.fromkeys(("PW", "PE", "PM", "UW", "UH", "GW"), "执行: complaints.attach complaints.communicate"),
    ),
    _matter(
        "S-14",
        "客户满意度评价与结案",
        "二级单位工程部、项目经理部",
        PE="执行: complaints.evaluate",
        UW="执行: complaints.close complaints.evaluate",
    ),
    _matter(
        "S-15",
        "合并、二次投诉与撤诉",
        "二级单位工程部、集团工程部",
        UW="拟订: complaints.propose_link complaints.withdraw",
        GW="拟订: complaints.propose_link complaints.withdraw",
        UH="审批: complaints.confirm_link",
    ),
    _matter(
        "S-16",
        "部门意见与交办事项",
        "二级单位各相关部门、项目经理部",
        UD="参与: complaints.carry_out_assigned complaints.give_opinion",
        PM="执行: complaints.carry_out",
    ),
    _matter(
        "S-17",
        "投诉台账导入、责任单位转移与投诉设置",
        "集团工程部、二级单位工程部",
        UW="执行: complaints.import",
        GW="执行: complaints.import",
        GH="审批: complaints.edit_policy complaints.reassign",
    ),
    _matter(
        "S-19",
        "保修记录(附录F)与保修派单",
        "项目经理部、二级单位工程部",
        PW="执行: ledgers.attach_case ledgers.open_case ledgers.verify_case",
        PE="执行: ledgers.attach_case ledgers.open_case ledgers.repair_case",
        PM="执行: ledgers.attach_case ledgers.dispatch_case",
        UW="执行: ledgers.attach_case ledgers.dispatch_case ledgers.open_case ledgers.verify_case",
        UH="审批: ledgers.attach_case ledgers.reject_case",
    ),
    _matter(
        "S-18",
        "查看本级及以下的回访计划与回访",
        "各级",
        **dict.fromkeys(_READERS, "参与: revisits.view"),
    ),
    _matter(
        "S-20",
        "重点工程与战略合作伙伴回访的集团参与",
        "集团工程部",
        GW="参与: revisits.take_part",
    ),
    _matter(
        "S-21",
        "回访频次设置与回访计划批量编制",
        "集团工程部、二级单位工程部",
        UW="拟订: revisits.prepare",
        GW="拟订: revisits.prepare",
        GH="审批: revisits.edit_policy",
    ),
)


def default_actions() -> Iterator[str]:
    for matter in DEFAULTS:
        for cell in matter.cells:
            yield from cell.actions
