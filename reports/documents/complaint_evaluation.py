"""客户满意度评价表 (5.7): as it was filled in with the client, or blank, to be signed on site."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from complaints.models import Complaint, Demand, Evaluation
from complaints.models.evaluation import GRADES

from .complaint_filing import ROUNDS, outcome
from .complaint_pdf import ComplaintPdf, ended
from .sheets import BLANK_DAY, Block, Boxes, Column, fact, facts, grid, said, ticks, wide

ITEMS = ("response", "arrival", "measures", "result", "attitude", "overall")
ITEM_WORDS = ("响应是否及时", "到场是否及时", "整改措施", "整改效果", "服务态度", "总体评价")
GRADED = (Column("评价项目", 25), *(Column(label, 15, centre=True) for _, label in GRADES))
DEMANDS = (Column("序号", 8, centre=True), Column("业主诉求", 62), Column("是否满足", 30, centre=True))


@dataclass(frozen=True, slots=True)
class EvaluationRecord:
    """``evaluation`` None: the blank form of the round that runs. ``demands`` with what the client said of each."""

    complaint: Complaint
    issuer: str
    evaluation: Evaluation | None
    demands: list[tuple[Demand, bool | None]]
    earlier: list[Evaluation]
    signed_files: int
    written_on: date


class EvaluationPdf(ComplaintPdf[EvaluationRecord]):
    title = "客户满意度评价表"

    @property
    def number(self) -> str:
        evaluation = self.record.evaluation
        return evaluation.number if evaluation else ""

    @property
    def version(self) -> str:
        return f"第 {(self.record.evaluation or self.complaint).round} 轮"

    def blocks(self) -> Sequence[Block]:
        record, complaint, held = self.record, self.complaint, self.record.evaluation
        methods = ticks(*((held is not None and held.method == m, str(m.label)) for m in Evaluation.Method))
        blocks: list[Block] = [
            facts(
                "一、基本情况",
                fact("投诉编号", complaint.number),
                fact("评价日期", held.held_on if held else BLANK_DAY),
                wide("工程名称", complaint.project_name),
                wide("评价方式", methods),
                wide("项目部参加人", held.department_people if held else " "),
                wide("二级单位参加人", held.unit_people if held else " "),
                wide("客户参加人", held.client_people if held else " "),
            ),
            grid("二、诉求满足情况", DEMANDS, [(d.number, d.text, _met(met)) for d, met in record.demands]),
        ]
        if held is None or held.kind == Evaluation.Kind.GRADES:
            blocks.append(grid("三、满意度评价(在相应栏内打“√”)", GRADED, _grades(held)))
        if held is None or held.kind == Evaluation.Kind.ACCEPTANCE:
            accepted = held.accepted if held else None
            blocks.append(
                facts(
                    "三、验收确认" if held else "四、验收确认(采用验收方式时填写)",
                    wide("验收结论", ticks((accepted is True, "验收合格"), (accepted is False, "验收不合格"))),
                )
            )
        blocks.append(
            facts(
                "五、客户意见与结论" if held is None else "四、客户意见与结论",
                wide("客户意见", held.opinion if held else "\u3000\n\u3000\n\u3000"),
                wide("评价结论", self._verdict()),
            )
        )
        if held is not None:
            blocks.append(
                facts(
                    "五、客户签字",
                    fact("客户签字人", held.signed_by),
                    fact("签字日期", held.signed_on),
                    fact("签字件或录音", f"{record.signed_files} 份,存系统"),
                    fact("记录人", f"{held.made_by} {said(held.made_at)}"),
                )
            )
        else:
            blocks.append(Boxes("", ("客户(签字)", "项目经理部(签字)", "二级单位工程部(签字)")))
        if record.earlier:
            blocks.append(
                grid(
                    "历次评价",
                    ROUNDS,
                    [
                        (f"第 {e.round} 轮", e.number, e.held_on, outcome(e), "合格" if e.satisfied else "继续整改")
                        for e in record.earlier
                    ],
                )
            )
        return blocks

    def _verdict(self) -> str:
        held = self.record.evaluation
        again = "继续整改"
        if held is None or held.next_due_on:
            again += f",于 {said(held.next_due_on) if held else BLANK_DAY} 前完成"
        return ticks((held is not None and held.satisfied, "合格"), (held is not None and not held.satisfied, again))


class BlankEvaluationPdf(EvaluationPdf):
    """To be taken along: numbered by the portal when the evaluation is entered."""

    title = "客户满意度评价表(空白)"

    @property
    def number(self) -> str:
        return self.complaint.number

    @property
    def mark(self) -> str:
        return ended(self.complaint)


def _grades(held: Evaluation | None) -> list[tuple[str, ...]]:
    return [
        (words, *("√" if held is not None and getattr(held, name) == grade else " " for grade, _ in GRADES))
        for name, words in zip(ITEMS, ITEM_WORDS, strict=True)
    ]


def _met(met: bool | None) -> str:
    return ticks((met is True, "已满足"), (met is False, "未满足"))
