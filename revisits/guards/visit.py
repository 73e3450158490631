"""Guards of a visit."""

from ledgers.selectors.cases import open_cases_of
from revisits.models import Level, Visit


def of_unit(visit: Visit) -> str:
    return "" if visit.level == Level.UNIT else "这是项目经理部的回访。"


def of_department(visit: Visit) -> str:
    return "" if visit.level == Level.DEPARTMENT else "这是二级单位的回访。"


def may_take_part(visit: Visit) -> str:
    """R-3.1.3: the group takes part in the visits of key projects and of strategic partners."""
    if visit.project.key or visit.project.strategic:
        return ""
    return "只有重点工程、战略合作伙伴的回访需要记录集团参与。"


def cases_are_over(visit: Visit) -> list[str]:
    """A record is not corrected to 无问题 while the warranty case it opened is under way."""
    numbers = [case.number for case in open_cases_of(visit)]
    return [f"保修记录 {'、'.join(numbers)} 尚未办结,请先办结或按“非保修/作废”处理。"] if numbers else []
