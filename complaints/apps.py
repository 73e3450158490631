from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = "客户投诉"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ledgers.hooks import project_moved, project_renamed
        from ledgers.selectors.search import finders

        from . import cases, clocks, evidence, permissions  # noqa: F401  rules and limits register themselves
        from .flows import complaint, filing, order, plan  # noqa: F401  flows register themselves
        from .guards.complaint import close_objections
        from .selectors.search import find_complaints
        from .services.links import follow_project
        from .services.registration import refresh_project_name

        if refresh_project_name not in project_renamed:
            project_renamed.append(refresh_project_name)
        if follow_project not in project_moved:
            project_moved.append(follow_project)
        if cases.cases_stand_open not in close_objections:
            close_objections.append(cases.cases_stand_open)
        if find_complaints not in finders:
            finders.append(find_complaints)
