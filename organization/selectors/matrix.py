"""The matrices as tables of posts × matters, and the history of one crossing (A.4, B.4)."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps

from ..models import AuthorityCell, Duty, Matter, Post, User
from ..rules import Rule


@dataclass(frozen=True, slots=True)
class Crossing:
    """A post × a matter: the cells in force."""

    matter: Matter
    post: Post
    cells: tuple[AuthorityCell, ...]

    @property
    def text(self) -> str:
        return "、".join(cell.get_duty_display() + (" †" if cell.inferred else "") for cell in self.cells)

    @property
    def actions(self) -> list[str]:
        return action_labels(action for cell in self.cells for action in cell.actions)


@dataclass(frozen=True, slots=True)
class Sheet:
    posts: list[Post]
    rows: list[tuple[Matter, list[Crossing]]]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a cell's history: who, when, the duty, from → to."""

    at: datetime
    who: User | None
    duty: str
    before: str
    after: str
    reason: str


def action_labels(actions: object) -> list[str]:
    return sorted({Rule.registry[a].label for a in actions if a in Rule.registry})  # type: ignore[attr-defined]


def action_choices(actions: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Actions by app, each under the app's Chinese name, for a form."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in sorted(actions):
        label = apps.get_app_config(action.partition(".")[0]).verbose_name
        groups.setdefault(str(label), []).append((action, Rule.registry[action].label))
    return list(groups.items())


def sheet(code: str) -> Sheet:
    """One matrix; columns are the posts that the sheet names or that hold something in it, in the standard's order."""
    matters = list(Matter.objects.filter(sheet=code))
    cells: dict[tuple[int, str], list[AuthorityCell]] = {}
    order = {duty: place for place, duty in enumerate(Duty.values)}
    for cell in AuthorityCell.objects.filter(matter__sheet=code, withdrawn=False):
        cells.setdefault((cell.matter_id, cell.post_id), []).append(cell)
    named = {post for _, post in cells}
    every = list(Post.objects.all())
    posts = [post for post in every if post.pk in named or not post.standard]
    rows = [
        (
            matter,
            [
                Crossing(
                    matter,
                    post,
                    tuple(sorted(cells.get((matter.pk, post.pk), ()), key=lambda c: order.get(c.duty, 99))),
                )
                for post in posts
            ],
        )
        for matter in matters
    ]
    return Sheet(posts, rows)


def crossing_history(matter: Matter, post: Post) -> list[Change]:
    """Everything that was ever changed at a crossing, the newest first."""
    records = list(
        AuthorityCell.history.filter(matter=matter, post=post).select_related("history_user").order_by("history_id")
    )
    last: dict[int, str] = {}
    changes = []
    for record in records:
        after = describe(record)
        before = last.get(record.id, "—")
        last[record.id] = after
        if before != after:
            changes.append(
                Change(
                    record.history_date,
                    record.history_user,
                    Duty(record.duty).label,
                    before,
                    after,
                    record.history_change_reason or ("软件自带" if record.history_user is None else ""),
                )
            )
    return changes[::-1]


def describe(record: AuthorityCell) -> str:
    """A cell, or a record of its history, in words."""
    if record.withdrawn:
        return "已撤销"
    labels = [Rule.registry[a].label if a in Rule.registry else a for a in record.actions]
    text = Duty(record.duty).label + (" †" if record.inferred else "")
    return f"{text}({'、'.join(labels)})" if labels else text
