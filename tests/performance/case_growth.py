"""Warranty cases for the counting of queries: one whose page is opened, and as many others as the portal grows by."""

from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType

from ledgers.models import CaseReveal, WarrantyCase
from workflow.models import Evidence, Transition


def grow_cases(portal: Any, numbers: range) -> None:
    """On the project whose pages are opened; the first case gets steps, files and revealed numbers by others."""
    project, now = portal.ledger.project, portal.now
    WarrantyCase.objects.bulk_create(
        WarrantyCase(
            number=f"BX-U1-2026-{n + 1:04d}",
            project=project,
            source=WarrantyCase.Source.CALL,
            reporter="张经理",
            phone="13800001234",
            reported_at=now - timedelta(hours=n + 1),
            channel=WarrantyCase.Channel.PHONE,
            place=f"{n + 1}#楼",
            trade="防水",
            problem="地漏周边渗水。",
            subcontractor="宏源防水",
            created_at=now,
            created_by=user,
        )
        for n, user in zip(numbers, portal.strangers, strict=True)
    )
    case = WarrantyCase.objects.order_by("pk").first()
    assert case is not None
    about: dict[str, Any] = {"content_type": ContentType.objects.get_for_model(case), "object_id": case.pk}
    Transition.objects.bulk_create(
        Transition(
            **about,
            step="edit",
            label="修改保修记录",
            source="to_dispatch",
            target="to_dispatch",
            source_label="待派单",
            target_label="待派单",
            actor=user,
            post_id="PW",
            unit=project.department,
            on_behalf_of=portal.clerk,
            at=now - timedelta(hours=n),
        )
        for n, user in zip(numbers, portal.strangers, strict=True)
    )
    Evidence.objects.bulk_create(
        Evidence(
            **about,
            kind="before",
            name=f"问题{n}.png",
            file=f"evidence/case-{n}",
            media_type="image/png",
            size=1000,
            sha256=f"{n:063d}c",
            uploaded_by=user,
            uploaded_at=now,
        )
        for n, user in zip(numbers, portal.strangers, strict=True)
    )
    CaseReveal.objects.bulk_create(
        CaseReveal(case=case, user=user, purpose="约定上门时间", at=now) for user in portal.strangers
    )
