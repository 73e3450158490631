"""From a workbook to a ledger in force: import, gap, return, resubmission, two approvals, documents."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, Download, Page, expect
from pypdf import PdfReader

from ledgers.models import Ledger
from tests.browser.portal import Portal
from tests.personas import Personas, make_personas
from workflow.models import Clock, Transition

pytestmark = pytest.mark.django_db(transaction=True)

SAMPLES = Path(__file__).parent.parent / "ledgers" / "samples"
NAME = "滨江医院门急诊综合楼"


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def saved(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def import_forms(page: Page, portal: Portal) -> None:
    page.goto(portal.url("/ledgers/import/"))
    page.set_input_files("input[type=file]", SAMPLES / "ledger_list.xlsx")
    page.click("text=上传并检查")
    expect(page.locator("main")).to_contain_text("有错误")
    expect(page.locator("main")).to_contain_text("U9D9")
    with page.expect_download() as marked:
        page.click("text=下载标注错误的原表")
    assert openpyxl.load_workbook(io.BytesIO(saved(marked.value))).active is not None

    page.goto(portal.url("/ledgers/import/"))
    page.set_input_files("input[type=file]", SAMPLES / "ledger_forms.xlsx")
    page.select_option("select[name=department]", index=1)
    page.click("text=上传并检查")
    expect(page.locator("main")).to_contain_text("水暖主任 联系方式")
    page.click("text=确认导入 3 份台账")
    expect(page.locator("main")).to_contain_text("已导入")
    assert Ledger.objects.filter(status=Ledger.Status.DRAFTING).count() == 3


def open_ledger(page: Page, portal: Portal) -> None:
    page.goto(portal.url("/ledgers/?q=滨江"))
    page.click(f"table a:has-text('{NAME}')")
    expect(page.locator("h1")).to_contain_text(NAME)


def submit(page: Page) -> None:
    page.click("main button:has-text('提交审核')")
    page.locator("dialog[open]").get_by_role("button", name="提交审核").click()
    expect(page.locator(".head-facts").first).to_contain_text("待审核")


def decide(page: Page, portal: Portal, step: str) -> None:
    page.goto(portal.url("/"))
    page.click(f"main a:has-text('{NAME}')")
    page.click("main a:has-text('审核')")
    page.click(f"button[value={step}]")
    expect(page.locator("body")).to_contain_text("已办理")


@pytest.mark.clause("5.1.1", "5.1.2", "G1", "G2")
def test_from_the_workbook_to_the_ledger_in_force(live_server: Any, browser: Browser, people: Personas) -> None:
    portal = Portal(browser, live_server.url)
    pw = portal.enter("pw11")
    import_forms(pw, portal)

    # Incomplete, it cannot be submitted: the gap is named.
    open_ledger(pw, portal)
    pw.click("main a:has-text('提交审核')")
    expect(pw.locator("main")).to_contain_text("水暖主任 联系方式")
    pw.click("text=去补齐")
    pw.fill("[name=plumbing_head-name]", "")
    pw.check("[name=plumbing_head-absent]")
    pw.fill("[name=plumbing_head-absent_reason]", "由项目经理兼任")
    pw.click("button[name=save]")
    expect(pw.locator("body")).to_contain_text("信息齐全")
    ledger = Ledger.objects.get(project__name=NAME)
    pw.goto(portal.url(f"/ledgers/{ledger.pk}/"))
    submit(pw)

    # The unit's warranty officer returns it, naming the missing phone.
    uw = portal.enter("uw1")
    uw.click(f"main a:has-text('{NAME}')")
    uw.click("main a:has-text('审核')")
    uw.click("text=退回时勾选有问题的项")
    uw.locator("input[name=wrong][value='水暖主任 联系方式']").check()
    uw.fill("[name=remark]", "水暖主任在岗,缺少联系方式,请补充。")
    uw.click("button[value=return_review]")
    expect(uw.locator("body")).to_contain_text("已办理")
    ledger.refresh_from_db()
    assert (ledger.status, ledger.round) == (Ledger.Status.RETURNED, 2)

    # The officer of the project sees why, completes it and submits again.
    pw.goto(portal.url("/"))
    pw.click(f"main a:has-text('{NAME}')")
    expect(pw.locator("main")).to_contain_text("缺少联系方式")
    pw.click("main a:has-text('补充台账')")
    pw.uncheck("[name=plumbing_head-absent]")
    pw.fill("[name=plumbing_head-absent_reason]", "")
    pw.fill("[name=plumbing_head-name]", "冯春生")
    pw.fill("[name=plumbing_head-phone]", "13912345678")
    pw.click("button[name=save]")
    expect(pw.locator("body")).to_contain_text("信息齐全")
    pw.goto(portal.url(f"/ledgers/{ledger.pk}/"))
    submit(pw)

    decide(uw, portal, "review")
    uh = portal.enter("uh1")
    decide(uh, portal, "confirm")
    ledger.refresh_from_db()
    assert ledger.status == Ledger.Status.EFFECTIVE
    assert not Clock.objects.about(ledger).running().exists()

    check_documents(pw, portal, ledger)
    check_timeline(pw, portal, ledger)
    check_neighbours(portal, ledger)
    portal.close()


def check_documents(page: Page, portal: Portal, ledger: Ledger) -> None:
    page.goto(portal.url(f"/reports/ledgers/{ledger.pk}/appendix-c.xlsx"))
    with page.expect_download() as workbook:
        page.click("button[name=purpose] >> nth=0")
    sheet = openpyxl.load_workbook(io.BytesIO(saved(workbook.value))).active
    assert sheet is not None
    assert (sheet["A1"].value, sheet["C3"].value) == ("竣工工程信息台帐", NAME)
    assert (sheet["B15"].value, sheet["C15"].value, sheet["D15"].value) == ("水暖主任", "冯春生", "13912345678")

    page.goto(portal.url(f"/reports/ledgers/{ledger.pk}/appendix-c.pdf"))
    with page.expect_download() as paper:
        page.click("button[name=purpose] >> nth=0")
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(saved(paper.value))).pages)
    for words in (NAME, "13912345678", "ZTJS-GC-02-2018(A)"):
        assert words in text


def check_timeline(page: Page, portal: Portal, ledger: Ledger) -> None:
    steps = list(Transition.objects.about(ledger).order_by("pk").values_list("step", flat=True))
    assert steps == ["import", "edit", "submit", "return_review", "edit", "resubmit", "review", "confirm"]
    page.goto(portal.url(f"/ledgers/{ledger.pk}/timeline/"))
    story = page.locator("main").inner_text()
    for words in ("导入台账", "提交审核", "退回补充", "水暖主任在岗", "补充后重新提交", "审核通过", "负责人审核通过"):
        assert words in story, words
    for name in ("王保一", "吴维一", "胡恒一"):
        assert name in story


def check_neighbours(portal: Portal, ledger: Ledger) -> None:
    """Out of reach is 404, for the record, its documents, its history and its evidence."""
    for login in ("pw21", "uw2"):
        page = portal.enter(login)
        for path in ("", "edit/", "submit/", "review/", "timeline/", "versions/", "change/", "void/"):
            answer = page.goto(portal.url(f"/ledgers/{ledger.pk}/{path}"))
            assert answer is not None
            assert answer.status == 404, (login, path)
        for kind in ("xlsx", "pdf"):
            answer = page.goto(portal.url(f"/reports/ledgers/{ledger.pk}/appendix-c.{kind}"))
            assert answer is not None
            assert answer.status == 404
        page.goto(portal.url("/ledgers/?q=滨江"))
        expect(page.locator("main")).not_to_contain_text(NAME)
