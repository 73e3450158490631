"""The time-limit configuration (Appendix G): shipped once, then changed by the group as new versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from organization.models import Post, User
from workflow.clocks import ClockDefault
from workflow.due import Mode
from workflow.errors import Conflict, Refused
from workflow.models import ClockRule
from workflow.permissions import EDIT_CLOCK_RULES
from workflow.services.calendar import calendar_in_force
from workflow.services.shifts import lock_time_limits, move_clocks, plan_rule_shift

MAX_DAYS = 365


@transaction.atomic
def ship_defaults() -> None:
    """Create version 1 of every declared time limit that has no row yet. Rows the group changed are left alone."""
    known = set(ClockRule.objects.values_list("code", flat=True))
    ClockRule.objects.bulk_create(
        [
            ClockRule(
                code=d.code,
                sheet=d.sheet,
                number=d.number,
                stage=d.stage,
                content=d.content,
                post_id=d.post,
                days=d.days,
                mode=d.mode,
                record=d.record,
                supervisors=list(d.supervisors),
                escalate_24h=list(d.escalate_24h),
                escalate_48h=list(d.escalate_48h),
                clause=d.clause,
            )
            for d in ClockDefault.registry.values()
            if d.code not in known
        ]
    )


class Edit(TypedDict):
    """What a person enters. ``version`` is the one they saw."""

    code: str
    version: int
    days: int
    mode: str
    content: str
    record: str
    supervisors: Sequence[str]
    escalate_24h: Sequence[str]
    escalate_48h: Sequence[str]
    reason: str


def draft_clock_rule(*, actor: User, now: datetime, **edit: Unpack[Edit]) -> ClockRule:
    """The new version as it would be put in force, unsaved: for the preview, and what the edit itself saves.

    Raises Conflict when the version the person saw is not current (the race is lost), Refused for what makes no sense.
    """
    EDIT_CLOCK_RULES.require_somewhere(actor)
    code, version = edit["code"], edit["version"]
    current = ClockRule.objects.select_related("changed_by").get(code=code, current=True)
    if current.version != version:
        at = f" 于 {timezone.localtime(current.changed_at):%Y-%m-%d %H:%M}" if current.changed_at else ""
        raise Conflict(f"该时限已由 {current.changed_by}{at} 修改为第 {current.version} 版,请刷新页面后再改。")
    new = ClockRule(
        code=code,
        version=version + 1,
        sheet=current.sheet,
        number=current.number,
        stage=current.stage,
        content=edit["content"].strip(),
        post_id=current.post_id,
        days=edit["days"],
        mode=edit["mode"],
        record=edit["record"].strip(),
        supervisors=list(dict.fromkeys(edit["supervisors"])),
        escalate_24h=list(dict.fromkeys(edit["escalate_24h"])),
        escalate_48h=list(dict.fromkeys(edit["escalate_48h"])),
        clause=current.clause,
        reason=edit["reason"].strip(),
        changed_by=actor,
        changed_at=now,
    )
    if problems := _problems(new, current):
        raise Refused(problems)
    return new


@transaction.atomic
def edit_clock_rule(*, actor: User, now: datetime, move_open: bool = False, **edit: Unpack[Edit]) -> ClockRule:
    """Put a new version in force.

    Open clocks keep the version they were opened by; only clocks opened from now on take the new one. ``move_open``:
    those that are not overdue and would be due at another moment take it too, judged at ``now`` under their lock.
    """
    lock_time_limits()
    new = draft_clock_rule(actor=actor, now=now, **edit)
    ClockRule.objects.filter(code=new.code, current=True).update(current=False)
    new.save()
    if move_open:
        shift = plan_rule_shift(new, calendar_in_force(), now=now, lock=True)
        move_clocks(shift, reason=new.reason, actor=actor, now=now)
    return new


def _problems(new: ClockRule, current: ClockRule) -> list[str]:
    problems = []
    if not 0 <= new.days <= MAX_DAYS:
        problems.append(f"时限天数应在 0 到 {MAX_DAYS} 之间。")
    if new.mode not in {mode.value for mode in Mode}:
        problems.append("计算方式无效。")
    elif new.mode == Mode.HOURS and new.days == 0:
        problems.append("按小时计算时,时限至少 1 天(24 小时)。")
    if not new.reason:
        problems.append("请填写变更原因。")
    named = {*new.supervisors, *new.escalate_24h, *new.escalate_48h}
    if unknown := named - set(Post.objects.filter(code__in=named).values_list("code", flat=True)):
        problems.append(f"岗位代码不存在:{'、'.join(sorted(unknown))}。")
    if not new.escalate_48h:
        problems.append("逾期48小时上报岗位不能为空(G3:逾期 48 小时须上报)。")
    if all(getattr(new, name) == getattr(current, name) for name in EDITED):
        problems.append("内容没有变化,无需生成新版本。")
    return problems


EDITED = ("days", "mode", "content", "record", "supervisors", "escalate_24h", "escalate_48h")
