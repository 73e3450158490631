"""回函 (5.4.2 a): the letter that explains, point by point, why the matter is not ours but the owner's to settle."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from complaints.models import Complaint, Reply

from .appendix_c import chinese_date
from .complaint_pdf import ComplaintPdf, ended
from .sheets import Block, lines, said

ROOM = "\u3000" * 6
_NUMBERED = re.compile(r"[(\uff08]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:[)\uff09]|、|[.\uff0e](?!\d))")
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """``ordinal``: the how manieth letter of this complaint it is; ``keepers``: whom the owner may call."""

    complaint: Complaint
    issuer: str
    reply: Reply
    ordinal: int
    keepers: list[tuple[str, str]]
    received_on: date
    written_on: date


class ReplyPdf(ComplaintPdf[ReplyRecord]):
    title = "回函"
    template = "reports/documents/letter.html"
    layout = "official"

    @property
    def number(self) -> str:
        return self.record.reply.number

    @property
    def version(self) -> str:
        return f"第 {self.record.ordinal} 次回函" if self.record.ordinal > 1 else ""

    @property
    def mark(self) -> str:
        return ("" if self.record.reply.sent_at else "草稿 · 未发出") or ended(self.complaint)

    def blocks(self) -> Sequence[Block]:
        return ()

    def context(self) -> dict[str, object]:
        record, complaint, reply = self.record, self.complaint, self.record.reply
        proof = lines(reply.proof)
        return super().context() | {
            "reply": reply,
            "received": f"{chinese_date(record.received_on)}以{complaint.get_channel_display()}方式",
            "event": lines(complaint.event),
            "reasons": numbered(lines(reply.reasons), lambda at: f"{ordinal(at)}、"),
            "proof": numbered(proof, lambda at: f"{at}. "),
            # A short list stays with the signature, so that this never stands alone on its page.
            "brief": len(proof) <= 8,
            "contact": ";".join(f"{name} {phone}".strip() for name, phone in record.keepers),
            "day": chinese_date(record.written_on),
            # Below the letter, as it was dispatched (R-5.4.2a); room to write until then.
            "dispatch": (
                ("发出方式", reply.get_method_display() or ROOM),
                (TRACKING.get(reply.method, "快递单号(传真号、邮箱)"), reply.tracking or ROOM),
                ("发出时间", said(reply.sent_at) if reply.sent_at else ROOM),
                ("经办人", reply.sent_by or reply.written_by),
            ),
        }


TRACKING: dict[str, str] = {
    Reply.Method.COURIER: "快递单号",
    Reply.Method.FAX: "传真号",
    Reply.Method.EMAIL: "电子邮箱",
}


def numbered(texts: Sequence[str], number: Callable[[int], str]) -> list[str]:
    """Each with its number, unless the writer has numbered them already."""
    if any(_NUMBERED.match(text) for text in texts):
        return list(texts)
    return [f"{number(at)}{text}" for at, text in enumerate(texts, 1)]


def ordinal(number: int) -> str:
    """1 → 一, 11 → 十一, 20 → 二十; beyond 99 in digits."""
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else NUMERALS[tens - 1]) + "十" if tens else ""
    return head + (NUMERALS[ones - 1] if ones else "")
