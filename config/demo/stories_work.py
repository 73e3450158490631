"""Stories of the work: rectified, handled, evaluated, closed, complained of again; merged, withdrawn."""

from datetime import timedelta

from complaints.services.handling import withdraw_complaint
from complaints.services.links import decide_merge, decide_second, propose_merge

from .pictures import picture
from .telling import GROUP, story
from .works import Work

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

    def again(later: Work) -> None:
        later.register(event=f"再次投诉:{c.matter.event}")
        later.later(2)
        remark = "同一部位再次渗漏,属实。"
        decide_second(complaint_id=later.pk, confirm=True, remark=remark, actor=c.who("uh"), now=later.now)
        later.confirm()

    c.then(96, again)


@story(60, "warranty")
def closed_by_acceptance_and_complained_again(c: Work) -> None:
    """Minor, accepted by the client; what came yesterday is suggested as a second complaint."""
    _handled(c)
    c.supervise()
    c.to_day(7)
    c.evaluate(grade=0, accepted=True)
    c.close()
    c.then(59, lambda later: later.register(event=f"再次投诉:{c.matter.event}"))


# --- merged, withdrawn


@story(3)
def called_twice(c: Work) -> None:
    """Two entries of the same call: merged; a third waits for UH."""
    c.register()

    def twin(later: Work) -> None:
        later.register()
        later.later(3)
        reason = "与先登记的为同一来电。"
        propose_merge(complaint_id=later.pk, survivor_id=c.pk, remark=reason, actor=c.who("uw"), now=later.now)

    def merged(later: Work) -> None:
        twin(later)
        later.later(1)
        decide_merge(complaint_id=later.pk, confirm=True, remark="", actor=c.who("uh"), now=later.now)

    c.then(0, merged)
    c.then(2, twin)


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
