"""What the posts do with a complaint at their browsers, one method a duty; it returns when the page says so."""

import io
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from complaints.models import Complaint, Evaluation, Filing, Milestone, Opinion, Plan
from ledgers.models import Project
from tests.browser.portal import Portal
from tests.complaints.factories import picture

EVENT = "地下室外墙渗水,停车位无法使用,多次报修未彻底解决"


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def proof(name: str) -> dict[str, object]:
    return {"name": name, "mimeType": "image/png", "buffer": picture().read()}


def pick(choice: Locator) -> None:
    """By the keyboard: what a page fetches meanwhile may move a box from under the pointer."""
    choice.focus()
    choice.press("Space")
    expect(choice).to_be_checked()


class Desk:
    """Everybody's browser; whoever is needed logs in once and stays."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.portal = Portal(browser, base)
        self.pages: dict[str, Page] = {}

    def at(self, login: str, path: str) -> Page:
        page = self.pages.get(login) or self.pages.setdefault(login, self.portal.enter(login))
        page.goto(self.portal.url(path))
        return page

    def on(self, login: str, complaint: Complaint, verb: str = "") -> Page:
        return self.at(login, f"/complaints/{complaint.pk}/{verb}")

    def close(self) -> None:
        self.portal.close()

    # --- registration to ruling

    def register(
        self, login: str, project: Project, *, level: str, demands: Sequence[str], kind: str = "warranty"
    ) -> Complaint:
        page = self.at(login, "/complaints/new/")
        page.fill("#id_project_text", project.name)
        page.click("button[name=find]")
        pick(page.locator(f"input[name=project][value='{project.pk}']"))
        page.fill("#id_event", EVENT)
        for name, value in (
            ("kind", kind),
            ("cause", "resources"),
            ("party", "owner"),
            ("channel", "phone"),
            ("level", level),
        ):
            pick(page.locator(f"input[name={name}][value={value}]"))
        page.fill("#id_complainant", "周业主")
        page.fill("#id_phone", "13900001234")
        rows = page.locator("[data-row] textarea")
        for at, text in enumerate(demands):
            if at >= rows.count():
                page.click("[data-rows-add]")
            rows.nth(at).fill(text)
        page.click("button:has-text('登记并编号')")
        expect(page.locator(".head-facts").first).to_contain_text("已登记")
        return Complaint.objects.get(pk=int(page.url.rstrip("/").rsplit("/", 1)[1]))

    def confirm(self, login: str, complaint: Complaint) -> None:
        page = self.on(login, complaint, "confirm/")
        pick(page.locator("input[name=reached][value=yes]"))
        page.fill("#id_text", "逐项核对,均属实")
        for box in page.locator("input[name=demands]").all():
            pick(box)
        self._send(page)
        complaint.refresh_from_db()

    def forward(self, complaint: Complaint) -> None:
        page = self.on("gw", complaint, "forward/")
        self._send(page)
        expect(page.locator(".head-facts").first).to_contain_text("待判定")

    def propose(self, complaint: Complaint, verdict: str, *, days: int = 10) -> None:
        page = self.on("uw1", complaint, "ruling/")
        pick(page.locator(f"input[name=verdict][value={verdict}]"))
        page.fill("#id_grounds", "现场查勘:渗漏点位于外墙防水接缝处")
        if verdict == "minor":
            page.fill("#id_handle_by", in_days(days))
        page.set_input_files("input[name=files]", proof("查勘照片.png"))  # type: ignore[arg-type]
        self._send(page)
        expect(page.locator(".head-facts").first).to_contain_text("判定待确认")

    def rule(self, complaint: Complaint, verdict: str, state: str) -> None:
        self.propose(complaint, verdict)
        page = self.on("uh1", complaint, "ruling/decide/")
        page.click("button[name=decision][value=yes]")
        expect(page.locator(".head-facts").first).to_contain_text(state)
        complaint.refresh_from_db()

    # --- the plan

    def ask_and_answer(self, complaint: Complaint) -> None:
        page = self.on("uw1", complaint, "ask/")
        pick(page.locator("input[name=asked_of]").first)
        page.fill("#id_question", "防水返工方案是否可行")
        self._send(page)
        opinion = Opinion.objects.get(complaint=complaint, status="asked")
        page = self.at("ud1", f"/complaints/opinions/{opinion.pk}/")
        page.fill("#id_text", "建议增设排水沟")
        page.fill("#id_follower", "杜栋一")
        self._send(page)
        expect(page.locator("main")).to_contain_text("已反馈")

    def write_plan(self, plan: Plan, *, ends_in: int) -> None:
        page = self.at("pe11", f"/complaints/plans/{plan.pk}/edit/")
        for name, text in (
            ("overview", "地下室外墙渗水,影响 12 个车位"),
            ("cause", "外墙防水层接缝处理不到位"),
            ("effect", "雨季不再渗漏"),
            ("liaison", "马明一"),
            ("liaison_way", "电话和例会"),
            ("liaison_every", "每周一次"),
        ):
            page.fill(f"[name$='{name}']", text)
        for cell in page.locator("textarea[name$='-measure']").all():
            cell.fill("按方案返工并做淋水试验")
        node = page.locator(".node-row").first
        for name, text in (
            ("name", "外墙防水返工"),
            ("starts_on", in_days(0)),
            ("ends_on", in_days(ends_in)),
            ("responsible", "彭程一"),
            ("criterion", "淋水试验 24 小时无渗漏"),
            ("resources", "防水班组 6 人"),
            ("basis", "按渗漏面积计算"),
        ):
            node.locator(f"[name$='-{name}']").fill(text)
        page.click("button[name=submit]")
        expect(page.locator(".head-facts").first).to_contain_text("待项目经理审核")

    def decide(self, login: str, plan: Plan, step: str, *, remark: str = "", state: str) -> Page:
        page = self.at(login, f"/complaints/plans/{plan.pk}/decide/")
        if remark:
            page.fill("#id_remark", remark)
        page.click(f"button[name=step][value={step}]")
        expect(page.locator(".head-facts").first).to_contain_text(state)
        return page

    def finish_milestones(self, complaint: Complaint) -> None:
        running = Milestone.objects.filter(plan_version__plan__complaint=complaint, status="running")
        for milestone in list(running):
            page = self.at("pe11", f"/complaints/milestones/{milestone.pk}/progress/")
            page.fill("#id_percent", "60")
            page.fill("#id_text", "卷材铺贴完成六成")
            self._send(page)
            page = self.at("pe11", f"/complaints/milestones/{milestone.pk}/finish/")
            page.fill("#id_text", "完成并自检合格")
            self._send(page)
            expect(page.locator(".head-facts").first).to_contain_text("已完成")

    # --- evaluation, supervision, closing

    def finish(self, complaint: Complaint) -> None:
        page = self.on("pe11", complaint, "finish/")
        page.fill("#id_remark", "渗漏已修复,车位已恢复使用")
        self._send(page)
        expect(page.locator(".head-facts").first).to_contain_text("待评价")

    def evaluate(self, complaint: Complaint, *, grade: int, state: str) -> Evaluation:
        page = self.on("uw1", complaint, "evaluate/")
        page.fill("#id_department_people", "彭程一、王保一")
        page.fill("#id_unit_people", "吴维一")
        for name in ("response", "arrival", "measures", "result", "attitude", "overall"):
            pick(page.locator(f"input[name={name}][value='{grade}']"))
        met = "yes" if grade >= 4 else "no"
        for box in page.locator(f"input[name^=met_][value={met}]").all():
            pick(box)
        if grade < 4:
            page.fill("#id_next_due_on", in_days(7))
        page.set_input_files("input[name=files]", proof("签字评价表.png"))  # type: ignore[arg-type]
        self._send(page)
        expect(page.locator(".head-facts").first).to_contain_text(state)
        return Evaluation.objects.filter(complaint=complaint).latest("pk")

    def file(self, complaint: Complaint) -> Filing:
        filing = Filing.objects.get(complaint=complaint)
        page = self.at("gw", f"/complaints/filings/{filing.pk}/file/")
        page.fill("#id_note", "登记备案,每周跟踪")
        self._send(page)
        expect(page.locator(".head-facts").first).to_contain_text("已备案")
        return filing

    def weekly(self, login: str, filing: Filing, verb: str) -> None:
        page = self.at(login, f"/complaints/filings/{filing.pk}/{verb}/")
        for name in ("milestones", "resources", "progress"):
            page.fill(f"#id_{name}", "按计划推进")
        page.fill("#id_percent", "60")
        self._send(page)

    def supervise(self, login: str, filing: Filing, kind: str) -> None:
        page = self.at(login, f"/complaints/filings/{filing.pk}/supervise/")
        choice = page.locator(f"[name=kind][value={kind}]")
        if choice.count():
            pick(choice.first)
        elif page.locator("select[name=kind]").count():
            page.select_option("select[name=kind]", kind)
        page.fill("#id_text", "过程可控,结果符合要求")
        self._send(page)

    def close_filing(self, filing: Filing) -> None:
        if filing.follow_ups.filter(kind="report", received_at=None).exists():
            page = self.at("gw", f"/complaints/filings/{filing.pk}/")
            page.click("button:has-text('签收上报')")
        page = self.at("gw", f"/complaints/filings/{filing.pk}/close/")
        page.fill("#id_conclusion", "处理完毕,客户满意")
        self._send(page)

    def close_case(self, complaint: Complaint) -> Page:
        page = self.on("uw1", complaint, "close/")
        self._send(page)
        expect(page.locator(".head-facts").first).to_contain_text("已结案")
        return page

    # --- documents

    def pdf(self, login: str, path: str) -> str:
        """The text of a document, taken with its purpose."""
        page = self.pages.get(login) or self.at(login, "/")
        answer = page.request.get(self.portal.url(f"{path}?purpose=review"))
        assert answer.ok, f"{path}: {answer.status}"
        body = answer.body()
        assert body.startswith(b"%PDF"), path
        return "".join(each.extract_text() for each in PdfReader(io.BytesIO(body)).pages)

    @staticmethod
    def _send(page: Page) -> None:
        button: Locator = page.locator("main form button[type=submit]").first
        button.click()
        expect(page.locator("[data-error-summary]")).to_have_count(0)
