from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RevisitsConfig(AppConfig):
    name = "revisits"
    verbose_name = "回访"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ledgers.guards import void_objections
        from ledgers.hooks import ledger_in_force, ledger_voided, project_moved, project_sections, warranty_completed
        from ledgers.selectors.search import finders

        from . import clocks, evidence, flow, permissions  # noqa: F401  rules, limits and flows register themselves
        from .selectors.search import find_visits, visits_section
        from .services.issues import (
            ledger_came_in_force,
            ledger_was_voided,
            project_changed_hands,
            visits_stand_against_void,
            warranty_was_completed,
        )

        if ledger_came_in_force not in ledger_in_force:
            ledger_in_force.append(ledger_came_in_force)
        if warranty_was_completed not in warranty_completed:
            warranty_completed.append(warranty_was_completed)
        if ledger_was_voided not in ledger_voided:
            ledger_voided.append(ledger_was_voided)
        if project_changed_hands not in project_moved:
            project_moved.append(project_changed_hands)
        if visits_stand_against_void not in void_objections:
            void_objections.append(visits_stand_against_void)
        if visits_section not in project_sections:
            project_sections.append(visits_section)
        if find_visits not in finders:
            finders.append(find_visits)
        post_migrate.connect(_ship_policy, sender=self)


def _ship_policy(**_: Any) -> None:
    from .services.policy import ship_policy

    ship_policy()
