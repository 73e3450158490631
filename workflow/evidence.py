"""Which records carry evidence, and who may see and add it. Each app declares its own models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import Http404

from organization.models import User
from organization.rules import Rule

Guard = Callable[[Any], list[str]]


@dataclass(frozen=True)
class Attachable:
    """``view`` is the reach (404 outside it), ``attach`` the right to add and withdraw (403), ``guard`` the state: it
    returns the reasons why nothing may be changed now (409)."""

    model: type[models.Model]
    view: Rule
    attach: Rule
    kinds: tuple[tuple[str, str], ...]
    guard: Guard | None


_registry: dict[type[models.Model], Attachable] = {}


def attachable(
    model: type[models.Model],
    *,
    view: Rule,
    attach: Rule,
    kinds: tuple[tuple[str, str], ...] = (),
    guard: Guard | None = None,
) -> None:
    """Let records of ``model`` carry evidence. ``kinds``: (code, label) to choose from; none: evidence has no kind."""
    declared = Attachable(model, view, attach, kinds, guard)
    if _registry.setdefault(model, declared) != declared:
        raise ValueError(f"evidence of {model.__name__} is declared twice")


def attachable_of(model: type[models.Model]) -> Attachable:
    """The declaration; 404 for a model that carries no evidence."""
    found = _registry.get(model)
    if found is None:
        raise Http404("该记录不接收佐证材料。")
    return found


def visible_subject(user: User, content_type_id: int, object_id: int) -> models.Model:
    """The record behind a generic key, or 404 when it is out of the user's reach."""
    try:
        model = ContentType.objects.get_for_id(content_type_id).model_class()
    except ContentType.DoesNotExist as problem:
        raise Http404("没有找到该记录。") from problem
    if model is None:
        raise Http404("没有找到该记录。")
    declared = attachable_of(model)
    return declared.view.get(user, model._default_manager.all(), pk=object_id)
