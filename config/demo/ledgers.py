"""Projects and ledgers of the demo: one of every state, made step by step by those whose work it is."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from ledgers.appendix_c import GROUPS, Contact
from ledgers.models import Ledger, Project, PunchItem
from ledgers.services.drafting import TermData, save_draft
from ledgers.services.expiry import expire_warranties
from ledgers.services.projects import record_completion, register_project
from ledgers.services.punch import add_punch_item, decide_punch_item, finish_punch_item
from ledgers.services.review import decide_ledger, propose_change, submit_ledger, void_ledger, withdraw_change
from ledgers.statutory import add_years
from organization.models import Unit, User

from . import names

# How far a ledger is taken, and how many days ago its project was completed; drawn through for every department.
STORIES: tuple[tuple[str, int], ...] = (
    ("effective", 420),
    ("pending", 1),
    ("drafting", 2),
    ("in_review", 2),
    ("effective", 200),
    ("returned", 6),
    ("in_confirm", 3),
    ("effective", 90),
    ("changing", 300),
    ("building", 0),
    ("change_review", 310),
    ("pending_late", 9),
    ("effective", 30),
    ("expired", 760),
    ("change_confirm", 320),
    ("effective_key", 150),
    ("change_returned", 330),
    ("void", 40),
    ("aftercare", 800),
    ("building", 0),
    ("archived", 1200),
    ("change_withdrawn", 340),
    ("effective_overseas", 210),
    ("effective_v2", 350),
)


class Demo:
    """Carries the clock and the people of one department through its stories."""

    def __init__(self, *, units: dict[str, Unit], random: Random, today: date) -> None:
        self.units = units
        self.random = random
        self.today = today
        self.number = 0
        self.people = {user.username: user for user in User.objects.all()}

    def moment(self, days_ago: int, hour: int = 10) -> datetime:
        minute = self.random.randrange(60)
        at = timezone.make_aware(datetime.combine(self.today - timedelta(days=days_ago), time(hour, minute)))
        return min(at, timezone.now())

    def load(self, scale: int) -> None:
        departments = [unit for unit in self.units.values() if unit.tier == "department"]
        for _ in range(scale):
            # U1D1 sees every story, so that one account shows everything; the others a rotating part.
            for index, department in enumerate(departments):
                stories = STORIES if index == 0 else [STORIES[(index * 5 + k) % len(STORIES)] for k in range(8)]
                for story, days_ago in stories:
                    self.project(department, story, days_ago)
        for days_ago in (2, 1, 0):  # a state a day, as the calendar would have moved them
            expire_warranties(now=self.moment(days_ago, 1))

    def project(self, department: Unit, story: str, days_ago: int) -> None:
        self.number += 1
        i, j = department.code[1], department.code[3]
        pw, uw, uh = self.people[f"pw{i}{j}"], self.people[f"uw{i}"], self.people[f"uh{i}"]
        city, street, region = names.CITIES[self.number % len(names.CITIES)]
        values: dict[str, object] = {
            "code": f"HJ{self.today.year - days_ago // 365}-{self.number:04d}",
            "name": names.building(self.random, self.number),
            "address": f"{city}{street}{self.random.randrange(1, 300)}号",
            "city": city.removesuffix("市"),
            "region": region,
            "key": story in ("effective_key", "aftercare") or self.random.random() < 0.15,
            "strategic": self.random.random() < 0.2,
            "hvac": self.random.random() < 0.5,
        }
        if story in ("expired", "archived"):
            values["key"] = False
        if story == "effective_overseas":
            values |= {"overseas": True, "local_requirements": "按当地建设主管部门要求,每半年提交一次保修情况报告。"}
        begun = self.moment(max(days_ago, 20) + 60)
        project = register_project(department=department, values=values, actor=pw, now=begun)
        if story == "building":
            return
        completed = self.today - timedelta(days=days_ago)
        late = 0 if story == "pending_late" else min(1, days_ago)
        ledger = record_completion(
            project_id=project.pk,
            accepted_on=completed,
            delivered_on=completed if self.number % 2 else None,
            actor=uw,
            now=self.moment(days_ago - late),
        )
        self.punch_items(project, story, pw, uw)
        self.tell_story(ledger, story, days_ago, pw, uw, uh)

    def tell_story(self, ledger: Ledger, story: str, days_ago: int, pw: User, uw: User, uh: User) -> None:
        pk = ledger.pk
        if story.startswith("pending"):
            return
        gap = story in ("drafting", "returned")
        self.draft(ledger, actor=pw, days_ago=max(days_ago - 1, 0), gap=gap)
        if story == "drafting":
            return
        if story == "returned":
            self.draft(ledger, actor=pw, days_ago=days_ago - 1, gap=False, hour=16)
        submit_ledger(ledger_id=pk, actor=pw, now=self.moment(max(days_ago - 2, 0), 11))
        if story == "in_review":
            return
        if story == "returned":
            reason = "物业经理的联系方式已停机,请核实后补充;质量保证书扫描件缺第二页。"
            decide_ledger(
                ledger_id=pk, step="return_review", remark=reason, actor=uw, now=self.moment(days_ago - 3, 15)
            )
            return
        if story == "void":
            reason = "与另一工程重复登记,保留先登记的一份。"
            void_ledger(ledger_id=pk, reason=reason, actor=uh, now=self.moment(days_ago - 4))
            return
        decide_ledger(
            ledger_id=pk, step="review", remark="信息齐全。", actor=uw, now=self.moment(max(days_ago - 2, 0), 15)
        )
        if story == "in_confirm":
            return
        decide_ledger(ledger_id=pk, step="confirm", remark="同意。", actor=uh, now=self.moment(max(days_ago - 3, 0), 9))
        if story.startswith("chang") or story == "effective_v2":
            self.change(ledger, story, pw, uw, uh)

    def change(self, ledger: Ledger, story: str, pw: User, uw: User, uh: User) -> None:
        pk = ledger.pk
        propose_change(ledger_id=pk, reason="业主方更换工程部经理,联系方式变更。", actor=pw, now=self.moment(3, 9))
        if story == "change_withdrawn":
            reason = "业主方确认沿用原联系人。"
            withdraw_change(ledger_id=pk, reason=reason, actor=pw, now=self.moment(2))
            return
        self.draft(ledger, actor=pw, days_ago=2, gap=False)
        if story == "changing":
            return
        submit_ledger(ledger_id=pk, actor=pw, now=self.moment(1, 9))
        if story == "change_review":
            return
        if story == "change_returned":
            reason = "变更依据(业主来函)未上传,请补充。"
            decide_ledger(ledger_id=pk, step="return_change", remark=reason, actor=uw, now=self.moment(1, 14))
            return
        decide_ledger(ledger_id=pk, step="review_change", remark="", actor=uw, now=self.moment(1, 15))
        if story == "effective_v2":
            decide_ledger(ledger_id=pk, step="confirm_change", remark="同意变更。", actor=uh, now=self.moment(0, 8))

    def draft(self, ledger: Ledger, *, actor: User, days_ago: int, gap: bool, hour: int = 14) -> None:
        fresh = Ledger.objects.select_related("project").get(pk=ledger.pk)
        project = fresh.project
        start = project.completed_on or self.today
        shown = fresh.working
        save_draft(
            ledger_id=fresh.pk,
            revision=fresh.revision,
            number=f"{start.year}-{self.number:03d}",
            header={
                "recorded_on": self.today - timedelta(days=days_ago),
                "name": project.name,
                "address": project.address,
                "warranty_start": start,
                "warranty_end": add_years(start, 2) - timedelta(days=1),
                "accepted_on": project.accepted_on,
                "delivered_on": project.delivered_on,
            },
            contacts=self.contacts(gap, [c.as_data() for c in shown.contacts.all()] if shown else []),
            terms=self.terms(),
            actor=actor,
            now=self.moment(days_ago, hour),
        )

    def contacts(self, gap: bool, present: list[Contact]) -> list[Contact]:
        """A full set of people; or the present ones with another owner's engineer, when there are some."""
        if present:
            for contact in present:
                if not contact.absent and (contact.post == "owner_engineer" or not contact.phone):
                    contact.name, contact.phone = names.person(self.random), names.phone(self.random)
            return present
        people = []
        for group in GROUPS:
            for post in group.posts:
                contact = Contact(group.code, post.code, "", names.person(self.random), names.phone(self.random))
                if group.code == "subcontractor":
                    contact.remark = names.firm(self.random)
                if post.code == "curtain_wall" and self.number % 3 == 0:
                    contact = Contact(group.code, post.code, absent=True, absent_reason="本工程无玻璃幕墙")
                people.append(contact)
        if gap:
            people[6].phone = ""
        if self.number % 4 == 0:
            people.append(Contact("owner", "", "业主代表", names.person(self.random), names.phone(self.random)))
        return people

    def terms(self) -> list[TermData]:
        def years(part: str, amount: str, unit: str = "years") -> TermData:
            return TermData(part=part, unit=unit, amount=Decimal(amount), ends_on=None, note="")

        waterproofing = "3" if self.number % 7 == 0 else "5"
        return [
            years("waterproofing", waterproofing),
            years("heating_cooling", "2", "seasons"),
            years("installation", "2"),
            years("decoration", "2"),
            TermData(part="structure", unit="design_life", amount=None, ends_on=None, note="设计使用年限50年"),
        ]

    def punch_items(self, project: Project, story: str, pw: User, uw: User) -> None:
        """Some projects keep problems of the pre-acceptance: open, late, waiting to be closed, closed, void."""
        if story == "expired":
            kinds = range(1)  # an open problem keeps the ledger from the archive
        elif self.number % 3 or story in ("archived", "pending", "drafting"):
            return
        else:
            kinds = range(1 + self.number % 5)
        completed = project.accepted_on or self.today
        for k in kinds:
            place, trade, problem = names.PUNCH[(self.number + k) % len(names.PUNCH)]
            due_on = self.today + timedelta(days=(-6, 2, 9, 20, 5)[k])
            item = add_punch_item(
                project=project,
                values={
                    "found_on": completed - timedelta(days=10),
                    "place": place,
                    "trade": trade,
                    "problem": problem,
                    "responsible": names.person(self.random),
                    "subcontractor": names.firm(self.random),
                    "due_on": max(due_on, completed),
                },
                actor=uw,
                now=self.moment(min(8, max((self.today - completed).days, 0))),
            )
            self.finish_punch(item, k, pw, uw)

    def finish_punch(self, item: PunchItem, k: int, pw: User, uw: User) -> None:
        if k == 4:
            reason = "与另一项重复登记。"
            decide_punch_item(item_id=item.pk, step="void", remark=reason, actor=uw, now=self.moment(0, 8))
        if k not in (1, 2):
            return
        done_on = self.today - timedelta(days=1)
        if done_on < item.found_on:
            return
        measures = "已返工处理,复查合格。"
        finish_punch_item(item_id=item.pk, done_on=done_on, measures=measures, actor=pw, now=self.moment(0, 8))
        if k == 2:
            decide_punch_item(item_id=item.pk, step="close", remark="现场复查合格。", actor=uw, now=self.moment(0, 9))
