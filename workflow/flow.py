"""``Flow``: the whole life of a record as a table of steps, and the one way to move along it.

``FLOW.move(...)`` runs inside the service's transaction on a locked row. In this order: permission (403),
source state (409), separation of duty (403), remark and guard (409 with reasons), change of state, ``Transition``
(G1), clocks, notices. It raises; it never skips silently.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from organization.authority import acting_as
from organization.models import Appointment, Unit, User
from organization.rules import Rule
from workflow.errors import Conflict, Refused
from workflow.models import Notice, Transition
from workflow.services.clocks import run_clocks
from workflow.services.new_duties import new_duty_notices
from workflow.services.notices import build_notices, send
from workflow.steps import Step

__all__ = ["Flow", "Step", "flow_of", "subject_url"]

M = TypeVar("M", bound=models.Model)

_NUMBER = 987_654_321


@lru_cache(maxsize=64)
def _around(url_name: str, prefix: str) -> tuple[str, str]:
    """What stands before and after the number in a record's address: a list asks for many of them."""
    before, _, after = reverse(url_name, args=[_NUMBER]).partition(str(_NUMBER))
    return before, after


def _along(obj: models.Model, path: str) -> Any:
    found: Any = obj
    for name in path.split("."):
        found = getattr(found, name)
    return found


