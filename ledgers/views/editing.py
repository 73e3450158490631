"""Filling in a ledger, and handing it in."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.appendix_c import Contact
from ledgers.flow import FLOW
from ledgers.forms.ledger import LedgerDraft, RemarkForm
from ledgers.models import Ledger, LedgerVersion
from ledgers.permissions import DRAFT
from ledgers.selectors.detail import content_of, last_return, ledger_for, open_steps
from ledgers.selectors.masking import mask_changes
from ledgers.services.drafting import HEADER, describe, differences, new_version, save_draft
from ledgers.services.review import SUBMIT_STEPS, change_of, submit_ledger
from ledgers.services.words import field_label
from organization.authority import holders_of
from organization.models import User
from workflow.errors import Conflict, Refused

from .common import StaffRequest, submitted, trail

EDIT_STEPS = ("draft", "edit")


@require_http_methods(["GET", "POST"])
def ledger_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Clause 5.1.1: the form of Appendix C. Saving keeps what is there; 保存并提交 goes on to the review."""
    ledger = ledger_for(request.user, pk)
    DRAFT.require(request.user, ledger)
    if request.method == "POST":
        return _save(request, ledger)
    _require_editable(ledger, request.user)
    version, contacts = _opened(ledger, request.user)
    draft = LedgerDraft(version=version, contacts=contacts, number=_number(ledger), revision=ledger.revision)
    return _show(request, ledger, draft)


def _save(request: StaffRequest, ledger: Ledger) -> HttpResponse:
    version = ledger.working or new_version(ledger, actor=request.user, now=timezone.now())
    draft = LedgerDraft(version=version, contacts=[], number="", revision=ledger.revision, data=request.POST)
    if not draft.is_valid():
        return _show(request, ledger, draft, status=422)
    try:
        saved = save_draft(
            ledger_id=ledger.pk, revision=draft.revision, actor=request.user, now=timezone.now(), **draft.values()
        )
    except ValidationError as error:
        draft.refuse(error)
        return _show(request, ledger, draft, status=422)
    except Conflict as conflict:
        return _show_newest(request, ledger.pk, draft, conflict)
    if "submit" in request.POST:
        return redirect("ledgers:ledger_submit", pk=ledger.pk)
    note = f",还缺 {saved.missing_count} 项" if saved.missing_count else ",台账信息齐全,可以提交审核"
    messages.success(request, f"已保存{note}。")
    return redirect("ledgers:ledger_edit", pk=ledger.pk)


def _show_newest(request: StaffRequest, pk: int, draft: LedgerDraft, conflict: Conflict) -> HttpResponse:
    """Somebody was faster: what was typed stays in the form, the newest values stand beside it."""
    ledger = ledger_for(request.user, pk)
    newest = _newer_values(ledger, draft) if ledger.working else []
    # Saved again, the form overwrites knowingly: it now knows of the newest revision.
    draft.header.data = {**draft.header.data.dict(), "revision": str(ledger.revision)}  # type: ignore[attr-defined]
    return _show(request, ledger, draft, status=409, conflict=conflict.message, newest=newest)


def _newer_values(ledger: Ledger, draft: LedgerDraft) -> list[dict[str, str]]:
    typed = describe_typed(draft)
    stored = describe(ledger.working) if ledger.working else {}
    return [change for change in differences(typed, stored) if change["field"] in typed or change["new"]]


def describe_typed(draft: LedgerDraft) -> dict[str, str]:
    """What was typed, in the same words as a stored version, so that the two can be compared."""
    values = draft.values()
    version = LedgerVersion(**{name: values["header"][name] for name in HEADER})
    words = {}
    for name in HEADER:
        words.update(_header_words(version, name))
    for contact in values["contacts"]:
        words[contact.label] = (
            f"无此岗位:{contact.absent_reason}"
            if contact.absent
            else " ".join(filter(None, (contact.name, contact.phone, contact.remark)))
        )
    return words


def _header_words(version: LedgerVersion, name: str) -> dict[str, str]:
    value: Any = getattr(version, name)
    if isinstance(value, bool):
        value = "是" if value else "否"
    elif name == "region":
        value = version.get_region_display()
    return {field_label(LedgerVersion, name): "" if value is None else str(value)}


