"""`manage.py import_ledgers FILE`: Appendix C forms or the list, from the command line."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ledgers.imports.parse import report
from ledgers.imports.values import WorkbookRefused
from ledgers.services.importing import check_workbook, import_ledgers


class Command(BaseCommand):
    help = "导入竣工工程信息台账(附录 C 表格,每个工作表一份;或汇总表)。全部行可导入时退出码为 0,否则为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="xlsx 文件")
        parser.add_argument("--department", metavar="CODE", help="附录 C 表格所属的项目经理部编码")
        parser.add_argument("--dry-run", action="store_true", help="只检查,不保存")
        parser.add_argument("--partial", action="store_true", help="部分导入:有错误的行跳过,其余保存")
        parser.add_argument("--report", type=Path, metavar="OUT.json", help="把逐行结果写入 JSON 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"找不到文件:{path}")
        try:
            if options["dry_run"]:
                parsed, saved = (
                    check_workbook(path=path, department=options["department"], actor=None, now=timezone.now()),
                    0,
                )
            else:
                done = import_ledgers(
                    path=path,
                    department=options["department"],
                    actor=None,
                    now=timezone.now(),
                    partial=options["partial"],
                )
                parsed, saved = done.parsed, done.saved
        except WorkbookRefused as refusal:
            if options["report"]:
                self._write(options["report"], {"accepted": 0, "rejected": 0, "rows": [], "refused": str(refusal)})
            raise CommandError(str(refusal)) from refusal
        result = report(parsed)
        if options["report"]:
            self._write(options["report"], result)
        for warning in parsed.warnings:
            self.stdout.write(f"提示:{warning}")
        for row in parsed.rows:
            for error in row.errors:
                self.stdout.write(f"{row.sheet} 第 {row.row} 行 {error.column}:{error.message}")
        self.stdout.write(f"可导入 {result['accepted']} 行,有错误 {result['rejected']} 行,已保存 {saved} 行。")
        if result["rejected"] or not result["accepted"]:
            raise SystemExit(1)

    def _write(self, path: Path, data: dict[str, Any]) -> None:
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
