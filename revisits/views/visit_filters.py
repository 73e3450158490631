"""The form of the visits' filters: the same for the same query and the same units."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ledgers.filters import Offered
from ledgers.views.common import PAGE_SIZES, StaffRequest, kept_markup
from revisits.filters_visits import PERIODS, STATES
from revisits.models import Level, Method

# One value of a few: name, label, choices, what it is called when nothing is chosen. The first two stand in the bar.
ONE = (
    ("state", "状态", STATES, ""),
    ("when", "时间", PERIODS, "不限"),
    ("level", "层级", Level.choices, "不限"),
    ("method", "回访方式", Method.choices, "不限"),
)
TYPED = (
    ("visitor", "回访人", "姓名", 50),
    ("department", "项目经理部", "编码或名称", 100),
    ("city", "城市", "", 30),
    ("project", "工程编号", "", 60),
)
BOXES = (("mine", "由我回访"), ("overdue", "已逾期"), ("flag", "重点工程、战略合作伙伴"))
IN_BAR = 2
# The filters behind 更多条件: it opens when one of them is in use.
MORE = ("month", "mine", *(each[0] for each in (*ONE[IN_BAR:], *TYPED)))


def filter_bar(
    request: StaffRequest, units: Sequence[Offered], *, narrowed: bool, wrong: tuple[str, ...], size: int
) -> SafeString:
    offered = tuple((unit.code, unit.name) for unit in units) if len(units) > 1 else ()
    query = request.GET.copy()
    query.pop("page", None)

    def make() -> str:
        one = [
            (name, label, blank, [(str(v), str(text), str(v) == request.GET.get(name)) for v, text in choices])
            for name, label, choices, blank in ONE
        ]
        context = {
            "units": offered,
            "chosen": request.GET,
            "in_bar": one[:IN_BAR],
            "one": one[IN_BAR:],
            "typed": [(*each, request.GET.get(each[0], "")) for each in TYPED],
            "boxes": [(name, label, bool(request.GET.get(name))) for name, label in BOXES],
            "sizes": PAGE_SIZES,
            "size": size,
            "narrowed": narrowed,
            "wrong": wrong,
            "more": any(request.GET.get(name) for name in MORE),
            "path": request.path,
        }
        return render_to_string("revisits/_visit_filters.html", context)

    return kept_markup(("visit filters", request.path, query.urlencode(), offered, wrong), make)
