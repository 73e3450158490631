"""Where a complaint of the bench stands, and the steps behind it: how many of a hundred stand there."""

from dataclasses import dataclass

from complaints.models import Complaint, Filing, Milestone, Plan, Verdict

S, F, P, M = Complaint.Status, Filing.Status, Plan.Status, Milestone.Status
RULED = ("propose_ruling",)
WEEK = ("report", "receive", "track")
OPENED = ("open", "call_supervision")
FILED = (*OPENED, "file")
SUPERVISED = ("supervise_ul", "supervise_ug")
CLOSING = ("conclude", "call_result_supervision")
RESULT = ("result_ul", "result_ug", "close")
WRITTEN = ("open", "edit", "submit")
APPROVED = (*WRITTEN, "check", "review", "approve")
DONE = ("start", "progress", "finish")


@dataclass(frozen=True)
class Story:
    """``steps`` follow registration, confirmation and 转办, unless ``begun`` is False: then they follow registration.

    ``filing``, ``plan``: the steps of what hangs on it, and where it stands; ``milestones``: the steps of each.
    """

    share: int
    status: str
    steps: tuple[str, ...]
    verdict: str = ""
    filing: tuple[str, ...] = ()
    filing_status: str = ""
    plan: tuple[str, ...] = ()
    plan_status: str = ""
    milestones: tuple[tuple[str, ...], ...] = ()
    begun: bool = True
    grade: int | None = None
    group_only: bool = False


NOT_OURS = (*RULED, "rule_not_ours", "write_reply", "dispatch_reply")
MINOR = (*RULED, "rule_minor")
SEVERE = (*RULED, "rule_severe")
RECTIFIED = (*SEVERE, "begin_rectifying")

STORIES: tuple[Story, ...] = (
    Story(28, S.CLOSED, ("communicate", *NOT_OURS, "communicate", "close_replied"), Verdict.NOT_OURS),
    Story(
        32, S.CLOSED, (*MINOR, "communicate", "communicate", "finish", "satisfied", "close"), Verdict.MINOR,
        (*FILED, *SUPERVISED, *CLOSING, *RESULT), F.CLOSED, grade=5,
    ),
    Story(
        13, S.CLOSED, (*RECTIFIED, "communicate", "finish", "satisfied", "close"), Verdict.SEVERE,
        (*FILED, *WEEK, *SUPERVISED, *WEEK, *CLOSING, *RESULT), F.CLOSED, APPROVED, P.APPROVED, (DONE,) * 3, grade=4,
    ),
    Story(2, S.MERGED, ("propose_merge", "merge"), begun=False),
    Story(3, S.WITHDRAWN, ("communicate", "withdraw"), begun=False),
    Story(4, S.REGISTERED, ("attempt",), begun=False),
    Story(1, S.CONFIRMED, ("attempt", "confirm_group"), begun=False, group_only=True),
    Story(4, S.AWAITING_RULING, ("communicate",)),
    Story(2, S.RULING_PROPOSED, RULED),
    Story(1, S.AWAITING_REPLY, (*RULED, "rule_not_ours"), Verdict.NOT_OURS),
    Story(1, S.REPLIED, NOT_OURS, Verdict.NOT_OURS),
    Story(1, S.RECONSIDERING, (*NOT_OURS, "object"), Verdict.NOT_OURS),
    Story(1, S.DRAFTING_PLAN, SEVERE, Verdict.SEVERE, FILED, F.FILED, WRITTEN[:2], P.DRAFT, ((),) * 3),
    Story(1, S.DRAFTING_PLAN, SEVERE, Verdict.SEVERE, FILED, F.FILED, (*WRITTEN, "check"), P.IN_REVIEW, ((),) * 3),
    Story(
        2, S.RECTIFYING, RECTIFIED, Verdict.SEVERE, (*FILED, *WEEK), F.TRACKING, APPROVED, P.APPROVED,
        (DONE, DONE[:2], DONE[:1]),
    ),
    Story(2, S.HANDLING, (*MINOR, "communicate"), Verdict.MINOR, FILED, F.FILED),
    Story(1, S.AWAITING_EVALUATION, (*MINOR, "finish"), Verdict.MINOR, FILED, F.FILED),
    Story(
        1, S.AWAITING_CLOSE, (*MINOR, "finish", "satisfied"), Verdict.MINOR, (*FILED, *CLOSING), F.AWAITING_CLOSE,
        grade=5,
    ),
)  # fmt: skip
MIX = [at for at, story in enumerate(STORIES) for _ in range(story.share)]


# The group's own complaints alone are supervised by UL and UG (3.2.2).
SUPERVISION = frozenset({"call_supervision", *SUPERVISED, "call_result_supervision", "result_ul", "result_ug"})


def steps_of(story: Story, *, to_group: bool) -> list[str]:
    """All steps of the complaint itself, as of the registrar it has."""
    tier = "group" if to_group else "unit"
    first = [f"register_{tier}"]
    if story.begun:
        first += [f"attempt_{tier}", f"confirm_{tier}", *(["forward"] if to_group else [])]
    return first + [f"attempt_{tier}" if step == "attempt" else step for step in story.steps]
