"""Locking one row, and reading it as it is once the lock is held."""

from typing import TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


def lock(model: type[M], pk: int, *related: str) -> M:
    """The row under a lock, with its relations read after the lock was granted. Raises ``DoesNotExist``.

    Two statements on purpose: PostgreSQL reads the locked row anew after waiting for it, but a row joined to it stays
    as old as the statement, and saving that would undo what the other transaction wrote.
    """
    model._default_manager.select_for_update().values_list("pk").get(pk=pk)
    return model._default_manager.select_related(*related).get(pk=pk)
