"""投诉受理回执 / 二次确认单 (5.4.1; B.3 C01, C02): what was taken down, demand by demand, for the owner to check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from complaints.models import Complaint, Contact, Demand

from .complaint_pdf import ComplaintPdf
from .sheets import Block, Boxes, Column, Prose, fact, facts, grid, said, tick, wide

DEMANDS = (Column("序号", 8, centre=True), Column("诉求内容", 58), Column("确认情况", 34))
ATTEMPTS = (
    Column("时间", 20, centre=True),
    Column("方式", 14, centre=True),
    Column("联系对象", 26, centre=True),
    Column("结果", 20, centre=True),
    Column("记录人", 20, centre=True),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """``keepers``: name and phone of those who confirm with the complainant and may be called."""

    complaint: Complaint
    issuer: str
    office: str
    demands: list[Demand]
    attempts: list[Contact]
    keepers: list[tuple[str, str]]
    written_on: date


class ReceiptPdf(ComplaintPdf[Receipt]):
    title = "投诉受理回执(二次确认单)"

    @property
    def version(self) -> str:
        """A corrected entry is another version of the receipt."""
        return f"第 {self.complaint.revision + 1} 版"

    def blocks(self) -> Sequence[Block]:
        record, complaint = self.record, self.complaint
        return [
            facts(
                "一、受理内容",
                fact("受理编号", complaint.number),
                fact("登记时间", complaint.registered_at),
                fact("接收时间", complaint.received_at),
                fact("渠道 / 层级", f"{complaint.get_channel_display()} / {complaint.get_level_display()}"),
                fact("投诉人", complaint.complainant),
                fact("联系电话", complaint.phone),
                fact("投诉主体", complaint.get_party_display()),
                fact("投诉类型", complaint.get_kind_display()),
                wide("工程名称", f"{complaint.project_name}({complaint.project_code})"),
                wide("投诉事件", complaint.event),
            ),
            grid("二、诉求逐项确认", DEMANDS, [(d.number, _text(d), _confirmed(d)) for d in record.demands]),
            grid(
                "三、二次确认记录",
                ATTEMPTS,
                [
                    (c.at, c.get_method_display(), c.person, "已联系上" if c.reached else "未联系上", c.recorded_by)
                    for c in record.attempts
                ],
                empty="尚未联系投诉人",
            ),
            facts(
                "四、受理单位联系方式",
                wide("受理部门", record.office),
                wide("确认人及电话", ";".join(f"{name} {said(phone)}" for name, phone in record.keepers)),
            ),
            Prose(
                "",
                (
                    "说明:1. 请核对受理内容和诉求,如有遗漏或不符请与确认人联系,我方将更正并重新出具回执。",
                    "2. 我方将按标准开展责任判定和处理,并及时反馈进展。联系时请提供受理编号。",
                ),
                small=True,
            ),
            Boxes("", ("受理人(签字、盖章)", "投诉人确认(签字)")),
        ]


def _text(demand: Demand) -> str:
    source = demand.merged_from
    return f"{demand.text}(并入自 {source.number})" if source else demand.text


def _confirmed(demand: Demand) -> str:
    if demand.withdrawn_reason:
        return f"不再主张:{demand.withdrawn_reason}"
    if demand.confirmed_at:
        return f"{tick(True, '已确认')}  {said(demand.confirmed_at)}"
    return tick(False, "待确认")
