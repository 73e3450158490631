"""Who hears of a time limit at each level: executor → supervisors → next level → GH (G3).

Built for the sweep: whatever the number of clocks, a batch costs a constant number of queries, and what one batch has
loaded the next one reuses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F

from organization.models import Appointment, Post, Unit, User
from organization.rules import prefixes
from workflow.due import Reminder
from workflow.holders import PRINCIPAL, belongs
from workflow.models import ClockRule

from .outbox import Person


class DueClock(NamedTuple):
    """What the sweep needs of a clock. Times are aware."""

    pk: int
    rule_id: int
    post_id: str
    unit_id: int
    owner_id: int
    assignee_id: int | None
    title: str
    content_type_id: int
    object_id: int
    due_at: datetime
    next_kind: str


class Audience(NamedTuple):
    """The people a reminder goes to; ``note`` is empty unless a post was vacant."""

    people: tuple[Person, ...]
    note: str


EXECUTOR, SUPERVISORS, AFTER_24H, AFTER_48H = range(4)
LEVELS: dict[Reminder, tuple[int, ...]] = {
    Reminder.BEFORE_24H: (EXECUTOR,),
    Reminder.BEFORE_4H: (EXECUTOR,),
    Reminder.OVERDUE: (EXECUTOR, SUPERVISORS),
    Reminder.AFTER_24H: (AFTER_24H,),
    Reminder.AFTER_48H: (AFTER_48H,),
}
LAST_RESORT = ("GH",)  # G3: after 48 h GH hears of it, and nothing may be lost on the way

_Pair = tuple[str, int]


class _Holder(NamedTuple):
    """Somebody who has a post, and for whom: themselves, or whom they stand in for."""

    principal: int
    person: Person


@dataclass(slots=True)
class Ladder:
    """Units, posts and appointments in force on ``on``, loaded as the batches need them."""

    on: date
    rules: dict[int, ClockRule] = field(default_factory=dict)
    _posts: dict[str, Post] = field(default_factory=dict)
    _paths: dict[int, str] = field(default_factory=dict)
    _units: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # path → (pk, tier, name)
    _tiers: dict[tuple[int, str], int | None] = field(default_factory=dict)
    _holders: dict[_Pair, tuple[_Holder, ...]] = field(default_factory=dict)
    _assignees: dict[int, str] = field(default_factory=dict)  # pk → name
    _audiences: dict[tuple[int, str, int, int, int | None, Reminder], Audience] = field(default_factory=dict)

    def load(self, clocks: Sequence[DueClock]) -> None:
        """Fetch what these clocks need and earlier batches did not bring."""
        if not self._posts:
            self._posts = Post.objects.in_bulk()
        missing = {clock.rule_id for clock in clocks} - self.rules.keys()
        self.rules.update(ClockRule.objects.in_bulk(missing) if missing else {})
        self._load_units({clock.owner_id for clock in clocks} | {clock.unit_id for clock in clocks})
        wanted: set[_Pair] = set()
        for rule_id, post, unit, owner in {(c.rule_id, c.post_id, c.unit_id, c.owner_id) for c in clocks}:
            for level in range(AFTER_48H + 2):  # the last resort too
                pairs = self._pairs(level, self.rules[rule_id], post, unit, owner)
                wanted.update((code, at) for code, at in pairs if at is not None)
        self._load_holders(wanted - self._holders.keys())
        named = {c.assignee_id for c in clocks if c.assignee_id is not None} - self._assignees.keys()
        if named:
            self._assignees.update(User.objects.filter(pk__in=named).values_list("pk", "name"))

    def audience(self, clock: DueClock, kind: Reminder) -> Audience:
        """The people of the stage's levels; all those posts vacant: at once the next level that has somebody."""
        key = (clock.rule_id, clock.post_id, clock.unit_id, clock.owner_id, clock.assignee_id, kind)
        found = self._audiences.get(key)
        if found is None:
            found = self._audiences[key] = self._audience(clock, kind)
        return found

    def place(self, clock: DueClock) -> str:
        """The responsible post in words: 项目经理部·回访保修管理岗(第一项目经理部), and the named person."""
        named = f",办理人 {self._assignees[clock.assignee_id]}" if clock.assignee_id is not None else ""
        return f"{self._posts[clock.post_id].name}({self._units[self._paths[clock.unit_id]][2]}){named}"

    # --- inside

    def _audience(self, clock: DueClock, kind: Reminder) -> Audience:
        rule = self.rules[clock.rule_id]
        vacant: list[str] = []
        people: dict[int, Person] = {}

        def ask(level: int) -> None:
            for post, unit in self._pairs(level, rule, clock.post_id, clock.unit_id, clock.owner_id):
                assignee = clock.assignee_id if level == EXECUTOR else None
                holders = [
                    each.person
                    for each in self._holders.get((post, unit or 0), ())
                    if belongs(assignee, each.principal)
                ]
                if not holders:
                    name = self._posts[post].name if post in self._posts else post
                    vacant.append(name if assignee is None else f"{name}({self._assignees[assignee]})")
                people.update((person.pk, person) for person in holders)

        for level in LEVELS[kind]:
            ask(level)
        level = max(LEVELS[kind])
        while not people and level <= AFTER_48H:
            level += 1
            ask(level)
        note = ""
        if vacant:
            end = "已上报上一级" if people else "无人接收"
            note = f"岗位空缺:{'、'.join(dict.fromkeys(vacant))};{end}"[:200]
        elif not people:
            note = "规则未指定上报岗位;无人接收"
        return Audience(tuple(people.values()), note)

    def _pairs(self, level: int, rule: ClockRule, post: str, unit: int, owner: int) -> Iterable[tuple[str, int | None]]:
        """(post, unit) of a level. A higher post is held at the owner's ancestor of the post's tier."""
        if level == EXECUTOR:
            return [(post, unit)]
        codes: Iterable[str] = (rule.supervisors, rule.escalate_24h, rule.escalate_48h, LAST_RESORT)[
            min(level - 1, AFTER_48H)
        ]
        return [(code, self._unit_at(owner, self._posts[code].tier) if code in self._posts else None) for code in codes]

    def _unit_at(self, owner: int, tier: str) -> int | None:
        key = (owner, tier)
        if key not in self._tiers:
            branch = (self._units.get(path) for path in reversed(prefixes(self._paths[owner])))
            self._tiers[key] = next((unit[0] for unit in branch if unit and unit[1] == tier), None)
        return self._tiers[key]

    def _load_units(self, wanted: set[int]) -> None:
        wanted = wanted - self._paths.keys()
        if not wanted:
            return
        self._keep(Unit.objects.filter(pk__in=wanted))
        above = {path for pk in wanted for path in prefixes(self._paths[pk])} - self._units.keys()
        if above:
            self._keep(Unit.objects.filter(path__in=above))

    def _keep(self, units: Iterable[Unit]) -> None:
        for unit in units:
            self._paths[unit.pk] = unit.path
            self._units[unit.path] = (unit.pk, unit.tier, unit.name)

    def _load_holders(self, wanted: set[_Pair]) -> None:
        if not wanted:
            return
        rows = (
            Appointment.objects.active(self.on)
            .filter(post__in={post for post, _ in wanted}, unit__in={unit for _, unit in wanted})
            .order_by(F("substitute_for").asc(nulls_first=True), "pk")
            .values_list("post_id", "unit_id", PRINCIPAL, "user_id", "user__email")
        )
        found: dict[_Pair, list[_Holder]] = {pair: [] for pair in wanted}
        for post, unit, principal, user, email in rows:
            found.setdefault((post, unit), []).append(_Holder(principal, Person(user, bool(email))))
        self._holders.update((pair, tuple(holders)) for pair, holders in found.items())
