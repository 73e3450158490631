"""Evidence: upload, authorised download, withdrawal. The record's rules decide; the media folder has no address."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from organization.views.common import StaffRequest
from workflow.errors import Refused
from workflow.evidence import attachable_of, visible_subject
from workflow.flow import subject_url
from workflow.forms import EvidenceWithdrawForm
from workflow.media_types import NotAcceptedError
from workflow.selectors.evidence import evidence_about, visible_evidence
from workflow.services.evidence import attach_evidence, withdraw_evidence
from workflow.thumbnails import thumbnail

INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
# Whatever the bytes contain: no script, no form, no plug-in, no other origin.
SEALED = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'"
# A PDF alone stands outside the sandbox: browsers refuse to open their viewer inside one, and the viewer is its own.
SANDBOX = f"{SEALED}; sandbox"


@require_POST
def evidence_attach(request: StaffRequest, content_type_id: int, object_id: int) -> HttpResponse:
    """Take in ``files`` (several), with ``kind`` and ``caption``. Each is taken or refused by itself, in words."""
    subject = visible_subject(request.user, content_type_id, object_id)
    taken = 0
    for file in request.FILES.getlist("files"):
        try:
            attach_evidence(
                subject=subject,
                file=file,
                actor=request.user,
                now=timezone.now(),
                kind=request.POST.get("kind", ""),
                caption=request.POST.get("caption", ""),
            )
            taken += 1
        except (NotAcceptedError, Refused) as problem:
            messages.error(request, f"“{file.name}”没有上传:{problem}")
    if taken:
        messages.success(request, f"已上传 {taken} 个文件。")
    elif not request.FILES:
        messages.error(request, "请选择要上传的文件。")
    if request.headers.get("HX-Request"):
        return render(request, "workflow/_evidence.html", {"files": evidence_about(subject)})
    return redirect(subject_url(content_type_id, object_id) or "workflow:worklist")


@require_safe
def evidence_download(request: StaffRequest, pk: int) -> HttpResponse:
    """As an attachment; pictures and PDFs inline, in a sandbox that runs nothing."""
    evidence = visible_evidence(request.user, pk)
    try:
        content = evidence.file.open("rb")
    except FileNotFoundError as problem:
        raise Http404("文件在存储中缺失,请联系系统管理员。") from problem
    inline = evidence.media_type in INLINE and request.GET.get("download") != "1"
    response = FileResponse(content, as_attachment=not inline, filename=evidence.name, content_type=evidence.media_type)
    return _sealed(response)


@require_safe
def evidence_thumbnail(request: StaffRequest, pk: int) -> HttpResponse:
    evidence = visible_evidence(request.user, pk)
    picture = thumbnail(evidence)
    if picture is None:
        raise Http404("该文件没有预览图。")
    response = _sealed(HttpResponse(picture, content_type="image/jpeg"))
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def evidence_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    evidence = visible_evidence(request.user, pk)
    subject = visible_subject(request.user, evidence.content_type_id, evidence.object_id)
    declared = attachable_of(type(subject))
    if not declared.attach.allows(request.user, subject):
        raise PermissionDenied(f"您没有“{declared.attach.label}”的权限,不能撤回该材料。")
    form = EvidenceWithdrawForm(request.POST or None)
    back = subject_url(evidence.content_type_id, evidence.object_id)
    if request.method == "POST" and form.is_valid():
        withdraw_evidence(evidence_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now())
        messages.success(request, f"已撤回“{evidence.name}”。")
        return redirect(back or "workflow:worklist")
    return render(request, "workflow/evidence_withdraw.html", {"form": form, "evidence": evidence, "back": back})


def _sealed(response: Any) -> Any:
    pdf = response["Content-Type"] == "application/pdf"
    response["Content-Security-Policy"] = SEALED if pdf else SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
