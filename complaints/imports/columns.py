"""The columns of a register of complaints, as the template has them and as units call them (clauses 2.2.2, 5.4.1)."""

from dataclasses import dataclass

from complaints.models.complaint import EVENT_MAX, Complaint, Verdict
from complaints.models.evaluation import GRADES
from ledgers.columns import NAME_MAX, NUMBER_MAX, PERSON_MAX, PHONE_MAX
from ledgers.imports.cells import fold

NOTE_MAX = 1000
DEMANDS_MAX = 30
OWN_NUMBER_MAX = 40
C = Complaint


@dataclass(frozen=True, slots=True)
class Column:
    """``kind``: text, lines, moment, day, phone, choice. ``blank``: what an empty choice stands for."""

    key: str
    title: str
    kind: str = "text"
    aliases: tuple[str, ...] = ()
    limit: int = 0
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    blank: str = ""
    width: int = 14
    how: str = ""


def _other(words: tuple[str, ...], to: str) -> tuple[tuple[str, str], ...]:
    return tuple((to, word) for word in words)


_VERDICTS = (
    *((str(value), str(label)) for value, label in Verdict.choices),
    *_other(("非我方", "不属我方责任", "否"), Verdict.NOT_OURS),
    *_other(("我方责任·严重", "我方责任严重", "我方·问题严重", "严重"), Verdict.SEVERE),
    *_other(("我方责任·不严重", "我方责任不严重", "我方责任", "我方", "不严重", "是"), Verdict.MINOR),
)
_GRADES = (*((str(value), label) for value, label in GRADES), ("3", "一般"), ("3", "基本合格"), ("4", "合格"))


def _choices(of: type) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), str(label)) for value, label in of.choices)  # type: ignore[attr-defined]


COLUMNS: tuple[Column, ...] = (
    Column(
        "number",
        "投诉编号(原)",
        aliases=("投诉编号", "原投诉编号", "原编号", "编号"),
        limit=OWN_NUMBER_MAX,
        width=18,
        how="原台账的编号,全集团不重复;没有的留空,由门户编号",
    ),
    Column(
        "received_at",
        "接收时间",
        "moment",
        ("接收日期", "投诉时间", "投诉日期", "接诉时间", "接诉日期"),
        required=True,
        width=17,
        how="2025-03-28 或 2025-03-28 09:30;只有日期的按当天 0 时",
    ),
    Column(
        "project_code",
        "工程编号",
        aliases=("项目编号",),
        limit=NUMBER_MAX,
        width=16,
        how="门户工程登记里的编号;与工程名称至少填一项,编号优先",
    ),
    Column(
        "project_name",
        "工程名称",
        aliases=("项目名称", "投诉工程名称", "投诉工程"),
        limit=NAME_MAX,
        width=28,
        how="与门户工程登记里的名称一致;同名工程请填编号",
    ),
    Column(
        "event",
        "投诉事件",
        "lines",
        ("投诉内容", "投诉事项", "投诉问题"),
        limit=EVENT_MAX,
        required=True,
        width=40,
        how=f"最多 {EVENT_MAX} 个字",
    ),
    Column(
        "complainant",
        "投诉人",
        aliases=("投诉人姓名", "投诉者"),
        limit=PERSON_MAX,
        required=True,
        width=12,
        how="姓名或单位名称",
    ),
    Column(
        "phone",
        "联系电话",
        "phone",
        ("电话", "联系方式", "投诉人电话", "投诉人联系电话"),
        limit=PHONE_MAX,
        required=True,
        width=16,
        how="手机号或带区号的座机,多个号码用顿号隔开",
    ),
    Column("kind", "投诉类型", "choice", ("类型", "投诉类别"), required=True, choices=_choices(C.Kind)),
    Column(
        "party",
        "投诉主体",
        "choice",
        ("主体", "投诉方"),
        choices=_choices(C.Party),
        blank=C.Party.OTHER,
        how="留空按“其他”",
    ),
    Column(
        "channel",
        "渠道",
        "choice",
        ("投诉渠道", "投诉方式", "接收渠道"),
        choices=_choices(C.Channel),
        blank=C.Channel.OTHER,
        width=10,
        how="留空按“其他”",
    ),
    Column(
        "level",
        "接收层级",
        "choice",
        ("层级", "投诉层级"),
        choices=_choices(C.Level),
        how="留空:二级单位导入的按“二级单位”,集团导入的按“集团公司”",
    ),
    Column(
        "cause",
        "原因",
        "choice",
        ("投诉原因",),
        choices=_choices(C.Cause),
        blank=C.Cause.OTHER,
        width=18,
        how="留空按“其他”",
    ),
    Column(
        "demands",
        "诉求",
        "lines",
        ("投诉诉求", "主要诉求", "业主诉求"),
        limit=20_000,
        width=34,
        how=f"每行一项(单元格内换行),最多 {DEMANDS_MAX} 项;未结案的至少一项",
    ),
    Column(
        "verdict",
        "责任判定",
        "choice",
        ("判定结果", "责任界定"),
        choices=_VERDICTS,
        width=20,
        how="只写“我方责任”的按“问题不严重”;未结案的由门户重新判定",
    ),
    Column(
        "handling",
        "处理情况",
        "lines",
        ("跟踪处理情况", "投诉跟踪处理情况", "处理过程"),
        limit=NOTE_MAX,
        width=34,
        how="记入办理记录",
    ),
    Column("result", "处理结果", "lines", ("结果",), limit=NOTE_MAX, width=28, how="记入办理记录"),
    Column("grade", "满意度", "choice", ("客户满意度", "最终满意度", "满意度评价"), choices=_GRADES, width=10),
    Column(
        "closed_on",
        "结案日期",
        "day",
        ("结案时间", "办结日期", "办结时间"),
        width=13,
        how="填了的按已结案导入;留空的导入后进入办理,时限自接收时间起算",
    ),
    Column("remark", "备注", "lines", limit=NOTE_MAX, width=24, how="记入办理记录"),
)
BY_KEY = {column.key: column for column in COLUMNS}
LABELS: dict[str, str] = {
    fold(label): column.key for column in COLUMNS for label in (column.title, *column.aliases)
} | {"序号": "seq"}
TITLE = "客户投诉台账"
