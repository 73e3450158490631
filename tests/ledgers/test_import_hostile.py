"""Files that attack or are no workbook: a clear sentence, in bounded time and memory, and never another exception."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledgers.imports.archive import MAX_UNPACKED_BYTES
from ledgers.imports.marking import mark
from ledgers.imports.parse import parse, report
from ledgers.imports.values import WorkbookRefused
from tests.ledgers import hostile

MEASURE = """
import json, resource, sys, time
from pathlib import Path
from ledgers.imports.parse import parse
from ledgers.imports.values import WorkbookRefused
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    start = time.perf_counter()
    try:
        rows = len(parse(Path(path), departments=None).rows)
    except WorkbookRefused:
        rows = -1
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"path": path, "seconds": seconds, "grown_mb": (peak - before) / 1024, "rows": rows}))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    return {name: make(folder / f"{at}.xlsx") for at, (name, (make, _)) in enumerate(hostile.HOSTILE.items())}


def measure(*paths: Path) -> list[dict[str, float]]:
    """Parse each file in one fresh process; peak memory is that of the process."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.clause("5.1.1")
@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_hostile_file_is_refused_in_words(name: str, files: dict[str, Path]) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        parse(files[name], departments=None)
    assert hostile.HOSTILE[name][1] in refused.value.message
    assert refused.value.message.endswith("。")
    assert "请" in refused.value.message  # it says what to do


def test_all_hostile_files_together_stay_small_and_quick(files: dict[str, Path]) -> None:
    results = measure(*files.values())
    assert len(results) == len(hostile.HOSTILE)
    assert all(result["rows"] == -1 for result in results)
    assert max(result["grown_mb"] for result in results) < 100
    slow = [result for result in results if result["seconds"] > 8]
    assert not slow, slow


def test_the_gigabyte_is_real_and_the_liar_lies(files: dict[str, Path]) -> None:
    """The builders do what their names say: otherwise the tests above prove nothing."""
    import zipfile

    with zipfile.ZipFile(files["gigabyte"]) as archive:
        assert sum(info.file_size for info in archive.infolist()) > 1 << 30 > MAX_UNPACKED_BYTES
    with zipfile.ZipFile(files["lying size"]) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
        assert info.file_size == 2000
        assert info.compress_size > 100_000
    with zipfile.ZipFile(files["200,000 rows"]) as archive:
        assert archive.read("xl/worksheets/sheet1.xml").count(b"<row") == 200_001


def test_a_long_string_in_very_many_cells_is_not_copied(tmp_path: Path) -> None:
    result = measure(hostile.repeated_long_string(tmp_path / "strings.xlsx"))[0]
    assert result["rows"] == 19_000
    assert result["grown_mb"] < 150
    assert result["seconds"] < 15


def test_formatted_blank_rows_are_no_rows(tmp_path: Path) -> None:
    path = hostile.blank_rows(tmp_path / "blank.xlsx")
    parsed = parse(path, departments={"U1D1"})
    assert [row.row for row in parsed.rows] == [2, 3]
    assert report(parsed)["accepted"] == 2
    assert measure(path)[0]["seconds"] < 5


def test_a_size_cap_counts_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap holds on the stream itself, not only on the directory's claims."""
    from ledgers.imports import archive

    path = hostile.many_rows(tmp_path / "rows.xlsx", 3_000)
    with archive.Archive(path) as opened:
        monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 50_000)
        with pytest.raises(WorkbookRefused, match="过大"):
            for _ in opened.chunks("xl/worksheets/sheet1.xml"):
                pass


def test_exactly_the_limit_of_rows_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ledgers.imports.parse as parsing

    monkeypatch.setattr(parsing, "MAX_ROWS", 50)
    fits = hostile.build(tmp_path / "a.xlsx", hostile.header() + "".join(map(hostile.good_row, range(2, 52))))
    beyond = hostile.build(tmp_path / "b.xlsx", hostile.header() + "".join(map(hostile.good_row, range(2, 53))))
    assert len(parse(fits, departments=None).rows) == 50
    with pytest.raises(WorkbookRefused, match="行"):
        parse(beyond, departments=None)


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(content=st.binary(max_size=3000))
def test_random_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "garbage.xlsx"
    for data in (content, b"PK\x03\x04" + content, hostile.OLE_MAGIC + content):
        path.write_bytes(data)
        with pytest.raises(WorkbookRefused):
            parse(path, departments=None)


@QUICK
@given(st.data())
def test_a_damaged_sample_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes of a good workbook overwritten anywhere: the directory, a header, a compressed stream."""
    good = hostile.build(tmp_path / "good.xlsx", hostile.header() + hostile.good_row(2)).read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=12))
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(good[:at] + noise + good[at + len(noise) :])
    with suppress(WorkbookRefused):  # nothing else may come out
        json.dumps(report(parse(path, departments=None)))


XML_NOISE = st.text(alphabet="<>/&;=\"' rcvtsif0123456789ABC!-[]?", max_size=200)


@QUICK
@given(noise=XML_NOISE)
def test_random_xml_in_the_sheet_is_read_or_refused(tmp_path: Path, noise: str) -> None:
    path = hostile.build(tmp_path / "noise.xlsx", hostile.header() + noise + hostile.good_row(2))
    with suppress(WorkbookRefused):
        json.dumps(report(parse(path, departments=None)))


ANY_TEXT = st.text(max_size=60) | st.sampled_from(
    ["_x0000_", "_xD800_", "=1+1", "无此岗位", "１３８００１３８０００", "\u3000"]
)
KIND = st.sampled_from(["inlineStr", "str", "n", "b", "e", "d", "s", "zzz", ""])


@QUICK
@given(cells=st.lists(st.tuples(KIND, ANY_TEXT, st.booleans()), min_size=5, max_size=5))
def test_random_cell_values_never_raise(tmp_path: Path, cells: list[tuple[str, str, bool]]) -> None:
    """Whatever the cells hold: errors in words that can be stored, and a workbook to give back."""
    from xml.sax.saxutils import escape

    def xml(at: int, kind: str, text: str, formula: bool) -> str:
        safe = escape(
            "".join(c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c < "\ufffe"))
        )
        inside = f"<is><t>{safe}</t></is>" if kind == "inlineStr" else f"<v>{safe}</v>"
        return f'<c r="{"ABCDE"[at]}3" t="{kind}">{"<f>1+1</f>" if formula else ""}{inside}</c>'

    row = "".join(xml(at, *values) for at, values in enumerate(cells))
    path = hostile.build(tmp_path / "cells.xlsx", hostile.header() + hostile.good_row(2) + f'<row r="3">{row}</row>')
    parsed = parse(path, departments={"U1D1"})
    text = json.dumps(report(parsed), ensure_ascii=False)
    assert "\0" not in text
    text.encode()  # no lone surrogate
    for row_read in parsed.rows:
        assert "\0" not in repr(row_read.data)
        repr(row_read.data).encode()
    assert mark(path, parsed)[:2] == b"PK"
