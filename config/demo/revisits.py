"""Yearly revisit plans of the demo, in every state, and the visits they asked for; by those whose work it is."""

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from ledgers.models import Region
from organization.models import Unit, User
from revisits.models import FrequencyPolicy, RevisitPlan, Visit
from revisits.selectors.checking import check_plan
from revisits.selectors.scope import asked_of, projects_of
from revisits.services.asking import level_of
from revisits.services.common import visitors_of
from revisits.services.deciding import change_plan, decide_plan, submit_plan
from revisits.services.jobs import order_drafts, run_next
from revisits.services.opening import turn_the_year
from revisits.services.planning import change_line, draft_plan, remove_line, start_plan
from revisits.services.policy import DAYS, change_policy
from revisits.services.waivers import ask_waiver, decide_waiver

from .ledgers import Demo
from .revisits_visits import Visits

# In force since January; of the first two all stories of visits are told, of the others some.
GOVERNING = ("U1", "U1D1", "U2", "U2D3", "U3D1", "U3D2", "U3D3", "U4D1", "U4D2")
LAST_YEAR = ("U1", "U1D1", "U2", "U2D3")
TOLD_WHOLLY = 2
WAIVED = "业主已书面说明该时段场地封闭施工,无法接待回访,回访事项并入下一次现场回访。"


