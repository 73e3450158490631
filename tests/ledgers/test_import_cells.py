"""What people type into one cell, and what is made of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers.imports.cells import BadCell, parse_date, parse_flag, parse_phone, parse_region, parse_text
from ledgers.imports.result import absent_reason
from ledgers.imports.values import Fault, Formula, Value


@pytest.mark.parametrize(
    "value",
    [
        date(2025, 3, 8),
        "2025-03-08",
        "2025.3.8",
        "2025年3月8日",
        "2025/03/08",
        "2025 年 3 月 8 日",
        "20250308",
        20250308.0,
        45724.0,
        "２０２５．３．８",
        "2025-03-08 00:00:00",
        "2025-3-8T10:30",
        " 2025。3。8 ",
        "2025年3月8",
    ],
)
def test_dates_as_they_are_written(value: Value) -> None:
    assert parse_date(value) == date(2025, 3, 8)


@pytest.mark.parametrize("value", [None, "", "  ", "    年  月  日"])
def test_blank_dates(value: Value | None) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("2025年2月30日", "不存在"),
        ("2025-13-01", "不存在"),
        ("25.3.28", "不是日期"),
        ("2025年3月", "不是日期"),
        ("明年", "不是日期"),
        (2025.0, "不是日期"),
        (2025.3, "不是日期"),
        (True, "不是日期"),
        ("1900-01-01", "1980"),
        (date(1905, 7, 17), "1980"),
        ("9" * 5000, "过长"),
        (Formula("2025-01-01"), "公式"),
        (Fault("#REF!"), "#REF!"),
    ],
)
def test_bad_dates(value: Value, word: str) -> None:
    with pytest.raises(BadCell, match=word) as bad:
        parse_date(value)
    assert "请" in bad.value.message


def test_a_bare_serial_of_a_1904_workbook_is_not_guessed() -> None:
    with pytest.raises(BadCell):
        parse_date(45724.0, serials=False)


@given(st.dates(date(1980, 1, 1), date(2199, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d"]))
def test_every_day_in_every_spelling(day: date, spelling: str) -> None:
    assert parse_date(day.strftime(spelling)) == day
    assert parse_date(f"{day.year}年{day.month}月{day.day}日") == day


@pytest.mark.parametrize(
    ("value", "phone"),
    [
        ("13800138000", "13800138000"),
        (13800138000.0, "13800138000"),
        ("１３８ 0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("010-63345678转802", "010-63345678转802"),
        ("010－63345678 转 802", "010-63345678转802"),
        ("(010)63345678-802", "010-63345678转802"),
        ("\uff08010\uff0963345678", "010-63345678"),
        ("0371-6334567", "0371-6334567"),
        ("+86-10-63345678", "010-63345678"),
        ("400-810-8888", "400-810-8888"),
        ("8008108888", "800-810-8888"),
        ("13800138000、010-63345678", "13800138000、010-63345678"),
        ("13800138000;13900139000", "13800138000、13900139000"),
        ("13800138000\uff1b13900139000", "13800138000、13900139000"),
        ("13800138000,13800138000", "13800138000"),
        ("13800138000\n13900139000", "13800138000、13900139000"),
        ("电话\uff1a13800138000", "13800138000"),
        (None, ""),
        ("  ", ""),
    ],
)
def test_phones_as_they_are_written(value: Value | None, phone: str) -> None:
    assert parse_phone(value) == phone
    assert parse_phone(phone) == phone  # what was stored and exported comes back the same


@pytest.mark.parametrize(
    "value",
    [
        *("见附件", "63345678", "1063345678", "12345678901", "1380013800", "138001380001", "无", "张三 13800138000"),
        *("13800138000转1", 1.5, True, date(2025, 1, 1), Formula("13800138000"), "1" * 5000, 1e300),
    ],
)
def test_what_is_no_phone(value: Value) -> None:
    with pytest.raises(BadCell) as bad:
        parse_phone(value)
    assert "请" in bad.value.message
    assert len(bad.value.message) < 200


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_mobile(number: str) -> None:
    assert parse_phone(number) == parse_phone(float(number)) == parse_phone(f"+86{number}") == number


@given(st.text(max_size=80))
def test_a_phone_is_stable_or_refused(text: str) -> None:
    try:
        phone = parse_phone(text)
    except BadCell:
        return
    assert parse_phone(phone) == phone


@pytest.mark.parametrize(("value", "flag"), [("是", True), ("√", True), (" Y ", True), (True, True), (1.0, True)])
def test_yes(value: Value, flag: bool) -> None:
    assert parse_flag(value) is flag


@pytest.mark.parametrize("value", ["否", "", None, "×", "n", False, 0.0, "无"])
def test_no(value: Value | None) -> None:
    assert parse_flag(value) is False


@pytest.mark.parametrize("value", ["也许", "是否", 2.0, Formula("是"), "是" * 300])
def test_neither(value: Value) -> None:
    with pytest.raises(BadCell):
        parse_flag(value)


def test_regions() -> None:
    assert [parse_region(v) for v in ("北方", "北", "north", " 南方 ", None)] == [
        "north",
        "north",
        "north",
        "south",
        "",
    ]
    with pytest.raises(BadCell, match="北方"):
        parse_region("华东")


def test_text_keeps_chinese_punctuation_and_codes_do_not() -> None:
    assert parse_text(" 翠湖苑\uff08一期\uff09\u3000") == "翠湖苑\uff08一期\uff09"
    assert parse_text("ＧＣ２０２６－００４", code=True) == "GC2026-004"
    assert parse_text(2026001.0) == "2026001"
    assert parse_text("甲\n乙") == "甲 乙"
    assert parse_text("甲\n乙", lines=True) == "甲\n乙"
    assert parse_text("a\0b\u200bc\ud800") == "abc"


def test_text_limits() -> None:
    assert parse_text("长" * 300, limit=300) == "长" * 300
    for length in (301, 5000, 32_767):
        with pytest.raises(BadCell, match=str(length)):
            parse_text("长" * length, limit=300)
    with pytest.raises(BadCell, match="日期"):
        parse_text(date(2026, 1, 1))
    with pytest.raises(BadCell, match="15 位"):
        parse_text(1.2345e17)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("无此岗位", ""),
        ("无此岗位:本工程无幕墙", "本工程无幕墙"),
        ("无此岗位\uff1a本工程无幕墙", "本工程无幕墙"),
        ("无此岗位\uff08本工程无幕墙\uff09", "本工程无幕墙"),
        ("张三", None),
        ("", None),
    ],
)
def test_absent_posts(text: str, reason: str | None) -> None:
    assert absent_reason(text) == reason