def _show(
    request: StaffRequest, ledger: Ledger, draft: LedgerDraft, *, status: int = 200, **extra: Any
) -> HttpResponse:
    content = content_of(ledger.working) if ledger.working else None
    context = {
        "ledger": ledger,
        "project": ledger.project,
        "draft": draft,
        "parts": draft.parts(),
        "content": content,
        "filler": request.user,
        "returned": last_return(ledger),
        "may_submit": _may_submit(ledger, request.user),
        "trail": _trail(ledger, "编制台账" if ledger.effective_id is None else "编制变更"),
        **extra,
    }
    return render(request, "ledgers/ledger_edit.html", context, status=status)


def _may_submit(ledger: Ledger, user: User) -> bool:
    """A ledger that is pending can be submitted once this form is saved."""
    held = {step.name for step in FLOW.available(ledger, user)}
    return bool(held & SUBMIT_STEPS) or ledger.status == Ledger.Status.PENDING


def _trail(ledger: Ledger, last: str) -> list[tuple[str, str]]:
    return trail(
        ("竣工台账", "ledgers:ledger_list"),
        (ledger.project.name, reverse("ledgers:ledger_detail", args=[ledger.pk])),
        (last, ""),
    )


def _require_editable(ledger: Ledger, user: User) -> None:
    """403 without the right, 409 when the state is wrong."""
    if not DRAFT.allows(user, ledger):
        raise PermissionDenied(f"您没有“{DRAFT.label}”的权限。")
    if not any(step.name in EDIT_STEPS for step in FLOW.available(ledger, user)):
        state = ledger.get_status_display()
        hint = "如需修改,请先发起变更。" if ledger.status == Ledger.Status.EFFECTIVE else ""
        raise Conflict(f"台账当前为“{state}”,不能编辑。{hint}")


def _number(ledger: Ledger) -> str:
    return ledger.number or ledger.project.code


def _opened(ledger: Ledger, user: User) -> tuple[LedgerVersion, list[Contact]]:
    """The draft as it stands; a new one starts from the register, with who is known by appointment filled in."""
    if ledger.status != Ledger.Status.PENDING and ledger.working is not None:
        return ledger.working, [contact.as_data() for contact in ledger.working.contacts.all()]
    now = timezone.now()
    version = new_version(ledger, actor=user, now=now)
    managers = holders_of("PM", ledger.project.department, timezone.localdate(now))
    known = [Contact("responsible", "warranty_lead", name=user.name, phone=user.phone)]
    known += [Contact("responsible", "project_manager", name=one.name, phone=one.phone) for one in managers[:1]]
    return version, known


@require_http_methods(["GET", "POST"])
def ledger_submit(request: StaffRequest, pk: int) -> HttpResponse:
    """Clause 5.1.1, R-5.2.3: hand in; the page lists what still lacks, and the flow refuses the same gaps."""
    ledger = ledger_for(request.user, pk)
    form = RemarkForm(submitted(request), label="上报说明")
    reasons: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            submit_ledger(ledger_id=pk, actor=request.user, now=timezone.now(), remark=form.cleaned_data["remark"])
        except Refused as refused:
            reasons = refused.reasons
        else:
            messages.success(request, "已提交,等待二级单位审核。")
            return redirect("ledgers:ledger_detail", pk=pk)
    steps = {step.name for step in open_steps(ledger, request.user)}
    if not steps & SUBMIT_STEPS and not reasons:
        _refuse_submit(ledger, request.user)
    context = {
        "ledger": ledger,
        "form": form,
        "reasons": reasons,
        "content": content_of(ledger.working) if ledger.working else None,
        "changes": mask_changes(change_of(ledger)),
        "trail": _trail(ledger, "提交审核"),
    }
    return render(request, "ledgers/ledger_submit.html", context, status=409 if reasons else 200)


def _refuse_submit(ledger: Ledger, user: User) -> None:
    step = FLOW.steps["submit"]
    if step.rule is not None and not step.rule.allows(user, ledger):
        raise PermissionDenied(f"您没有“{step.rule.label}”的权限。")
    raise Conflict(f"台账当前为“{ledger.get_status_display()}”,不能提交。请刷新页面查看最新状态。")
