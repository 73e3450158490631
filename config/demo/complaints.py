"""Complaints of the demo: one of every state of every flow, made step by step by those whose work it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from complaints.services.handling import withdraw_complaint
from complaints.services.links import decide_merge, decide_second, propose_merge
from complaints.services.ruling import reconsider_ruling, record_objection, revoke_ruling
from ledgers.models import Project
from organization.models import Unit, User

from .matters import MATTERS, Matter
from .pictures import picture
from .works import Work

OTHERS = 3  # stories of every department but the first
GROUP, LEADER = {"level": "group", "channel": "letter"}, {"level": "leader", "channel": "courier"}


@dataclass(frozen=True)
class Story:
    """``days_ago``: its first day. ``kind``: only a matter of this kind fits."""

    tell: Callable[[Work], None]
    days_ago: int
    kind: str = ""


STORIES: list[Story] = []


def story(days_ago: int, kind: str = "") -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    def keep(tell: Callable[[Work], None]) -> Callable[[Work], None]:
        STORIES.append(Story(tell, days_ago, kind))
        return tell

    return keep


class Complaints:
    """Tells the stories to the departments: all to the first (U1D1), a rotating part to each of the others."""

    def __init__(self, *, units: dict[str, Unit], random: Random, today: date) -> None:
        self.units, self.random, self.today = units, random, today
        self.people: dict[str, User] = {user.username: user for user in User.objects.all()}
        self.number = 0

    def load(self) -> None:
        departments = [unit for unit in self.units.values() if unit.tier == "department"]
        # Oldest first within a department, so that numbers rise with the days.
        for index, department in enumerate(departments):
            stories = STORIES if not index else [STORIES[(index * 7 + k * 11) % len(STORIES)] for k in range(OTHERS)]
            projects = list(Project.objects.filter(department=department).select_related("department").order_by("pk"))
            for told in sorted(stories, key=lambda told: -told.days_ago):
                self.tell(told, department, projects)

    def tell(self, told: Story, department: Unit, projects: list[Project]) -> None:
        matter = self._matter(told.kind)
        # A complaint about the warranty needs something completed, one about the works something being built.
        phase = Project.Phase.COMPLETED if matter.kind == "warranty" else Project.Phase.BUILDING
        fitting = [p for p in projects if p.phase == phase] or projects
        project = fitting[self.number % len(fitting)]
        told.tell(
            Work(
                department=department,
                project=project,
                matter=matter,
                people=self.people,
                random=self.random,
                began=self.today - timedelta(days=told.days_ago),
            )
        )

    def _matter(self, kind: str) -> Matter:
        while True:
            self.number += 1
            matter = MATTERS[self.number % len(MATTERS)]
            if not kind or matter.kind == kind:
                return matter


# --- registered, confirmed, forwarded


@story(0)
def just_registered(c: Work) -> None:
    c.register()
    c.attach("origin", "投诉原件.png", "uw")


@story(3)
def registered_and_late(c: Work) -> None:
    """Two attempts failed; the confirmation is overdue."""
    c.register(late="通讯员休假,次周补登。")
    c.confirm(reached=False)
    c.to_day(1, 15)
    c.confirm(reached=False)


@story(1)
def confirmed_by_the_group(c: Work) -> None:
    c.register(**GROUP)
    c.confirm()


@story(2)
def ruling_due_today(c: Work) -> None:
    c.begin()
    c.talk()


@story(5)
def ruling_overdue(c: Work) -> None:
    c.begin(**LEADER)


@story(1)
def ruling_proposed(c: Work) -> None:
    c.begin()
    c.later(2)
    c.propose("severe", severity=("households",))


@story(2)
def ruling_returned(c: Work) -> None:
    c.begin()
    c.to_day(1)
    c.propose("minor")
    c.decide(confirm=False, remark="依据不充分,请补充检测报告后重新判定。")


# --- not ours


@story(2)
def awaiting_reply(c: Work) -> None:
    c.begin()
    c.to_day(1)
    c.rule("not_ours")


@story(4)
def replied(c: Work) -> None:
    c.begin()
    c.to_day(1)
    c.rule("not_ours")
    c.to_day(2)
    c.reply()


@story(6)
def reconsidering(c: Work) -> None:
    c.begin(**GROUP)
    c.to_day(1)
    c.rule("not_ours")
    c.to_day(2)
    c.reply()
    c.to_day(5)
    record_objection(complaint_id=c.pk, remark="业主认为管线由我方施工,要求复议。", actor=c.who("uw"), now=c.now)


@story(40)
def closed_after_a_reply(c: Work) -> None:
    """Upheld once, replied to twice."""
    c.begin()
    c.to_day(1)
    c.rule("not_ours")
    c.reply()
    c.to_day(5)
    record_objection(complaint_id=c.pk, remark="业主对回函有异议。", actor=c.who("uw"), now=c.now)
    c.to_day(6)
    reconsider_ruling(complaint_id=c.pk, uphold=True, remark="复核竣工图,维持原判定。", actor=c.who("uh"), now=c.now)
    c.reply()
    c.to_day(9)
    c.end()


@story(8)
def ruling_revoked(c: Work) -> None:
    """Handled as ours until new facts came up: the filing is cancelled, the ruling made anew."""
    c.begin()
    c.to_day(1)
    c.rule("minor")
    c.file()
    c.to_day(7)
    revoke_ruling(complaint_id=c.pk, remark="业主提供了改造记录,原判定依据有误。", actor=c.who("uh"), now=c.now)


# --- the plan


@story(3)
def plan_drafted(c: Work) -> None:
    """The department's opinion is asked, the draft not yet whole."""
    c.begin(**GROUP)
    c.to_day(1)
    c.rule("severe", severity=("safety",))
    c.file()
    c.ask()
    c.to_day(2)
    c.write_plan([c.today + timedelta(days=n) for n in (7, 14, 21)])


