"""The columns of 工程保修记录表 (Appendix F), in its order; 要求/实际到场 and the like are two cells, one heading."""

from dataclasses import dataclass

CASE_SHEET_TITLE = "工程保修记录表"
REPORTED, SENT, CONFIRMED = "报修", "派单", "验收与客户确认"
ARRIVAL, REPAIR, MONEY = "要求/实际到场", "开始/完成", "费用/扣分包"


@dataclass(frozen=True, slots=True)
class CaseColumn:
    """``kind``: text, phone, moment, number, money."""

    key: str
    header: str
    kind: str = "text"
    width: int = 14
    section: str = ""


CASE_SHEET_COLUMNS: tuple[CaseColumn, ...] = (
    CaseColumn("number", "编号", "text", 18, REPORTED),
    CaseColumn("project_name", "工程名称", "text", 26, REPORTED),
    CaseColumn("reporter", "业主/报修人", "text", 12, REPORTED),
    CaseColumn("phone", "电话", "phone", 16, REPORTED),
    CaseColumn("source", "来源", "text", 10, REPORTED),
    CaseColumn("reported_at", "报修时间", "moment", 16, REPORTED),
    CaseColumn("channel", "接收方式", "text", 10, REPORTED),
    CaseColumn("place", "部位", "text", 20, REPORTED),
    CaseColumn("trade", "专业", "text", 10, REPORTED),
    CaseColumn("problem", "问题", "text", 34, REPORTED),
    CaseColumn("urgency", "紧急程度", "text", 9, REPORTED),
    CaseColumn("covered", "保修范围内", "text", 9, REPORTED),
    CaseColumn("subcontractor", "责任分包", "text", 20, SENT),
    CaseColumn("dispatched_at", "派单时间", "moment", 16, SENT),
    CaseColumn("arrive_by", "要求到场", "moment", 16, ARRIVAL),
    CaseColumn("arrived_at", "实际到场", "moment", 16, ARRIVAL),
    CaseColumn("measures", "维修措施", "text", 34),
    CaseColumn("started_at", "开始", "moment", 16, REPAIR),
    CaseColumn("finished_at", "完成", "moment", 16, REPAIR),
    CaseColumn("cost", "费用(元)", "money", 12, MONEY),
    CaseColumn("charged", "扣分包(元)", "money", 12, MONEY),
    CaseColumn("verified_by", "验收人", "text", 10, CONFIRMED),
    CaseColumn("client", "客户确认", "text", 10, CONFIRMED),
    CaseColumn("satisfaction", "满意度", "text", 10, CONFIRMED),
    CaseColumn("rework_count", "返修次数", "number", 8, CONFIRMED),
    CaseColumn("remark", "备注", "text", 24, CONFIRMED),
)
