"""Delivery over a real socket: nothing lost, nothing sent twice, every refusal visible."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from organization.models import User
from tests.personas import Personas
from tests.workflow.helpers import at, mails
from tests.workflow.peer import Peer, free_port, smtp_peer, use_smtp
from workflow.mail import message_id
from workflow.models import Notice
from workflow.services import delivery
from workflow.services.delivery import BACKOFF, LEASE, deliver_notices

pytestmark = pytest.mark.django_db

NOON = at("2026-03-11 12:00")
SENT, WAITING, FAILED = Notice.State.SENT, Notice.State.WAITING, Notice.State.FAILED


@pytest.fixture
def peer(settings: Any) -> Iterator[Peer]:
    with smtp_peer() as (peer, port):
        use_smtp(settings, port)
        yield peer


def fresh(notice: Notice) -> Notice:
    return Notice.objects.get(pk=notice.pk)


def test_all_mails_go_over_one_connection_and_are_marked(personas: Personas, peer: Peer) -> None:
    sent = mails(personas, ["pw11", "pm11", "uw1"], now=NOON)
    result = deliver_notices(now=NOON)
    assert (result.sent, result.failed, result.retried, result.outage) == (3, 0, 0, "")
    assert peer.recipients == ["pm11", "pw11", "uw1"]
    assert peer.sessions == 1
    assert {fresh(n).state for n in sent} == {SENT}
    assert all(fresh(n).sent_at and fresh(n).claimed_until is None for n in sent)
    assert deliver_notices(now=NOON + timedelta(hours=1)).handled == 0
    assert len(peer.mails) == 3


def test_what_a_mail_says(personas: Personas, peer: Peer, settings: Any) -> None:
    settings.BASE_URL = "https://portal.example.com"
    [notice] = mails(personas, ["pw11"], now=NOON)
    deliver_notices(now=NOON)
    [mail] = peer.mails
    assert mail["Subject"] == "通知 pw11"
    assert mail["To"] == "pw11@example.com"
    assert mail["Message-ID"] == message_id(notice.pk, NOON)
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert text.startswith("王保一,您好:")
    assert "https://portal.example.com/ledgers/1/" in text
    assert personas.pw11.phone not in text


def test_a_title_cannot_add_headers(personas: Personas, peer: Peer) -> None:
    [notice] = mails(personas, ["pw11"], now=NOON)
    Notice.objects.filter(pk=notice.pk).update(title="工程\r\nBcc: thief@example.com\n\nX: y")
    User.objects.filter(pk=personas.pw11.pk).update(name="王\r\nBcc: thief@example.com")
    deliver_notices(now=NOON)
    [mail] = peer.mails
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["Subject"] == "工程 Bcc: thief@example.com X: y"
    assert peer.recipients == ["pw11"]


@pytest.mark.parametrize("reply", ["451 try later", "450 greylisted", "data 451", "data 452"])
def test_a_temporary_refusal_is_tried_again_later_and_sent_once(personas: Personas, peer: Peer, reply: str) -> None:
    first, second = mails(personas, ["pw11", "pm11"], now=NOON)
    peer.behaviour["pw11@example.com"] = reply
    result = deliver_notices(now=NOON)
    assert (result.sent, result.retried) == (1, 1)
    assert fresh(second).state == SENT
    waits = fresh(first)
    assert (waits.state, waits.attempts, waits.claimed_until) == (WAITING, 1, None)
    assert timedelta(0) <= waits.not_before - NOON - BACKOFF[0] < timedelta(seconds=30)
    assert waits.error.startswith(reply.removeprefix("data ")[:3])
    peer.behaviour.clear()
    assert deliver_notices(now=NOON + timedelta(seconds=30)).handled == 0
    assert deliver_notices(now=NOON + timedelta(minutes=3)).sent == 1
    assert peer.recipients == ["pm11", "pw11"]


@pytest.mark.parametrize("reply", ["550 no such user", "553 bad mailbox", "data 554"])
def test_a_refusal_for_good_fails_visibly_and_is_not_tried_again(personas: Personas, peer: Peer, reply: str) -> None:
    first, second = mails(personas, ["pw11", "pm11"], now=NOON)
    peer.behaviour["pw11@example.com"] = reply
    assert deliver_notices(now=NOON).failed == 1
    assert (fresh(first).state, fresh(first).error[:3]) == (FAILED, reply.removeprefix("data ")[:3])
    assert fresh(second).state == SENT
    assert deliver_notices(now=NOON + timedelta(days=9)).handled == 0


@pytest.mark.parametrize("how", ["hang", "hang at data"])
def test_a_peer_that_hangs_costs_the_time_out_and_not_the_others(personas: Personas, peer: Peer, how: str) -> None:
    first, second = mails(personas, ["pw11", "pm11"], now=NOON)
    peer.behaviour["pw11@example.com"] = how
    result = deliver_notices(now=NOON)
    assert (result.sent, result.retried, result.outage) == (1, 1, "")
    assert (fresh(first).state, fresh(first).attempts) == (WAITING, 1)
    assert fresh(second).state == SENT
    peer.behaviour.clear()
    deliver_notices(now=NOON + timedelta(minutes=10))
    assert peer.recipients == ["pm11", "pw11"]


def test_dropped_before_the_text_it_is_sent_once_later(personas: Personas, peer: Peer) -> None:
    first, _ = mails(personas, ["pw11", "pm11"], now=NOON)
    peer.behaviour["pw11@example.com"] = "drop"
    assert deliver_notices(now=NOON).retried == 1
    assert "连接中断" in fresh(first).error
    peer.behaviour.clear()
    deliver_notices(now=NOON + timedelta(minutes=10))
    assert peer.recipients == ["pm11", "pw11"]


def test_dropped_after_the_text_it_is_repeated_with_the_same_message_id(personas: Personas, peer: Peer) -> None:
    """Whether the peer kept it cannot be known: repeated rather than lost, and recognisable as a repetition."""
    [notice] = mails(personas, ["pw11"], now=NOON)
    peer.behaviour["pw11@example.com"] = "take and drop"
    deliver_notices(now=NOON)
    assert fresh(notice).state == WAITING
    peer.behaviour.clear()
    deliver_notices(now=NOON + timedelta(minutes=10))
    assert fresh(notice).state == SENT
    assert list(peer.ids()) == [message_id(notice.pk, NOON)]


def test_two_drops_in_a_row_are_the_servers_fault(personas: Personas, peer: Peer) -> None:
    sent = mails(personas, ["pw11", "pm11", "uw1", "uh1"], now=NOON)
    for notice in sent:
        peer.behaviour[notice.recipient.email] = "drop"
    result = deliver_notices(now=NOON)
    assert "连接中断" in result.outage
    assert [fresh(n).attempts for n in sent] == [1, 0, 0, 0]
    assert all(fresh(n).claimed_until is None for n in sent)
    assert result.released == 3


def test_an_unreachable_server_counts_against_no_mail(personas: Personas, settings: Any) -> None:
    port = free_port()
    use_smtp(settings, port)
    sent = mails(personas, ["pw11", "pm11"], now=NOON)
    result = deliver_notices(now=NOON)
    assert "邮件服务器无法连接" in result.outage
    assert result.released == 2
    assert {(fresh(n).state, fresh(n).attempts, fresh(n).claimed_until) for n in sent} == {(WAITING, 0, None)}
    with smtp_peer(port) as (peer, _):
        assert deliver_notices(now=NOON + timedelta(seconds=30)).sent == 2
        assert peer.recipients == ["pm11", "pw11"]


@pytest.mark.parametrize("reply", ["550 not allowed to send", "452 too busy"])
def test_a_refused_sender_is_no_mails_fault(personas: Personas, peer: Peer, reply: str) -> None:
    sent = mails(personas, ["pw11", "pm11"], now=NOON)
    peer.sender_reply = reply
    assert "拒绝发件人" in deliver_notices(now=NOON).outage
    assert {(fresh(n).state, fresh(n).attempts) for n in sent} == {(WAITING, 0)}


def test_after_the_last_try_it_is_failed_with_the_reason(personas: Personas, peer: Peer) -> None:
    [notice] = mails(personas, ["pw11"], now=NOON)
    peer.behaviour["pw11@example.com"] = "451 mailbox busy"
    now = NOON
    for _ in range(len(BACKOFF) + 1):
        deliver_notices(now=now)
        now = fresh(notice).not_before + timedelta(seconds=1)
    assert (fresh(notice).state, fresh(notice).attempts) == (FAILED, len(BACKOFF) + 1)
    assert "451 mailbox busy" in fresh(notice).error
    assert "已重试 9 次" in fresh(notice).error


@pytest.mark.clause("rules-2")
def test_in_the_quiet_hours_only_the_urgent_leave(personas: Personas, peer: Peer) -> None:
    evening = at("2026-03-11 20:59:59")
    mails(personas, ["pw11"], now=evening)
    mails(personas, ["pm11"], now=evening, urgent=True)
    assert deliver_notices(now=at("2026-03-11 21:00")).sent == 1
    assert peer.recipients == ["pm11"]
    assert deliver_notices(now=at("2026-03-12 07:59:59")).sent == 0
    assert deliver_notices(now=at("2026-03-12 08:00")).sent == 1


@pytest.mark.clause("rules-2")
def test_a_retry_waits_for_the_morning_unless_urgent(personas: Personas, peer: Peer) -> None:
    evening = at("2026-03-11 20:59:30")
    calm, urgent = mails(personas, ["pw11"], now=evening) + mails(personas, ["pm11"], now=evening, urgent=True)
    peer.behaviour = {"pw11@example.com": "451 later", "pm11@example.com": "451 later"}
    deliver_notices(now=evening)
    assert fresh(calm).not_before == at("2026-03-12 08:00")
    assert fresh(urgent).not_before < at("2026-03-11 21:01:30")


def test_a_mail_that_waits_for_its_moment_is_not_sent_before(personas: Personas, peer: Peer) -> None:
    [notice] = mails(personas, ["pw11"], now=NOON)
    assert deliver_notices(now=NOON - timedelta(seconds=1)).sent == 0
    assert fresh(notice).claimed_until is None
    assert deliver_notices(now=NOON).sent == 1


def test_who_left_or_has_no_address_gets_nothing_and_it_shows(personas: Personas, peer: Peer) -> None:
    gone, bare = mails(personas, ["pw11", "pm11"], now=NOON)
    User.objects.filter(pk=personas.pw11.pk).update(is_active=False)
    User.objects.filter(pk=personas.pm11.pk).update(email="")
    assert deliver_notices(now=NOON).failed == 2
    assert fresh(gone).error == fresh(bare).error == "收件人已停用或没有邮箱"
    assert peer.mails == []


@pytest.mark.parametrize("address", ["张三@example.com", "a@b\r\nRCPT TO:<thief@example.com>", "no at sign"])
def test_an_impossible_address_fails_alone(personas: Personas, peer: Peer, address: str) -> None:
    bad, good = mails(personas, ["pw11", "pm11"], now=NOON)
    User.objects.filter(pk=personas.pw11.pk).update(email=address)
    result = deliver_notices(now=NOON)
    assert (result.sent, result.failed) == (1, 1)
    assert fresh(bad).state == FAILED
    assert "邮件地址无效" in fresh(bad).error
    assert "\n" not in fresh(bad).error
    assert fresh(good).state == SENT
    assert peer.recipients == ["pm11"]


def test_a_leased_mail_is_left_alone_until_the_lease_ends(personas: Personas, peer: Peer) -> None:
    [notice] = mails(personas, ["pw11"], now=NOON)
    Notice.objects.filter(pk=notice.pk).update(claimed_until=NOON + LEASE)
    assert deliver_notices(now=NOON + LEASE - timedelta(seconds=1)).handled == 0
    assert deliver_notices(now=NOON + LEASE).sent == 1


def test_a_fault_in_one_mail_does_not_hold_up_the_rest(
    personas: Personas, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, _ = mails(personas, ["pw11", "pm11"], now=NOON)

    def compose(notice: Notice) -> Any:
        if notice.pk == bad.pk:
            raise RuntimeError("a fault of ours")
        return real(notice)

    real = delivery.compose
    monkeypatch.setattr(delivery, "compose", compose)
    result = deliver_notices(now=NOON)
    assert (result.sent, result.retried) == (1, 1)
    assert fresh(bad).error == "程序错误:RuntimeError"


def test_a_server_that_takes_few_mails_a_connection_gets_the_rest_over_a_new_one(
    personas: Personas, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails(personas, ["pw11", "pm11", "uw1"], now=NOON)
    taken = 0
    real = smtplib.SMTP.mail

    def mail(self: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken == 2:
            return 421, b"4.7.0 too many messages in this connection"
        return real(self, *args, **kwargs)

    monkeypatch.setattr(smtplib.SMTP, "mail", mail)
    result = deliver_notices(now=NOON)
    assert (result.sent, result.outage) == (3, "")
    assert peer.sessions == 2