class Revisits:
    """``ledgers`` makes two projects more, whose ledgers come into force in mid-year."""

    def __init__(self, *, units: dict[str, Unit], random: Random, today: date, ledgers: Demo) -> None:
        self.units, self.random, self.today, self.ledgers = units, random, today, ledgers
        self.people: dict[str, User] = {user.username: user for user in User.objects.all()}

    def load(self) -> None:
        year = self.today.year
        last = [plan for code in LAST_YEAR if (plan := self.govern(code, year - 1))]
        self.new_settings()
        plans = [plan for code in GOVERNING if (plan := self.govern(code, year))]
        self.being_written()
        turn_the_year(now=self.at(date(year, 1, 1), 0))
        visits = Visits(people=self.people, random=self.random, today=self.today)
        visits.load(list(dict.fromkeys(plan.unit for plan in [*plans, *last])), wholly=TOLD_WHOLLY)
        self.changes()

    # --- time and people

    def at(self, day: date, hour: int) -> datetime:
        """A moment of that day; never later than the real now."""
        moment = timezone.make_aware(datetime.combine(day, time(hour, self.random.randrange(5, 55))))
        return min(moment, timezone.now())

    def ago(self, days: int, hour: int = 9) -> datetime:
        return self.at(self.today - timedelta(days=days), hour)

    def writer(self, unit: Unit) -> User:
        return self.people[("pw" if unit.tier == "department" else "uw") + _number(unit)]

    def decider(self, unit: Unit) -> User:
        return self.people[f"uh{_number(unit)[0]}"] if unit.tier == "department" else self.people["gh"]

    # --- plans that govern

    def govern(self, code: str, year: int) -> RevisitPlan | None:
        """Drafted with the year, or the day after its first ledger came into force; approved the day after."""
        unit = self.units[code]
        first = self.first_day(unit, year)
        if first is None:
            return None
        plan = self.drafted(unit, year, self.at(first, 9))
        writer = self.writer(unit)
        if code == "U4D1":  # a gap that was waived
            self.waive(plan, self.at(first, 11), granted=True)
        submit_plan(plan_id=plan.pk, actor=writer, now=self.at(first, 14))
        self.decide(plan, "approve", self.at(first + timedelta(days=1), 10), "频次符合要求,同意。")
        return plan

    def first_day(self, unit: Unit, year: int) -> date | None:
        policy, level = FrequencyPolicy.in_force().rules, level_of(unit)
        asking = [p for p in projects_of(unit, year, policy) if asked_of(p, year, level, policy)]
        known = [p.facts.ledger_approved_on for p in asking if p.facts.ledger_approved_on]
        return max(date(year, 1, 2), min(known) + timedelta(days=1)) if known else None

    def drafted(self, unit: Unit, year: int, now: datetime) -> RevisitPlan:
        plan = start_plan(unit=unit, year=year, actor=self.writer(unit), now=now)
        return draft_plan(plan_id=plan.pk, actor=self.writer(unit), now=now)

    def decide(self, plan: RevisitPlan, decision: str, now: datetime, remark: str) -> None:
        decide_plan(plan_id=plan.pk, decision=decision, remark=remark, actor=self.decider(plan.unit), now=now)

    def break_open(self, plan: RevisitPlan, now: datetime) -> None:
        """Lines of a domestic project taken out, until a gap stands."""
        lines = plan.visits.filter(method="onsite", project__overseas=False).order_by("-project_id", "-scheduled_on")
        for visit in lines:
            remove_line(plan_id=plan.pk, visit_id=visit.pk, actor=self.writer(plan.unit), now=now)
            if check_plan(plan).blocking:
                return

    def waive(self, plan: RevisitPlan, now: datetime, *, granted: bool = False) -> None:
        """For the gaps of what was taken out."""
        self.break_open(plan, now)
        for gap in check_plan(plan).blocking:
            waiver = ask_waiver(
                plan_id=plan.pk,
                project_id=gap.project.pk,
                rule=gap.gap.requirement.code,
                reason=WAIVED,
                actor=self.writer(plan.unit),
                now=now,
            )
            if granted:
                decider = self.decider(plan.unit)
                decide_waiver(waiver_id=waiver.pk, grant=True, remark="情况属实,同意。", actor=decider, now=now)

    # --- plans that are being written

    def being_written(self) -> None:
        """Begun late: their projects came to the unit during the year."""
        year = self.today.year
        for code in ("U1D2", "U3"):  # waiting for approval, a waiver asked for
            plan = self.drafted(self.units[code], year, self.ago(1))
            self.waive(plan, self.ago(1, 11))
            submit_plan(plan_id=plan.pk, actor=self.writer(plan.unit), now=self.ago(0, 8))
        plan = self.drafted(self.units["U1D3"], year, self.ago(3))
        self._returned(plan, "同一周内安排过密,请分散到各月,并核对计划回访人。", days=3)
        start_plan(unit=self.units["U2D1"], year=year, actor=self.people["pw21"], now=self.ago(1))
        plan = self.drafted(self.units["U2D2"], year, self.ago(1, 10))
        self.break_open(plan, self.ago(1, 15))
        self._in_bulk(year)
        if self.today.month >= 10:  # the coming year's are begun ahead
            start_plan(unit=self.units["U1"], year=year + 1, actor=self.people["uw1"], now=self.ago(0))
            plan = self.drafted(self.units["U2"], year + 1, self.ago(2))
            self.break_open(plan, self.ago(2, 16))

    def _in_bulk(self, year: int) -> None:
        """UW has what was never begun drafted at once; the unit's own plan is submitted and returned."""
        unit, uw = self.units["U4"], self.people["uw4"]
        order_drafts(unit=unit, year=year, actor=uw, now=self.ago(2))
        while run_next(now=self.ago(2, 9)):
            pass
        plan = RevisitPlan.objects.select_related("unit").get(unit=unit, year=year)
        self._returned(plan, "雨季前回访集中在同一天,请错开安排后重新上报。", days=2)

    def _returned(self, plan: RevisitPlan, remark: str, *, days: int) -> None:
        submit_plan(plan_id=plan.pk, actor=self.writer(plan.unit), now=self.ago(days, 14))
        self.decide(plan, "return", self.ago(days - 1, 10), remark)

    # --- what changes in mid-year

    def new_settings(self) -> None:
        """GH gives a city a rain season of its own, before the year begins."""
        policy = FrequencyPolicy.in_force()
        rows = [{name: getattr(row, name) for name in ("place", *DAYS)} for row in policy.climates.all()]
        south = next(row for row in rows if row["place"] == Region.SOUTH)
        change_policy(
            settings={
                "min_window_days": policy.min_window_days,
                "onsite_counts_as_phone": policy.onsite_counts_as_phone,
                "rain_for_all": policy.rain_for_all,
            },
            climates=[*rows, {**south, "place": "武汉", "rain_start": "05-15", "rain_end": "08-15"}],
            reason="武汉按当地梅雨季单列雨季起止日期",
            number=policy.number,
            actor=self.people["gh"],
            now=self.at(date(self.today.year - 1, 12, 20), 10),
        )

    def changes(self) -> None:
        """New ledgers: U2D3 has supplemented its plan, U2 is at it, U1D1 and U1 have not begun. Changes of visitors."""
        self.ledgers.project(self.units["U2D3"], "effective", 12)
        self._supplement("U2D3", self.ago(8), "新生效台账纳入回访,增补计划。")
        self._approve_change("U2D3", 8)
        self._supplement("U2", self.ago(1), "新生效台账纳入回访,增补计划。")
        self.ledgers.project(self.units["U1D1"], "effective", 5)
        self._change_visitor("U3D1", self.ago(1))
        self._submit_change("U3D1", self.ago(0, 8))
        self._change_visitor("U4D2", self.ago(3))
        self._submit_change("U4D2", self.ago(3, 14))
        remark = "变更人员尚未到岗,请明确到岗日期后再报。"
        self.decide(self._governing("U4D2"), "return", self.ago(2, 10), remark)

    def _governing(self, code: str) -> RevisitPlan:
        return RevisitPlan.objects.select_related("unit").get(unit=self.units[code], year=self.today.year)

    def _supplement(self, code: str, now: datetime, reason: str) -> None:
        plan, writer = self._governing(code), self.writer(self.units[code])
        change_plan(plan_id=plan.pk, reason=reason, actor=writer, now=now)
        draft_plan(plan_id=plan.pk, actor=writer, now=now)

    def _change_visitor(self, code: str, now: datetime) -> None:
        """Some of the coming visits are somebody else's from now on."""
        plan, writer = self._governing(code), self.writer(self.units[code])
        change_plan(plan_id=plan.pk, reason="回访人员调整,后续回访由工程管理岗承担。", actor=writer, now=now)
        other = next(user for user in visitors_of(plan.unit, self.today) if user != writer)
        for visit in self._coming(plan)[:2]:
            change_line(
                plan_id=plan.pk,
                visit_id=visit.pk,
                on=visit.planned_on,
                method=visit.method,
                visitor=other.pk,
                actor=writer,
                now=now,
            )

    def _coming(self, plan: RevisitPlan) -> list[Visit]:
        return list(plan.visits.open().order_by("-scheduled_on", "pk"))

    def _submit_change(self, code: str, now: datetime) -> None:
        submit_plan(plan_id=self._governing(code).pk, actor=self.writer(self.units[code]), now=now)

    def _approve_change(self, code: str, days: int) -> None:
        """With it a visit passes to somebody else: the line it replaces is given up."""
        plan, writer = self._governing(code), self.writer(self.units[code])
        other = next(user for user in visitors_of(plan.unit, self.today) if user != writer)
        for visit in self._coming(plan)[:1]:
            change_line(
                plan_id=plan.pk,
                visit_id=visit.pk,
                on=visit.planned_on,
                method=visit.method,
                visitor=other.pk,
                actor=writer,
                now=self.ago(days, 10),
            )
        self._submit_change(code, self.ago(days, 15))
        self.decide(plan, "approve", self.ago(days - 1, 10), "同意增补。")


def _number(unit: Unit) -> str:
    """U1 → 1, U1D2 → 12: the end of its people's names."""
    return "".join(letter for letter in unit.code if letter.isdigit())