@story(5)
def plan_in_check(c: Work) -> None:
    _written(c)


@story(9)
def plan_returned_and_in_review(c: Work) -> None:
    """Returned by UH once, and written again."""
    _written(c)
    c.decide_plan("check")
    c.to_day(4)
    c.decide_plan("return_review", "第二个节点资源依据不足,请按工程量重新核算。")
    c.to_day(5)
    c.write_plan([c.today + timedelta(days=n) for n in (6, 12, 20)])
    c.submit_plan()
    c.to_day(8, 15)
    c.decide_plan("check")


@story(6)
def plan_in_approval(c: Work) -> None:
    _written(c, **LEADER)
    c.decide_plan("check")
    c.to_day(5, 14)
    c.decide_plan("review")


def _written(c: Work, **entry: str) -> None:
    c.begin(**entry)
    c.to_day(1)
    c.rule("severe", severity=("households",))
    c.file()
    opinion = c.ask()
    c.to_day(2)
    c.answer(opinion)
    c.to_day(3)
    c.write_plan([c.today + timedelta(days=n) for n in (8, 15, 25)])
    c.submit_plan()


# --- rectification


@story(20)
def rectifying_with_a_late_milestone(c: Work) -> None:
    _rectifying(c, (5, 8, 15, 25), **GROUP)
    c.to_day(7)
    c.finish_milestones(1, photographed=True)
    c.progress(40, photographed=True)
    _weeks(c, (7, 14))
    c.supervise(posts=("ul",))
    c.order("协调防水材料提前进场,并每日反馈进展。", 10)
    c.talk(1)


@story(24)
def changed_plan_in_review(c: Work) -> None:
    """v1 governs, v2 with later dates waits for UH."""
    _rectifying(c, (8, 16, 22, 40), **GROUP)
    _weeks(c, (7, 14, 21))
    c.to_day(22)
    c.finish_milestones(2)
    c.to_day(23, 8)
    c.change("连续降雨影响基层干燥,后续节点顺延。", [c.today + timedelta(days=n) for n in (6, 30)])
    c.decide_plan("check")


@story(16)
def rectifying_on_time(c: Work) -> None:
    _rectifying(c, (10, 16, 30))
    c.to_day(9)
    c.finish_milestones(1)
    _weeks(c, (7,), received=False)
    order = c.order("核对整改资源投入,出具复核意见。", 4, to_department=True)
    c.to_day(12)
    c.finish_order(order)


@story(30)
def severe_in_evaluation(c: Work) -> None:
    _rectifying(c, (10, 20, 26))
    _weeks(c, (7, 14, 21))
    c.to_day(29)
    c.finish_milestones(photographed=True)
    c.finish()


def _rectifying(c: Work, ends: tuple[int, ...], **entry: str) -> None:
    """In force on the fourth day; the milestones end on these days of the story."""
    c.begin(**entry)
    c.to_day(1)
    c.rule("severe", severity=("safety", "households"))
    c.file()
    c.planned([c.began + timedelta(days=n) for n in ends])


def _weeks(c: Work, days: tuple[int, ...], *, received: bool = True) -> None:
    for turn, day in enumerate(days, 1):
        c.to_day(max(day, (c.today - c.began).days), 16)
        c.follow_up("report", min(25 * turn, 90))
        if received or turn < len(days):
            c.receive()
            c.follow_up("track", min(25 * turn, 90))


