"""Locking one row, and reading it as it is once the lock is held."""

from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.transaction import TransactionManagementError

from organization.prepared import Prepared

M = TypeVar("M", bound=Model)


@lru_cache(maxsize=256)
def _locking(model: type[Model]) -> Prepared:
    # Rows that only refer to this one may still be written: a foreign key asks no more than that the row stays.
    return Prepared(
        lambda pk: model._default_manager.select_for_update(no_key=True).filter(pk=pk).order_by().values_list("pk")
    )


@lru_cache(maxsize=256)
def _reading(model: type[Model], related: tuple[str, ...]) -> Prepared:
    # Without names, select_related would follow every relation.
    return Prepared(
        lambda pk: (
            (model._default_manager.select_related(*related) if related else model._default_manager.all())
            .filter(pk=pk)
            .order_by()
        )
    )


def hold(model: type[Model], pk: Any) -> None:
    """Take the lock of a row, and read nothing of it. Raises ``DoesNotExist``."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("a lock needs a transaction")
    if not _locking(model).rows(pk=pk):
        raise model.DoesNotExist  # type: ignore[attr-defined]


def lock(model: type[M], pk: int, *related: str) -> M:
    """The row under a lock, with its relations read after the lock was granted. Raises ``DoesNotExist``.

    Two statements on purpose: PostgreSQL reads the locked row anew after waiting for it, but a row joined to it stays
    as old as the statement, and saving that would undo what the other transaction wrote.
    """
    hold(model, pk)
    found: list[M] = _reading(model, related).rows(pk=pk)
    if not found:
        raise model.DoesNotExist  # type: ignore[attr-defined]
    return found[0]
