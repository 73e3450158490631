"""Guards of the filing."""

from complaints.models import Filing, FollowUp


def may_be_filed(filing: Filing) -> list[str]:
    """Clause 5.4.3: only what was ruled ours is filed."""
    return [] if filing.complaint.ours else ["该投诉未判定为我方责任,不能备案。"]


def has_unread_report(filing: Filing) -> list[str]:
    if filing.follow_ups.filter(kind=FollowUp.Kind.REPORT, received_at__isnull=True).exists():
        return []
    return ["没有等待签收的单位上报。"]


def has_conclusion(filing: Filing) -> list[str]:
    reasons = []
    if not filing.conclusion.strip():
        reasons.append("请填写备案结案意见。")
    if not has_unread_report(filing):
        reasons.append("还有单位上报没有签收,请先签收。")
    return reasons