# --- direct handling


@story(2)
def handling_not_filed_yet(c: Work) -> None:
    c.begin()
    c.to_day(1)
    c.rule("minor", handle_in=6)


@story(12)
def handling_overdue(c: Work) -> None:
    c.begin()
    c.to_day(1)
    c.rule("minor", handle_in=7)
    c.file()
    c.talk(2)


@story(14)
def handling_again(c: Work) -> None:
    """The client was not satisfied: round 2."""
    c.begin()
    c.to_day(1)
    c.rule("minor", handle_in=5)
    c.file()
    c.to_day(6)
    c.finish()
    c.to_day(7)
    c.evaluate(grade=2, next_in=12)
    c.follow_up("track", 60)


@story(9)
def raised_to_severe(c: Work) -> None:
    """Not satisfied, and now severe: a plan is drafted in round 2."""
    c.begin()
    c.to_day(1)
    c.rule("minor", handle_in=4)
    c.file()
    c.to_day(5)
    c.finish()
    c.to_day(6)
    c.evaluate(grade=1, raised=True)


@story(7)
def awaiting_evaluation(c: Work) -> None:
    _handled(c)


@story(10)
def awaiting_close(c: Work) -> None:
    """Satisfied: the leaders' entries on the result and the group's closing entry are missing."""
    _handled(c)
    c.to_day(7)
    c.supervise()
    c.evaluate(grade=4)


def _handled(c: Work, **entry: str) -> None:
    c.begin(**entry)
    c.to_day(1)
    c.rule("minor", handle_in=8)
    c.file()
    c.to_day(6, 14)
    c.finish()


# --- closed


@story(100, "warranty")
def closed_in_two_rounds_and_complained_again(c: Work) -> None:
    """Plan changed once, evaluated twice, supervised, closed; months later the same matter again, confirmed."""
    _rectifying(c, (10, 20, 28), **GROUP)
    _weeks(c, (7, 14))
    c.finish_milestones(1)
    c.change("主材供货推迟,后两个节点顺延。", [c.began + timedelta(days=n) for n in (26, 34)])
    c.approve()
    c.supervise()
    c.to_day(33)
    c.finish_milestones(photographed=True)
    c.finish()
    c.to_day(34)
    c.evaluate(grade=2)
    c.to_day(40)
    c.finish()
    c.to_day(41)
    c.evaluate(grade=5)
    c.close()
    again = _again(c, 96)
    again.later(2)
    decide_second(
        complaint_id=again.pk, confirm=True, remark="同一部位再次渗漏,属实。", actor=c.who("uh"), now=again.now
    )
    again.confirm()


@story(60, "warranty")
def closed_by_acceptance_and_complained_again(c: Work) -> None:
    """Minor, accepted by the client; what came yesterday is suggested as a second complaint."""
    _handled(c)
    c.supervise()
    c.to_day(7)
    c.evaluate(grade=0, accepted=True)
    c.close()
    _again(c, 59)


def _again(c: Work, day: int) -> Work:
    """The same owner's matter at the same project once more."""
    again = Work(
        department=c.department,
        project=c.project,
        matter=c.matter,
        people=c.people,
        random=c.random,
        began=c.began + timedelta(days=day),
    )
    again.register(event=f"再次投诉:{c.matter.event}")
    return again


# --- merged, withdrawn


@story(3)
def called_twice(c: Work) -> None:
    """Two entries of the same call: merged; a third waits for UH."""
    c.register()
    twins = [_again(c, 0), _again(c, 2)]
    for twin in twins:
        twin.later(3)
        reason = "与先登记的为同一来电。"
        propose_merge(complaint_id=twin.pk, survivor_id=c.pk, remark=reason, actor=c.who("uw"), now=twin.now)
    twins[0].later(1)
    decide_merge(complaint_id=twins[0].pk, confirm=True, remark="", actor=c.who("uh"), now=twins[0].now)


@story(15)
def withdrawn_while_planned(c: Work) -> None:
    """Filing, plan, opinion and order end with it."""
    c.begin(**GROUP)
    c.to_day(1)
    c.rule("severe", severity=("media",))
    c.file()
    c.ask()
    c.order("核实投诉情况并向集团反馈。", 5)
    c.to_day(3)
    withdraw_complaint(
        complaint_id=c.pk,
        remark="业主确认系误解,书面撤回投诉。",
        files=[picture(c.random, "撤诉说明.png")],
        actor=c.who("uw"),
        now=c.now,
    )