class Flow(Generic[M]):
    """``Flow(Ledger, *steps, unit="project.department", view=VIEW, url_name="ledgers:ledger_detail")``.

    ``unit`` is the dotted attribute path to the owning unit, ``case`` the one to the record it belongs to (none: itself);
    ``view`` is the rule of reach. The model has ``status``;
    ``round`` and ``version`` are read when it has them. ``registry`` finds the flow of any record.
    """

    registry: ClassVar[dict[type[models.Model], "Flow[Any]"]] = {}

    def __init__(self, model: type[M], *steps: Step, unit: str, view: Rule, url_name: str, case: str = "") -> None:
        self.model = model
        self.steps: dict[str, Step] = {}
        self.unit_path = unit
        self.view = view
        self.case_path = case
        self.url_name = url_name
        self.labels = {
            str(value): str(label) for value, label in getattr(model._meta.get_field("status"), "choices", None) or ()
        }
        for step in steps:
            if step.name in self.steps:
                raise ValueError(f"step {step.name!r} stands twice in the flow of {model.__name__}")
            for state in (*step.sources, step.target or step.sources[0]):
                if state not in self.labels:
                    raise ValueError(f"step {step.name!r}: {state!r} is no status of {model.__name__}")
            self.steps[step.name] = step
        self.registry[model] = self

    # --- reading

    def owner(self, obj: M) -> Unit:
        return _along(obj, self.unit_path)  # type: ignore[no-any-return]

    def case(self, obj: M) -> models.Model:
        """The record that the clocks of this one are counted with: a plan's stand on its complaint's page."""
        return _along(obj, self.case_path) if self.case_path else obj

    def url(self, pk: int) -> str:
        before, after = _around(self.url_name, get_script_prefix())
        return f"{before}{pk}{after}"

    def available(self, obj: M, user: User, history: Iterable[Transition] | None = None) -> list[Step]:
        """The steps this person may take now: right, state, separation of duty; guards speak when it is pressed.

        G5 costs one query, and only where a step needs it; none when ``history`` (the record's transitions) is given.
        What a substitute may not do for their principal shows when they press the button.
        """
        state: str = obj.status  # type: ignore[attr-defined]
        fitting = [s for s in self.steps.values() if state in s.sources and not (s.fits and s.fits(obj))]
        reached: dict[str, bool] = {}
        mine = []
        for step in fitting:
            if step.rule is None:
                continue
            if step.rule.action not in reached:
                reached[step.rule.action] = self._reaches(step.rule, user, obj)
            if reached[step.rule.action]:
                mine.append(step)
        if not any(step.apart for step in mine):
            return mine
        done = self._done_by(obj, user, history)
        return [step for step in mine if done.isdisjoint(step.apart)]

    def _done_by(self, obj: M, user: User, history: Iterable[Transition] | None) -> set[str]:
        """The steps of this version that the person took, or that were taken for them."""
        version = getattr(obj, "version", 1)
        if history is not None:
            return {t.step for t in history if t.version == version and user.pk in (t.actor_id, t.on_behalf_of_id)}
        mine = models.Q(actor=user) | models.Q(on_behalf_of=user)
        return set(Transition.objects.about(obj).filter(mine, version=version).values_list("step", flat=True))

    def _reaches(self, rule: Rule, user: User, obj: M) -> bool:
        """``Rule.allows`` on a record whose owning unit is already loaded: the same prefix test, without a query."""
        if rule.assigned is not None:
            return rule.allows(user, obj)
        path = self.owner(obj).path
        return any(path.startswith(prefix) for prefix in rule.paths(user))

    # --- moving

    def move(
        self,
        step_name: str,
        obj: M,
        *,
        actor: User | None,
        now: datetime,
        remark: str = "",
        changes: Sequence[dict[str, str]] = (),
        received_at: datetime | None = None,
        due: datetime | None = None,
        assignee: User | None = None,
        quiet: bool = False,
    ) -> Transition:
        """Take a step. ``received_at`` is when the next duty began, when that is not ``now``; ``due`` is its due moment
        where a plan sets the date itself; ``assignee`` the one person whose duty it is. Raises PermissionDenied, Conflict or Refused; must run in the transaction
        that locked ``obj``."""
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("Flow.move needs the transaction that locked the record")
        step = self.steps[step_name]
        owner = self.owner(obj)
        acting = self._permit(step, obj, actor, owner, now)
        self._check_state(step, obj)
        self._check_apart(step, obj, actor, acting)
        remark = remark.strip()
        if step.remark and not remark:
            raise Refused([f"请填写“{step.label}”的理由。"])
        if step.guard is not None and (reasons := step.guard(obj)):
            raise Refused(reasons)
        opening = {"received_at": received_at or now, "due": due, "assignee": assignee, "quiet": quiet}
        return self._apply(step, obj, actor, acting, owner, now, remark, list(changes), opening)

    def check(self, step_name: str, obj: M, *, actor: User, now: datetime) -> None:
        """Right, state and separation of duty of a step, before a service writes what its guard will look at.

        Raises as ``move`` does; ``move`` asks all of it again.
        """
        step = self.steps[step_name]
        acting = self._permit(step, obj, actor, self.owner(obj), now)
        self._check_state(step, obj)
        self._check_apart(step, obj, actor, acting)

    def _permit(self, step: Step, obj: M, actor: User | None, owner: Unit, now: datetime) -> Appointment | None:
        if step.rule is None:
            if actor is not None:
                raise PermissionDenied("该步骤由系统按日期自动完成,不能人工操作。")
            return None
        if actor is None:
            raise PermissionDenied("系统不能代替人员审核、审批或办结。")
        if step.rule.assigned is not None:
            step.rule.require(actor, obj)
        else:
            step.rule.require_of(actor, owner)  # read with the lock: the record needs no query of its own
        return acting_as(actor, step.rule.action, owner, timezone.localdate(now))

    def _check_state(self, step: Step, obj: M) -> None:
        status: str = obj.status  # type: ignore[attr-defined]
        reason = step.fits(obj) if step.fits is not None and status in step.sources else ""
        if status in step.sources and not reason:
            return
        last = Transition.objects.about(obj).select_related("actor", "on_behalf_of").order_by("-at", "-pk").first()
        now_text = self.labels.get(status, status)
        if last is None:
            raise Conflict(reason or f"当前状态为“{now_text}”,不能进行“{step.label}”。请刷新页面。")
        at = timezone.localtime(last.at)
        if reason:  # a lost race that left the state as it was: somebody decided it in between
            raise Conflict(f"{reason}最近由 {last.who} 于 {at:%Y-%m-%d %H:%M} 办理“{last.label}”。")
        raise Conflict(
            f"已由 {last.who} 于 {at:%Y-%m-%d %H:%M} 处理(“{last.label}”),当前状态为“{now_text}”,"
            f"不能再进行“{step.label}”。请刷新页面查看。"
        )

    def _check_apart(self, step: Step, obj: M, actor: User | None, acting: Appointment | None) -> None:
        """G5: whoever made or handled a record before does not review it, nor does their substitute for them."""
        if not step.apart or actor is None:
            return
        people = {actor.pk}
        if acting is not None and acting.substitute_for is not None:
            people.add(acting.substitute_for.user_id)
        earlier = (
            Transition.objects.about(obj)
            .filter(step__in=step.apart, version=getattr(obj, "version", 1))
            .filter(models.Q(actor__in=people) | models.Q(on_behalf_of__in=people))
            .order_by("-at", "-pk")
            .first()
        )
        if earlier is not None:
            raise PermissionDenied(
                f"职责分离:{earlier.who} 已办理“{earlier.label}”,不能再由同一人进行“{step.label}”,请由其他人员办理。"
            )

    def _apply(
        self,
        step: Step,
        obj: M,
        actor: User | None,
        acting: Appointment | None,
        owner: Unit,
        now: datetime,
        remark: str,
        changes: list[dict[str, str]],
        opening: dict[str, Any],
    ) -> Transition:
        source: str = obj.status  # type: ignore[attr-defined]
        version, round_ = getattr(obj, "version", 1), getattr(obj, "round", 1)
        target = step.target or source
        if source != target or step.new_round:
            obj.status = target  # type: ignore[attr-defined]
            if step.new_round:
                obj.round = round_ + 1  # type: ignore[attr-defined]
            obj.save()
        principal = acting.substitute_for.user if acting and acting.substitute_for else None
        transition = Transition.objects.create(
            content_type=ContentType.objects.get_for_model(obj),
            object_id=obj.pk,
            step=step.name,
            label=step.label,
            source=source,
            target=target,
            source_label=self.labels[source],
            target_label=self.labels[target],
            actor=actor,
            post=acting.post if acting else None,
            unit=acting.unit if acting else None,
            on_behalf_of=principal,
            at=now,
            remark=remark,
            changes=changes,
            version=version,
            round=round_,
            clause=step.clause,
        )
        quiet = opening.pop("quiet")
        opened = run_clocks(
            subject=obj,
            case=self.case(obj),
            owner=owner,
            stops=step.stops,
            starts=step.starts,
            outcome=step.outcome,
            actor=actor,
            now=now,
            version=version,
            round=getattr(obj, "round", 1),
            **opening,
        )
        if not quiet:
            # What one step tells, of new duties and of itself, is one insert.
            notices = new_duty_notices(opened, url=self.url(obj.pk), now=now)
            send(notices + self._told(step, obj, transition, owner, now))
        return transition

    def _told(self, step: Step, obj: M, transition: Transition, owner: Unit, now: datetime) -> list[Notice]:
        if not step.tells and not step.also_tells:
            return []
        today = timezone.localdate(now)
        rules = (*step.tells, *(rule for asked, rule in step.also_tells if asked(obj)))
        people = {user.pk: user for rule in rules for user in rule.holders(owner, today)}
        people.pop(transition.actor_id or 0, None)
        return build_notices(
            key=f"transition:{transition.pk}",
            kind="step",
            recipients=people.values(),
            title=f"{step.label}:{obj}",
            text=f"{transition.who} 于 {timezone.localtime(now):%Y-%m-%d %H:%M} 办理“{step.label}”,"
            f"现为“{transition.target_label}”。",
            subject=obj,
            url=self.url(obj.pk),
            now=now,
        )


def flow_of(subject: models.Model) -> Flow[Any]:
    """The flow of any record, found by its model."""
    return Flow.registry[type(subject)]


def subject_url(content_type_id: int, object_id: int) -> str:
    """The page of a record known by its generic key, without fetching it; "" when its model has no flow."""
    model = ContentType.objects.get_for_id(content_type_id).model_class()
    flow = Flow.registry.get(model) if model is not None else None
    return flow.url(object_id) if flow is not None else ""
