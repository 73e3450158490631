"""The columns of the register's sheet (客户投诉台账; clauses 2.2.2, 5.4.1), in the order a case goes through them."""

from dataclasses import dataclass

SHEET_TITLE = "客户投诉台账"
RECEIVED, TOLD, RULED, HANDLED, ENDED = "投诉登记", "投诉内容与确认", "责任判定", "处理与备案", "评价与结案"


@dataclass(frozen=True, slots=True)
class Column:
    """``kind``: text, phone, date, moment, number, flag."""

    key: str
    header: str
    kind: str = "text"
    width: int = 14
    section: str = ""


SHEET_COLUMNS: tuple[Column, ...] = (
    Column("seq", "序号", "number", 6, RECEIVED),
    Column("number", "投诉编号", "text", 18, RECEIVED),
    Column("project_name", "工程名称", "text", 28, RECEIVED),
    Column("project_code", "工程编号", "text", 16, RECEIVED),
    Column("unit", "二级单位", "text", 16, RECEIVED),
    Column("department", "责任项目经理部", "text", 20, RECEIVED),
    Column("marks", "工程标记", "text", 14, RECEIVED),
    Column("received_at", "接收时间", "moment", 16, RECEIVED),
    Column("registered_at", "登记时间", "moment", 16, RECEIVED),
    Column("kind", "投诉类型", "text", 12, RECEIVED),
    Column("party", "投诉主体", "text", 10, RECEIVED),
    Column("channel", "投诉渠道", "text", 10, RECEIVED),
    Column("level", "接收层级", "text", 10, RECEIVED),
    Column("cause", "投诉原因", "text", 18, RECEIVED),
    Column("event", "投诉事件", "text", 40, TOLD),
    Column("demands", "诉求", "text", 40, TOLD),
    Column("complainant", "投诉人", "text", 10, TOLD),
    Column("phone", "联系电话", "phone", 16, TOLD),
    Column("confirmed", "二次确认", "text", 20, TOLD),
    Column("second", "二次投诉", "text", 22, TOLD),
    Column("verdict", "责任判定", "text", 18, RULED),
    Column("grounds", "判定依据", "text", 32, RULED),
    Column("reply", "回函", "text", 34, RULED),
    Column("plan", "整改方案", "text", 22, HANDLED),
    Column("milestones", "方案节点起止", "text", 24, HANDLED),
    Column("filing", "集团备案", "text", 22, HANDLED),
    Column("follow_up", "跟踪处理情况", "text", 40, HANDLED),
    Column("status", "状态", "text", 12, HANDLED),
    Column("due", "在办时限", "text", 26, HANDLED),
    Column("overdue", "逾期情况", "text", 26, HANDLED),
    Column("round", "处理轮次", "number", 8, ENDED),
    Column("satisfaction", "满意度", "text", 12, ENDED),
    Column("result", "处理结果", "text", 34, ENDED),
    Column("closed_at", "结案时间", "moment", 16, ENDED),
)
