from functools import lru_cache
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrganizationConfig(AppConfig):
    name = "organization"
    verbose_name = "组织"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import permissions  # noqa: F401  the rules register themselves

        _keep_the_history_manager()
        post_migrate.connect(_bring_authority_in_step, sender=self)


def _keep_the_history_manager() -> None:
    """The history library makes its manager's class anew for each row it writes, a tenth of the cost of a save."""
    from simple_history.manager import HistoryManager

    HistoryManager.from_queryset = lru_cache(HistoryManager.from_queryset)


def _bring_authority_in_step(**_: Any) -> None:
    """After migrate: the standard's edition, posts, matrix cells and the permissions that follow from them."""
    from django.utils import timezone

    from .authority import sync_authority, sync_matrix
    from .edition import ensure_edition

    ensure_edition()
    sync_matrix()
    sync_authority(today=timezone.localdate())
