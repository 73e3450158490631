"""Reading workbooks of ledgers: the pure half of the import (no models, no database, no clock).

``parse.parse`` reads, ``parse.report`` tells, ``marking.mark`` gives the workbook back with the bad cells marked.
"""
