"""责任判定单 (5.4.2): facts, checklist, verdict, grounds, evidence, who decided it, and whether in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from complaints.models import Complaint, Demand, Ruling, Verdict
from complaints.models.ruling import SEVERITY
from organization.components.values import limit_moment
from workflow.models import Clock, Evidence

from .complaint_pdf import ComplaintPdf, ended
from .sheets import Block, Column, Fact, fact, facts, grid, prose, said, signatures, tick, ticks, wide

DEMANDS = (Column("序号", 8, centre=True), Column("诉求内容", 72), Column("二次确认", 20, centre=True))
CHECKLIST = (Column("序号", 8, centre=True), Column("核对项", 72), Column("核对结果", 20, centre=True))
FILES = (
    Column("序号", 8, centre=True),
    Column("材料", 36),
    Column("说明", 22),
    Column("上传人", 14, centre=True),
    Column("上传时间", 20, centre=True),
)
EARLIER = (
    Column("次序", 10, centre=True),
    Column("判定结果", 30, centre=True),
    Column("状态", 14, centre=True),
    Column("提出 / 确认", 22, centre=True),
    Column("意见", 24),
)
MARKS = {
    Ruling.State.PROPOSED: "待确认 · 未生效",
    Ruling.State.RETURNED: "已退回 · 未生效",
    Ruling.State.REVOKED: "已撤销",
}


@dataclass(frozen=True, slots=True)
class RulingRecord:
    """The latest ruling and those before it; ``proposing`` and ``confirming`` are the time limits of the two steps.

    ``who_proposed``, ``who_decided`` name the person and the post, "B 代 A" for a substitute.
    """

    complaint: Complaint
    issuer: str
    ruling: Ruling
    ordinal: int
    earlier: list[Ruling]
    demands: list[Demand]
    files: list[Evidence]
    proposing: Clock | None
    confirming: Clock | None
    who_proposed: tuple[str, str]
    who_decided: tuple[str, str]
    written_on: date


class RulingPdf(ComplaintPdf[RulingRecord]):
    title = "责任判定单"

    @property
    def number(self) -> str:
        return f"{self.complaint.number}-PD{self.record.ordinal:02d}"

    @property
    def version(self) -> str:
        return f"第 {self.record.ordinal} 次判定"

    @property
    def mark(self) -> str:
        return MARKS.get(Ruling.State(self.record.ruling.state), "") or ended(self.complaint)

    def blocks(self) -> Sequence[Block]:
        record, complaint, ruling = self.record, self.complaint, self.record.ruling
        blocks: list[Block] = [
            facts(
                "一、投诉事实",
                fact("投诉编号", complaint.number),
                fact("责任项目经理部", complaint.department),
                wide("工程名称", complaint.project_name),
                fact("接收时间", complaint.received_at),
                fact("渠道 / 层级", f"{complaint.get_channel_display()} / {complaint.get_level_display()}"),
                fact("投诉人", complaint.complainant),
                fact("投诉主体", complaint.get_party_display()),
                fact("投诉类型", complaint.get_kind_display()),
                fact("投诉原因", complaint.get_cause_display()),
                wide("投诉事件", complaint.event),
            ),
            grid(
                "二、业主诉求",
                DEMANDS,
                [(d.number, d.text, "已确认" if d.confirmed_at else "未确认") for d in record.demands],
            ),
            grid(
                "三、严重程度核对",
                CHECKLIST,
                [
                    (at, words, tick(code in ruling.severity, "是"))
                    for at, (code, words) in enumerate(SEVERITY.items(), 1)
                ],
            ),
            facts(
                "四、判定结果",
                wide("责任判定", ticks(*((ruling.verdict == v, str(v.label)) for v in Verdict))),
                wide("处理方式", _consequence(ruling)),
            ),
            prose("五、判定依据", ruling.grounds),
            grid(
                "六、依据材料清单",
                FILES,
                [(at, f.name, f.caption, f.uploaded_by, f.uploaded_at) for at, f in enumerate(record.files, 1)],
                empty="没有上传判定依据材料",
            ),
            facts("七、判定时限(自接收起 2 天内,条款 5.4.2)", *_limits(record)),
            signatures("八、判定与确认", self._signed()),
        ]
        if record.earlier:
            blocks.insert(
                -1,
                grid(
                    "历次判定",
                    EARLIER,
                    [
                        (
                            at,
                            r.get_verdict_display(),
                            r.get_state_display(),
                            f"{r.proposed_by} / {said(r.decided_by)}",
                            r.remark,
                        )
                        for at, r in enumerate(record.earlier, 1)
                    ],
                ),
            )
        return blocks

    def _signed(self) -> list[tuple[object, ...]]:
        ruling, record = self.record.ruling, self.record
        (proposer, proposing_post), (decider, deciding_post) = record.who_proposed, record.who_decided
        decided = "退回" if ruling.state == Ruling.State.RETURNED else "确认"
        return [
            ("提出", proposing_post, proposer or ruling.proposed_by, ruling.proposed_at, ""),
            (decided, deciding_post, decider or ruling.decided_by, ruling.decided_at, ruling.remark),
        ]


def _consequence(ruling: Ruling) -> str:
    if ruling.verdict == Verdict.NOT_OURS:
        return "由二级单位工程部回函说明理由,业主自行处理(5.4.2 a)"
    if ruling.verdict == Verdict.SEVERE:
        return "报集团工程部备案;项目经理部编制专项整改方案(5.4.2 b、c)"
    return f"报集团工程部备案;项目经理部直接处理,要求完成日期 {said(ruling.handle_by)}(5.4.2 b、d)"


def _limits(record: RulingRecord) -> list[Fact]:
    received = record.proposing.received_at if record.proposing else record.complaint.received_at
    return [
        wide("起算时间", f"{said(received)}{'(集团转办)' if record.complaint.to_group else '(接收投诉)'}"),
        wide("提出判定", kept(record.proposing)),
        wide("确认判定", kept(record.confirming)),
    ]


def kept(clock: Clock | None) -> str:
    """按时, 逾期, or still running; from the stored facts (G3)."""
    if clock is None:
        return "无时限记录"
    due = limit_moment(clock.due_at)
    if clock.stopped_at is None:
        late = clock.late or timezone.now() >= clock.due_at
        return f"截止 {due},{'已逾期' if late else '办理中'}"
    done = said(clock.stopped_at)
    return f"截止 {due},{done} 办结,{'逾期' if clock.late else '按时'}"
