"""Reading registers of earlier complaints: the pure half of the import (no database, no clock).

``reading.read_register`` reads, ``template.register_template`` writes the empty register. Archive guard, reader, cells
and marking are those of ``ledgers.imports``.
"""
