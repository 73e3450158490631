"""Evidence: who may see and add it, what is taken, that nothing is lost and nothing is executed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from ledgers.models import Ledger
from tests.ledgers.factories import make_ledger, write
from tests.personas import Personas
from tests.workflow import files
from tests.workflow.helpers import at
from workflow.errors import Conflict, Refused
from workflow.evidence import attachable_of
from workflow.media_types import NotAcceptedError
from workflow.models import Evidence
from workflow.selectors.evidence import upload_key
from workflow.services.evidence import attach_evidence, withdraw_evidence

pytestmark = pytest.mark.django_db

NOW = at("2026-03-10 11:00")


@pytest.fixture
def ledger(personas: Personas) -> Ledger:
    ledger = make_ledger(personas)
    write(personas, ledger)
    return Ledger.objects.get(pk=ledger.pk)


def upload(content: bytes = files.PDF, name: str = "质量保证书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def attach(ledger: Ledger, personas: Personas, login: str = "pw11", **values: Any) -> Evidence:
    kinds = attachable_of(Ledger).kinds
    given: dict[str, Any] = {"file": upload(), "kind": kinds[0][0] if kinds else "", "now": NOW}
    return attach_evidence(subject=ledger, actor=personas.fresh(login), **(given | values))


def client_of(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_file_is_kept_with_its_hash_under_a_random_name(personas: Personas, ledger: Ledger, media_root: Path) -> None:
    evidence = attach(ledger, personas, file=upload(name="../../证书.exe"), caption="原件")
    assert (evidence.name, evidence.media_type, evidence.size) == ("证书.pdf", "application/pdf", len(files.PDF))
    assert evidence.sha256 == hashlib.sha256(files.PDF).hexdigest()
    [stored] = [path for path in media_root.rglob("*") if path.is_file()]
    assert stored.read_bytes() == files.PDF
    assert stored.suffix == ""
    assert "证书" not in str(stored)


@pytest.mark.clause("G2")
@pytest.mark.parametrize("login", ["uh1", "pw21", "auditor", "outsider"])
def test_who_may_not_attach_is_refused(personas: Personas, ledger: Ledger, login: str) -> None:
    with pytest.raises(PermissionDenied):
        attach(ledger, personas, login)
    assert not Evidence.objects.exists()


def test_the_same_file_twice_is_refused_kindly(personas: Personas, ledger: Ledger, media_root: Path) -> None:
    attach(ledger, personas)
    with pytest.raises(Refused, match=r"已上传过:“质量保证书.pdf”,由 王保一 于 2026-03-10 11:00 上传"):
        attach(ledger, personas, file=upload(name="另一个名字.pdf"))
    assert len([path for path in media_root.rglob("*") if path.is_file()]) == 1


def test_two_uploads_of_the_same_file_at_once_leave_one_and_no_orphan(
    personas: Personas, ledger: Ledger, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workflow.services import evidence as service

    attach(ledger, personas)
    monkeypatch.setattr(service, "_refuse_duplicate", lambda _: None)  # the other one came in between
    with pytest.raises(IntegrityError):
        attach(ledger, personas)
    assert len([path for path in media_root.rglob("*") if path.is_file()]) == 1


def test_too_large_is_refused_before_it_is_read(personas: Personas, ledger: Ledger, settings: Any) -> None:
    settings.EVIDENCE_MAX_FILE_BYTES, settings.EVIDENCE_MAX_IMAGE_BYTES = 1024 * 1024, 1024
    with pytest.raises(NotAcceptedError, match=r"文件过大.*最多 1 MB"):
        attach(ledger, personas, file=upload(files.PDF + b"\0" * 1024 * 1024))
    with pytest.raises(NotAcceptedError, match="文件过大"):
        attach(ledger, personas, file=upload(files.picture("PNG") + b"\0" * 2000, "a.png"))


@pytest.mark.clause("6.1")
def test_withdrawn_evidence_stays_with_its_reason(personas: Personas, ledger: Ledger, media_root: Path) -> None:
    evidence = attach(ledger, personas)
    with pytest.raises(Refused, match="撤回原因"):
        withdraw_evidence(evidence_id=evidence.pk, reason="  ", actor=personas.pw11, now=NOW)
    with pytest.raises(PermissionDenied):
        withdraw_evidence(evidence_id=evidence.pk, reason="误传", actor=personas.fresh("uh1"), now=NOW)
    withdraw_evidence(evidence_id=evidence.pk, reason="误传", actor=personas.pw11, now=NOW)
    with pytest.raises(Conflict, match="已由 王保一 于 2026-03-10 11:00 撤回"):
        withdraw_evidence(evidence_id=evidence.pk, reason="再撤", actor=personas.pw11, now=NOW)
    evidence.refresh_from_db()
    assert (evidence.withdrawn_reason, evidence.withdrawn_by) == ("误传", personas.pw11)
    assert [path.read_bytes() for path in media_root.rglob("*") if path.is_file()] == [files.PDF]
    assert attach(ledger, personas).pk != evidence.pk  # the right file may be uploaded again


@pytest.mark.clause("G2")
@pytest.mark.parametrize(
    ("login", "status"),
    [("pw11", 200), ("uw1", 200), ("gh", 200), ("pw12", 404), ("pw21", 404), ("uw2", 404), ("sysadmin", 404),
     ("outsider", 404)],
)  # fmt: skip
def test_a_download_asks_for_the_records_reach(personas: Personas, ledger: Ledger, login: str, status: int) -> None:
    evidence = attach(ledger, personas, file=upload(files.picture("JPEG"), "a.jpg"))
    client = client_of(personas, login)
    for url in (evidence.url, evidence.thumbnail_url):
        assert client.get(url).status_code == status
    assert Client().get(evidence.url).status_code == 302  # to the login


def test_a_download_cannot_run_anything(personas: Personas, ledger: Ledger) -> None:
    evidence = attach(ledger, personas, file=upload(files.xlsx(), "台账.html"))
    response = client_of(personas, "pw11").get(evidence.url)
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "xlsx" in response["Content-Disposition"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script" not in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"
    assert b"".join(response.streaming_content) == files.xlsx()  # type: ignore[attr-defined]


def test_pictures_are_shown_in_a_sandbox(personas: Personas, ledger: Ledger) -> None:
    evidence = attach(ledger, personas, file=upload(files.picture("PNG"), "a.png"))
    client = client_of(personas, "pw11")
    response = client.get(evidence.url)
    assert response["Content-Disposition"].startswith("inline")
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(evidence.url + "?download=1")["Content-Disposition"].startswith("attachment")


def test_a_thumbnail_is_a_small_jpeg_without_the_originals_data(personas: Personas, ledger: Ledger) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.new("RGB", (1600, 1200), "blue").save(out, "JPEG", exif=exif)
    evidence = attach(ledger, personas, file=upload(out.getvalue(), "a.jpg"))
    response = client_of(personas, "pw11").get(evidence.thumbnail_url)
    assert response["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(response.content)).size == (320, 240)
    assert b"SecretCamera" not in response.content
    assert client_of(personas, "pw11").get(attach(ledger, personas).thumbnail_url).status_code == 404


def test_a_missing_file_is_a_page_and_no_crash(personas: Personas, ledger: Ledger) -> None:
    evidence = attach(ledger, personas)
    evidence.file.storage.delete(evidence.file.name)
    assert client_of(personas, "pw11").get(evidence.url).status_code == 404


def test_upload_over_the_page_takes_the_good_and_names_the_bad(personas: Personas, ledger: Ledger) -> None:
    kinds = attachable_of(Ledger).kinds
    client = client_of(personas, "pw11")
    url = reverse("workflow:evidence_attach", args=upload_key(ledger))
    response = client.post(
        url, {"files": [upload(), upload(files.SVG, "图.png")], "kind": kinds[0][0] if kinds else ""}
    )
    assert response.status_code == 302
    assert Evidence.objects.about(ledger).count() == 1
    texts = [str(message) for message in response.wsgi_request._messages]
    assert any("已上传 1 个文件" in text for text in texts)
    assert any("“图.png”没有上传:不支持该文件的类型" in text for text in texts)


@pytest.mark.clause("G2")
@pytest.mark.parametrize(("login", "status"), [("pw21", 404), ("outsider", 404), ("gh", 403)])
def test_upload_over_the_page_without_right(personas: Personas, ledger: Ledger, login: str, status: int) -> None:
    url = reverse("workflow:evidence_attach", args=upload_key(ledger))
    assert client_of(personas, login).post(url, {"files": [upload()]}).status_code == status
    assert not Evidence.objects.exists()


def test_a_record_that_carries_no_evidence_is_404(personas: Personas) -> None:
    url = reverse("workflow:evidence_attach", args=upload_key(personas.pw11))
    assert client_of(personas, "pw11").post(url, {"files": [upload()]}).status_code == 404
    url = reverse("workflow:evidence_attach", args=(999_999, 1))
    assert client_of(personas, "pw11").post(url, {"files": [upload()]}).status_code == 404


def test_withdrawing_over_the_page_keeps_what_was_typed_on_an_error(personas: Personas, ledger: Ledger) -> None:
    evidence = attach(ledger, personas)
    url = reverse("workflow:evidence_withdraw", args=[evidence.pk])
    client = client_of(personas, "pw11")
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": "x" * 201}).status_code == 200
    assert client.post(url, {"reason": "误传"}).status_code == 302
    assert client.post(url, {"reason": "误传"}).status_code == 409
    assert client_of(personas, "gh").get(url).status_code == 403
    assert client_of(personas, "pw21").get(url).status_code == 404
