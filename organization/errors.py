"""A wrong state or a lost race is 409; a missing right is 403 (PermissionDenied), out of reach is 404 (Http404)."""


class Conflict(Exception):
    """409: the record is no longer in the state the step needs; the message says who did what.

    ``back``: the record's own page, where the view knows it; otherwise the page that was asked is offered again.
    """

    back = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
