from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    name = "organization"
    verbose_name = "组织"
    default_auto_field = "django.db.models.BigAutoField"
