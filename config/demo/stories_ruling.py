"""Stories up to the approval of a plan: registered, confirmed, ruled, replied to, planned."""

from datetime import timedelta

from complaints.services.ruling import reconsider_ruling, record_objection, revoke_ruling

from .telling import GROUP, LEADER, story
from .works import Work

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
