"""Registration and correction of a complaint: the pages, the service, the limits that begin with the receipt."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from complaints import clocks as C
from complaints.models import Complaint
from complaints.selectors.story import reveal_entries
from complaints.services.registration import edit_registration, register_complaint
from complaints.services.ruling import reconsider_ruling
from ledgers.models import Project
from tests.complaints.factories import (
    DEMANDS,
    NOW,
    awaiting_ruling,
    complaint_in,
    confirm,
    entry,
    picture,
    registered,
    ruled,
)
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.errors import Conflict
from workflow.models import Clock, Evidence, Notice, Outcome, Transition

NEW = "/complaints/new/"


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def client_for(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


def typed(project: Project | None = None, demands: Any = DEMANDS, **values: Any) -> dict[str, Any]:
    """What the form sends."""
    given = entry() | values
    given["received_at"] = values.get("received_at", f"{timezone.localtime(NOW):%Y-%m-%dT%H:%M}")
    rows = {f"demands-{number}-text": text for number, text in enumerate(demands)}
    return {
        **given,
        "project": project.pk if project else "",
        "project_text": values.get("project_text", ""),
        "demands-TOTAL_FORMS": str(len(demands)),
        "demands-INITIAL_FORMS": "0",
        **rows,
    }


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def at_ten() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


# --- the page


@pytest.mark.clause("5.4.1", "2.2.2", "1b")
@pytest.mark.usefixtures("at_ten")
def test_a_complaint_is_registered_on_one_page(personas: Personas) -> None:
    project = make_project(personas)
    client = client_for(personas, "uw1")
    response = client.post(NEW, typed(project) | {"files": [picture("来函.png"), picture("截图.png")]})
    complaint = Complaint.objects.get()
    assert response.status_code == 302
    assert response.url == f"/complaints/{complaint.pk}/"
    assert complaint.number == "TS-U1-2026-0001"
    assert complaint.project == project
    assert (complaint.kind, complaint.party, complaint.channel, complaint.level, complaint.cause) == (
        "warranty", "owner", "phone", "unit", "resources",
    )  # fmt: skip
    assert complaint.received_at == NOW
    assert [demand.text for demand in complaint.demands.all()] == list(DEMANDS)
    assert sorted(Evidence.objects.about(complaint).values_list("kind", "name")) == [
        ("origin", "截图.png"),
        ("origin", "来函.png"),
    ]
    assert any("TS-U1-2026-0001" in str(note) for note in response.wsgi_request._messages)


@pytest.mark.clause("5.4.1")
@pytest.mark.usefixtures("at_ten")
@pytest.mark.parametrize(
    ("login", "levels"),
    [("uw1", ["unit"]), ("gw", ["group", "leader"])],
)
def test_each_registrar_is_offered_their_own_levels(personas: Personas, login: str, levels: list[str]) -> None:
    form = client_for(personas, login).get(NEW).context["form"]
    assert [value for value, _ in form.fields["level"].choices] == levels
    project = make_project(personas)
    other = "unit" if login == "gw" else "group"
    response = client_for(personas, login).post(NEW, typed(project, level=other))
    assert response.status_code == 422
    assert "level" in response.context["form"].errors
    assert not Complaint.objects.exists()


@pytest.mark.clause("G2", "5.4.1")
@pytest.mark.parametrize(
    "login", ["pe11", "pm11", "pw11", "uh1", "ul1", "ug1", "ud1", "gh", "gl", "sysadmin", "outsider"]
)
def test_nobody_else_registers(personas: Personas, login: str) -> None:
    project = make_project(personas)
    client = client_for(personas, login)
    for url in (NEW, f"{NEW}projects/?project_text=P", f"/complaints/similar/?project={project.pk}"):
        assert client.get(url).status_code == 403
    assert client.post(NEW, typed(project)).status_code == 403
    with pytest.raises(PermissionDenied):
        register_complaint(project=project, values=entry(), demands=DEMANDS, actor=personas[login], now=NOW)
    assert not Complaint.objects.exists()


@pytest.mark.clause("G2")
@pytest.mark.usefixtures("at_ten")
def test_a_neighbour_finds_and_registers_nothing_of_this_unit(personas: Personas) -> None:
    project = make_project(personas)
    client = client_for(personas, "uw2")
    assert client.get(f"{NEW}projects/", {"project_text": project.name}).context["found"].rows == []
    assert project.name not in text_of(client.get(NEW, {"project": project.pk}))
    assert project.name not in text_of(client.get("/complaints/similar/", {"project": project.pk}))
    response = client.post(NEW, typed(project))
    assert response.status_code == 422
    assert "不在您的登记范围内" in text_of(response)
    with pytest.raises(PermissionDenied):
        register_complaint(project=project, values=entry(), demands=DEMANDS, actor=personas.uw2, now=NOW)
    assert not Complaint.objects.exists()


@pytest.mark.clause("5.4.1")
def test_the_search_finds_by_name_and_code(personas: Personas) -> None:
    one = make_project(personas, name="星河湾一期住宅", code="XH-1")
    two = make_project(personas, name="星河湾二期住宅", code="XH-10")
    client = client_for(personas, "uw1")

    def found(text: str) -> Any:
        return client.get(f"{NEW}projects/", {"project_text": text}).context["found"]

    assert {row.pk for row in found("星河").rows} == {one.pk, two.pk}
    assert found("星河").chosen is None
    assert found("二期").chosen == two
    assert found("XH-1").chosen == one, "a whole code means one project"
    assert found("星河湾一期住宅(XH-1)").chosen == one, "a label means one project"
    assert found("没有的").rows == []
    assert found("\x00星河\x00").rows
    assert found("").rows == []
    assert found("星" * 5000).rows == []


@pytest.mark.clause("5.4.1")
@pytest.mark.usefixtures("at_ten")
def test_without_scripts_the_search_keeps_what_was_typed(personas: Personas) -> None:
    make_project(personas, name="星河湾一期住宅", code="XH-1")
    make_project(personas, name="星河湾二期住宅", code="XH-2")
    client = client_for(personas, "uw1")
    response = client.post(NEW, typed(project_text="星河") | {"find": "1"})
    page = text_of(response)
    assert response.status_code == 200
    assert page.count('type="radio" name="project"') == 2
    assert "周业主" in page
    assert DEMANDS[1] in page
    assert not Complaint.objects.exists()
    response = client.post(NEW, typed(project_text="星河"))
    assert response.status_code == 422
    assert "请在下面选择一项" in text_of(response)
    assert client.post(NEW, typed(project_text="XH-2")).status_code == 302
    assert Complaint.objects.get().project_code == "XH-2"


def test_a_project_may_be_given_in_the_address(personas: Personas) -> None:
    project = make_project(personas)
    client = client_for(personas, "uw1")
    assert client.get(NEW, {"project": project.pk}).context["found"].chosen == project
    for wrong in ("0", "x", "9" * 30, "-1", "\x00", "²"):
        assert client.get(NEW, {"project": wrong}).context["found"].chosen is None


@pytest.mark.clause("5.4.1")
@pytest.mark.usefixtures("at_ten")
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("received_at", "", "请填写"),
        ("received_at", "昨天", "不是日期和时间"),
        ("received_at", "2026-02-30T10:00", "不是日期和时间"),
        ("received_at", "0001-01-01T00:00", "年份应在"),
        ("received_at", "9999-12-31T23:59", "年份应在"),
        ("received_at", "2026-03-10T10:06", "不能晚于"),
        ("event", "", "请填写"),
        ("event", "渗" * 2001, "最多 2000 个字"),
        ("event", "渗\x00水", "空字符"),
        ("complainant", " ", "请填写"),
        ("complainant", "周" * 51, "最多 50 个字"),
        ("phone", "", "请填写"),
        ("phone", "12345", "不是电话号码"),
        ("phone", "+971501234567890123", "不是电话号码"),
        ("kind", "nonsense", "不在列表中"),
        ("party", "", "请从列表中选择"),
        ("channel", "x" * 5000, "不在列表中"),
        ("cause", "\x00", "不在列表中"),
        ("level", "", "请从列表中选择"),
        ("late_reason", "因" * 201, "最多 200 个字"),
        ("project", "999999999999999999999999", "不在您的登记范围内"),
        ("project", "abc", "不在您的登记范围内"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    personas: Personas, field: str, value: str, words: str
) -> None:
    project = make_project(personas)
    sent = typed(project) | {field: value}
    response = client_for(personas, "uw1").post(NEW, sent)
    assert response.status_code == 422
    errors = "".join(str(error) for error in response.context["form"].errors[field])
    assert words in errors, errors
    page = text_of(response)
    assert page.count(DEMANDS[0]) >= 1
    assert field == "complainant" or "周业主" in page
    assert not Complaint.objects.exists()


@pytest.mark.clause("B3-C02")
@pytest.mark.usefixtures("at_ten")
@pytest.mark.parametrize(
    ("demands", "words"),
    [
        ([], "请至少填写一项诉求"),
        (["", "  "], "请至少填写一项诉求"),
        (["修" * 501], "最多 500 个字"),
        (["修\x00"], "空字符"),
    ],
)
def test_demands_are_asked_for_one_by_one(personas: Personas, demands: list[str], words: str) -> None:
    response = client_for(personas, "uw1").post(NEW, typed(make_project(personas), demands=demands))
    assert response.status_code == 422
    assert words in text_of(response)
    assert not Complaint.objects.exists()


@pytest.mark.usefixtures("at_ten")
@pytest.mark.parametrize("total", ["", "x", "-1", "999999999999", "100"])
def test_a_broken_number_of_rows_is_no_server_error(personas: Personas, total: str) -> None:
    sent = typed(make_project(personas)) | {"demands-TOTAL_FORMS": total}
    assert client_for(personas, "uw1").post(NEW, sent).status_code in (302, 422)


@pytest.mark.usefixtures("at_ten")
def test_a_refused_file_refuses_the_entry_and_leaves_nothing_behind(personas: Personas, media_root: Any) -> None:
    program = SimpleUploadedFile("来函.pdf", b"MZ\x90\x00" + bytes(100))
    sent = typed(make_project(personas)) | {"files": [picture("好.png"), program]}
    response = client_for(personas, "uw1").post(NEW, sent)
    assert response.status_code == 422
    assert "不支持该文件的类型" in str(response.context["form"].errors["files"])
    assert not Complaint.objects.exists()
    assert not Evidence.objects.exists()
    assert not Notice.objects.exists()
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


@pytest.mark.clause("1c")
@pytest.mark.usefixtures("at_ten")
def test_a_number_abroad_is_taken(personas: Personas) -> None:
    project = make_project(personas)
    assert client_for(personas, "uw1").post(NEW, typed(project, phone="+971 50-123 4567")).status_code == 302
    assert Complaint.objects.get().phone == "+971501234567"


# --- limits (rules.md part 2)


@pytest.mark.clause("5.4.2")
def test_worked_example_18_late_registration(personas: Personas) -> None:
    """Mail arrived 03-10 08:00: registered 03-12 20:00 → due 03-12 24:00; registered 03-13 09:00 → born overdue."""
    reason = {"late_reason": "值班人员漏转"}
    in_time = registered(personas, now=at(12, 20), received_at=at(10, 8), **reason)
    clock = Clock.objects.about(in_time).running().get(code=C.RULE)
    assert clock.received_at == at(10, 8)
    assert clock.due_at == at(13)
    assert clock.due_at - at(12, 20) == timedelta(hours=4)
    assert clock.opened_at == at(12, 20)
    born_overdue = registered(personas, now=at(13, 9), received_at=at(10, 8), **reason)
    late = Clock.objects.about(born_overdue).running().get(code=C.RULE)
    assert late.due_at == at(13)
    assert late.due_at <= at(13, 9)


@pytest.mark.clause("5.4.1", "G4")
@pytest.mark.parametrize(("minutes", "late"), [(0, False), (1, True)])
def test_a_reason_is_asked_beyond_24_hours(personas: Personas, minutes: int, late: bool) -> None:
    """Appendix G row 1: the fact whether the entry was made in time is kept either way."""
    received = NOW - timedelta(hours=24, minutes=minutes)
    if late:
        with pytest.raises(ValidationError) as refused:
            registered(personas, received_at=received)
        assert list(refused.value.message_dict) == ["late_reason"]
    complaint = registered(personas, received_at=received, late_reason="值班漏转" if late else "")
    fact = Clock.objects.about(complaint).get(code=C.REGISTER_UNIT)
    assert fact.outcome == Outcome.DONE
    # Late if and only if done_at >= due_at: 24 hours to the second are late already.
    assert fact.stopped_at >= fact.due_at
    assert fact.overdue_noted_at is not None


@pytest.mark.clause("5.4.1")
def test_the_service_asks_for_the_five_fields_itself(personas: Personas) -> None:
    project = make_project(personas)
    for name in ("received_at", "event", "complainant", "phone", "kind", "party", "channel", "cause"):
        for wrong in (None, "", *(["nonsense"] if name in ("kind", "party", "channel", "cause") else [])):
            with pytest.raises(ValidationError) as refused:
                register_complaint(
                    project=project, values=entry() | {name: wrong}, demands=DEMANDS, actor=personas.uw1, now=NOW
                )
            assert name in refused.value.message_dict
    assert not Complaint.objects.exists()


# --- correction


def edited(complaint: Complaint, personas: Personas, *, now: datetime = NOW, actor: str = "uw1", **values: Any) -> Any:
    demands = values.pop("demands", None)
    revision = values.pop("revision", complaint.revision)
    texts = [demand.text for demand in complaint.demands.all()] if demands is None else demands
    return edit_registration(
        complaint_id=complaint.pk, values=values, demands=texts, revision=revision, actor=personas[actor], now=now
    )


@pytest.mark.clause("5.4.1", "5.4.2")
def test_a_corrected_receipt_moves_what_runs_from_it(personas: Personas) -> None:
    complaint = registered(personas)
    edited(complaint, personas, now=at(11, 9), received_at=at(9, 18))
    clocks = {clock.code: clock for clock in Clock.objects.about(complaint).running()}
    assert {code: clock.received_at for code, clock in clocks.items()} == {
        C.CONFIRM_UNIT: at(9, 18),
        C.RULE: at(9, 18),
    }
    assert clocks[C.RULE].due_at == at(12)
    ended = Clock.objects.about(complaint).filter(code=C.RULE, outcome=Outcome.CANCELLED).get()
    assert ended.due_at == at(13)
    told = Transition.objects.about(complaint).get(step="edit_unit")
    assert told.changes == [{"field": "接收时间", "old": "2026-03-10 10:00", "new": "2026-03-09 18:00"}]


@pytest.mark.clause("5.4.2")
def test_a_corrected_receipt_does_not_move_what_began_later(personas: Personas) -> None:
    """A ruling anew runs from the 复议, the unit's two days of a complaint to the group from the 转办."""
    complaint = complaint_in(personas, Complaint.Status.RECONSIDERING)
    reconsider_ruling(complaint_id=complaint.pk, uphold=False, remark="证据不足", actor=personas.uh1, now=at(11, 15))
    complaint.refresh_from_db()
    edited(complaint, personas, now=at(11, 16), received_at=at(9, 18))
    assert Clock.objects.about(complaint).running().get(code=C.RULE).received_at == at(11, 15)
    to_group = awaiting_ruling(personas, level="group")
    edited(to_group, personas, actor="gw", now=at(11, 16), received_at=at(9, 18))
    assert Clock.objects.about(to_group).running().get(code=C.RULE).received_at == NOW


