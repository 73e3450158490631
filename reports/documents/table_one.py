"""Table 1 of the standard (clause 6.1): the six records, their codes and how long they are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    number: int
    appendix: str
    suffix: str
    name: str
    kept: str = "长期"


RECORDS: tuple[Record, ...] = (
    Record(1, "附录C", "C028B1", "竣工工程信息台账"),
    Record(2, "附录D", "C028B2", "年度工程回访计划和回访记录表"),
    Record(3, "附录E", "C028B3", "工期履约投诉责任追究一览表"),
    Record(4, "附录F", "C028B4", "工程保修记录表"),
    Record(5, "附录G", "C028B5", "保修投诉监管流程一览表"),
    Record(6, "附录H", "C028B6", "保修投诉处理责任一览表"),
)
