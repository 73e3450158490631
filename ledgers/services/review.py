"""Submitting, reviewing, changing and voiding a ledger: every move of its flow."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from ledgers.flow import FLOW
from ledgers.hooks import ledger_voided, tell_in_force, tell_renamed
from ledgers.models import Ledger, LedgerVersion
from organization.models import User
from workflow.errors import Conflict

from .drafting import copy_parts, describe, differences, lock_ledger, new_version, refresh_shown

SUBMIT_STEPS = {"submit", "resubmit", "submit_change", "resubmit_change"}
APPROVING_STEPS = {"confirm", "review_final", "confirm_change", "review_change_final"}
DECISION_STEPS = APPROVING_STEPS | {
    "review", "review_change", "return_review", "return_confirm", "return_change", "return_change_confirm",
}  # fmt: skip


@transaction.atomic
def submit_ledger(*, ledger_id: int, actor: User, now: datetime, remark: str = "") -> Ledger:
    """R-5.2.3, clause 5.1.1: hand the complete ledger to the unit; the server's time is the moment of submission."""
    ledger = lock_ledger(ledger_id)
    step = {
        Ledger.Status.RETURNED: "resubmit",
        Ledger.Status.CHANGING: "submit_change",
        Ledger.Status.CHANGE_RETURNED: "resubmit_change",
    }.get(Ledger.Status(ledger.status), "submit")
    FLOW.move(step, ledger, actor=actor, now=now, remark=remark)
    version = _working(ledger)
    version.submitted_at = now
    version.save()
    return ledger


@transaction.atomic
def decide_ledger(
    *, ledger_id: int, step: str, remark: str, actor: User, now: datetime, revision: int | None = None
) -> Ledger:
    """Clause 5.1.2: UW then UH approve or return. The last approval puts the version in force.

    ``revision`` is that of the page the decision was made on: what was returned and resubmitted since is not
    approved unseen.
    """
    if step not in DECISION_STEPS:
        raise ValueError(f"{step!r} is no decision")
    ledger = lock_ledger(ledger_id)
    if revision is not None and revision != ledger.revision and ledger.status in FLOW.steps[step].sources:
        raise Conflict("您打开页面之后,台账内容又有修改。请刷新页面,核对最新内容后再作决定。")
    FLOW.move(step, ledger, actor=actor, now=now, remark=remark)
    if step in APPROVING_STEPS:
        _put_in_force(ledger, now=now)
    return ledger


@transaction.atomic
def propose_change(*, ledger_id: int, reason: str, actor: User, now: datetime) -> Ledger:
    """已生效 → 变更: a new version starts from the one in force, which governs until the change is approved."""
    ledger = lock_ledger(ledger_id)
    ledger.version = (ledger.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    FLOW.move("propose_change", ledger, actor=actor, now=now, remark=reason)
    version = new_version(ledger, actor=actor, now=now, reason=reason.strip())
    version.save()
    if ledger.effective is not None:
        copy_parts(ledger.effective, version)
    ledger.working = version
    refresh_shown(ledger, now=now)
    ledger.save()
    return ledger


@transaction.atomic
def withdraw_change(*, ledger_id: int, reason: str, actor: User, now: datetime) -> Ledger:
    """Give a change up: the version in force stays as it is, the withdrawn one stays on record."""
    ledger = lock_ledger(ledger_id)
    FLOW.move("withdraw_change", ledger, actor=actor, now=now, remark=reason)
    version = _working(ledger)
    version.withdrawn_at = now
    version.save()
    ledger.working = ledger.effective
    refresh_shown(ledger, now=now)
    ledger.save()
    return ledger


@transaction.atomic
def void_ledger(*, ledger_id: int, reason: str, actor: User, now: datetime) -> Ledger:
    """作废 keeps the record and needs a reason; only without visits (R-6.1)."""
    ledger = lock_ledger(ledger_id)
    FLOW.move("void", ledger, actor=actor, now=now, remark=reason)
    for hook in ledger_voided:
        hook(ledger, now)
    return ledger


def change_of(ledger: Ledger) -> list[dict[str, str]]:
    """What the change under way alters against the version in force, in words."""
    if ledger.effective is None or ledger.working is None or ledger.working_id == ledger.effective_id:
        return []
    return differences(describe(ledger.effective), describe(ledger.working))


def _put_in_force(ledger: Ledger, *, now: datetime) -> None:
    """The working version governs from now; the project register takes its name, dates and flags."""
    version = _working(ledger)
    if ledger.effective_id and ledger.effective_id != version.pk and ledger.effective is not None:
        ledger.effective.superseded_at = now
        ledger.effective.save()
    version.approved_at = now
    version.save()
    ledger.effective = version
    refresh_shown(ledger, now=now)
    ledger.save()
    project = ledger.project
    for name in ("name", "address", "accepted_on", "delivered_on", "key", "strategic", "hvac", "region", "city"):
        setattr(project, name, getattr(version, name))
    project.save()
    tell_renamed(project)
    tell_in_force(ledger, now)


def _working(ledger: Ledger) -> LedgerVersion:
    if ledger.working is None:  # FLOW's guard has refused a ledger without content
        raise RuntimeError("a submitted ledger has a working version")
    return ledger.working
