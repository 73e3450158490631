"""Three answers: out of reach is 404 (Http404), no right 403 (PermissionDenied), a wrong state or a lost race 409."""

from organization.errors import Conflict

__all__ = ["Conflict", "Refused"]


class Refused(Conflict):
    """409: a rule of the standard forbids the step now; ``reasons`` name each gap in words the user can act on."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(";".join(reasons))
        self.reasons = reasons
