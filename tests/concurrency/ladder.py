"""The five stages of the ladder of a ledger's duty, who hears of each, and what a peer has got of them."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ledgers.clocks import BUILD, REWORK
from ledgers.services.review import decide_ledger
from tests.ledgers.factories import make_ledger, submitted
from tests.personas import Personas
from tests.workflow.helpers import at
from tests.workflow.peer import Peer
from workflow.mail import message_id
from workflow.models import Channel, Clock, ClockRule, Notice
from workflow.services.clock_rules import edit_clock_rule

Got = Counter[tuple[str, str]]  # (login, kind)


class Stage(NamedTuple):
    kind: str
    offset: timedelta
    who: tuple[str, ...]
    head: str

    def mails(self, times: int = 1) -> Got:
        return Counter({(login, self.kind): times for login in self.who})


# A.2, G3: executor; at the due moment 监督 too; after a day the next level up (with the substitute); after two days GH.
STAGES = (
    Stage("before_24h", timedelta(hours=-24), ("pw11",), "即将到期"),
    Stage("before_4h", timedelta(hours=-4), ("pw11",), "即将到期"),
    Stage("overdue", timedelta(0), ("pm11", "pw11"), "已逾期"),
    Stage("after_24h", timedelta(hours=24), ("sub1", "uh1", "uw1"), "逾期超过 24 小时"),
    Stage("after_48h", timedelta(hours=48), ("gh",), "逾期超过 48 小时"),
)
KINDS = frozenset(stage.kind for stage in STAGES)
OPENED = at("2026-03-10 14:30")


def to_build(personas: Personas) -> Clock:
    """待建账 as shipped: accepted on 9 March, three natural days, due at midnight (03-13 00:00)."""
    ledger = make_ledger(personas, now=OPENED, accepted_on=date(2026, 3, 9))
    return Clock.objects.about(ledger).running().get(code=BUILD)


def to_rework(personas: Personas) -> Clock:
    """待补充: returned by UW; the group counts the three days by the hour: due in the afternoon (03-13 14:30)."""
    rule = ClockRule.objects.get(code=REWORK, current=True)
    if rule.mode != "hours":
        edit_clock_rule(
            code=REWORK,
            version=rule.version,
            days=3,
            mode="hours",
            content=rule.content,
            record=rule.record,
            supervisors=rule.supervisors,
            escalate_24h=rule.escalate_24h,
            escalate_48h=rule.escalate_48h,
            reason="按小时计算",
            actor=personas.gh,
            now=OPENED - timedelta(hours=1),
        )
    ledger = submitted(personas, now=OPENED - timedelta(hours=1))
    decide_ledger(ledger_id=ledger.pk, step="return_review", remark="缺少物业电话", actor=personas.uw1, now=OPENED)
    return Clock.objects.about(ledger).running().get(code=REWORK)


def arrived(peer: Peer, *clocks: Clock) -> Got:
    """What the peer took about these clocks, and every morning digest: each mail is the one its notice says."""
    notices = Notice.objects.filter(channel=Channel.MAIL).select_related("recipient")
    by_id = {message_id(notice.pk, notice.created_at): notice for notice in notices}
    clock_of = {f"clock:{clock.pk}:{kind}": clock for clock in clocks for kind in KINDS}
    head_of = {stage.kind: stage.head for stage in STAGES}
    got: Got = Counter()
    for mail in peer.mails:
        notice = by_id[str(mail["Message-ID"])]
        assert mail["To"] == notice.recipient.email
        if clock := clock_of.get(notice.key):
            assert str(mail["Subject"]).strip() == f"{head_of[notice.kind]}:{clock.rule.stage} — {clock.title}"
            got[notice.recipient.username, notice.kind] += 1
        elif notice.kind in {*KINDS, "digest"}:
            got[notice.recipient.username, notice.kind] += 1
    return got


def each_once(peer: Peer) -> bool:
    """No Message-ID came twice."""
    return set(peer.ids().values()) <= {1}


def leaves_at(clock: Clock, stage: Stage) -> datetime:
    """Written out, not computed by the code under test: quiet from 21:00 to 08:00, but the overdue fact leaves."""
    moment: datetime = clock.due_at + stage.offset
    if clock.code == BUILD and stage.offset in (timedelta(hours=-24), timedelta(hours=24), timedelta(hours=48)):
        return moment + timedelta(hours=8)  # midnight → 08:00
    return moment