def test_lateness_is_judged_by_the_time_of_registration(personas: Personas) -> None:
    """A typing error corrected two days later makes no registration late; a receipt after it cannot be."""
    complaint = registered(personas)
    assert edited(complaint, personas, now=NOW + timedelta(days=2), complainant="周先生").complainant == "周先生"
    complaint.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        edited(complaint, personas, now=NOW + timedelta(days=2), received_at=NOW + timedelta(hours=1))
    assert list(refused.value.message_dict) == ["received_at"]
    with pytest.raises(ValidationError) as refused:
        edited(complaint, personas, now=NOW + timedelta(days=2), received_at=NOW - timedelta(hours=25))
    assert list(refused.value.message_dict) == ["late_reason"]


def test_a_corrected_number_is_masked_in_the_history_of_steps(personas: Personas) -> None:
    complaint = registered(personas)
    edited(complaint, personas, phone="13700005678")
    change = Transition.objects.about(complaint).get(step="edit_unit").changes[0]
    assert change == {"field": "联系电话", "old": "139****1234", "new": "137****5678"}


@pytest.mark.clause("5.8.2")
def test_a_corrected_type_can_show_a_second_complaint(personas: Personas) -> None:
    earlier = ruled(personas, "minor")
    later = registered(personas, project=earlier.project, kind="safety", now=at(11, 9))
    assert later.second == ""
    edited(later, personas, now=at(11, 10), kind="warranty")
    later.refresh_from_db()
    assert (later.second, later.second_of) == ("suggested", earlier)


