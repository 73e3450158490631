"""Visits of the demo: made, with a problem, not reached, moved, corrected, late, due today; the group's part."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from organization.models import Unit, User
from revisits.models import Visit
from revisits.services.visits import (
    correct_record,
    record_participation,
    record_unreachable,
    record_visit,
    reschedule_visit,
)

from . import names
from .pictures import picture
from .revisits_past import record_all, words_of

# place, trade, problem, urgency: what a visit found.
FOUND = (
    ("2#楼地下车库坡道", "防水", "伸缩缝处渗水,雨后有明水", "urgent"),
    ("裙房三层吊顶", "装饰装修", "检修口周边石膏板开裂", "normal"),
    ("5#楼2单元入户门", "装饰装修", "闭门器失效,门扇下垂", "normal"),
    ("屋面机房", "暖通", "冷却塔补水阀关闭不严,持续溢水", "normal"),
    ("东侧雨棚", "幕墙", "铝板接缝密封胶脱落", "normal"),
)
NOT_REACHED = ("电话两次无人接听。", "预留号码已停机,改到现场联系物业。", "受访人出差,约定到现场回访。")
TRIES = 12  # visits that are looked at for one that may move


class Visits:
    """Tells of the visits that came due; whatever no story took and is past was made and found nothing."""

    def __init__(self, *, people: dict[str, User], random: Random, today: date) -> None:
        self.people, self.random, self.today = people, random, today
        self.problems = 0

    def load(self, units: Sequence[Unit], *, wholly: int) -> None:
        """The first ``wholly`` units tell everything, the other ones a rotating part."""
        parts: tuple[Callable[[], None], ...] = (
            self.overdue, self.problem, self.reached_on_site, self.late, self.corrected, self.moved,
        )  # fmt: skip
        for at, unit in enumerate(units):
            self.begin(unit)
            if at < wholly:
                self.everything()
            else:
                parts[at % len(parts)]()
                parts[(at + 2) % len(parts)]()
            self.rest()

    def begin(self, unit: Unit) -> None:
        number = "".join(letter for letter in unit.code if letter.isdigit())
        self.writer = self.people[("pw" if unit.tier == "department" else "uw") + number]
        self.limit = 1 if unit.tier == "department" else 3
        visits = Visit.objects.filter(unit=unit, status=Visit.Status.DUE).select_related("project")
        self.past = list(visits.filter(scheduled_on__lt=self.today).order_by("scheduled_on", "pk"))
        self.coming = list(visits.filter(scheduled_on__gte=self.today).order_by("scheduled_on", "pk"))

    def everything(self) -> None:
        self.due_today()
        self.waiting_on_site()
        for _ in range(2):
            self.overdue()
            self.problem()
        self.reached_on_site()
        self.late()
        self.corrected()
        self.corrected(to_problem=True)
        self.moved()
        self.taken_part()

    def rest(self) -> None:
        """What is left of the past; the last days' stay open, within their limit."""
        open_since = self.today - timedelta(days=self.limit - 1)
        record_all([v for v in self.past if v.scheduled_on < open_since], actor=self.writer, random=self.random)

    # --- stories

    def overdue(self) -> None:
        """Its limit has passed and nothing was recorded."""
        self.take(self.limit + 1)

    def problem(self) -> None:
        visit = self.take(1)
        if visit is not None:
            photos = [picture(self.random, f"现场照片{n}.png") for n in (1, 2)]
            self.record(visit, self.found(), files=photos)

    def reached_on_site(self) -> None:
        """The call failed, the visit on site two days later."""
        visit = self.take(4)
        if visit is None:
            return
        day = visit.scheduled_on
        self.not_reached(visit, day, day + timedelta(days=2))
        self.record(Visit.objects.get(pk=visit.pk), {"respondent": f"{names.person(self.random)}(物业)"})

    def waiting_on_site(self) -> None:
        """Not reached yesterday; the visit on site is still to come."""
        visit = self.take(1)
        if visit is not None:
            yesterday = max(self.today - timedelta(days=1), visit.scheduled_on)
            self.not_reached(visit, yesterday, self.today + timedelta(days=1))

    def late(self) -> None:
        """Recorded after its limit, which stays a fact."""
        visit = self.take(self.limit + 3)
        if visit is not None:
            day = visit.scheduled_on + timedelta(days=self.limit + 1)
            self.record(visit, {"visited_on": day}, day)

    def corrected(self, *, to_problem: bool = False) -> None:
        visit = self.take(2)
        if visit is None:
            return
        visit = self.record(visit, {})
        words = words_of(visit, self.writer, self.random)
        words |= self.found() if to_problem else {"situation": f"{words['situation']}另:备用泵已试运行。"}
        reason = "业主次日来电补充反映质量问题。" if to_problem else "补充记录试运行情况。"
        now = self.at(visit.scheduled_on + timedelta(days=1), 10)
        values: Any = {"problem": {}} | words
        correct_record(visit_id=visit.pk, values=values, reason=reason, actor=self.writer, now=now)

    def moved(self) -> None:
        """改期 of a coming visit by some days, within its windows."""
        self.move(self.coming, [timedelta(days=n) for n in (5, 3, 7, -3, 2, 1)])

    def due_today(self) -> None:
        """Moved to today, unless one stands for today anyway."""
        if any(visit.scheduled_on == self.today for visit in self.coming):
            return
        recent = [visit for visit in reversed(self.past) if visit.scheduled_on > self.today - timedelta(days=31)]
        for visit in [*self.coming[:TRIES], *recent[:TRIES]]:
            if self.moves(visit, self.today, "业主要求提前到今天。" if visit in self.coming else "业主要求改在今天。"):
                (self.coming if visit in self.coming else self.past).remove(visit)
                return

    def taken_part(self) -> None:
        """R-3.1.3: GW took part in visits of key projects and strategic partners."""
        flagged = [v for v in reversed(self.past) if v.project.key or v.project.strategic][:2]
        for visit in flagged:
            self.past.remove(visit)
            self.record(visit, {})
            record_participation(
                visit_id=visit.pk,
                people=f"{self.people['gw'].name}、{self.people['gl'].name}",
                took_part_on=visit.scheduled_on,
                note="集团工程部参加现场回访,听取业主意见,要求项目部做好雨季前检查。",
                actor=self.people["gw"],
                now=self.at(visit.scheduled_on, 17),
            )

    # --- steps

    def take(self, days: int) -> Visit | None:
        """The latest of the past that came due at least so many days ago."""
        for visit in reversed(self.past):
            if visit.scheduled_on <= self.today - timedelta(days=days):
                self.past.remove(visit)
                return visit
        return None

    def at(self, day: date, hour: int) -> datetime:
        moment = timezone.make_aware(datetime.combine(day, time(hour, self.random.randrange(60))))
        return min(moment, timezone.now())

    def found(self) -> dict[str, Any]:
        place, trade, problem, urgency = FOUND[self.problems % len(FOUND)]
        self.problems += 1
        return {
            "quality": "found",
            "situation": f"{place}:{problem}。已报修并告知业主处理安排。",
            "problem": {
                "place": place,
                "trade": trade,
                "problem": problem,
                "urgency": urgency,
                "phone": names.phone(self.random),
            },
        }

    def record(
        self, visit: Visit, changes: dict[str, Any], day: date | None = None, files: Sequence[Any] = ()
    ) -> Visit:
        values: Any = {"problem": {}} | words_of(visit, self.writer, self.random) | changes
        now = self.at(day or visit.scheduled_on, 15)
        return record_visit(visit_id=visit.pk, values=values, actor=self.writer, now=now, files=files)

    def not_reached(self, visit: Visit, day: date, moved_to: date) -> None:
        record_unreachable(
            visit_id=visit.pk,
            tried_on=day,
            reason=self.random.choice(NOT_REACHED),
            moved_to=moved_to,
            actor=self.writer,
            now=self.at(day, 11),
        )

    def move(self, visits: Sequence[Visit], by: Sequence[timedelta]) -> None:
        for visit in visits[:TRIES]:
            for days in by:
                to = visit.scheduled_on + days
                if to.weekday() < 5 and to > self.today and self.moves(visit, to, "业主要求改在方便的日期。"):
                    return

    def moves(self, visit: Visit, to: date, reason: str) -> bool:
        """Whether the rules let it."""
        now = self.at(self.today - timedelta(days=1), 16)
        try:
            reschedule_visit(visit_id=visit.pk, to=to, reason=reason, actor=self.writer, now=now)
        except ValidationError:
            return False
        return True
