from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "ledgers"
    verbose_name = "竣工台账"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from organization.hooks import dissolve_objections

        from . import clocks, evidence, flow, permissions, sources  # noqa: F401  rules, limits and flows register themselves
        from .services.transfer import projects_left

        if projects_left not in dissolve_objections:
            dissolve_objections.append(projects_left)