@pytest.mark.clause("B3-C02")
def test_confirmed_demands_stand_others_may_change(personas: Personas) -> None:
    complaint = confirm(personas, registered(personas))
    with pytest.raises(ValidationError) as refused:
        edited(complaint, personas, demands=["全改了"])
    assert "已经确认" in refused.value.message_dict["demands"][0]
    edited(complaint, personas, demands=[*DEMANDS, "赔偿车位租金"])
    assert list(complaint.demands.values_list("number", "text")) == [
        (1, DEMANDS[0]),
        (2, DEMANDS[1]),
        (3, "赔偿车位租金"),
    ]
    complaint.refresh_from_db()
    assert "赔偿车位租金" in complaint.search_text
    edited(complaint, personas, demands=[*DEMANDS, "赔偿三个月租金"])
    assert [demand.text for demand in complaint.demands.all()][2] == "赔偿三个月租金"


def test_nothing_changed_is_said(personas: Personas) -> None:
    complaint = registered(personas)
    with pytest.raises(ValidationError):
        edited(complaint, personas)
    assert not Transition.objects.about(complaint).filter(step="edit_unit").exists()


@pytest.mark.clause("G2", "5.4.1")
def test_only_the_registrar_of_the_level_corrects_before_the_ruling(personas: Personas) -> None:
    complaint = registered(personas)
    url = f"/complaints/{complaint.pk}/edit/"
    for login in ("uh1", "pe11", "gw"):
        assert client_for(personas, login).get(url).status_code == 403
        with pytest.raises(PermissionDenied):
            edited(complaint, personas, actor=login, event="别的")
    for login in ("uw2", "ud1", "outsider"):
        assert client_for(personas, login).get(url).status_code == 404
        assert client_for(personas, login).post(url, typed()).status_code == 404
    done = ruled(personas, "minor")
    assert client_for(personas, "uw1").get(f"/complaints/{done.pk}/edit/").status_code == 409
    with pytest.raises(Conflict):
        edited(done, personas, event="别的")


