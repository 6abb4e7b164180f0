"""Every kind of .ics that the product makes of one entry, from contents full of awkward characters."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from confsvc.domain.calendar import Guest, Origin, Words, build_calendar, build_feed, build_message, serialize_calendar
from confsvc.domain.calendar_content import Content
from confsvc.domain.calendar_entries import Entry
from confsvc.domain.text import clean

WORDS = Words(
    invited="Kính mời:",
    chair="Chủ trì",
    site="Điểm cầu",
    video_link="Đường dẫn họp trực tuyến",
    personal_link="Trang thư mời",
    address_forms={"comrade": "Đồng chí", "delegate": "Đại biểu"},
    states={"postponed": "Tạm hoãn", "cancelled": "Đã hủy"},
)
ORIGIN = Origin("https://hop.example.org/d/abc", "hop@example.org")
GUEST = Guest("Nguyễn Thị Dina", "dina@example.org")
CONTENT = Content(
    session_id=None,
    scope="conference",
    title="Hội nghị tổng kết",
    conference="Hội nghị tổng kết",
    state="",
    starts_at=datetime(2024, 7, 1, 7, tzinfo=UTC),
    ends_at=datetime(2024, 7, 1, 10, tzinfo=UTC),
    timezone="Asia/Ho_Chi_Minh",
    host="Sở Thông tin và Truyền thông",
    chair="Nguyễn Minh, Phó Chủ tịch",
    person="Nguyễn Thị Dina, Trưởng phòng",
    unit="Sở Nội vụ",
    address_form="comrade",
    site="Điểm cầu Phan Thiết",
    address="01 Nguyễn Tất Thành",
    video_link="https://video.example.org/j/1?a=b,c;d",
    link_token="abc",
    created_at=datetime(2024, 1, 2, 1, 2, 3, tzinfo=UTC),
    lines=[(datetime(2024, 7, 1, 7, tzinfo=UTC), "Khai mạc")],
)
ENTRY = Entry(CONTENT, "5b0ac0f5-2f0a-4c7c-9ab8-3e3b1c0f0d11", 3, datetime(2024, 1, 9, 4, 5, 6, tzinfo=UTC))
STAMP = datetime(2024, 1, 10, 4, 5, 6, tzinfo=UTC)
KINDS = ("file", "feed", "request", "cancel")

# Everything a person can type, and more of what means something to a calendar, a mail header, a template or a shell.
AWKWARD = [
    "a;b,c\\n\\",
    'Sở "X"',
    "^n^'^^",
    "ễ" * 60,
    "😀" * 40,
    "BEGIN:VEVENT",
    "x" * 74 + "\\",
    "{x} <script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "a\r\nATTENDEE:mailto:mallory@example.org",
    "\u202eđảo ngược\u202c",
    "á\u0301 e\u0302\u0301",
    "\x85\u2028\u2029|",
    "👩‍👩‍👧 \ufeff",
    "%s {0} ${x} {{x}}",
    ':;,="\\',
]
typed = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\\;,:\"'^\r\n\t\x00\x85\u2028\u202eễộĐ😀ắ")), max_size=200)
awkward = st.one_of(typed, st.sampled_from(AWKWARD)).map(clean)


def contents(entry: Entry, guest: Guest = GUEST) -> dict[str, bytes]:
    """Kind → the bytes that the product makes of this entry."""
    cancelled = replace(entry, content=replace(entry.content, state="cancelled"))
    return {
        "file": serialize_calendar(build_calendar([entry], WORDS, ORIGIN)),
        "feed": serialize_calendar(build_feed([entry], WORDS, ORIGIN, "Hội nghị")),
        "request": serialize_calendar(build_message(entry, WORDS, ORIGIN, guest, "REQUEST", STAMP)),
        "cancel": serialize_calendar(build_message(cancelled, WORDS, ORIGIN, guest, "CANCEL", STAMP)),
    }


def with_texts(title: str, site: str, address: str, person: str, host: str, line: str) -> Entry:
    """The entry with these texts in every place that people fill in."""
    lines = [(CONTENT.starts_at, line)]
    texts = {"title": title, "conference": host or "Họp", "site": site, "address": address, "person": person, "host": host, "unit": address, "chair": person}
    return replace(ENTRY, content=replace(CONTENT, **texts, lines=lines))  # type: ignore[arg-type]  # the names are those of texts
