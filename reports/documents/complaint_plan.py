"""专项整改方案 (5.5): one version with what answers which demand, its milestones, resources, and who approved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from complaints.models import Complaint, Milestone, Opinion, Plan, PlanVersion, Response

from .complaint_pdf import ComplaintPdf, ended
from .sheets import Block, Column, fact, facts, grid, prose, said, signatures, wide

NUMBER = Column("序号", 6, centre=True)
ANSWERS = (NUMBER, Column("业主诉求", 38), Column("对应整改措施", 44), Column("响应", 12, centre=True))
OPINIONS = (
    NUMBER,
    Column("部门(人员)", 12, centre=True),
    Column("部门意见", 32),
    Column("是否采纳", 10, centre=True),
    Column("对应措施或不采纳理由", 28),
    Column("跟踪专人", 12, centre=True),
)
MILESTONES = (
    NUMBER,
    Column("整改内容", 26),
    Column("开始日期", 14, centre=True),
    Column("完成日期", 14, centre=True),
    Column("责任人", 12, centre=True),
    Column("验收标准", 28),
)
RESOURCES = (NUMBER, Column("整改内容", 26), Column("资源配置(人、材、机)", 34), Column("配置依据", 34))
CHANGES = (Column("项目", 22), Column("调整前", 39), Column("调整后", 39))


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """``signed`` are the lines of the signatures, ``returns`` counts how often the version came back."""

    complaint: Complaint
    issuer: str
    plan: Plan
    shown: PlanVersion
    milestones: list[Milestone]
    answers: list[tuple[int, str, Response | None]]
    opinions: list[tuple[Opinion, Response | None]]
    changes: list[dict[str, str]]
    signed: list[tuple[str, str, str, datetime | None, str]]
    returns: int
    written_on: date


class PlanPdf(ComplaintPdf[PlanRecord]):
    title = "专项整改方案"

    @property
    def number(self) -> str:
        return f"{self.complaint.number}-ZG"

    @property
    def version(self) -> str:
        return f"第 {self.record.shown.number} 版"

    @property
    def mark(self) -> str:
        shown = self.record.shown
        if shown.withdrawn_at:
            return "变更已撤回 · 未生效"
        if shown.superseded_at:
            return f"第 {shown.number} 版 · 已被替代"
        if not shown.approved_at:
            return "草稿 · 未生效"
        return (
            "已撤销" if self.record.plan.effective_id != shown.pk or _cancelled(self.record) else ended(self.complaint)
        )

    def blocks(self) -> Sequence[Block]:
        record, complaint, shown = self.record, self.complaint, self.record.shown
        blocks: list[Block] = [
            facts(
                "",
                fact("投诉编号", complaint.number),
                fact("责任项目经理部", complaint.department),
                wide("工程名称", complaint.project_name),
                fact("投诉类型", complaint.get_kind_display()),
                fact("责任判定", complaint.get_verdict_display()),
                fact("接收时间", complaint.received_at),
                fact("编制人", shown.created_by),
                fact("提交时间", shown.submitted_at),
                fact("批准时间", shown.approved_at),
            ),
            prose("一、投诉概况", shown.overview),
            prose("二、原因分析", shown.cause),
            grid(
                "三、诉求比对表",
                ANSWERS,
                [(number, text, r and r.measure, _answered(r)) for number, text, r in record.answers],
            ),
            grid("四、部门意见采纳表", OPINIONS, [_opinion(at, *row) for at, row in enumerate(record.opinions, 1)]),
            grid(
                "五、整改时间节点",
                MILESTONES,
                [(m.number, m.name, m.starts_on, m.ends_on, m.responsible, m.criterion) for m in record.milestones],
                empty="尚未填写",
            ),
            grid(
                "六、资源配置",
                RESOURCES,
                [(m.number, m.name, m.resources, m.basis) for m in record.milestones],
                empty="尚未填写",
            ),
            prose("七、整改效果要求", shown.effect),
            facts(
                "八、与业主的沟通机制",
                wide("联系人", shown.liaison),
                fact("沟通方式", shown.liaison_way),
                fact("沟通频次", shown.liaison_every),
            ),
        ]
        if shown.reason:
            blocks += [
                prose("九、变更说明", shown.reason),
                grid(
                    "变更对照", CHANGES, [(c["field"], c["old"], c["new"]) for c in record.changes], empty="内容无差异"
                ),
            ]
        signed = signatures(
            "编制与审批" if not record.returns else f"编制与审批(本版曾退回 {record.returns} 次)", record.signed
        )
        return [*blocks, signed]


def _cancelled(record: PlanRecord) -> bool:
    return record.plan.status == Plan.Status.CANCELLED


def _answered(response: Response | None) -> str:
    return "已响应" if response is not None and response.measure.strip() else "未响应"


def _opinion(at: int, opinion: Opinion, response: Response | None) -> tuple[object, ...]:
    if not opinion.given_at:
        return at, opinion.asked_of, "未反馈", NO_ANSWER, "", ""
    adopted = NO_ANSWER if response is None or not response.measure else said(response.adopted)
    return at, opinion.asked_of, opinion.text, adopted, response and response.measure, opinion.follower


NO_ANSWER = ""
