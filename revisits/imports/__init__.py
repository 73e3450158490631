"""Reading Appendix D plans made elsewhere: the pure half of the import (no database, no clock).

``reading.read_plan`` reads; the empty form to fill in is a document of ``reports``. Archive guard, reader, cells and
marking are those of ``ledgers.imports``.
"""
