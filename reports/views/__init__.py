from .ledgers import ledger_list_xlsx, ledger_pdf, ledger_template, ledger_xlsx
from .pages import download_log, report_index

__all__ = ["download_log", "ledger_list_xlsx", "ledger_pdf", "ledger_template", "ledger_xlsx", "report_index"]
