"""The form of the register's filters: the same for the same query and the same units."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from complaints.filters import FILED, SATISFIED, STATES, VERDICTS
from complaints.models import Complaint
from ledgers.filters import Offered
from ledgers.views.common import PAGE_SIZES, StaffRequest, kept_markup

C = Complaint
YES_NO = (("1", "是"), ("0", "否"))
# Any of several values: name, label, choices. The first two stand in the bar, the others behind 更多条件.
SEVERAL = (
    ("status", "状态", C.Status.choices),
    ("kind", "投诉类型", C.Kind.choices),
    ("level", "接收层级", C.Level.choices),
    ("verdict", "责任判定", VERDICTS),
    ("party", "投诉主体", C.Party.choices),
    ("channel", "投诉渠道", C.Channel.choices),
    ("cause", "投诉原因", C.Cause.choices),
    ("second", "二次投诉", C.Second.choices),
)
ONE = (
    ("state", "办理情况", STATES),
    ("satisfied", "满意度", SATISFIED),
    ("filed", "集团备案", FILED),
    ("key", "重点工程", YES_NO),
    ("strategic", "战略合作伙伴", YES_NO),
    ("legacy", "历史导入", YES_NO),
)
BOXES = (("mine", "待我办理"), ("soon", "24 小时内到期"), ("overdue", "已逾期"))
IN_BAR = 2
# The filters behind 更多条件: it opens when one of them is in use, unless a tab says so already.
MORE = ("department", "project", *(each[0] for each in (*SEVERAL[IN_BAR:], *ONE)))


def filter_bar(
    request: StaffRequest,
    units: Sequence[Offered],
    *,
    narrowed: bool,
    wrong: tuple[str, ...],
    size: int,
    fixed_kind: bool,
) -> SafeString:
    """``fixed_kind``: the view holds one kind of complaint, there is nothing to choose."""
    offered = tuple((unit.code, unit.name) for unit in units) if len(units) > 1 else ()
    query = request.GET.copy()
    query.pop("page", None)

    def make() -> str:
        several = [_several(request, *each) for each in SEVERAL if not (fixed_kind and each[0] == "kind")]
        in_bar = IN_BAR - fixed_kind
        context = {
            "units": offered,
            "chosen": request.GET,
            "in_bar": several[:in_bar],
            "several": several[in_bar:],
            "one": [(name, label, _options(choices, [request.GET.get(name)])) for name, label, choices in ONE],
            "boxes": [(name, label, bool(request.GET.get(name))) for name, label in BOXES],
            "sizes": PAGE_SIZES,
            "size": size,
            "narrowed": narrowed,
            "wrong": wrong,
            "more": any(request.GET.get(name) for name in MORE),
            "path": request.path,
        }
        return render_to_string("complaints/_complaint_filters.html", context)

    return kept_markup(("complaint filters", request.path, query.urlencode(), offered, wrong), make)


def _several(request: StaffRequest, name: str, label: str, choices: Iterable[tuple[str, str]]) -> dict[str, Any]:
    options = _options(choices, request.GET.getlist(name))
    said = [text for _, text, chosen in options if chosen]
    summary = said[0] if len(said) == 1 else f"已选 {len(said)} 种" if said else "不限"
    return {"name": name, "label": label, "options": options, "summary": summary, "chosen": bool(said)}


def _options(choices: Iterable[tuple[str, str]], given: Sequence[str | None]) -> list[tuple[str, str, bool]]:
    return [(str(value), str(text), str(value) in given) for value, text in choices]
