"""What a record's life leaves behind: transitions, stopped and running clocks, and the notices that announced them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType

from ledgers.models import Ledger, LedgerContact, LedgerVersion, Project, PunchItem, WarrantyTerm
from organization.authority import actions_by_post
from organization.models import Unit
from workflow.due import Mode, Reminder, due_at, reminder_moments
from workflow.flow import Flow
from workflow.models import Channel, Clock, ClockRule, Notice, Outcome, Transition
from workflow.services.calendar import calendar_in_force

from .people import Group
from .rows import Keys

# Of the posts that may take a step, who does it here.
FIRST_OF = ("PW", "PE", "PM", "UW", "UD", "UH", "UL", "UG", "GW", "GH")
TIER = {"P": "department", "U": "unit", "G": "group"}
MODELS = (Project, Ledger, LedgerVersion, LedgerContact, WarrantyTerm, PunchItem, Transition, Clock, Notice)


class Open(NamedTuple):
    """A running duty, before its due moment is chosen."""

    subject: Any
    department: Unit
    code: str
    title: str
    received_at: datetime
    case: Any


@dataclass(slots=True)
class Batch:
    """Instances by model, in the order of their creation."""

    models: Sequence[type[Any]] = MODELS
    rows: dict[type[Any], list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {model: [] for model in self.models}

    def add(self, obj: Any) -> Any:
        self.rows[type(obj)].append(obj)
        return obj


class Duties:
    """``now`` is the moment at which the clocks stand as ``run`` describes."""

    def __init__(
        self,
        group: Group,
        *,
        now: datetime,
        keys: Keys,
        random: Random,
        types: Sequence[type[Any]] = (Ledger, PunchItem),
    ) -> None:
        self.group = group
        self.now = now
        self.keys = keys
        self.random = random
        self.clocks = 0
        self.rules = {rule.code: rule for rule in ClockRule.objects.filter(current=True).select_related("post")}
        self.calendar = calendar_in_force()
        self.types = {model: ContentType.objects.get_for_model(model).pk for model in types}
        held = actions_by_post()
        self.post_of = {action: post for post in reversed(FIRST_OF) for action in held.get(post, ())}

    def walk(
        self,
        batch: Batch,
        flow: Flow[Any],
        obj: Any,
        steps: Iterable[str],
        department: Unit,
        begun: datetime,
        *,
        case: Any = None,
    ) -> Iterator[Open]:
        """The transitions of a story, its stopped clocks, what still runs at its end. ``case``: what it belongs to."""
        running: dict[str, datetime] = {}
        state = ""
        for day, name in enumerate(steps):
            step = flow.steps[name]
            if state and state not in step.sources:
                raise ValueError(f"story of {obj}: {name!r} does not start from {state!r}")
            source = state or step.sources[0]
            state = step.target or source
            at = begun + timedelta(days=day, minutes=self.random.randrange(400))
            post = self.post_of[step.rule.action] if step.rule else None
            unit = self.group.at_tier(department, TIER[post[0]]) if post else None
            actor = self.group.holders[post, unit.pk] if post and unit else None
            batch.add(
                Transition(
                    pk=self.keys.take(Transition),
                    content_type_id=self.types[type(obj)],
                    object_id=obj.pk,
                    step=name,
                    label=step.label,
                    source=source,
                    target=state,
                    source_label=flow.labels[source],
                    target_label=flow.labels[state],
                    actor_id=actor,
                    post_id=post,
                    unit_id=unit.pk if unit else None,
                    at=at,
                    remark="物业经理的联系方式已停机,请核实后补充。" if step.remark else "",
                    clause=step.clause,
                )
            )
            for code in step.stops:
                if code in running:
                    received = running.pop(code)
                    duty = Open(obj, department, code, str(obj), received, case or obj)
                    clock = self._build(duty, due=received + timedelta(days=3))
                    clock.stopped_at, clock.stopped_by_id, clock.outcome = at, actor, Outcome(step.outcome)
                    batch.add(clock)
            running.update(dict.fromkeys(step.starts, at))
        if state != obj.status:
            raise ValueError(f"a story ends in {state!r}, not in {obj.status!r}")
        return (Open(obj, department, code, str(obj), at, case or obj) for code, at in running.items())

    def run(self, batch: Batch, duty: Open, *, tell: bool = True) -> None:
        """A running clock, the notice that announced it, and where it stands at ``now``."""
        number = self.clocks
        self.clocks += 1
        rule = self.rules[duty.code]
        if number % 10 == 0:
            due = self.now - timedelta(seconds=number % 600)
            clock = self._build(duty, due=due, kind=Reminder.OVERDUE, at=due)
        elif number % 10 == 5:
            clock = self._build(duty, due=self.now - timedelta(days=3 + number % 30))
            clock.overdue_noted_at = clock.due_at
        else:
            due = due_at(self.now + timedelta(days=number % 30), 1, Mode(rule.mode), self.calendar)
            coming = next(((k, at) for k, at in reminder_moments(due, rule.days) if at > self.now), None)
            clock = self._build(duty, due=due, kind=coming and coming[0], at=coming and coming[1])
        batch.add(clock)
        if tell:
            self._announce(batch, clock, rule)

    def _build(self, duty: Open, *, due: datetime, kind: Reminder | None = None, at: datetime | None = None) -> Clock:
        rule = self.rules[duty.code]
        return Clock(
            pk=self.keys.take(Clock),
            content_type_id=self.types[type(duty.subject)],
            object_id=duty.subject.pk,
            case_type_id=self.types[type(duty.case)],
            case_id=duty.case.pk,
            code=duty.code,
            rule=rule,
            title=duty.title[:250],
            owner=duty.department,
            post_id=rule.post_id,
            unit=self.group.at_tier(duty.department, rule.post.tier),
            received_at=duty.received_at,
            due_at=due,
            opened_at=duty.received_at,
            next_kind=kind.value if kind else "",
            next_at=at,
        )

    def _announce(self, batch: Batch, clock: Clock, rule: ClockRule) -> None:
        told = {
            "key": f"clock:{clock.pk}:opened",
            "kind": "duty",
            "recipient_id": self.group.holders[clock.post_id, clock.unit_id],
            "content_type_id": clock.content_type_id,
            "object_id": clock.object_id,
            "title": f"新待办:{rule.stage} — {clock.title}"[:250],
            "text": f"请按时办理({rule.stage},时限 {rule.limit})。",
            "created_at": clock.opened_at,
            "not_before": clock.opened_at,
            "state": Notice.State.SENT,
            "sent_at": clock.opened_at,
        }
        read_at = None if clock.pk % 4 == 0 else clock.opened_at + timedelta(hours=2)
        batch.add(Notice(pk=self.keys.take(Notice), channel=Channel.INBOX, read_at=read_at, **told))
        batch.add(Notice(pk=self.keys.take(Notice), channel=Channel.MAIL, **told))
