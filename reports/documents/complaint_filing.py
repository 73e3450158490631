"""备案表 (5.4.3) and 跟踪表 (5.6.2, 5.6.3): the group's record of a complaint that is ours, and its weekly entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from complaints.models import (
    Complaint,
    Demand,
    Evaluation,
    Filing,
    FollowUp,
    Milestone,
    PlanVersion,
    Ruling,
    Supervision,
)
from workflow.models import Clock

from .complaint_pdf import ComplaintPdf, ended
from .complaint_ruling import kept
from .sheets import Block, Column, fact, facts, grid, prose, said, signatures, wide

DEMANDS = (Column("序号", 8, centre=True), Column("诉求内容", 72), Column("是否满足", 20, centre=True))
SUPERVISED = (
    Column("类别", 14, centre=True),
    Column("岗位", 18, centre=True),
    Column("姓名", 14, centre=True),
    Column("时间", 18, centre=True),
    Column("监督意见", 36),
)
ROUNDS = (
    Column("轮次", 10, centre=True),
    Column("编号", 26, centre=True),
    Column("评价日期", 18, centre=True),
    Column("结果", 26, centre=True),
    Column("结论", 20, centre=True),
)
NODES = (
    Column("序号", 6, centre=True),
    Column("整改内容", 30),
    Column("起止日期", 20, centre=True),
    Column("责任人", 10, centre=True),
    Column("资源配置", 22),
    Column("进展", 12, centre=True),
)
ENTRIES = (
    Column("序号", 4, centre=True),
    Column("类别 / 填报", 14, centre=True),
    Column("时间节点情况", 22),
    Column("资源到位情况", 20),
    Column("整改进展情况", 22),
    Column("完成比例", 6, centre=True),
    Column("集团签收", 12, centre=True),
)
POSTS = {"UL": "分管领导", "UG": "总经理"}


@dataclass(frozen=True, slots=True)
class FilingRecord:
    complaint: Complaint
    issuer: str
    unit: str
    filing: Filing
    ruling: Ruling | None
    version: PlanVersion | None
    span: tuple[date | None, date | None]
    demands: list[Demand]
    supervisions: list[Supervision]
    evaluations: list[Evaluation]
    filing_limit: Clock | None
    filed: tuple[str, str, datetime | None]
    closed: tuple[str, str, datetime | None]
    written_on: date


class FilingPdf(ComplaintPdf[FilingRecord]):
    title = "投诉备案表"

    @property
    def number(self) -> str:
        return self.record.filing.number

    @property
    def version(self) -> str:
        return f"第 {self.record.filing.round} 次备案" if self.record.filing.round > 1 else ""

    @property
    def mark(self) -> str:
        return "已撤销备案" if self.record.filing.status == Filing.Status.CANCELLED else ended(self.complaint)

    def blocks(self) -> Sequence[Block]:
        record, complaint, filing = self.record, self.complaint, self.record.filing
        ruling, version = record.ruling, record.version
        return [
            facts(
                "一、投诉登记",
                fact("备案编号", filing.number),
                fact("备案状态", filing.get_status_display()),
                fact("投诉编号", complaint.number),
                fact("接收时间", complaint.received_at),
                wide("工程名称", complaint.project_name),
                fact("二级单位", record.unit),
                fact("责任项目经理部", complaint.department),
                fact("投诉人", complaint.complainant),
                fact("联系电话", complaint.phone),
                fact("投诉类型", complaint.get_kind_display()),
                fact("投诉主体", complaint.get_party_display()),
                fact("渠道 / 层级", f"{complaint.get_channel_display()} / {complaint.get_level_display()}"),
                fact("投诉原因", complaint.get_cause_display()),
                wide("投诉事件", complaint.event),
            ),
            grid("二、业主诉求", DEMANDS, [(d.number, d.text, _met(d)) for d in record.demands]),
            facts(
                "三、责任判定与整改安排",
                fact("责任判定", ruling and ruling.get_verdict_display()),
                fact("判定时间", ruling and ruling.decided_at),
                wide("判定依据", ruling and ruling.grounds),
                fact(
                    "专项整改方案",
                    f"第 {version.number} 版,{said(version.approved_at)} 批准" if version else "不需要或未批准",
                ),
                fact("整改起止", _span(record.span) if version else f"要求完成 {said(complaint.handle_by)}"),
            ),
            facts(
                "四、备案",
                fact("转备案时间", filing.opened_at),
                fact("备案时间", filing.filed_at),
                wide("备案时限", kept(record.filing_limit)),
                wide("备案说明", filing.note),
            ),
            grid(
                "五、领导监督",
                SUPERVISED,
                [
                    (s.get_kind_display(), POSTS.get(s.post, s.post), s.made_by, s.made_at, s.text)
                    for s in record.supervisions
                ],
                empty="尚无监督记录",
            ),
            grid(
                "六、客户评价",
                ROUNDS,
                [
                    (f"第 {e.round} 轮", e.number, e.held_on, outcome(e), "合格" if e.satisfied else "继续整改")
                    for e in record.evaluations
                ],
                empty="尚未评价",
            ),
            prose("七、备案结案意见", filing.conclusion or "(尚未结案)"),
            signatures(
                "八、备案与结案",
                [
                    ("备案", record.filed[1], record.filed[0], record.filed[2], ""),
                    ("结案", record.closed[1], record.closed[0], record.closed[2], ""),
                ],
            ),
        ]


@dataclass(frozen=True, slots=True)
class TrackingRecord:
    complaint: Complaint
    issuer: str
    unit: str
    filing: Filing
    version: PlanVersion | None
    milestones: list[Milestone]
    entries: list[FollowUp]
    written_on: date


class TrackingPdf(ComplaintPdf[TrackingRecord]):
    title = "投诉处理跟踪表"
    layout = "landscape"

    @property
    def number(self) -> str:
        return f"{self.record.filing.number or self.complaint.number}-GZ"

    @property
    def version(self) -> str:
        return f"至第 {len(self.record.entries)} 次跟踪"

    @property
    def mark(self) -> str:
        return "已撤销备案" if self.record.filing.status == Filing.Status.CANCELLED else ended(self.complaint)

    def blocks(self) -> Sequence[Block]:
        record, complaint = self.record, self.complaint
        basis = f"方案第 {record.version.number} 版" if record.version else "直接处理,无专项方案"
        return [
            facts(
                "",
                fact("备案编号", record.filing.number),
                fact("投诉编号", complaint.number),
                wide("工程名称", complaint.project_name),
                fact("二级单位", record.unit),
                fact("责任项目经理部", complaint.department),
                fact("责任判定", complaint.get_verdict_display()),
                fact("当前状态", complaint.get_status_display()),
            ),
            grid(
                f"一、整改时间节点({basis})",
                NODES,
                [
                    (
                        m.number,
                        m.name,
                        f"{said(m.starts_on)} 至 {said(m.ends_on)}",
                        m.responsible,
                        m.resources,
                        _progress(m),
                    )
                    for m in record.milestones
                ],
                empty=f"要求完成日期 {said(complaint.handle_by)}",
            ),
            grid("二、跟踪记录", ENTRIES, [_entry(at, entry) for at, entry in enumerate(record.entries, 1)]),
        ]


def _entry(at: int, entry: FollowUp) -> tuple[object, ...]:
    received = f"{entry.received_by} {said(entry.received_at)}" if entry.received_at else "待签收"
    return (
        at,
        f"{entry.get_kind_display()}\n{entry.made_by}\n{said(entry.made_at)}",
        entry.milestones,
        entry.resources,
        entry.progress,
        f"{entry.percent}%",
        received if entry.kind == FollowUp.Kind.REPORT else "",
    )


def _progress(milestone: Milestone) -> str:
    return f"{said(milestone.done_on)} 完成" if milestone.done_on else f"{milestone.percent}%"


def _span(span: tuple[date | None, date | None]) -> str:
    return f"{said(span[0])} 至 {said(span[1])}"


def _met(demand: Demand) -> str:
    if demand.withdrawn_reason:
        return "不再主张"
    return "待评价" if demand.met is None else said(demand.met)


def outcome(evaluation: Evaluation) -> str:
    """What the client said: the overall grade, or the acceptance."""
    if evaluation.kind == Evaluation.Kind.ACCEPTANCE:
        return "验收合格" if evaluation.accepted else "验收不合格"
    return str(evaluation.get_overall_display())
