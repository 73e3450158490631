"""Lines of a complaint's timeline that are neither steps nor files."""

from complaints.models import Complaint
from workflow.selectors.timeline import Entry, entry


def reveal_entries(complaint: Complaint) -> list[Entry]:
    """Who looked at the complainant's whole number, and what for. One query."""
    return [
        entry(
            at=reveal.at,
            who=str(reveal.user),
            label="查看投诉人电话",
            remark=f"用途:{reveal.purpose}",
            kind="reveal",
            icon="eye",
        )
        for reveal in complaint.reveals.select_related("user")
    ]
