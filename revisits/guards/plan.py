"""Guards of a plan: whole before it is submitted, satisfied or waived before it is approved (clauses 5.2.3, 5.2.4)."""

from revisits.models import Level, RevisitPlan
from revisits.selectors.checking import Report, check_plan

SHOWN = 12  # reasons named one by one; the check report has them all


def of_unit(plan: RevisitPlan) -> str:
    return "" if plan.level == Level.UNIT else "这是项目经理部的回访计划。"


def of_department(plan: RevisitPlan) -> str:
    return "" if plan.level == Level.DEPARTMENT else "这是二级单位的回访计划。"


def has_lines(plan: RevisitPlan) -> list[str]:
    """Submitted: there is something to decide, and every line names who goes (R-A2-6.2). Gaps are the approver's."""
    return what_hinders(check_plan(plan))


def what_hinders(report: Report) -> list[str]:
    """Why a plan with this check cannot be submitted."""
    if not report.projects and not report.lines:
        return ["本年度没有需要回访的竣工工程,无需上报计划。"]
    if not report.lines:
        return ["计划中还没有回访安排,请先编制。"]
    return _faults(report)


def satisfies(plan: RevisitPlan) -> list[str]:
    """Clause 5.2.4: number and frequency. Approval is impossible while a gap stands that was not waived."""
    report = check_plan(plan)
    reasons = [f"缺口:{gap}" for gap in report.blocking[:SHOWN]]
    if len(report.blocking) > SHOWN:
        reasons.append(f"另有 {len(report.blocking) - SHOWN} 处缺口,见检查报告。")
    return reasons + _faults(report)


def _faults(report: Report) -> list[str]:
    reasons = []
    if report.no_visitor:
        reasons.append(f"有 {report.no_visitor} 行没有计划回访人,请填写。")
    if report.repeated:
        names = "、".join(report.repeated[:5])
        reasons.append(f"以下工程有重复的回访安排(同日同方式):{names}。")
    return reasons
