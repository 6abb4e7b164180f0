"""Mail as calendars, mail servers and people send it, byte for byte made by hand: nothing of the product or of a library writes it."""

import base64
import quopri
from datetime import UTC, datetime
from typing import Any

ADDRESS = "dina@example.org"
SERVER = "confsvc@example.gov.vn"
STAMP = datetime(2023, 1, 15, 8, 0, tzinfo=UTC)


def answer_text(uid: str, partstat: str = "ACCEPTED", *, method: str = "REPLY", attendee: str = f"mailto:{ADDRESS}", sequence: int = 0, **more: Any) -> str:
    """A VCALENDAR with one answer; `stamp` is DTSTAMP, `parameters` further ones of ATTENDEE, `lines` further ones of the event."""
    stamp: datetime = more.get("stamp", STAMP)
    lines = [
        *("BEGIN:VCALENDAR", "PRODID:-//Some client//EN", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT", f"UID:{uid}"),
        f"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT={partstat}{more.get('parameters', '')}:{attendee}",
        *(f"ORGANIZER:mailto:{SERVER}", f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}", f"SEQUENCE:{sequence}"),
        *(*more.get("lines", ()), "END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines)


def answer_mail(calendar: str, *, sender: str = f"Nguyễn Thị Dina <{ADDRESS}>", encoding: str = "base64", kind: str = "text/calendar", **headers: str) -> bytes:
    """A reply with a text to read and the calendar as a part of type `kind`, in `encoding` (base64, quoted-printable or 8bit)."""
    method = calendar.partition("METHOD:")[2].partition("\r\n")[0] or "REPLY"
    data = calendar.encode()
    coded = {"base64": base64.encodebytes(data), "quoted-printable": quopri.encodestring(data), "8bit": data}[encoding]
    return b"\r\n".join(
        [
            *_head(sender, 'multipart/alternative; boundary="part"', headers),
            *(b"--part", b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: 8bit", b"", "Tôi trả lời.".encode()),
            *(b"--part", f'Content-Type: {kind}; charset="utf-8"; method={method}'.encode(), f"Content-Transfer-Encoding: {encoding}".encode(), b""),
            *(coded, b"--part--", b""),
        ]
    )


def letter(text: str = "Tôi đến muộn.", *, sender: str = ADDRESS, **headers: str) -> bytes:
    """Words to people."""
    return b"\r\n".join([*_head(sender, "text/plain; charset=utf-8", headers), text.encode(), b""])


def delivery_report(
    message_id: str, *, action: str = "failed", status: str = "5.1.1", returned: str = "message/rfc822", why: str = "550 no such user"
) -> bytes:
    """RFC 3464, with the message, or its headers only, as `returned`."""
    report = [
        *_head("MAILER-DAEMON@mx.example.org", 'multipart/report; report-type=delivery-status; boundary="part"', {"Auto_Submitted": "auto-replied"}),
        *(b"--part", b"Content-Type: text/plain", b"", b"I could not deliver it."),
        *(b"--part", b"Content-Type: message/delivery-status", b"", b"Reporting-MTA: dns; mx.example.org", b""),
        *(f"Final-Recipient: rfc822; {ADDRESS}".encode(), f"Action: {action}".encode(), f"Status: {status}".encode()),
        *(f"Diagnostic-Code: smtp; {why}".encode(), b""),
        *(b"--part", f"Content-Type: {returned}".encode(), b"", *_returned(message_id), b"--part--", b""),
    ]
    return b"\r\n".join(report)


def plain_bounce(
    message_id: str, *, sender: str = "Mail Delivery System <Mailer-Daemon@mx.example.org>", why: str = "550 5.1.1 no such user", **headers: str
) -> bytes:
    """A report in words, with the message quoted below them, as servers wrote before RFC 3464."""
    text = [
        "This message was created automatically by mail delivery software.",
        "",
        f"  {ADDRESS}",
        f"    {why}",
        "",
        "--- Below this line is a copy of the message.",
    ]
    return b"\r\n".join([*_head(sender, "text/plain", headers), *(line.encode() for line in text), b"", *_returned(message_id), b""])


def _returned(message_id: str) -> list[bytes]:
    return [f"From: {SERVER}".encode(), f"To: {ADDRESS}".encode(), b"Subject: Giay moi", f"Message-ID: {message_id}".encode(), b"", b"Kinh gui"]


def _head(sender: str, kind: str, headers: dict[str, str]) -> list[bytes]:
    fixed = {"From": sender, "To": SERVER, "Subject": "Accepted: Hội nghị", "Date": "Sun, 15 Jan 2023 15:00:00 +0700", "Message-ID": "<answer@example.org>"}
    fixed |= {name.replace("_", "-"): value for name, value in headers.items()}
    return [*(f"{name}: {value}".encode() for name, value in fixed.items()), b"MIME-Version: 1.0", f"Content-Type: {kind}".encode(), b""]
