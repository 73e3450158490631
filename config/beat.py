"""One scheduler at a time: a second beat waits, and takes over when the first one is gone."""

import fcntl
import logging
from datetime import timedelta
from typing import IO, Any

from celery.beat import PersistentScheduler
from celery.schedules import crontab
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DatabaseError, InterfaceError

logger = logging.getLogger(__name__)

ADVISORY_LOCK = 20_180_204  # any number, the same for all beats of one database
STANDBY_SECONDS = 5.0


class SingleScheduler(PersistentScheduler):
    """Ticks only while it holds the lock: a session lock of PostgreSQL, or a locked file beside SQLite.

    Both are released by the system when the holder dies, however it dies, so there is no time-out to choose.
    """

    _connection: BaseDatabaseWrapper | None = None
    _file: IO[str] | None = None
    _holding = False

    def setup_schedule(self) -> None:
        """The sweeps run at once after a start, not one interval later: whatever a pause left is caught up."""
        super().setup_schedule()
        for entry in self.schedule.values():
            if not isinstance(entry.schedule, crontab):
                entry.last_run_at = self.app.now() - timedelta(days=1)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if not self._holds():
            return STANDBY_SECONDS
        return float(super().tick(*args, **kwargs))

    def close(self) -> None:
        super().close()
        if self._connection is not None:
            self._connection.close()
        if self._file is not None:
            self._file.close()

    def _holds(self) -> bool:
        held = self._holds_session() if connections["default"].vendor == "postgresql" else self._holds_file()
        if held != self._holding:
            logger.warning("beat %s", "holds the lock, ticking" if held else "waits: another one holds the lock")
        self._holding = held
        return held

    def _holds_file(self) -> bool:
        if self._file is None:
            candidate = open(settings.VAR_DIR / "beat.lock", "w")  # noqa: SIM115 - kept open as long as the lock
            try:
                fcntl.flock(candidate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                candidate.close()
                return False
            self._file = candidate
        return True

    def _holds_session(self) -> bool:
        """The lock lives as long as its connection: losing the connection is losing the lock."""
        try:
            if self._connection is None:
                self._connection = connections["default"].copy("beat-lock")
                self._holding = False
            with self._connection.cursor() as cursor:
                if self._holding:
                    cursor.execute("SELECT 1")
                    return True
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
                return bool(cursor.fetchone()[0])
        except (DatabaseError, InterfaceError):
            logger.warning("beat lost its database connection and with it the lock")
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return False
