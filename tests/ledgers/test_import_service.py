"""Saving a workbook: all or nothing, rights, registered projects, what every ledger gets, killed and repeated runs."""

import os
import signal
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.utils import timezone

from ledgers import appendix_c
from ledgers.guards import is_complete
from ledgers.models import Ledger, LedgerContact, LedgerImport, LedgerVersion, Project
from ledgers.selectors import ledger_rows
from ledgers.services import import_jobs, importing
from ledgers.services.import_jobs import confirm_import, discard_import, make_marked, order_marked, run_import, run_next
from ledgers.services.importing import import_ledgers
from organization.edition import edition_on
from organization.models import User
from reports.documents.base import Footer
from reports.documents.ledger_list import LedgerListWorkbook
from tests.ledgers.factories import NOW, at, make_ledger, make_project
from tests.ledgers.test_import_samples import SAMPLES
from tests.ledgers.workbooks import ledger, write_forms, write_list
from tests.personas import Personas, make_personas
from workflow.errors import Conflict, Refused
from workflow.models import Channel, Clock, Notice, Transition


def save(path: Path, actor: User | None, **options: Any) -> Any:
    return import_ledgers(path=path, department=options.pop("department", None), actor=actor, now=NOW, **options)


def upload(path: Path, actor: User, department: Any = None) -> LedgerImport:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return import_jobs.start_import(file=file, department=department, actor=actor, now=NOW)


def messages_of(done: Any) -> list[str]:
    return [error.message for row in done.parsed.rows for error in row.errors]


# --- all or nothing ---------------------------------------------------------------------------------------------


@pytest.mark.clause("5.1.1")
def test_one_rejected_row_saves_nothing_and_partial_the_rest(personas: Personas) -> None:
    path = SAMPLES / "ledger_list.xlsx"
    done = save(path, None)
    assert (done.saved, Project.objects.count(), Ledger.objects.count()) == (0, 0, 0)
    assert not Notice.objects.exists()
    done = save(path, None, partial=True)
    assert done.saved == Ledger.objects.count() == Project.objects.count() == 38


@pytest.mark.clause("5.1.1", "5.1.2", "G1")
def test_each_ledger_gets_history_transition_clock_and_gaps(personas: Personas, tmp_path: Path) -> None:
    gap = ledger("GC-2", address="", department="U1D2")
    gap.contacts[3].phone = ""
    path = write_list(tmp_path / "a.xlsx", [ledger("GC-1"), gap])
    save(path, personas.uw1)
    for found in Ledger.objects.select_related("project", "working"):
        assert found.status == Ledger.Status.DRAFTING
        assert found.working.number == 1
        assert found.number == found.project.code
        moved = Transition.objects.about(found).get()
        assert (moved.step, moved.source, moved.target, moved.actor) == ("import", "pending", "drafting", personas.uw1)
        assert moved.post_id == "UW"
        clock = Clock.objects.about(found).running().get()
        assert (clock.code, clock.received_at, clock.due_at) == ("ledger.build", NOW, at(14, 0))
        assert found.history.get().history_user == personas.uw1
        assert found.history.get().working_id == found.working_id
        assert found.project.history.get().history_type == "+"
        assert found.working.history.get().history_date == NOW
        contacts = found.working.contacts.all()
        assert len(contacts) == 13
        assert LedgerContact.history.filter(version=found.working).count() == 13
        assert LedgerContact.history.get(id=contacts[3].pk).phone == contacts[3].phone
        # One description of what is missing: the list, the review, the preview.
        assert found.missing_count == len(is_complete(found))
    two = Ledger.objects.get(number="GC-2")
    assert is_complete(two) == ["缺少:工程地址", "缺少:工程经理 联系方式"]
    assert two.missing_count == 2


