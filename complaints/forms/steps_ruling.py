"""Forms of the ruling, the reply and the reconsideration (clause 5.4.2)."""

from typing import Any

from django import forms
from django.utils import timezone

from complaints.guards.complaint import GROUNDS, proposed_ruling
from complaints.models import Reply, Ruling, Verdict
from complaints.models.ruling import GROUNDS_MAX, SEVERITY
from complaints.selectors.detail import Content, content_of
from complaints.services.ruling import suggested_severity
from ledgers.forms.fields import Day, Files, Line, Moment, Pick, Text
from workflow.models import Evidence

from .steps import REMARK_MAX, DecisionForm, StepForm

PROOF_MAX = 1000


class ProposeForm(StepForm):
    verdict = Pick("判定结果", Verdict.choices, widget=forms.RadioSelect)
    grounds = Text(
        "判定依据", max_length=GROUNDS_MAX, rows=5, required=True, help_text="写明事实、合同或规范条款、查勘情况"
    )
    severity = forms.MultipleChoiceField(
        label="严重程度核对",
        choices=tuple(SEVERITY.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "核对项无效,请刷新页面。"},
    )
    handle_by = Day("要求完成日期", help_text="我方责任·问题不严重时必填:项目经理部直接处理的期限")
    files = Files("判定依据材料", help_text="投诉函件、现场照片、合同等;已在投诉页面上传材料的可不再选")  # type: ignore[assignment]

    def prepare(self) -> None:
        suggested = suggested_severity(self.complaint)
        last = self.complaint.rulings.order_by("-pk").first()
        first: dict[str, Any] = {"severity": suggested}
        if last is not None and last.state == Ruling.State.RETURNED:
            first = {"verdict": last.verdict, "grounds": last.grounds, "handle_by": last.handle_by}
            first["severity"] = sorted({*last.severity, *suggested})
        if suggested:
            words = "、".join(SEVERITY[code] for code in suggested)
            self.fields["severity"].help_text = f"系统按登记内容建议勾选:{words}。请核对,结论由您作出。"
        self.begin_with(**first)


class RulingDecisionForm(DecisionForm):
    """``ruling`` is the one that was on the page."""

    ruling = forms.IntegerField(
        widget=forms.HiddenInput, min_value=1, max_value=2**62, error_messages={"required": "请刷新页面后再作决定。"}
    )

    def prepare(self) -> None:
        found = proposed_ruling(self.complaint)
        self.begin_with(ruling=found.pk if found else None)


class ReplyForm(StepForm):
    """The letter. Its first words come from the registration and the ruling."""

    addressee = Line("致", max_length=100, required=True)
    subject = Line("事由", max_length=200, required=True)
    reasons = Text("理由(每行一条)", max_length=GROUNDS_MAX, rows=6, required=True)
    proof = Text("证据清单(每行一项)", max_length=PROOF_MAX, rows=4, required=True)
    signatory = Line("签发人", max_length=50, required=True)

    def prepare(self) -> None:
        content = content_of(self.complaint)
        draft = content.draft_reply
        self.begin_with(**(self._of(draft) if draft else self._first(content)))

    @staticmethod
    def _of(reply: Reply) -> dict[str, Any]:
        names = ("addressee", "subject", "reasons", "proof", "signatory")
        return {name: getattr(reply, name) for name in names}

    def _first(self, content: Content) -> dict[str, Any]:
        files = Evidence.objects.about(self.complaint).filter(kind=GROUNDS, withdrawn_at__isnull=True)
        names = [caption or name for caption, name in files.values_list("caption", "name")]
        return {
            "addressee": self.complaint.complainant,
            "subject": f"关于“{self.complaint.project_name}”投诉事项的答复"[:200],
            "reasons": content.ruling.grounds if content.ruling else "",
            "proof": "\n".join(names)[:PROOF_MAX],
            "signatory": str(self.user)[:50],
        }


class DispatchForm(StepForm):
    method = Pick("发出方式", Reply.Method.choices, widget=forms.RadioSelect)
    tracking = Line("快递单号/传真号/邮箱", max_length=100, required=True)
    sent_at = Moment("发出时间")
    files = Files("发出证明", help_text="快递底单、传真回执或邮件截图;没有发出证明不能结案")  # type: ignore[assignment]

    def prepare(self) -> None:
        self.begin_with(sent_at=timezone.now())


class ReconsiderForm(StepForm):
    decision = Pick(
        "复议结论",
        (("uphold", "维持原判定,再次回函说明"), ("overturn", "撤销原判定,重新判定")),
        widget=forms.RadioSelect,
    )
    remark = Text("理由", max_length=REMARK_MAX, rows=4, required=True)
