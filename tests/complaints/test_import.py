"""The import of a register of earlier complaints: dry run, decision, what comes of the rows, hostile workbooks."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from complaints import clocks as C
from complaints.flows.complaint import FLOW
from complaints.imports.columns import COLUMNS
from complaints.imports.reading import read_register
from complaints.imports.template import FIRST_ROW, GUIDE, TITLE, register_template
from complaints.models import Complaint, ComplaintImport, Demand
from complaints.services import import_jobs
from complaints.services.registration import register_complaint
from ledgers.imports.values import WorkbookRefused
from tests.complaints.factories import NOW, entry, registered
from tests.complaints.workbooks import TITLES, finished, unfinished, write_register
from tests.ledgers import hostile
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Notice, Transition

NEW = "/complaints/import/"
S = ComplaintImport.State


def client_for(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(path: Path, name: str = "投诉台账.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, path.read_bytes())


def start(personas: Personas, path: Path, login: str = "uw1", now: datetime = NOW) -> ComplaintImport:
    return import_jobs.start_import(file=upload(path), actor=personas[login], now=now)


def confirm(personas: Personas, job: ComplaintImport, login: str = "uw1", **more: Any) -> ComplaintImport:
    given: dict[str, Any] = {"partial": False, "now": NOW} | more
    return import_jobs.confirm_import(import_id=job.pk, actor=personas[login], **given)


def errors_of(job: ComplaintImport, row: int = 0) -> list[tuple[str, str]]:
    return [(column, message) for column, message, _ in job.rows[row]["errors"]]


def text_of(response: Any) -> str:
    return str(response.content.decode())


# --- what comes of the rows


@pytest.mark.clause("5.4.1")
def test_a_finished_row_becomes_closed_history(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished(project, remark="业主表扬")]))
    assert (job.accepted, job.rejected, job.unfinished) == (1, 0, 0)
    assert not Complaint.objects.exists(), "a dry run saves nothing"
    job = confirm(personas, job)
    assert (job.state, job.saved) == (S.SAVED, 1)
    complaint = Complaint.objects.get()
    assert (complaint.number, complaint.status, complaint.legacy) == ("2024-001", "closed", True)
    assert complaint.received_at == datetime(2024, 3, 28, 9, 30, tzinfo=SHANGHAI)
    assert complaint.closed_at == datetime(2024, 4, 25, tzinfo=SHANGHAI)
    assert (complaint.verdict, complaint.grade, complaint.kind, complaint.cause) == (
        "minor",
        4,
        "warranty",
        "resources",
    )
    assert [demand.text for demand in complaint.demands.all()] == ["修复渗漏", "赔偿损失"]
    assert not Clock.objects.exists(), "history has no limits"
    told = Transition.objects.about(complaint).get()
    assert (told.step, told.target, told.actor) == ("import_closed", "closed", personas.uw1)
    assert told.remark == "处理情况:返工\n处理结果:合格\n备注:业主表扬"
    assert complaint.history.get().history_user == personas.uw1
    assert "修复渗漏" in complaint.search_text


@pytest.mark.clause("5.4.1", "5.4.2")
def test_an_unfinished_row_goes_on_from_its_receipt(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    rows = [
        unfinished(project, number=""),
        unfinished(project, number="", received_at="2026-03-01", complainant="李四", verdict="我方责任"),
    ]
    job = start(personas, write_register(tmp_path / "a.xlsx", rows))
    assert (job.accepted, job.unfinished) == (2, 2)
    confirm(personas, job)
    early, late = Complaint.objects.order_by("received_at")
    assert (early.status, late.status) == ("registered", "registered")
    assert (early.number, late.number) == ("TS-U1-2026-0001", "TS-U1-2026-0002")
    assert early.verdict == "", "an unfinished complaint is ruled in the portal"
    clocks = {clock.code: clock for clock in Clock.objects.about(late).running()}
    assert clocks.keys() == {C.CONFIRM_UNIT, C.RULE}
    assert clocks[C.RULE].received_at == datetime(2026, 3, 9, 15, 20, tzinfo=SHANGHAI)
    assert clocks[C.RULE].due_at == datetime(2026, 3, 12, tzinfo=SHANGHAI)
    assert Clock.objects.about(early).running().get(code=C.RULE).due_at == datetime(2026, 3, 4, tzinfo=SHANGHAI)
    assert "责任判定:我方责任" in Transition.objects.about(early).get().remark
    heard = Notice.objects.filter(kind="import", channel="inbox", recipient=personas.uh1)
    assert heard.count() == 1, "once a department, not once a row"
    # The next registration goes on behind the imported numbers.
    assert registered(personas, project=project).number == "TS-U1-2026-0003"


@pytest.mark.clause("5.4.1")
def test_the_group_imports_its_own(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    job = start(personas, write_register(tmp_path / "a.xlsx", [unfinished(project, level="", number="")]), "gw")
    confirm(personas, job, "gw")
    complaint = Complaint.objects.get()
    assert (complaint.level, complaint.number) == ("group", "TS-G-2026-0001")
    assert set(Clock.objects.about(complaint).running().values_list("code", flat=True)) == {C.CONFIRM_GROUP, C.FORWARD}


@pytest.mark.clause("5.4.1")
def test_the_unfinished_of_another_level_are_not_the_importers(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    for login, level in (("uw1", "集团公司"), ("gw", "二级单位")):
        job = start(personas, write_register(tmp_path / "a.xlsx", [unfinished(project, level=level)]), login)
        assert [column for column, _ in errors_of(job)] == ["接收层级"]
        done = start(personas, write_register(tmp_path / "b.xlsx", [finished(project, level=level)]), login)
        assert done.accepted == 1, "history may be of any level"


# --- what is refused, cell by cell


@pytest.mark.clause("5.4.1")
@pytest.mark.parametrize(
    ("key", "value", "column", "words"),
    [
        ("received_at", "", "接收时间", "不能为空"),
        ("received_at", "去年春天", "接收时间", "不是日期"),
        ("received_at", "2024-03-28 25:00", "接收时间", "时间不存在"),
        ("received_at", "2026-03-10 10:01", "接收时间", "晚于现在"),
        ("received_at", 1e300, "接收时间", "15 位"),
        ("project_code", "没有的编号", "工程编号", "不是您管理范围内的工程编号"),
        ("event", "", "投诉事件", "不能为空"),
        ("event", "渗" * 2001, "投诉事件", "最多 2000 个字"),
        ("complainant", "", "投诉人", "不能为空"),
        ("complainant", "张" * 51, "投诉人", "最多 50 个字"),
        ("phone", "", "联系电话", "不能为空"),
        ("phone", "12345", "联系电话", "不是电话号码"),
        ("kind", "", "投诉类型", "不能为空"),
        ("kind", "别的", "投诉类型", "工期履约、安全文明施工、保修"),
        ("party", "路人", "投诉主体", "建设单位"),
        ("channel", "信鸽", "渠道", "函件"),
        ("level", "项目部", "接收层级", "二级单位"),
        ("cause", "天气", "原因", "施工部署不合理"),
        ("demands", "修" * 501, "诉求", "最多 500 个字"),
        ("demands", "\n".join(f"诉求{n}" for n in range(31)), "诉求", "最多 30 项"),
        ("verdict", "大概是", "责任判定", "非我方责任"),
        ("grade", "六星", "满意度", "很满意"),
        ("closed_on", "明年", "结案日期", "不是日期"),
        ("closed_on", "2026-03-11", "结案日期", "晚于今天"),
        ("closed_on", "2024-03-27", "结案日期", "早于接收时间"),
        ("number", "TS-U1-2026-0001", "投诉编号(原)", "门户自动编排"),
        ("number", "号" * 41, "投诉编号(原)", "最多 40 个字"),
        ("remark", "注" * 1001, "备注", "最多 1000 个字"),
    ],
)
def test_a_bad_cell_is_named(personas: Personas, tmp_path: Path, key: str, value: Any, column: str, words: str) -> None:
    project = make_project(personas)
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished(project, **{key: value})]))
    assert (job.accepted, job.rejected) == (0, 1)
    assert any(named == column and words in message for named, message in errors_of(job)), errors_of(job)
    cell = next(cell for named, _, cell in job.rows[0]["errors"] if named == column)
    at = [one.key for one in COLUMNS].index(key)
    assert cell == f"{chr(65 + at)}4"
    with pytest.raises(Refused):
        confirm(personas, job, partial=True)
    assert not Complaint.objects.exists()


@pytest.mark.clause("G2")
def test_projects_out_of_reach_are_not_known(personas: Personas, tmp_path: Path) -> None:
    mine, theirs = (
        make_project(personas, name="本单位工程"),
        make_project(personas, unit="U2D1", actor="pw21", name="外单位工程"),
    )
    rows = [
        finished(theirs, number="1"),
        finished("", project_code="", project_name=theirs.name, number="2"),
        finished("", project_code="", project_name=mine.name, number="3"),
        finished("", project_code="", project_name="", number="4"),
    ]
    job = start(personas, write_register(tmp_path / "a.xlsx", rows))
    assert [bool(row["errors"]) for row in job.rows] == [True, True, False, True]
    assert "外单位工程" not in str(job.rows[0]), "not even its name is given away"
    assert start(personas, write_register(tmp_path / "b.xlsx", rows[:3]), "gw").accepted == 3


def test_projects_of_one_name_need_their_code(personas: Personas, tmp_path: Path) -> None:
    make_project(personas, name="同名工程")
    make_project(personas, name="同名工程")
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished("", project_code="", project_name="同名工程")]))
    assert errors_of(job) == [("工程名称", "有 2 项工程都叫「同名工程」,请填写工程编号")]


@pytest.mark.clause("5.4.1")
def test_what_is_there_already_is_refused(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    registered(personas, project=project, complainant="张建国")
    same_day = {"received_at": "2026-03-10 08:00", "complainant": "张建国"}
    rows = [
        finished(project),
        finished(project, event="又一件"),  # the same number
        finished(project, number="", complainant="赵六"),
        finished(project, number="", complainant="赵六"),  # the same day and person, no numbers
        finished(project, number="a", complainant="钱七"),
        finished(project, number="b", complainant="钱七"),  # two numbers: two complaints
        finished(project, number="c", closed_on="2026-03-10", **same_day),  # registered in the portal
    ]
    job = start(personas, write_register(tmp_path / "a.xlsx", rows))
    assert [[column for column, _ in errors_of(job, at)] for at in range(7)] == [
        [], ["投诉编号(原)"], [], ["接收时间"], [], [], ["接收时间"],
    ]  # fmt: skip
    assert confirm(personas, job, partial=True).saved == 4
    again = start(personas, write_register(tmp_path / "b.xlsx", rows))
    assert again.accepted == 0, [row["errors"] for row in again.rows]


# --- the shape of registers


def test_headers_are_recognised_as_people_write_them(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    titles = TITLES | {
        "number": "编 号",
        "received_at": "投诉\n时间",
        "project_code": "工程编号*",
        "event": "投诉内容(简述)",
        "phone": "联系 方式",
        "kind": "类型",
        "closed_on": "办结日期",
        "level": "层级:",
    }
    path = write_register(
        tmp_path / "a.xlsx", [finished(project, closed_on="2024年4月25日", kind="保　修")], titles=titles, above=4,
        below=("", "填报人:王某", "说明:本表每季度报送"),
    )  # fmt: skip
    job = start(personas, path)
    assert (job.accepted, job.rejected) == (1, 0), job.rows
    assert any("说明文字" in warning for warning in job.warnings)


def test_blank_formatted_rows_are_no_rows(personas: Personas, tmp_path: Path) -> None:
    path = write_register(tmp_path / "a.xlsx", [finished(make_project(personas))])
    book = load_workbook(path)
    for row in range(5, 200):
        book.active.cell(row, 1).number_format = "@"
        book.active.cell(row, 2, "   ")
    book.save(path)
    job = start(personas, path)
    assert (job.accepted, job.rejected) == (1, 0)


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        ({"event": "投诉事件", "phone": "联系电话"}, "没有找到投诉台账"),
        ({key: title for key, title in TITLES.items() if key != "phone"}, "缺少列「联系电话」"),
        ({key: title for key, title in TITLES.items() if not key.startswith("project")}, "工程编号"),
        (TITLES | {"remark": "电话"}, "出现了两次"),
    ],
)
def test_a_sheet_without_the_columns_is_refused_as_a_whole(
    personas: Personas, tmp_path: Path, titles: dict[str, str], words: str
) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        start(personas, write_register(tmp_path / "a.xlsx", [finished("P")], titles=titles))
    assert words in refused.value.message
    assert not ComplaintImport.objects.exists()


def test_formulas_and_dates_of_excel(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    path = write_register(
        tmp_path / "a.xlsx", [finished(project), finished(project, number="2024-002", complainant="乙")]
    )
    sheet = (book := load_workbook(path)).active
    sheet["B4"], sheet["R4"] = datetime(2024, 3, 28, 16, 45), datetime(2024, 4, 25, 9)  # noqa: DTZ001
    sheet["E5"] = "=1+1"
    book.save(path)
    job = start(personas, path)
    assert errors_of(job, 0) == []
    assert errors_of(job, 1) == [("投诉事件", "单元格是公式,请改为文字")]
    confirm(personas, job, partial=True)
    complaint = Complaint.objects.get()
    assert complaint.received_at == datetime(2024, 3, 28, 16, 45, tzinfo=SHANGHAI), "the time of a cell is kept"
    assert complaint.closed_at == datetime(2024, 4, 25, tzinfo=SHANGHAI)


@pytest.mark.parametrize("name", sorted(hostile.HOSTILE))
def test_hostile_workbooks_are_refused_in_words(personas: Personas, tmp_path: Path, name: str) -> None:
    make, word = hostile.HOSTILE[name]
    path = make(tmp_path / "a.xlsx")
    with pytest.raises(WorkbookRefused) as refused:
        read_register(path)
    assert word in refused.value.message or "没有找到投诉台账" in refused.value.message
    assert not Complaint.objects.exists()


# --- template


@pytest.mark.clause("5.4.1", "2.2.2")
def test_the_template_is_what_the_import_reads(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    path = tmp_path / "template.xlsx"
    path.write_bytes(register_template())
    with pytest.raises(WorkbookRefused) as empty:
        read_register(path)
    assert "表头下面没有投诉" in empty.value.message
    book = load_workbook(path)
    for at, (column, value) in enumerate(zip(COLUMNS, _values(finished(project)), strict=True), 1):
        assert book[TITLE].cell(FIRST_ROW - 1, at).value == column.title
        book[TITLE].cell(FIRST_ROW, at, value)
    book.save(path)
    job = start(personas, path)
    assert (job.accepted, job.rejected) == (1, 0), job.rows
    confirm(personas, job)
    assert Complaint.objects.get().project == project


def test_the_template_can_be_read_and_printed() -> None:
    """What is required stands out; nineteen columns take two pages; an explanation is as high as its text."""
    book = load_workbook(BytesIO(register_template()))
    sheet, guide = book[TITLE], book[GUIDE]
    head = [sheet.cell(FIRST_ROW - 1, at) for at in range(1, len(COLUMNS) + 1)]
    assert {cell.value for cell in head if cell.font.color} == {each.title for each in COLUMNS if each.required}
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.orientation) == (2, "landscape")
    assert (guide.page_setup.fitToWidth, guide.page_setup.orientation) == (1, "landscape")
    heights = {guide.cell(row, 1).value: guide.row_dimensions[row].height for row in range(2, guide.max_row + 1)}
    assert heights["责任判定"] > heights["投诉人"] > 0


def _values(row: dict[str, Any]) -> list[Any]:
    return [row.get(column.key) or None for column in COLUMNS]


# --- decision


@pytest.mark.clause("5.4.1")
def test_one_bad_row_saves_nothing_unless_partial(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    rows = [finished(project), finished(project, number="2", phone="")]
    job = start(personas, write_register(tmp_path / "a.xlsx", rows))
    with pytest.raises(Refused):
        confirm(personas, job)
    assert not Complaint.objects.exists()
    assert confirm(personas, job, partial=True).saved == 1


def test_confirmed_twice_is_saved_once(personas: Personas, tmp_path: Path) -> None:
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished(make_project(personas))]))
    confirm(personas, job)
    with pytest.raises(Conflict):
        confirm(personas, job)
    with pytest.raises(Conflict):
        import_jobs.discard_import(import_id=job.pk, actor=personas.uw1)
    assert Complaint.objects.count() == 1


def test_what_was_registered_meanwhile_is_shown_and_nothing_saved(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    rows = [
        unfinished(project, number="", received_at="2026-03-10 09:00", complainant="周业主"),
        unfinished(project, number="", received_at="2026-03-09 09:00", complainant="别人"),
    ]
    job = start(personas, write_register(tmp_path / "a.xlsx", rows))
    assert job.accepted == 2
    register_complaint(project=project, values=entry(), demands=["修"], actor=personas.uw1, now=NOW)
    job = confirm(personas, job)
    assert job.state == S.PREVIEW
    assert "再次检查" in job.note
    assert (job.accepted, job.rejected) == (1, 1)
    assert Complaint.objects.count() == 1
    assert confirm(personas, job, partial=True).saved == 1


def test_a_file_that_was_tampered_with_is_not_imported(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished(project)]))
    Path(job.file.path).write_bytes(write_register(tmp_path / "b.xlsx", [finished(project, event="别的")]).read_bytes())
    with pytest.raises(Refused) as refused:
        confirm(personas, job)
    assert "不一致" in str(refused.value)
    assert not Complaint.objects.exists()


def test_a_reach_that_was_lost_saves_nothing(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished(project)]))
    type(project).objects.filter(pk=project.pk).update(department=personas.unit("U2D1"))
    job = confirm(personas, job)
    assert job.state == S.PREVIEW
    assert errors_of(job)[0][0] == "工程编号"
    assert not Complaint.objects.exists()


def test_discarding_deletes_the_file_and_keeps_the_line(
    personas: Personas, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished(make_project(personas))]))
    path = Path(job.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        import_jobs.discard_import(import_id=job.pk, actor=personas.uw1)
    assert not path.exists()
    job.refresh_from_db()
    assert (job.state, job.rows) == (S.DISCARDED, [])


# --- pages


@pytest.mark.clause("5.4.1")
def test_the_way_through_the_pages(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)
    client = client_for(personas, "uw1")
    path = write_register(tmp_path / "a.xlsx", [finished(project), unfinished(project, phone="12")])
    with time_machine.travel(NOW, tick=False):
        response = client.post(NEW, {"file": upload(path)})
        job = ComplaintImport.objects.get()
        assert response.url == f"{NEW}{job.pk}/"
        page = text_of(client.get(response.url))
        assert "联系电话" in page
        assert "部分导入:仅导入无错误的 1 行" in page
        assert "13800001234" not in page, "no phone on the page"
        marked = client.get(f"{NEW}{job.pk}/marked.xlsx")
        sheet = load_workbook(BytesIO(b"".join(marked.streaming_content))).active
        assert sheet["G5"].fill.start_color.rgb == "FFFFC7CE"
        assert sheet.cell(3, len(COLUMNS) + 1).value == "导入结果"
        assert sheet.cell(4, len(COLUMNS) + 1).value == "可以导入"
        assert "不是电话号码" in sheet.cell(5, len(COLUMNS) + 1).value
        refused = client.post(f"{NEW}{job.pk}/save/", follow=True)
        assert "1 行存在错误" in text_of(refused)
        assert not Complaint.objects.exists()
        done = client.post(f"{NEW}{job.pk}/save/", {"partial": "1"}, follow=True)
        assert "已导入 1 项投诉" in text_of(done)
        assert client.post(f"{NEW}{job.pk}/save/", {"partial": "1"}).status_code == 409
        assert job.name in text_of(client.get(NEW))
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize("name", ["empty", "pdf", "macros", "zip bomb"])
def test_the_page_says_what_is_wrong_with_a_file(personas: Personas, tmp_path: Path, name: str) -> None:
    make, word = hostile.HOSTILE[name]
    response = client_for(personas, "uw1").post(NEW, {"file": upload(make(tmp_path / "a.xlsx"))})
    assert response.status_code == 422
    assert word in str(response.context["form"].errors["file"])
    assert client_for(personas, "uw1").post(NEW, {}).status_code == 422


@pytest.mark.clause("G2")
def test_uploads_are_their_uploaders_alone(personas: Personas, tmp_path: Path) -> None:
    job = start(personas, write_register(tmp_path / "a.xlsx", [finished(make_project(personas))]))
    pages = [f"{NEW}{job.pk}/", f"{NEW}{job.pk}/marked.xlsx"]
    posts = [f"{NEW}{job.pk}/save/", f"{NEW}{job.pk}/discard/"]
    for login in ("uw2", "gw"):
        client = client_for(personas, login)
        assert {client.get(url).status_code for url in pages} == {404}
        assert {client.post(url).status_code for url in posts} == {404}
    for login in ("pe11", "pm11", "uh1", "ul1", "ud1", "gh", "sysadmin", "outsider"):
        client = client_for(personas, login)
        assert {client.get(url).status_code for url in (NEW, f"{NEW}template.xlsx", *pages)} == {403}
        assert {client.post(url).status_code for url in (NEW, *posts)} == {403}
        with pytest.raises(PermissionDenied):
            confirm(personas, job, login)
    with pytest.raises(ComplaintImport.DoesNotExist):
        confirm(personas, job, "uw2")
    assert not Complaint.objects.exists()


def test_many_rows_cost_a_fixed_number_of_statements(personas: Personas, tmp_path: Path) -> None:
    project = make_project(personas)

    def queries(count: int, prefix: str) -> int:
        rows = [
            (finished if n % 2 else unfinished)(project, number=f"{prefix}{n}", complainant=f"业主{prefix}{n}")
            for n in range(count)
        ]
        job = start(personas, write_register(tmp_path / "a.xlsx", rows))
        with CaptureQueriesContext(connection) as caught:
            confirm(personas, job)
        return len(caught)

    queries(2, "w")
    # SQLite takes few parameters at once, so a statement may be cut in several; a query a row would be 196 more.
    assert queries(200, "b") - queries(4, "a") < 30
    assert Complaint.objects.count() == 206
    assert Demand.objects.count() == 412
    assert Clock.objects.running().count() == 2 * 103


@pytest.mark.clause("5.4.1")
def test_the_steps_of_the_import_are_nobodys_buttons(personas: Personas) -> None:
    complaint = registered(personas)
    assert not [step.name for step in FLOW.available(complaint, personas.uw1) if step.name.startswith("import_")]
    with pytest.raises(Conflict):
        FLOW.check("import_closed", complaint, actor=personas.uw1, now=NOW + timedelta(hours=1))
