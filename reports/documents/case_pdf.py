"""工程保修记录单: one row of Appendix F as a sheet to be signed at the site (C028B4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from ledgers.models import WarrantyCase
from ledgers.models.case import GRADES
from organization.components.values import limit_moment
from workflow.models import Transition

from .base import PDF, Footer, file_name
from .printing import print_pdf
from .sheets import Block, Boxes, Column, fact, facts, grid, prose, ticks, wide

REWORKS = (
    Column("次数", 8, centre=True),
    Column("退回时间", 20, centre=True),
    Column("退回人", 14),
    Column("原因", 58),
)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """``issuer`` is the second-tier unit; ``late``: the limits that were missed, in words."""

    case: WarrantyCase
    issuer: str
    reworks: list[Transition]
    ended: Transition | None
    late: list[str]
    code: str
    written_on: date


class CasePdf:
    """One case, finished or to be worked on: what is still open stays blank for the pen."""

    title = "工程保修记录单"
    suffix = "C028B4"
    content_type = PDF
    rows = 1
    layout = ""
    privacy = "文件按记录原文打印,包含报修人的完整电话。"

    def __init__(self, record: CaseRecord, footer: Footer, *, printed: str) -> None:
        """``printed``: by whom and when this copy was made."""
        self.record, self.footer, self.printed = record, footer, printed

    @property
    def case(self) -> WarrantyCase:
        return self.record.case

    @property
    def number(self) -> str:
        return self.case.number

    @property
    def version(self) -> str:
        return f"表号:{self.record.code}"

    @property
    def mark(self) -> str:
        """What a print must say of a case that was ended before its time."""
        ended = (WarrantyCase.Status.NOT_COVERED, WarrantyCase.Status.VOID)
        return str(self.case.get_status_display()) if self.case.status in ended else ""

    @property
    def filename(self) -> str:
        return file_name(self.title, self.number, self.case.project.name, extension="pdf")

    @property
    def subject(self) -> str:
        return f"{self.number} {self.case.project.name}"

    def blocks(self) -> Sequence[Block]:
        case, record = self.case, self.record
        found: list[Block] = [
            facts(
                "一、报修",
                wide("工程名称", case.project.name),
                fact("工程编号", case.project.code),
                fact("项目经理部", case.project.department),
                fact("业主/报修人", case.reporter),
                fact("电话", case.phone),
                fact("来源", case.get_source_display()),
                fact("报修时间", case.reported_at),
                fact("接收方式", case.get_channel_display()),
                fact("紧急程度", case.get_urgency_display()),
                fact("部位", case.place),
                fact("专业", case.trade),
                wide("问题", case.problem),
                wide("保修范围内", self._covered()),
            ),
            facts(
                "二、派单与维修",
                fact("责任分包", case.subcontractor),
                fact("责任人", case.responsible),
                fact("派单时间", case.dispatched_at),
                fact("要求完成日期", case.repair_by),
                fact("要求到场", limit_moment(case.arrive_by)),
                fact("实际到场", case.arrived_at),
                fact("开始时间", case.started_at),
                fact("完成时间", case.finished_at),
                wide("维修措施", case.measures),
                fact("费用(元)", case.cost),
                fact("扣分包(元)", case.charged_to_subcontractor),
                wide("逾期情况", ";".join(record.late) or ("无" if case.dispatched_at else "")),
            ),
        ]
        if record.reworks:
            rows = [(at, step.at, step.who, step.remark) for at, step in enumerate(record.reworks, 1)]
            found.append(grid("返修", REWORKS, rows))
        if record.ended is not None:
            found.append(prose(str(record.ended.label), f"{record.ended.remark}({record.ended.who})"))
        found.append(
            facts(
                "三、客户确认",
                fact("客户确认", case.client_confirmed_by),
                fact("验收人", case.verified_by),
                wide("满意度", ticks(*((case.satisfaction == value, label) for value, label in GRADES))),
                fact("返修次数", case.rework_count),
                fact("办结时间", case.closed_at),
                wide("备注", case.remark),
            )
        )
        return [*found, Boxes("", ("维修责任人(签字)", "验收人(签字)", "客户(签字)"))]

    def _covered(self) -> str:
        covered = {True: "是", False: "否", None: "待核定"}[self.case.in_warranty]
        return f"{covered}。台账:{self.case.judgement}" if self.case.judgement else covered

    def render(self, target: BinaryIO) -> None:
        blocks = self.blocks()
        context = {"document": self, "record": self.record, "footer": self.footer, "blocks": blocks}
        print_pdf("reports/documents/form.html", context, target)
