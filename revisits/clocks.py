"""The time limits of plans and visits as shipped (A.2 steps 4 to 7). In force are the rows of ``ClockRule``."""

from workflow.clocks import ClockDefault, declare
from workflow.due import Mode

PLAN = {"unit": "revisit.plan_unit", "department": "revisit.plan_department"}
REWORK = {"unit": "revisit.rework_unit", "department": "revisit.rework_department"}
SUPPLEMENT = {"unit": "revisit.supplement_unit", "department": "revisit.supplement_department"}
APPROVE = {"unit": "revisit.approve_unit", "department": "revisit.approve_department"}
WAIVE = {"unit": "revisit.waive_unit", "department": "revisit.waive_department"}
VISIT = {"unit": "revisit.visit_unit", "department": "revisit.visit_department"}
ONSITE = {"unit": "revisit.onsite_unit", "department": "revisit.onsite_department"}

NATURAL, HOURS = Mode.NATURAL, Mode.HOURS


def _limit(
    code: str, number: int, stage: str, content: str, post: str, days: int, mode: Mode, record: str, clause: str
) -> ClockDefault:
    """Who hears of an overdue fact follows from whose duty it is: their 监督 post, a level up, GH (G3)."""
    above, next_level = {
        "UW": (("UH",), ("UL",)),
        "PW": (("PM",), ("UW", "UH")),
        "GH": (("GL",), ("GL",)),
        "UH": (("UL",), ("UG",)),
    }[post]
    return ClockDefault(
        code, "A.2", number, stage, content, post, days, mode, record,
        supervisors=above, escalate_24h=next_level, clause=clause,
    )  # fmt: skip


_PLAN, _RECORD = "年度工程回访计划", "回访实施情况记录"

# fmt: off
declare(
    _limit(PLAN["unit"], 4, "回访计划编制上报(二级单位)", "编制并上报二级单位年度回访计划", "UW", 3, NATURAL, _PLAN, "5.2.1"),
    _limit(PLAN["department"], 4, "回访计划编制上报(项目经理部)", "编制并上报项目经理部年度回访计划", "PW", 3, NATURAL, _PLAN, "5.2.2"),
    _limit(REWORK["unit"], 4, "回访计划重编(二级单位)", "按退回意见重新编制回访计划", "UW", 3, NATURAL, _PLAN, "5.2.4"),
    _limit(REWORK["department"], 4, "回访计划重编(项目经理部)", "按退回意见重新编制回访计划", "PW", 3, NATURAL, _PLAN, "5.2.4"),
    _limit(SUPPLEMENT["unit"], 4, "回访计划增补(二级单位)", "台账、设置变化后增补或变更回访计划", "UW", 3, NATURAL, _PLAN, "A2-3"),
    _limit(SUPPLEMENT["department"], 4, "回访计划增补(项目经理部)", "台账、设置变化后增补或变更回访计划", "PW", 3, NATURAL, _PLAN, "A2-3"),
    _limit(APPROVE["unit"], 6, "回访计划审批(集团)", "审批二级单位回访计划的数量与频次", "GH", 1, HOURS, "审批意见", "5.2.4"),
    _limit(APPROVE["department"], 6, "回访计划审批(二级单位)", "审批项目经理部回访计划的频次与回访人", "UH", 1, HOURS, "审批意见", "5.2.4"),
    _limit(WAIVE["unit"], 6, "豁免审批(集团)", "对回访频次缺口的豁免作出决定", "GH", 1, HOURS, "审批意见", "5.2.4"),
    _limit(WAIVE["department"], 6, "豁免审批(二级单位)", "对回访频次缺口的豁免作出决定", "UH", 1, HOURS, "审批意见", "5.2.4"),
    _limit(VISIT["unit"], 7, "实施回访(二级单位)", "按批准的计划实施回访并记录", "UW", 3, NATURAL, _RECORD, "5.3.1"),
    _limit(VISIT["department"], 7, "实施回访(项目经理部)", "按批准的计划现场回访并记录", "PW", 1, NATURAL, _RECORD, "5.3.2"),
    _limit(ONSITE["unit"], 7, "改现场回访(二级单位)", "未联系上的改为现场回访并记录", "UW", 3, NATURAL, _RECORD, "A3-C03"),
    _limit(ONSITE["department"], 7, "改现场回访(项目经理部)", "未联系上的另行现场回访并记录", "PW", 1, NATURAL, _RECORD, "A3-C04"),
)
# fmt: on
