"""Projects with their ledgers in every state, as years of use would have left them; set-based, from one fixed seed.

What a service would have written is written here as rows (versions, contacts, transitions, clocks, notices, field
history): tens of thousands of services would take an hour. Each story below is a walk through ``FLOW``; states,
labels and clocks are read from the flow, so a story that the flow does not know fails.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.demo import names
from ledgers.appendix_c import GROUP_OF, GROUPS, POSTS
from ledgers.flow import FLOW, PUNCH_FLOW
from ledgers.models import Ledger, LedgerContact, LedgerVersion, Project, PunchItem, WarrantyTerm
from ledgers.statutory import add_years
from organization.edition import edition_on
from organization.models import Unit

from .duties import MODELS, Batch, Duties, Open
from .people import Group
from .rows import Keys, tidy, write, write_history

S = Ledger.Status
FIRST = ("open", "draft", "submit", "review", "confirm")
CHANGE = (*FIRST, "propose_change", "submit_change")
# The steps behind a ledger, and how many of a hundred ledgers stand there.
STORIES: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (58, S.EFFECTIVE, FIRST),
    (2, S.PENDING, FIRST[:1]),
    (6, S.DRAFTING, FIRST[:2]),
    (4, S.IN_REVIEW, FIRST[:3]),
    (3, S.IN_CONFIRM, FIRST[:4]),
    (3, S.RETURNED, (*FIRST[:3], "return_review")),
    (3, S.CHANGING, CHANGE[:-1]),
    (2, S.CHANGE_REVIEW, CHANGE),
    (1, S.CHANGE_CONFIRM, (*CHANGE, "review_change")),
    (1, S.CHANGE_RETURNED, (*CHANGE, "return_change")),
    (7, S.EXPIRED, (*FIRST, "expire")),
    (3, S.AFTERCARE, (*FIRST, "expire", "follow_up")),
    (5, S.ARCHIVED, (*FIRST, "expire", "archive")),
    (2, S.VOID, (*FIRST[:2], "void")),
)
# One ledger after the other takes the next place, so that every department soon has some of each.
MIX = [at for at, (share, _, _) in enumerate(STORIES) for _ in range(share)]
CHUNK = 1000


class Loader:
    """Adds projects to a group. ``now`` is the moment at which the clocks stand as ``Duties.run`` describes."""

    def __init__(self, group: Group, *, now: datetime) -> None:
        self.group = group
        self.now = now
        self.today = timezone.localdate(now)
        self.random = Random(2018)
        self.keys = Keys(*MODELS)
        self.edition = edition_on(self.today).pk
        self.duties = Duties(group, now=now, keys=self.keys, random=self.random)
        self.people = [names.person(self.random) for _ in range(400)]
        self.phones = [names.phone(self.random) for _ in range(4000)]
        self.firms = [names.firm(self.random) for _ in range(20)]
        self.number = Project.objects.count()

    @transaction.atomic
    def load(self, projects: int, *, open_clocks: int = 0) -> None:
        """``projects`` more, spread over the departments; punch items fill up to ``open_clocks`` running clocks.

        Of the running clocks a tenth became overdue in the last minutes and was not swept yet, a tenth is overdue
        since long and was, the others are due in the coming weeks.
        """
        self.keys.catch_up()
        for start in range(0, projects, CHUNK):
            count = min(CHUNK, projects - start)
            self._write(self._chunk(count, open_clocks * (start + count) // projects if open_clocks else 0))
        self.keys.settle()

    @transaction.atomic
    def load_governed(self, count: int, *, departments: Sequence[Unit]) -> None:
        """``count`` more, all in force, spread over ``departments``."""
        self.keys.catch_up()
        for start in range(0, count, CHUNK):
            batch = Batch()
            for at in range(start, min(start + CHUNK, count)):
                self.number += 1
                list(self._project(batch, departments[at % len(departments)], S.EFFECTIVE, FIRST))
            self._write(batch)
        self.keys.settle()

    @transaction.atomic
    def add_punch(self, project: Project, count: int) -> None:
        """``count`` more open punch items of one project, each with its running clock."""
        self.keys.catch_up()
        batch = Batch()
        for at in range(count):
            self.duties.run(batch, self._punch(batch, project, project.department, at))
        self._write(batch)
        self.keys.settle()

    # --- one chunk

    def _chunk(self, count: int, clocks: int) -> Batch:
        batch = Batch()
        places = []
        departments = self.group.departments
        opened: list[Open] = []
        for _ in range(count):
            department = departments[self.number % len(departments)]
            _, status, steps = STORIES[MIX[(self.number * 37 + self.number // 100) % len(MIX)]]
            self.number += 1
            opened += self._project(batch, department, status, steps)
            places.append((batch.rows[Project][-1], department))
        wanted = clocks - self.duties.clocks - len(opened)
        for at in range(max(wanted, 0)):
            project, department = places[at % count]
            opened.append(self._punch(batch, project, department, at))
        for duty in opened:
            self.duties.run(batch, duty)
        return batch

    def _write(self, batch: Batch) -> None:
        for model in MODELS:
            write(batch.rows[model])
        for model in (Project, Ledger, LedgerVersion, LedgerContact, WarrantyTerm, PunchItem):
            write_history(batch.rows[model], at=self.now - timedelta(days=30))

    # --- a project and its ledger

    def _project(self, batch: Batch, department: Unit, status: str, steps: tuple[str, ...]) -> Iterator[Open]:
        random, number = self.random, self.number
        city, street, region = names.CITIES[number % len(names.CITIES)]
        completed = self.today - timedelta(days=self._age(status))
        begun = timezone.make_aware(datetime.combine(completed, datetime.min.time())) + timedelta(hours=9)
        clerk = self.group.holders["PW", department.pk]
        flags = {
            "key": random.random() < 0.15,
            "strategic": random.random() < 0.2,
            "hvac": random.random() < 0.5,
            "region": region,
            "city": city.removesuffix("市"),
            "accepted_on": completed,
            "delivered_on": completed + timedelta(days=5),
        }
        project = batch.add(
            Project(
                pk=self.keys.take(Project),
                code=f"HJ{completed.year}-{number:07d}",
                name=f"{city.removesuffix('市')}{names.building(random, number)}{number % 97 + 1}期",
                address=f"{city}{street}{random.randrange(1, 900)}号",
                department=department,
                phase=Project.Phase.COMPLETED,
                created_at=begun - timedelta(days=60),
                created_by_id=clerk,
                **flags,
            )
        )
        ledger = batch.add(
            Ledger(
                pk=self.keys.take(Ledger),
                project=project,
                number=project.code,
                status=status,
                created_at=begun,
                updated_at=begun + timedelta(days=len(steps)),
            )
        )
        if "draft" in steps:
            self._versions(batch, ledger, flags, steps, clerk, begun)
        return self.duties.walk(batch, FLOW, ledger, steps, department, begun)

    def _age(self, status: str) -> int:
        """Days since completion: young while the first version is made, old when the warranty has run out."""
        if status in (S.PENDING, S.DRAFTING, S.IN_REVIEW, S.IN_CONFIRM, S.RETURNED):
            return self.random.randrange(4, 20)
        if status in (S.EXPIRED, S.AFTERCARE, S.ARCHIVED):
            return self.random.randrange(760, 1500)
        return self.random.randrange(30, 700)

    def _versions(
        self,
        batch: Batch,
        ledger: Ledger,
        flags: dict[str, Any],
        steps: tuple[str, ...],
        clerk: int,
        begun: datetime,
    ) -> None:
        start: date = flags["accepted_on"]
        approved = "confirm" in steps
        gaps = 0 if "submit" in steps else self.number % 4
        ledger.warranty_start, ledger.warranty_end = start, add_years(start, 2)
        ledger.missing_count = gaps
        ledger.version = 1 + ("propose_change" in steps)
        for number in range(1, ledger.version + 1):
            made_at = begun + timedelta(days=number)
            version = batch.add(
                LedgerVersion(
                    pk=self.keys.take(LedgerVersion),
                    ledger=ledger,
                    number=number,
                    reason="" if number == 1 else "业主方更换工程部经理,联系方式变更。",
                    recorded_on=start,
                    name=ledger.project.name,
                    address=ledger.project.address,
                    warranty_start=ledger.warranty_start,
                    warranty_end=ledger.warranty_end,
                    edition_id=self.edition,
                    created_at=made_at,
                    created_by_id=clerk,
                    submitted_at=made_at if "submit" in steps else None,
                    approved_at=made_at + timedelta(days=1) if approved and number == 1 else None,
                    **flags,
                )
            )
            if approved and number == 1:
                ledger.effective_id = version.pk
            ledger.working_id = version.pk
            self._contacts(batch, version, gaps)

    def _contacts(self, batch: Batch, version: LedgerVersion, gaps: int) -> None:
        """All 13 posts; the last ``gaps`` of them without a phone."""
        random = self.random
        firms = {post.code for post in GROUPS[1].posts}
        for order, code in enumerate(POSTS):
            batch.add(
                LedgerContact(
                    pk=self.keys.take(LedgerContact),
                    version=version,
                    group=GROUP_OF[code].code,
                    post=code,
                    name=random.choice(self.people),
                    phone="" if order >= len(POSTS) - gaps else random.choice(self.phones),
                    remark=random.choice(self.firms) if code in firms else "",
                    order=order,
                )
            )
        for part, years in (("waterproofing", 5), ("installation", 2), ("decoration", 2)):
            batch.add(WarrantyTerm(pk=self.keys.take(WarrantyTerm), version=version, part=part, amount=years))

    def _punch(self, batch: Batch, project: Project, department: Unit, at: int) -> Open:
        """An open punch item; every seventh waits for the unit to close it."""
        place, trade, problem = names.PUNCH[at % len(names.PUNCH)]
        begun = self.now - timedelta(days=10 + at % 20)
        done = at % 7 == 6
        clerk = self.group.holders["PW", department.pk]
        item = batch.add(
            PunchItem(
                pk=self.keys.take(PunchItem),
                project=project,
                status=PunchItem.Status.DONE if done else PunchItem.Status.OPEN,
                found_on=begun.date(),
                place=f"{place}({at})",
                trade=trade,
                problem=problem,
                responsible=self.random.choice(self.people),
                subcontractor=self.random.choice(self.firms),
                due_on=self.today + timedelta(days=at % 40 - 5),
                done_on=self.today if done else None,
                created_by_id=clerk,
                created_at=begun,
            )
        )
        (duty,) = self.duties.walk(batch, PUNCH_FLOW, item, ("add", "finish") if done else ("add",), department, begun)
        return duty


def load(group: Group, *, projects: int, open_clocks: int, now: datetime) -> None:
    """The whole data set in one transaction, then what autovacuum does."""
    Loader(group, now=now).load(projects, open_clocks=open_clocks)
    tidy()
