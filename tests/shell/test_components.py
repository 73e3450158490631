"""The components' markup: what it says, and that nothing typed by a person becomes markup."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from organization.components.chips import due_chip, due_state, span, status_badge
from organization.components.fields import control, error_summary, field, form_fields
from organization.components.values import day, file_size, limit_moment, masked, moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=SHANGHAI)


def render(text: str, path: str = "/list/", **values: Any) -> str:
    context = Context({"request": RequestFactory().get(path), **values})
    return Template("{% load ui %}" + text).render(context)


# --- values ---


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("010-62345678", "010-****78"),
        ("0731-8888123", "0731-****23"),
        ("62345678", "62****78"),
        ("+86 13812345678", "+8****78"),
        ("110", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_phones_are_masked(phone: str | None, shown: str) -> None:
    assert masked(phone) == shown


def test_moments_are_beijing_time() -> None:
    assert moment(datetime(2026, 3, 10, 16, 30, tzinfo=UTC)) == "2026-03-11 00:30"
    assert day(datetime(2026, 3, 10, 16, 30, tzinfo=UTC)) == "2026-03-11"
    assert moment(None) == day(None) == limit_moment(None) == ""


def test_the_first_late_moment_reads_as_24_of_the_day_before() -> None:
    assert limit_moment(datetime(2026, 1, 1, tzinfo=SHANGHAI)) == "2025-12-31 24:00"
    assert limit_moment(datetime(2026, 1, 1, 0, 1, tzinfo=SHANGHAI)) == "2026-01-01 00:01"
    assert limit_moment(datetime(2026, 1, 1)) == "2025-12-31 24:00"  # noqa: DTZ001 - naive: Beijing's already


def test_file_sizes() -> None:
    assert [file_size(each) for each in (0, 1023, 1024, 5 * 1024 * 1024, None)] == [
        "0 B",
        "1023 B",
        "1.0 KB",
        "5.0 MB",
        "0 B",
    ]


# --- due chips ---


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "不足1分钟"),
        (59, "不足1分钟"),
        (60, "1分钟"),
        (3600, "1小时"),
        (3660, "1小时1分"),
        (86_400, "1天"),
        (90_000, "1天1小时"),
        (11 * 86_400 + 3600, "11天"),
    ],
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (timedelta(seconds=-1), "late"),
        (timedelta(0), "late"),
        (timedelta(seconds=1), "urgent"),
        (timedelta(hours=4), "urgent"),
        (timedelta(hours=4, seconds=1), "soon"),
        (timedelta(hours=24), "soon"),
        (timedelta(hours=24, seconds=1), "open"),
    ],
)
def test_the_colour_of_a_running_clock(left: timedelta, state: str) -> None:
    assert due_state(NOW + left, None, NOW)[0] == state


def test_done_at_the_due_moment_is_late() -> None:
    assert due_state(NOW, NOW, NOW)[0] == "missed"
    assert due_state(NOW, NOW - timedelta(seconds=1), NOW)[0] == "done"


@time_machine.travel(NOW, tick=False)
def test_a_chip_shows_the_moment_what_remains_and_why() -> None:
    due = datetime(2026, 3, 13, tzinfo=SHANGHAI)
    chip = due_chip(SimpleNamespace(due_at=due), '收到"<b>')
    assert "03-12 24:00" in chip
    assert "剩 1天14小时" in chip
    assert f'data-due="{int(due.timestamp())}"' in chip
    assert 'title="收到&quot;&lt;b&gt;"' in chip
    assert "2025-03-12" in due_chip(SimpleNamespace(due_at=due.replace(year=2025)))


def test_a_chip_never_fetches_what_the_list_left_out() -> None:
    class Row:
        def __init__(self) -> None:
            self.due_at = NOW

        @property
        def stopped_at(self) -> None:
            raise AssertionError("a deferred column was read")

    assert "due-" in due_chip(Row())


def test_no_clock_no_limit() -> None:
    assert "无时限" in due_chip(None)


# --- badges ---


def test_a_badge_takes_the_record_or_a_text() -> None:
    record = SimpleNamespace(get_status_display=lambda: "待<审核", status_tone="progress")
    assert status_badge(record) == '<span class="badge-status tone-progress">待&lt;审核</span>'
    assert "tone-bad" in status_badge("退回", "bad")
    with pytest.raises(TemplateSyntaxError, match="rainbow"):
        status_badge("退回", "rainbow")


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(TemplateSyntaxError, match="no-such-icon"):
        render('{% icon "no-such-icon" %}')
    assert 'aria-hidden="true"' in render('{% icon "check" %}')
    assert 'aria-label="完成"' in render('{% icon "check" "完成" %}')


# --- lists ---


def test_the_pager_keeps_the_filter() -> None:
    page = Paginator(range(1000), 25).page(7)
    text = render("{% pagination page %}", path="/list/?q=a%26b&status=x&status=y&page=7", page=page)
    assert 'href="?q=a%26b&amp;status=x&amp;status=y&amp;page=8"' in text
    assert text.count("aria-current") == 1
    assert "共 1,000 条,第 151–175 条" in text
    assert text.count("pager-gap") == 2
    assert "page=40" in text


def test_one_page_needs_no_links() -> None:
    assert "<a" not in render("{% pagination page %}", page=Paginator([1], 25).page(1))
    assert "共 0 条" in render("{% pagination page %}", page=Paginator([], 25).page(1))


def test_a_heading_sorts_and_turns_round() -> None:
    tag = '{% sort_th "名称" "name" default="-due" %}{% sort_th "时限" "due" default="-due" %}'
    text = render(tag, path="/list/?page=3&q=x")
    assert 'aria-sort="none"' in text
    assert 'aria-sort="descending"' in text
    assert 'href="?q=x&amp;sort=name"' in text
    assert 'href="?sort=-name"' in render(tag, path="/list/?sort=name")


# --- forms ---


class Sample(forms.Form):
    name = forms.CharField(label="工程名称", help_text="全称")
    kind = forms.ChoiceField(label="方式", choices=[("p", "电话")], widget=forms.RadioSelect)
    key = forms.BooleanField(label="重点", required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> None:
        raise forms.ValidationError("整体不对")


def test_errors_stand_beside_the_field_and_are_read_with_it() -> None:
    text = field(Sample({})["name"])
    assert 'aria-describedby="id_name_help id_name_error"' in text
    assert 'id="id_name_help"' in text
    assert '<p class="field-error" id="id_name_error">' in text
    assert 'aria-invalid="true"' in text
    assert "is-invalid" in text


def test_a_field_without_errors_says_only_its_help() -> None:
    text = field(Sample()["name"])
    assert 'aria-describedby="id_name_help"' in text
    assert "aria-invalid" not in text
    assert 'title="必填"' in text


def test_a_group_of_choices_is_a_fieldset() -> None:
    text = field(Sample({})["kind"])
    assert text.startswith('<fieldset class="field is-wrong" id="id_kind"')
    assert "<legend" in text
    ids = re.findall(r'id="([^"]+)"', text)
    assert len(ids) == len(set(ids))  # an error's link names one place


def test_what_was_typed_comes_back_as_text() -> None:
    text = form_fields(Sample({"name": '"><script>alert(1)</script>', "token": "t"}))
    assert "<script" not in text
    assert "&lt;script" in text
    assert 'type="hidden"' in text


def test_the_summary_links_each_error_to_its_field() -> None:
    text = error_summary(Sample({}))
    assert "有 3 处需要修改" in text
    assert '<a href="#id_name">工程名称:' in text
    assert "<li>整体不对</li>" in text
    assert error_summary(Sample()) == ""


def test_the_summary_names_the_row_and_passes_over_removed_ones() -> None:
    class Row(forms.Form):
        phone = forms.CharField(label="电话")
        note = forms.CharField(required=False)

    rows = forms.formset_factory(Row, extra=0, can_delete=True)(
        {
            "form-TOTAL_FORMS": "3",
            "form-INITIAL_FORMS": "3",
            "form-0-phone": "1",
            "form-1-DELETE": "on",
            "form-2-note": "x",
        }
    )
    text = error_summary(rows)
    assert "有 1 处" in text
    assert "第 3 行 电话:" in text


def test_a_control_of_a_table_is_named_for_screen_readers() -> None:
    assert 'aria-label="工程名称"' in control(Sample()["name"])
    assert 'id="id_name_error"' in control(Sample({})["name"])
