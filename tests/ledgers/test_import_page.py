"""The import's pages: upload, preview, decision, marked workbook, and who may see them."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from config.celery import app
from ledgers.models import Ledger, LedgerImport
from ledgers.services import import_jobs
from ledgers.tasks import run_imports
from tests.factories import appoint
from tests.ledgers import hostile
from tests.ledgers.test_import_samples import EXPECTED, SAMPLES, without
from tests.ledgers.workbooks import ledger, write_forms, write_list
from tests.personas import Personas
from workflow.models import Notice

NEW = "/ledgers/import/"


@pytest.fixture
def client_of(personas: Personas) -> Any:
    def make(login: str) -> Client:
        client = Client()
        client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


def send(client: Client, path: Path, department: Any = "") -> Any:
    with path.open("rb") as file:
        return client.post(NEW, {"file": file, "department": getattr(department, "pk", department)})


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.clause("5.1.1", "5.1.2")
def test_the_samples_list_through_the_page(client_of: Any, personas: Personas) -> None:
    """Somebody whose reach is every unit of the samples reads exactly what ``expected.json`` says."""
    for code in ("U2", "U3", "U4"):
        appoint(personas.uw1, "UW", personas.unit(code))
    client = client_of("uw1")
    url = send(client, SAMPLES / "ledger_list.xlsx").url
    job = LedgerImport.objects.get()
    assert url == f"{NEW}{job.pk}/"
    got = [
        {
            "row": row.row,
            "status": "rejected" if row.finding == "error" else "accepted",
            "columns": [error[0] for error in row.errors],
            "missing": row.missing,
        }
        for row in job.rows.all()
    ]
    assert got == without("case", EXPECTED["ledger_list.xlsx"])
    assert (job.accepted, job.rejected) == (38, 9)
    page = text_of(client.get(url))
    for words in ("有错误", "可导入", "缺项", "部分导入", "下载标注错误的原表", "放弃", "单元格是公式,请改为文字"):
        assert words in page
    assert "确认导入" not in page
    assert not Ledger.objects.exists()


@pytest.mark.clause("5.1.1", "C")
def test_forms_are_saved_into_the_chosen_department(client_of: Any, personas: Personas) -> None:
    client = client_of("pw11")
    refused = send(client, SAMPLES / "ledger_forms.xlsx")
    assert refused.status_code == 400
    assert "请先选择所属的项目经理部" in text_of(refused)
    response = send(client, SAMPLES / "ledger_forms.xlsx", personas.unit("U1D1"))
    page = text_of(client.get(response.url))
    assert "确认导入 3 份台账" in page
    assert "水暖主任 联系方式" in page
    done = client.post(f"{response.url}save/", follow=True)
    assert "已导入 3 份台账" in text_of(done)
    assert Ledger.objects.filter(project__department__code="U1D1", status="drafting").count() == 3
    assert "已导入" in text_of(client.get(NEW))


@pytest.mark.clause("5.1.1")
def test_errors_then_partial_then_the_marked_workbook(client_of: Any, tmp_path: Path) -> None:
    client = client_of("pw11")
    rows = [ledger("P-1"), ledger("P-2", name=""), ledger("P-3")]
    url = send(client, write_list(tmp_path / "竣工 台账.xlsx", rows)).url
    whole = client.post(f"{url}save/", follow=True)
    assert "有 1 行存在错误" in text_of(whole)
    assert not Ledger.objects.exists()
    before = client.get(f"{url}marked.xlsx")
    sheet = load_workbook(BytesIO(b"".join(before.streaming_content))).active
    assert "导入结果" in before["Content-Disposition"] or "filename*=utf-8''" in before["Content-Disposition"]
    assert sheet["C5"].comment.text.startswith("工程名称:")
    saved = client.post(f"{url}save/", {"partial": "1"}, follow=True)
    assert "已导入 2 份台账" in text_of(saved)
    assert sorted(Ledger.objects.values_list("number", flat=True)) == ["P-1", "P-3"]
    after = load_workbook(BytesIO(b"".join(client.get(f"{url}marked.xlsx").streaming_content))).active
    results = [after.cell(row, after.max_column).value for row in (4, 5, 6)]
    assert [text[:3] for text in results] == ["已导入", "未通过", "已导入"]
    # Decided is decided.
    assert client.post(f"{url}save/", {"partial": "1"}).status_code == 409
    assert client.post(f"{url}discard/").status_code == 409


def test_giving_up(client_of: Any, tmp_path: Path) -> None:
    client = client_of("pw11")
    url = send(client, write_list(tmp_path / "a.xlsx", [ledger("P-1")])).url
    assert "没有导入任何数据" in text_of(client.post(f"{url}discard/", follow=True))
    page = text_of(client.get(url))
    assert "已放弃" in page
    assert "确认导入" not in page
    assert client.get(f"{url}marked.xlsx").status_code == 302
    assert client.post(f"{url}save/").status_code == 409


@pytest.mark.clause("G2")
def test_only_the_uploader_sees_it(client_of: Any, tmp_path: Path) -> None:
    url = send(client_of("pw11"), write_list(tmp_path / "a.xlsx", [ledger("P-1")])).url
    for login, status in (
        ("uw1", 404), ("pw12", 404), ("pw21", 404), ("uw2", 404),
        ("pm11", 403), ("uh1", 403), ("gw", 403), ("sysadmin", 403), ("outsider", 403),
    ):  # fmt: skip
        client = client_of(login)
        assert client.get(url).status_code == status, login
        assert client.get(f"{url}marked.xlsx").status_code == status
        assert client.post(f"{url}save/").status_code == status
        assert client.post(f"{url}discard/").status_code == status
        listed = client.get(NEW)
        assert listed.status_code == (200 if status == 404 else 403)
        assert "a.xlsx" not in text_of(listed)
    assert client_of("pw11").get("/ledgers/import/999999/").status_code == 404
    assert Client().get(url).status_code == 302


def test_the_departments_offered_are_those_in_reach(client_of: Any, personas: Personas, tmp_path: Path) -> None:
    page = text_of(client_of("pw11").get(NEW))
    assert "(U1D1)" in page
    assert "(U1D2)" not in page
    assert "/reports/ledgers/template.xlsx" in page
    outside = send(client_of("pw11"), write_forms(tmp_path / "f.xlsx", [ledger("P-1")]), personas.unit("U2D1"))
    assert outside.status_code == 400
    assert "不在您的管理范围内" in text_of(outside)
    for wrong in ("x", "-1", "9" * 40, "<script>"):
        assert send(client_of("pw11"), SAMPLES / "ledger_forms.xlsx", wrong).status_code == 400
    assert not LedgerImport.objects.exists()


def test_a_form_without_a_file(client_of: Any) -> None:
    response = client_of("pw11").post(NEW, {})
    assert response.status_code == 400
    assert "请选择要导入的工作簿" in text_of(response)
    assert client_of("pw11").post(NEW, {"file": "text"}).status_code == 400


@pytest.mark.clause("5.1.1")
@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_hostile_file_through_the_page(name: str, client_of: Any, personas: Personas, tmp_path: Path) -> None:
    make, word = hostile.HOSTILE[name]
    client = client_of("pw11")
    response = send(client, make(tmp_path / "x.xlsx"), personas.unit("U1D1"))
    assert response.status_code == 400
    page = text_of(response)
    assert word in page
    assert f'value="{personas.unit("U1D1").pk}" selected' in page  # nothing typed is lost
    assert not LedgerImport.objects.exists()
    assert not list((tmp_path / "media").rglob("*.*"))


def test_what_a_cell_says_is_shown_as_text(client_of: Any, tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>"
    path = write_list(tmp_path / "a.xlsx", [ledger("P-1", department=bad), ledger("P-2", name=bad)])
    client = client_of("pw11")
    file = SimpleUploadedFile("../..\\<img src=x>.xlsx", path.read_bytes())
    url = client.post(NEW, {"file": file}).url
    for address in (url, f"{url}?tab=ok", f"{url}?tab=nothing&page=x", NEW):
        page = text_of(client.get(address))
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_many_rows_are_paged_at_a_constant_number_of_queries(
    client_of: Any, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    rows = [ledger(f"P-{n}", name="") for n in range(120)]
    client = client_of("pw11")
    url = send(client, write_list(tmp_path / "a.xlsx", rows)).url
    with django_assert_max_num_queries(9):
        page = text_of(client.get(url))
    assert page.count("第 ") > 50
    assert "共 120 条" in page
    assert "第 123 行" in text_of(client.get(f"{url}?page=3"))
    assert "没有行" in text_of(client.get(f"{url}?tab=ok"))


def test_a_large_one_is_left_to_the_worker(
    client_of: Any, personas: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_jobs, "INLINE_ROWS", 2)
    client = client_of("pw11")
    url = send(client, write_list(tmp_path / "a.xlsx", [ledger(f"P-{n}") for n in range(4)])).url
    assert "生成标注错误的原表" in text_of(client.get(url))
    assert client.get(f"{url}marked.xlsx").status_code == 302
    client.post(f"{url}marked.xlsx")
    waiting = text_of(client.get(url))
    assert "正在生成标注后的原表" in waiting
    assert f'hx-get="{url}"' in waiting
    assert "HX-Refresh" not in client.get(url, headers={"HX-Request": "true"})
    assert run_imports() == 1
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert client.get(f"{url}marked.xlsx").status_code == 200
    client.post(f"{url}save/")
    assert not Ledger.objects.exists()
    assert "已排队" in text_of(client.get(url))
    assert run_imports() == 1
    assert Ledger.objects.count() == 4
    assert "查看编制中的台账" in text_of(client.get(url))
    assert Notice.objects.filter(recipient=personas.pw11, title__startswith="导入完成").count() == 1
    assert run_imports() == 0


def test_the_worker_looks_every_ten_seconds() -> None:
    entry = app.conf.beat_schedule["run-imports"]
    assert (entry["task"], entry["schedule"]) == (run_imports.name, 10.0)
