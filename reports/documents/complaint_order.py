"""交办单 and 督办单 (3.2.1, G6): who charges or urges whom, with what, by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from complaints.models import Complaint, Demand, Order, Supervision
from organization.components.values import limit_moment
from workflow.models import Clock

from .complaint_pdf import ComplaintPdf, ended
from .complaint_ruling import kept
from .sheets import Block, Boxes, Column, Fact, fact, facts, grid, prose, signatures, wide

DEMANDS = (Column("序号", 8, centre=True), Column("诉求内容", 92))
OPEN = (
    Column("序号", 8, centre=True),
    Column("待办环节", 26),
    Column("责任岗位", 24),
    Column("责任单位", 20),
    Column("截止时间", 22, centre=True),
)


@dataclass(frozen=True, slots=True)
class OrderRecord:
    complaint: Complaint
    issuer: str
    order: Order
    charged: str
    clock: Clock | None
    demands: list[Demand]
    given: tuple[str, str]
    done: tuple[str, str]
    written_on: date


class OrderPdf(ComplaintPdf[OrderRecord]):
    title = "交办单"

    @property
    def number(self) -> str:
        return self.record.order.number

    @property
    def mark(self) -> str:
        return "已取消" if self.record.order.status == Order.Status.CANCELLED else ended(self.complaint)

    def blocks(self) -> Sequence[Block]:
        record, order = self.record, self.record.order
        (giver, giving_post), (doer, doing_post) = record.given, record.done
        # To be handed over on paper; a finished one only tells what was done.
        boxes = [Boxes("", ("承办人(签收)", "交办人(签字)"))] if order.status == Order.Status.OPEN else []
        return [
            facts(
                "一、交办要求",
                fact("承办人", record.charged),
                fact("要求完成日期", order.due_on),
                wide("办理时限", kept(record.clock)),
            ),
            prose("二、交办事项", order.task),
            facts("三、投诉情况", *about(record.complaint), fact("联系电话", record.complaint.phone)),
            grid("四、业主诉求", DEMANDS, [(d.number, d.text) for d in record.demands]),
            prose("五、办理结果", order.result or "(办理中)"),
            signatures(
                "六、交办与办结",
                [
                    ("交办", giving_post, giver or order.made_by, order.made_at, ""),
                    ("办结", doing_post, doer, order.done_at, ""),
                ],
            ),
            *boxes,
        ]


@dataclass(frozen=True, slots=True)
class UrgeRecord:
    """``open``: the time limits that ran when it was urged; ``urged``: the people who were told."""

    complaint: Complaint
    issuer: str
    urge: Supervision
    ordinal: int
    who: tuple[str, str]
    urged: list[str]
    open: list[Clock]
    written_on: date


class UrgePdf(ComplaintPdf[UrgeRecord]):
    title = "督办单"

    @property
    def number(self) -> str:
        return f"{self.complaint.number}-DB{self.record.ordinal:02d}"

    @property
    def version(self) -> str:
        return f"第 {self.record.ordinal} 次督办"

    def blocks(self) -> Sequence[Block]:
        record, urge = self.record, self.record.urge
        name, post = record.who
        return [
            facts(
                "一、督办要求",
                fact("督办人", name or urge.made_by),
                fact("督办岗位", post or urge.post),
                fact("督办时间", urge.made_at),
                wide("送达人员", "、".join(record.urged)),
            ),
            prose("二、督办意见", urge.text),
            facts("三、投诉情况", *about(record.complaint)),
            grid(
                "四、督办时未办结的事项",
                OPEN,
                [
                    (at, _stage(c), c.post.name, c.unit, limit_moment(c.due_at) + _late(c, record.urge))
                    for at, c in enumerate(record.open, 1)
                ],
            ),
            Boxes("", ("督办人(签字)", "责任单位(签收)")),
        ]


def _stage(clock: Clock) -> str:
    """整改节点 alone says little: which one."""
    part = clock.title.rpartition(" · ")[2] if " · " in clock.title else ""
    return f"{clock.rule.stage}:{part}" if part else clock.rule.stage


def _late(clock: Clock, urge: Supervision) -> str:
    return "(已逾期)" if clock.due_at <= urge.made_at else ""


def about(complaint: Complaint) -> list[Fact]:
    """The complaint in brief, as orders and the like repeat it."""
    return [
        fact("投诉编号", complaint.number),
        fact("接收时间", complaint.received_at),
        fact("投诉类型", complaint.get_kind_display()),
        fact("责任判定", complaint.get_verdict_display()),
        wide("工程名称", complaint.project_name),
        fact("责任项目经理部", complaint.department),
        fact("当前状态", complaint.get_status_display()),
        wide("投诉事件", complaint.event),
        fact("投诉人", complaint.complainant),
    ]
