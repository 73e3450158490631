"""The inbox, the outbox page, kept mails, operations."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.personas import Personas
from tests.workflow.helpers import at, mails
from workflow.errors import Conflict
from workflow.mail import open_maildir
from workflow.models import Channel, Clock, ClockReminder, Heartbeat, Notice
from workflow.selectors.notices import unread_count
from workflow.selectors.operations import calendar_warnings, signs_of_life
from workflow.services.delivery import deliver_notices
from workflow.services.heartbeat import BEAT, note_heartbeat
from workflow.services.inbox import read_all_notices, read_notice, retry_failed_mails, retry_mail
from workflow.services.notices import notify

pytestmark = pytest.mark.django_db

NOW = at("2026-03-11 12:00")


def client_of(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


def tell(personas: Personas, *logins: str, key: str = "k:1", title: str = "新待办", url: str = "/ledgers/1/") -> None:
    notify(
        key=key, kind="step", recipients=[personas[login] for login in logins], title=title, text="请办理。",
        subject=personas.unit("U1"), url=url, now=NOW,
    )  # fmt: skip


def inbox_row(personas: Personas, login: str) -> Notice:
    return Notice.objects.get(recipient=personas[login], channel=Channel.INBOX)


def test_telling_twice_is_telling_once(personas: Personas) -> None:
    tell(personas, "pw11", "pm11")
    tell(personas, "pw11", "pm11", "uw1")
    assert Notice.objects.count() == 6
    assert unread_count(personas.pw11) == 1


@pytest.mark.clause("rules-2")
def test_mail_told_at_night_waits_for_the_morning_the_inbox_does_not(personas: Personas) -> None:
    notify(
        key="k", kind="step", recipients=[personas.pw11], title="t", text="", subject=personas.unit("U1"), url="",
        now=at("2026-03-11 22:00"),
    )  # fmt: skip
    rows = dict(Notice.objects.values_list("channel", "not_before"))
    assert rows == {"inbox": at("2026-03-11 22:00"), "mail": at("2026-03-12 08:00")}


def test_opening_marks_read_and_leads_on(personas: Personas) -> None:
    tell(personas, "pw11")
    notice = inbox_row(personas, "pw11")
    client = client_of(personas, "pw11")
    response = client.get(reverse("workflow:notice_open", args=[notice.pk]))
    assert response["Location"] == "/ledgers/1/"
    notice.refresh_from_db()
    first_read = notice.read_at
    assert first_read is not None
    client.get(reverse("workflow:notice_open", args=[notice.pk]))
    notice.refresh_from_db()
    assert notice.read_at == first_read


@pytest.mark.clause("G2")
def test_anothers_notice_is_404_and_stays_unread(personas: Personas) -> None:
    tell(personas, "pw11", title="只给王保一的消息")
    notice = inbox_row(personas, "pw11")
    assert client_of(personas, "pm11").get(reverse("workflow:notice_open", args=[notice.pk])).status_code == 404
    assert read_notice(notice_id=notice.pk, actor=personas.pm11, now=NOW) is None
    assert unread_count(personas.pw11) == 1
    assert "只给王保一的消息" not in client_of(personas, "pm11").get(reverse("workflow:notices")).content.decode()


def test_reading_all_touches_ones_own_only(personas: Personas) -> None:
    tell(personas, "pw11", "pm11")
    tell(personas, "pw11", key="k:2")
    assert read_all_notices(actor=personas.pw11, now=NOW) == 2
    assert (unread_count(personas.pw11), unread_count(personas.pm11)) == (0, 1)
    client = client_of(personas, "pm11")
    assert client.post(reverse("workflow:notices_read")).status_code == 302
    assert client.get(reverse("workflow:notices_read")).status_code == 405
    assert unread_count(personas.pm11) == 0


def test_the_inbox_page_shows_texts_as_text(personas: Personas) -> None:
    tell(personas, "pw11", title="<b>粗</b>")
    html = client_of(personas, "pw11").get(reverse("workflow:notices")).content.decode()
    assert "&lt;b&gt;粗" in html
    assert client_of(personas, "pw11").get(reverse("workflow:notices") + "?unread=1").status_code == 200
    assert "还没有消息" in client_of(personas, "outsider").get(reverse("workflow:notices")).content.decode()


# --- the outbox


def failed_mail(personas: Personas) -> Notice:
    [notice] = mails(personas, ["pw11"], now=NOW)
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.FAILED, error="550 no such user", attempts=1)
    return notice


OPERATORS_PAGES = ("workflow:operations", "workflow:mail")


@pytest.mark.parametrize("name", OPERATORS_PAGES)
@pytest.mark.parametrize(("login", "status"), [("sysadmin", 200), ("gh", 403), ("secadmin", 403), ("outsider", 403)])
def test_operators_pages(personas: Personas, name: str, login: str, status: int) -> None:
    assert client_of(personas, login).get(reverse(name)).status_code == status


def test_a_failed_mail_shows_its_reason_and_is_sent_again_on_request(personas: Personas) -> None:
    notice = failed_mail(personas)
    client = client_of(personas, "sysadmin")
    page = client.get(reverse("workflow:mail"), {"state": "failed"}).content.decode()
    assert "550 no such user" in page
    assert "王保一" in page
    assert "没有符合条件" in client.get(reverse("workflow:mail"), {"state": "waiting"}).content.decode()
    assert "王保一" in client.get(reverse("workflow:mail"), {"q": "王保"}).content.decode()
    retry = reverse("workflow:mail_retry", args=[notice.pk])
    assert client_of(personas, "gh").post(retry).status_code == 403
    assert client.post(retry).status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (Notice.State.WAITING, 0)
    assert client.post(retry).status_code == 409
    assert client.post(reverse("workflow:mail_retry", args=[10**9])).status_code == 404


def test_all_failed_at_once(personas: Personas) -> None:
    failed_mail(personas)
    failed_mail(personas)
    with pytest.raises(PermissionDenied):
        retry_failed_mails(actor=personas.fresh("gh"), now=NOW)
    assert retry_failed_mails(actor=personas.fresh("sysadmin"), now=NOW) == 2
    assert client_of(personas, "sysadmin").post(reverse("workflow:mail_retry_all")).status_code == 302


def test_a_sent_mail_is_not_sent_again(personas: Personas) -> None:
    notice = failed_mail(personas)
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.SENT)
    with pytest.raises(Conflict, match="已送达"):
        retry_mail(notice_id=notice.pk, actor=personas.fresh("sysadmin"), now=NOW)


# --- embedded mode


def keep(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.MAIL_DIR = "workflow.mail.MaildirBackend", tmp_path / "mail"


def test_embedded_mode_keeps_mails_and_shows_them(personas: Personas, settings: Any, tmp_path: Path) -> None:
    keep(settings, tmp_path)
    mails(personas, ["pw11", "pm11"], now=NOW)
    assert deliver_notices(now=NOW).sent == 2
    assert len(open_maildir()) == 2
    client = client_of(personas, "sysadmin")
    page = client.get(reverse("workflow:mail"), {"box": "kept"}).content.decode()
    assert "通知 pw11" in page
    assert "pm11@example.com" in page
    for key in open_maildir().keys():  # noqa: SIM118
        mail = client.get(reverse("workflow:mail_kept", args=[key]))
        assert "您好" in mail.content.decode()
        assert client_of(personas, "gh").get(reverse("workflow:mail_kept", args=[key])).status_code == 403


@pytest.mark.parametrize("key", ["nothing", "..", "%2e%2e%2fetc", "1.2.3:2,S"])
def test_a_mail_that_is_not_kept_is_404(personas: Personas, settings: Any, tmp_path: Path, key: str) -> None:
    keep(settings, tmp_path)
    assert client_of(personas, "sysadmin").get(f"/mail/kept/{key}/").status_code == 404


def test_a_full_disk_is_an_outage_and_no_mails_fault(
    personas: Personas, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(settings, tmp_path)
    first, second = mails(personas, ["pw11", "pm11"], now=NOW)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mailbox.Maildir.add", full)
    assert "No space" in deliver_notices(now=NOW).outage
    monkeypatch.undo()
    deliver_notices(now=NOW + timedelta(minutes=5))
    assert {Notice.objects.get(pk=n.pk).state for n in (first, second)} == {Notice.State.SENT}


# --- operations


def test_signs_of_life_turn_bad_when_they_are_old(personas: Personas) -> None:
    assert {sign.healthy for sign in signs_of_life(NOW)} == {None}
    note_heartbeat(name=BEAT, now=NOW, note="ok")
    note_heartbeat(name=BEAT, now=NOW, note="ok")
    assert Heartbeat.objects.count() == 1
    assert [sign.healthy for sign in signs_of_life(NOW + timedelta(seconds=180)) if sign.at] == [True]
    assert [sign.healthy for sign in signs_of_life(NOW + timedelta(seconds=181)) if sign.at] == [False]


def test_operations_page_tells_what_is_wrong(personas: Personas) -> None:
    from tests.workflow.helpers import make_clock

    clock = make_clock(personas, received_at=timezone.now() - timedelta(days=5))
    ClockReminder.objects.create(
        clock=clock, kind="overdue", moment=timezone.now(), at=timezone.now(), note="岗位空缺:试验;无人接收"
    )
    html = client_of(personas, "sysadmin").get(reverse("workflow:operations")).content.decode()
    assert "时限扫描没有按时运行" in html
    assert "岗位空缺:试验;无人接收" in html
    assert "尚未运行" in html
    assert Clock.objects.count() == 1


def test_the_calendar_warns_of_next_year_from_november_on() -> None:
    from datetime import date

    assert calendar_warnings(date(2026, 10, 31)) == []
    assert calendar_warnings(date(2098, 10, 31)) == ["节假日日历未维护:2098 年暂按周一至周五计算工作日"]
    assert len(calendar_warnings(date(2098, 11, 1))) == 2
