"""The pages whose speed is measured, and who looks at them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.http import QueryDict
from django.urls import reverse

from complaints.models import Complaint, Plan
from ledgers.models import Ledger
from revisits.models import RevisitPlan, Visit

from .copies import RARE
from .revisit_data import LARGE

# Everything, one unit of thirty, one department of six hundred.
LOGINS = ("gw", "uw7", "pw7d12")


@dataclass(frozen=True)
class Page:
    title: str
    login: str
    url_name: str
    query: dict[str, str] = field(default_factory=dict)
    of: Callable[[], int] | None = None
    queries: int = 12
    ms: float = 50
    beside_floor: bool = True  # whether its requests a second have a limit

    def path(self) -> str:
        """Raises NoReverseMatch while the page does not exist, IndexError when there is no such record."""
        found = reverse(self.url_name, args=[self.of()]) if self.of else reverse(self.url_name)
        query = QueryDict(mutable=True)
        query.update(self.query)
        return f"{found}?{query.urlencode()}" if self.query else found


def _ledger() -> int:
    """A ledger in force of U7D12, with two versions when there is one."""
    found = Ledger.objects.filter(project__department__code="U7D12", effective__isnull=False)
    return found.order_by("-version", "pk").values_list("pk", flat=True)[0]


def _complaint() -> int:
    """One of U7 with much behind it: severe, being rectified."""
    found = Complaint.objects.filter(department__code__startswith="U7D", verdict="severe").order_by("-status", "pk")
    return found.values_list("pk", flat=True)[0]


def _plan() -> int:
    found = Plan.objects.filter(complaint__department__code__startswith="U7D", status="approved").order_by("pk")
    return found.values_list("pk", flat=True)[0]


def _page(
    title: str,
    login: str,
    name: str,
    query: dict[str, str] | None = None,
    of: Callable[[], int] | None = None,
    ms: float = 60,
) -> Page:
    return Page(title, login, f"complaints:{name}", query or {}, of, 15, ms)


FILTER = {"q": "医院", "status": "effective", "unit": "U7"}
PAGES: tuple[Page, ...] = (
    Page("ledger list", "gw", "ledgers:ledger_list"),
    Page("ledger list", "uw7", "ledgers:ledger_list"),
    Page("ledger list", "pw7d12", "ledgers:ledger_list"),
    Page("filtered list", "gw", "ledgers:ledger_list", FILTER),
    Page("ledger detail", "uw7", "ledgers:ledger_detail", of=_ledger),
    Page("ledger detail", "pw7d12", "ledgers:ledger_detail", of=_ledger),
    Page("worklist", "uw7", "workflow:worklist"),
    Page("worklist", "pw7d12", "workflow:worklist"),
)

COMPLAINT_FILTER = {"status": "closed", "unit": "U7", "kind": "warranty"}
FREQUENT, SELDOM = {"q": "渗水"}, {"q": RARE}
# The same at a million complaints: those whose cost could grow with them.
REGISTER: tuple[Page, ...] = (
    _page("complaint register", "gw", "complaint_list"),
    _page("complaint register", "uw7", "complaint_list"),
    _page("complaint register", "pw7d12", "complaint_list"),
    _page("filtered register", "gw", "complaint_list", COMPLAINT_FILTER),
    _page("search, frequent", "gw", "complaint_list", FREQUENT, ms=100),
    _page("search, frequent", "uw7", "complaint_list", FREQUENT, ms=100),
    _page("search, rare", "gw", "complaint_list", SELDOM, ms=100),
    _page("search, rare", "uw7", "complaint_list", SELDOM, ms=100),
    _page("schedule register", "gw", "schedule_register"),
    _page("schedule register", "uw7", "schedule_register"),
    _page("complaint detail", "uw7", "complaint_detail", of=_complaint),
)
COMPLAINTS: tuple[Page, ...] = (
    *REGISTER,
    _page("complaint detail", "gw", "complaint_detail", of=_complaint),
    _page("plan detail", "uw7", "plan_detail", of=_plan),
    _page("filing list", "gw", "filing_list"),
    _page("filing list", "uw7", "filing_list"),
    Page("worklist among complaints", "gw", "workflow:worklist", {}, None, 15, 60),
    Page("worklist among complaints", "uw7", "workflow:worklist", {}, None, 15, 60),
)


def _visit() -> int:
    """One of U7 that found a problem this year."""
    found = Visit.objects.filter(unit__code=LARGE, status="problem").order_by("-scheduled_on", "pk")
    return found.values_list("pk", flat=True)[0]


def _visit_of_department() -> int:
    found = Visit.objects.filter(unit__code=f"{LARGE}D12", status="due").order_by("scheduled_on", "pk")
    return found.values_list("pk", flat=True)[0]


def _board() -> int:
    """The coming year's plan of U7, or this year's where none was drafted."""
    found = RevisitPlan.objects.filter(unit__code=LARGE).order_by("-year")
    return found.values_list("pk", flat=True)[0]


def _seen(
    title: str, login: str, name: str, query: dict[str, str] | None = None, of: Callable[[], int] | None = None
) -> Page:
    return Page(title, login, f"revisits:{name}", query or {}, of, 15, 60)


BOARD = Page("board of a plan", "uw7", "revisits:plan_detail", {}, _board, 15, 300, beside_floor=False)
VISITED = {"state": "done", "unit": "U7", "q": "医院"}
REVISITS: tuple[Page, ...] = (
    _seen("visit list", "gw", "visit_list"),
    _seen("visit list", "uw7", "visit_list"),
    _seen("visit list", "pw7d12", "visit_list"),
    _seen("visits made", "gw", "visit_list", {"state": "done"}),
    _seen("visits made, filtered", "gw", "visit_list", VISITED),
    _seen("visit detail", "uw7", "visit_detail", of=_visit),
    _seen("visit detail", "pw7d12", "visit_detail", of=_visit_of_department),
    _seen("plan list", "gw", "plan_list"),
    _seen("plan list", "uw7", "plan_list"),
    Page("worklist among visits", "uw7", "workflow:worklist", {}, None, 15, 60),
    BOARD,
)
SETS = {"pages": PAGES, "complaints": COMPLAINTS, "million": REGISTER, "revisits": REVISITS, "board": (BOARD,)}


@transaction.atomic
def multiply(rows: int) -> None:
    """Bare projects and ledgers up to ``rows``, spread over the departments, by the database itself (PostgreSQL)."""
    missing = rows - Ledger.objects.count()
    if missing <= 0:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH departments AS (
                SELECT id, row_number() OVER (ORDER BY path) - 1 AS at, count(*) OVER () AS number
                FROM organization_unit WHERE tier = 'department'
            ), made AS (
                INSERT INTO ledgers_project (code, name, address, department_id, phase, overseas, local_requirements,
                    time_zone, key, strategic, hvac, region, city, created_at)
                SELECT 'M-' || n, '规模工程' || n, '', d.id, 'completed', false, '', 'Asia/Shanghai', false, false,
                    false, 'north', '', now()
                FROM generate_series(1, %s) AS n JOIN departments AS d ON d.at = n %% d.number
                RETURNING id, code
            )
            INSERT INTO ledgers_ledger (project_id, number, status, version, round, revision, missing_count,
                created_at, updated_at)
            SELECT id, code, 'pending', 1, 1, 0, 0, now(), now() FROM made
            """,
            [missing],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledgers_project, ledgers_ledger")
