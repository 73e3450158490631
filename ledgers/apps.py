from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "ledgers"
    verbose_name = "竣工台账"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import clocks, evidence, flow, permissions  # noqa: F401  rules, limits and flows register themselves