@pytest.mark.clause("G1")
def test_the_history_is_what_simple_history_would_write(personas: Personas, tmp_path: Path) -> None:
    save(write_list(tmp_path / "a.xlsx", [ledger("GC-1")]), personas.uw1)
    project = Project.objects.get()
    bulk = project.history.get()
    project._history_user = personas.uw1  # type: ignore[attr-defined]
    project.save()
    one = project.history.first()
    names = [f.attname for f in type(one).tracked_fields]
    assert {n: getattr(one, n) for n in names} == {n: getattr(bulk, n) for n in names}
    assert (bulk.history_user, bulk.history_type) == (personas.uw1, "+")


def test_each_department_hears_of_it_once(personas: Personas, tmp_path: Path) -> None:
    rows = [ledger(f"GC-{n}", department="U1D1" if n < 5 else "U1D2") for n in range(8)]
    save(write_list(tmp_path / "a.xlsx", rows), personas.uw1)
    told = Notice.objects.filter(channel=Channel.INBOX)
    assert sorted((n.recipient.username, n.title[:8]) for n in told) == [
        ("pw11", "已导入 5 份竣"),
        ("pw12", "已导入 3 份竣"),
    ]


# --- rights -----------------------------------------------------------------------------------------------------


@pytest.mark.clause("G2")
def test_who_imports_where(personas: Personas, tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.xlsx", [ledger("GC-1", department="U1D1"), ledger("GC-2", department="U1D2")])
    done = save(path, personas.pw11)
    assert done.saved == 0
    assert messages_of(done) == ["「U1D2」不是您管理范围内的项目经理部编码,请核对后填写"]
    done = save(path, personas.uw2)
    assert [row.accepted for row in done.parsed.rows] == [False, False]
    for login in ("pm11", "uh1", "gw", "sysadmin", "outsider"):
        with pytest.raises(PermissionDenied):
            save(path, personas[login])
    assert not Project.objects.exists()
    assert save(path, personas.uw1).saved == 2


def test_an_acceptance_after_today_is_warned_of(personas: Personas, tmp_path: Path) -> None:
    rows = [ledger("GC-1", accepted_on=NOW.date()), ledger("GC-2", delivered_on=NOW.date() + timedelta(days=1))]
    done = save(write_list(tmp_path / "a.xlsx", rows), personas.pw11)
    assert done.saved == 2
    assert [warning.partition("第 ")[2][:11] for warning in done.parsed.warnings] == ["5 行的竣工验收日期或"]


# --- registered projects ----------------------------------------------------------------------------------------


@pytest.mark.clause("5.1.1", "A2-1", "1b")
def test_a_registered_project_gets_its_ledger(personas: Personas, tmp_path: Path) -> None:
    """No ledger: one is made. 待建账: it is filled and its clock runs on. Blank cells take nothing away."""
    bare = make_project(personas, code="P-1", key=True, strategic=True, city="保定")
    pending = make_ledger(personas, code="P-2", hvac=True)
    clock = Clock.objects.about(pending).running().get()
    rows = [ledger("P-1", name="新名", address=""), ledger("P-2", name="二号楼", key=True), ledger("P-3")]
    path = write_list(tmp_path / "a.xlsx", rows, leave_out=["strategic", "hvac", "accepted_on"])
    now = at(11)
    done = import_ledgers(path=path, department=None, actor=personas.pw11, now=now)
    assert done.saved == Ledger.objects.count() == Project.objects.count() == 3
    bare.refresh_from_db()
    assert (bare.name, bare.phase, bare.key, bare.strategic, bare.city) == ("新名", "completed", False, True, "保定")
    first = bare.ledger.working
    assert (first.name, first.address, first.strategic, first.key) == ("新名", bare.address, True, False)
    assert bare.address.startswith("河北省")
    assert bare.ledger.missing_count == 0
    assert [h.history_type for h in bare.history.order_by("history_id")] == ["+", "~"]

    pending.refresh_from_db()
    assert (pending.status, pending.working.name, pending.working.hvac) == ("drafting", "二号楼", True)
    assert pending.working.accepted_on == date(2026, 3, 9)
    assert [t.step for t in Transition.objects.about(pending).order_by("pk")] == ["open", "import"]
    assert Clock.objects.about(pending).get() == clock  # the same, still running
    assert Clock.objects.about(bare.ledger).running().get().received_at == now
    assert [h.status for h in pending.history.order_by("history_id")][-1] == "drafting"
    assert {v.number for v in LedgerVersion.objects.all()} == {1}


def test_the_preview_knows_what_the_register_knows(personas: Personas, tmp_path: Path) -> None:
    make_project(personas, code="P-1")
    path = write_list(tmp_path / "a.xlsx", [ledger("P-1", address=""), ledger("P-9", address="")])
    job = upload(path, personas.pw11)
    assert [row.missing for row in job.rows.all()] == [[], ["工程地址"]]


def test_a_project_of_another_department(personas: Personas, tmp_path: Path) -> None:
    make_project(personas, code="P-1", actor="pw12", unit="U1D2")
    path = write_list(tmp_path / "a.xlsx", [ledger("P-1", department="U1D1")])
    by_unit = save(path, personas.uw1)
    assert messages_of(by_unit) == ["工程「P-1」登记在项目经理部「U1D2」,与所填的「U1D1」不一致,请核对后填写"]
    assert by_unit.parsed.rows[0].errors[0].column == "项目经理部编码"
    # Out of reach: taken, and no word of whose it is.
    neighbour = messages_of(save(path, personas.pw11))
    assert "已经存在" in neighbour[0]
    assert "U1D2" not in neighbour[0]
    forms = write_forms(tmp_path / "f.xlsx", [ledger("P-1")])
    done = save(forms, personas.uw1, department="U1D1")
    assert (done.parsed.rows[0].errors[0].column, done.saved) == ("编号", 0)


def test_a_begun_ledger_is_not_touched(personas: Personas, tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.xlsx", [ledger("P-1")])
    assert save(path, personas.pw11).saved == 1
    again = save(path, personas.pw11)
    assert again.saved == 0
    assert "在台账中已经存在" in messages_of(again)[0]
    assert LedgerVersion.objects.count() == 1


def test_a_number_taken_between_check_and_saving(
    personas: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole check is repeated, and the row is an error that names the number; nothing is half saved."""
    path = write_list(tmp_path / "a.xlsx", [ledger("P-1"), ledger("P-2")])
    real, calls = importing.check_workbook, []

    def check(**given: Any) -> Any:
        parsed = real(**given)
        calls.append(1)
        if len(calls) == 1:
            make_project(personas, code="P-2", actor="pw21", unit="U2D1")
        return parsed

    monkeypatch.setattr(importing, "check_workbook", check)
    done = save(path, personas.pw11)
    assert (len(calls), done.saved, Ledger.objects.count()) == (2, 0, 0)
    assert "「P-2」" in messages_of(done)[0]


# --- round trip -------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.1.1", "6.1")
def test_what_was_exported_imports_into_the_same_data(personas: Personas, tmp_path: Path) -> None:
    exported = BytesIO()
    queryset = Ledger.objects.order_by("pk")
    mark = transaction.savepoint()
    save(SAMPLES / "ledger_list.xlsx", None, partial=True)
    before = list(ledger_rows(queryset))
    LedgerListWorkbook(
        lambda: ledger_rows(queryset), Footer.of(edition_on(NOW.date())), scope="全部", day="2026-03-10"
    ).render(exported)
    transaction.savepoint_rollback(mark)
    assert not Ledger.objects.exists()
    path = tmp_path / "export.xlsx"
    path.write_bytes(exported.getvalue())
    assert save(path, None).saved == len(before) == 38
    assert list(ledger_rows(Ledger.objects.order_by("pk"))) == before


def test_people_beside_the_13_posts_keep_their_places(personas: Personas, tmp_path: Path) -> None:
    data = ledger("P-1")
    data.contacts.insert(7, appendix_c.Contact("responsible", "", "资料员", "甲", "13800000001"))
    data.contacts.append(appendix_c.Contact("owner", "", "业主代表", "乙", "13800000002"))
    save(write_forms(tmp_path / "f.xlsx", [data]), personas.pw11, department="U1D1")
    extras = LedgerContact.objects.filter(post="").values_list("title", "group", "order")
    assert list(extras) == [("资料员", "responsible", 13), ("业主代表", "owner", 14)]


# --- jobs -------------------------------------------------------------------------------------------------------


def test_a_job_runs_once(personas: Personas, tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.xlsx", [ledger("P-1"), ledger("P-2")])
    job = upload(path, personas.pw11)
    assert not Ledger.objects.exists()
    assert not run_next(now=NOW)  # nobody has decided
    confirm_import(import_id=job.pk, partial=False, actor=personas.pw11, now=NOW)
    with pytest.raises(Conflict):
        confirm_import(import_id=job.pk, partial=False, actor=personas.pw11, now=NOW)
    assert run_next(now=NOW)
    job.refresh_from_db()
    assert (job.state, job.saved, job.saved_at) == ("saved", 2, NOW)
    assert not run_next(now=NOW + timedelta(days=1))
    run_import(import_id=job.pk, now=NOW)
    assert Ledger.objects.count() == 2


def test_the_decision_refuses_errors_unless_partial(personas: Personas, tmp_path: Path) -> None:
    rows = [ledger("P-1"), ledger("P-2", name="")]
    job = upload(write_list(tmp_path / "a.xlsx", rows), personas.pw11)
    with pytest.raises(Refused, match="有 1 行存在错误"):
        confirm_import(import_id=job.pk, partial=False, actor=personas.pw11, now=NOW)
    none = upload(write_list(tmp_path / "b.xlsx", [ledger("P-3", name="")]), personas.pw11)
    with pytest.raises(Refused, match="没有可以导入的行"):
        confirm_import(import_id=none.pk, partial=True, actor=personas.pw11, now=NOW)
    confirm_import(import_id=job.pk, partial=True, actor=personas.pw11, now=NOW)
    run_import(import_id=job.pk, now=NOW)
    assert [p.code for p in Project.objects.all()] == ["P-1"]


def test_new_errors_are_shown_again(personas: Personas, tmp_path: Path) -> None:
    job = upload(write_list(tmp_path / "a.xlsx", [ledger("P-1"), ledger("P-2")]), personas.pw11)
    make_project(personas, code="P-2", actor="pw21", unit="U2D1")
    confirm_import(import_id=job.pk, partial=False, actor=personas.pw11, now=NOW)
    run_import(import_id=job.pk, now=NOW)
    job.refresh_from_db()
    assert (job.state, job.accepted, job.rejected, Ledger.objects.count()) == ("preview", 1, 1, 0)
    assert "发现 1 行有错误" in job.note
    assert "P-2" in job.rows.get(finding="error").errors[0][1]
    confirm_import(import_id=job.pk, partial=True, actor=personas.pw11, now=NOW)
    run_import(import_id=job.pk, now=NOW)
    job.refresh_from_db()
    assert (job.state, job.saved, job.note) == ("saved", 1, "")


def test_a_changed_file_or_a_lost_right_saves_nothing(personas: Personas, tmp_path: Path) -> None:
    first = upload(write_list(tmp_path / "a.xlsx", [ledger("P-1")]), personas.pw11)
    confirm_import(import_id=first.pk, partial=False, actor=personas.pw11, now=NOW)
    Path(first.file.path).write_bytes(write_list(tmp_path / "b.xlsx", [ledger("P-9")]).read_bytes())
    run_import(import_id=first.pk, now=NOW)
    first.refresh_from_db()
    assert (first.state, "不一致" in first.note) == ("preview", True)
    second = upload(write_list(tmp_path / "c.xlsx", [ledger("P-1")]), personas.pw11)
    confirm_import(import_id=second.pk, partial=False, actor=personas.pw11, now=NOW)
    held = personas.appointments["pw11"]
    held.ends_on = timezone.localdate() - timedelta(days=1)
    held.save()
    run_import(import_id=second.pk, now=NOW)
    second.refresh_from_db()
    assert (second.state, "权限" in second.note, Project.objects.exists()) == ("preview", True, False)


def test_a_poisonous_job_is_given_back(personas: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload(write_list(tmp_path / "a.xlsx", [ledger("P-1")]), personas.pw11)
    confirm_import(import_id=job.pk, partial=False, actor=personas.pw11, now=NOW)

    def dies(**_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(import_jobs, "import_ledgers", dies)
    now = NOW
    for _ in range(import_jobs.ATTEMPTS):
        with pytest.raises(MemoryError):
            run_next(now=now)
        assert not run_next(now=now + import_jobs.LEASE)  # its claim is not stale yet
        now += import_jobs.LEASE + timedelta(seconds=1)
    run_next(now=now)
    job.refresh_from_db()
    assert (job.state, job.note) == ("preview", import_jobs.GAVE_UP)


def test_giving_up_removes_the_workbook(
    personas: Personas, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    job = upload(write_list(tmp_path / "a.xlsx", [ledger("P-1")]), personas.pw11)
    stored = Path(job.file.path)
    assert stored.exists()
    assert stored.suffix == ""
    with django_capture_on_commit_callbacks(execute=True):
        discard_import(import_id=job.pk, actor=personas.pw11, now=NOW)
    assert not stored.exists()
    with pytest.raises(Conflict):
        discard_import(import_id=job.pk, actor=personas.pw11, now=NOW)
    with pytest.raises(LedgerImport.DoesNotExist):
        confirm_import(import_id=job.pk, partial=False, actor=personas.uw1, now=NOW)


def test_marking_is_ordered_made_once_and_forgotten(personas: Personas, tmp_path: Path) -> None:
    job = upload(write_list(tmp_path / "a.xlsx", [ledger("P-1"), ledger("P-2", name="")]), personas.pw11)
    order_marked(import_id=job.pk, actor=personas.pw11, now=NOW)
    assert run_next(now=NOW)
    assert not run_next(now=NOW)
    made = make_marked(import_id=job.pk, now=NOW)
    assert made.marked.read()[:2] == b"PK"
    assert made.marking_at is None
    confirm_import(import_id=job.pk, partial=True, actor=personas.pw11, now=NOW)
    run_import(import_id=job.pk, now=NOW)
    job.refresh_from_db()
    assert not job.marked  # it would say 可以导入 of what is imported


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_is_resumed(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 after the first rows are written: nothing is saved; the next run saves all of it, once."""
    personas = make_personas()
    job = upload(write_list(tmp_path / "a.xlsx", [ledger(f"P-{n}") for n in range(6)]), personas.pw11)
    confirm_import(import_id=job.pk, partial=False, actor=personas.pw11, now=NOW)
    monkeypatch.setattr(importing, "CHUNK", 2)
    connections.close_all()
    child = os.fork()
    if child == 0:  # a worker of its own
        real, written = importing.save_rows, []

        def save_rows(*given: Any, **named: Any) -> Any:
            if len(written) == 2:
                assert Project.objects.count() == 4
                os.kill(os.getpid(), signal.SIGKILL)
            written.append(1)
            return real(*given, **named)

        importing.save_rows = save_rows  # type: ignore[assignment]
        try:
            run_import(import_id=job.pk, now=NOW)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    job.refresh_from_db()
    assert (job.state, job.attempt, Project.objects.count(), Ledger.objects.count()) == ("running", 1, 0, 0)
    assert not run_next(now=NOW + timedelta(seconds=30))  # it might still be alive
    assert run_next(now=NOW + import_jobs.LEASE + timedelta(seconds=1))
    job.refresh_from_db()
    assert (job.state, job.saved, Ledger.objects.count()) == ("saved", 6, 6)
    assert connection.vendor in {"sqlite", "postgresql"}
