"""The pages whose speed is measured, and who looks at them."""

from dataclasses import dataclass, field

from django.db import connection, transaction
from django.http import QueryDict
from django.urls import reverse

from ledgers.models import Ledger

# Everything, one unit of thirty, one department of six hundred.
LOGINS = ("gw", "uw7", "pw7d12")


@dataclass(frozen=True)
class Page:
    title: str
    login: str
    url_name: str
    query: dict[str, str] = field(default_factory=dict)
    of_ledger: bool = False

    def path(self) -> str:
        """Raises NoReverseMatch while the page does not exist."""
        found = reverse(self.url_name, args=[_ledger()]) if self.of_ledger else reverse(self.url_name)
        query = QueryDict(mutable=True)
        query.update(self.query)
        return f"{found}?{query.urlencode()}" if self.query else found


def _ledger() -> int:
    """A ledger in force of U7D12, with two versions when there is one."""
    found = Ledger.objects.filter(project__department__code="U7D12", effective__isnull=False)
    return found.order_by("-version", "pk").values_list("pk", flat=True)[0]


FILTER = {"q": "医院", "status": "effective", "unit": "U7"}
PAGES: tuple[Page, ...] = (
    Page("ledger list", "gw", "ledgers:ledger_list"),
    Page("ledger list", "uw7", "ledgers:ledger_list"),
    Page("ledger list", "pw7d12", "ledgers:ledger_list"),
    Page("filtered list", "gw", "ledgers:ledger_list", FILTER),
    Page("ledger detail", "uw7", "ledgers:ledger_detail", of_ledger=True),
    Page("ledger detail", "pw7d12", "ledgers:ledger_detail", of_ledger=True),
    Page("worklist", "uw7", "workflow:worklist"),
    Page("worklist", "pw7d12", "workflow:worklist"),
)


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
