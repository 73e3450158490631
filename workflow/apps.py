from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorkflowConfig(AppConfig):
    name = "workflow"
    verbose_name = "流程"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import permissions  # noqa: F401  the rules register themselves

        post_migrate.connect(_ship_clock_rules, sender=self)


def _ship_clock_rules(**_: Any) -> None:
    from .services.clock_rules import ship_defaults

    ship_defaults()