@pytest.mark.clause("5.4.1")
def test_the_page_of_a_correction(personas: Personas) -> None:
    complaint = registered(personas)
    client = client_for(personas, "uw1")
    url = f"/complaints/{complaint.pk}/edit/"
    page = text_of(client.get(url))
    assert complaint.phone not in page
    assert "139****1234" in page
    sent = typed(event="地下二层积水", phone="") | {"revision": complaint.revision}
    response = client.post(url, sent)
    assert response.status_code == 302, response.context["form"].errors
    complaint.refresh_from_db()
    assert complaint.event == "地下二层积水"
    assert complaint.phone == "13900001234", "nothing typed keeps the number"
    # The same form again: somebody saved in between.
    response = client.post(url, sent | {"event": "地下三层积水"})
    assert response.status_code == 409
    page = text_of(response)
    assert "地下三层积水" in page
    assert "地下二层积水" in page
    assert f'name="revision" value="{complaint.revision}"' in page
    assert client.post(url, sent | {"event": "地下三层积水", "revision": complaint.revision}).status_code == 302


@pytest.mark.clause("5.4.1")
def test_the_fixed_demands_are_not_asked_of_the_form(personas: Personas) -> None:
    complaint = confirm(personas, registered(personas))
    client = client_for(personas, "uw1")
    url = f"/complaints/{complaint.pk}/edit/"
    assert "已确认" in text_of(client.get(url))
    sent = typed(demands=["赔偿车位租金"]) | {"revision": complaint.revision}
    assert client.post(url, sent).status_code == 302
    assert [demand.text for demand in complaint.demands.all()] == [*DEMANDS, "赔偿车位租金"]


# --- the complainant's number


@pytest.mark.clause("G2")
def test_a_number_is_shown_for_a_purpose_and_logged(personas: Personas) -> None:
    complaint = registered(personas)
    url = f"/complaints/{complaint.pk}/phone/"
    client = client_for(personas, "pe11")
    for purpose in ("", "  ", "用" * 101, "\x00"):
        response = client.post(url, {"purpose": purpose})
        assert complaint.phone not in text_of(response)
        assert response.status_code == 422
    assert not complaint.reveals.exists()
    assert complaint.phone not in text_of(client.get(url))
    page = client.post(url, {"purpose": "二次确认"}, headers={"HX-Request": "true"})
    assert complaint.phone in text_of(page)
    assert "<html" not in text_of(page)
    assert "no-store" in page["Cache-Control"]
    told = reveal_entries(complaint)
    assert [(line["who"], line["remark"]) for line in told] == [(str(personas.pe11), "用途:二次确认")]
    for login in ("uw2", "ud1", "outsider", "sysadmin"):
        stranger = client_for(personas, login)
        assert stranger.get(url).status_code == 404
        assert stranger.post(url, {"purpose": "看看"}).status_code == 404
    assert complaint.reveals.count() == 1
