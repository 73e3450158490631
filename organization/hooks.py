"""What upper apps have to say when a unit is dissolved. They add themselves when they are loaded."""

from collections.abc import Callable

from .models import Unit

# Reasons why the unit may not be dissolved yet: work that somebody would have to take over first.
dissolve_objections: list[Callable[[Unit], list[str]]] = []
