"""Answers in the shape in which Google, Outlook with Exchange, Apple and Thunderbird send them, each with the habits of its own."""

import base64
import quopri
from datetime import UTC, datetime

import pytest

from confsvc.domain.inbound_mail import CalendarAnswer, Proposal
from confsvc.schemas.inbound_mail import read_mail

UID = "6f1c1d4e-6a1b-4c0a-9d53-2b8e0a3a7a10"
DINA = "dina@example.org"
HTML = "<p>Nguyễn Thị Dina đã từ chối lời mời này.</p>".encode()


def lines(text: str) -> bytes:
    return text.strip().replace("\n", "\r\n").encode() + b"\r\n"


GOOGLE_CALENDAR = lines(f"""
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
DTSTART:20230116T070000Z
DTEND:20230116T100000Z
DTSTAMP:20230112T031502Z
ORGANIZER;CN=UBND tỉnh:mailto:confsvc@example.gov.vn
UID:{UID}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=DECLINED;CN=Nguyễn
  Thị Dina;X-NUM-GUESTS=0;X-RESPONSE-COMMENT="Đi công tác, xin phép vắng":ma
 ilto:{DINA}
CREATED:20230110T031502Z
LAST-MODIFIED:20230112T031501Z
LOCATION:Điểm cầu trung tâm
SEQUENCE:2
STATUS:CONFIRMED
SUMMARY:Hội nghị tổng kết
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
""")
GOOGLE = (
    f"""MIME-Version: 1.0
Reply-To: Nguyen Thi Dina <{DINA}>
Sender: Google Calendar <calendar-notification@google.com>
Auto-Submitted: auto-generated
Message-ID: <calendar-1@google.com>
Date: Thu, 12 Jan 2023 03:15:02 +0000
Subject: =?UTF-8?B?xJDDoyB04burIGNo4buRaTogSOG7mWkgbmdo4buL?=
From: =?UTF-8?B?Tmd1eeG7hW4gVGjhu4sgRGluYQ==?= <{DINA}>
To: confsvc@example.gov.vn
Content-Type: multipart/mixed; boundary="000000000000a"

--000000000000a
Content-Type: multipart/alternative; boundary="000000000000b"

--000000000000b
Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes
Content-Transfer-Encoding: base64

""".encode()
    + base64.encodebytes("Đã từ chối".encode())
    + b'\n--000000000000b\nContent-Type: text/html; charset="UTF-8"\nContent-Transfer-Encoding: quoted-printable\n\n'
    + quopri.encodestring(HTML)
    + b'\n--000000000000b\nContent-Type: text/calendar; charset="UTF-8"; method=REPLY\nContent-Transfer-Encoding: 7bit\n\n'
    + GOOGLE_CALENDAR
    + b'\n--000000000000b--\n--000000000000a\nContent-Type: application/ics; name="invite.ics"\nContent-Disposition: attachment; filename="invite.ics"\n'
    + b"Content-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(GOOGLE_CALENDAR)
    + b"\n--000000000000a--\n"
)

WINDOWS_ZONE = """BEGIN:VTIMEZONE
TZID:SE Asia Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T000000
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
END:DAYLIGHT
END:VTIMEZONE"""


def exchange(method: str, partstat: str, comment: str) -> bytes:
    """Exchange sends one alternative in base64, and the calendar between the others; a comment without words is a line end."""
    calendar = lines(f"""
BEGIN:VCALENDAR
METHOD:{method}
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
{WINDOWS_ZONE}
BEGIN:VEVENT
ATTENDEE;PARTSTAT={partstat};CN=Nguyễn Thị Dina:mailto:Dina@Example.org
COMMENT;LANGUAGE=vi-VN:{comment}
UID:{UID}
SUMMARY;LANGUAGE=vi-VN:Hội nghị tổng kết
DTSTART;TZID=SE Asia Standard Time:20230117T080000
DTEND;TZID=SE Asia Standard Time:20230117T110000
CLASS:PUBLIC
PRIORITY:5
DTSTAMP:20230112T031502Z
TRANSP:OPAQUE
STATUS:CONFIRMED
SEQUENCE:2
LOCATION;LANGUAGE=vi-VN:Phòng 2
X-MICROSOFT-CDO-APPT-SEQUENCE:2
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
X-MS-OLK-ORIGINALSTART;TZID=SE Asia Standard Time:20230116T140000
END:VEVENT
END:VCALENDAR
""")
    head = f"""From: =?utf-8?B?Tmd1eeG7hW4gVGjhu4sgRGluYQ==?= <Dina@example.org>
To: UBND =?utf-8?B?dOG7iW5o?= <confsvc@example.gov.vn>
Subject: =?utf-8?B?VOG7qyBjaOG7kWk6IEjhu5lpIG5naOG7iw==?=
Thread-Topic: Hoi nghi
X-MS-Exchange-MessageSentRepresentingType: 1
X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply
In-Reply-To: <m1@example.gov.vn>
Message-ID: <SG2PR01MB@apcprd01.prod.exchangelabs.com>
MIME-Version: 1.0
Content-Type: multipart/alternative;
\tboundary="_000_SG2PR01MB_"

--_000_SG2PR01MB_
Content-Type: text/plain; charset="windows-1258"
Content-Transfer-Encoding: quoted-printable

=A0

--_000_SG2PR01MB_
Content-Type: text/calendar; charset="utf-8"; method={method}
Content-Transfer-Encoding: base64

"""
    return head.replace("\n", "\r\n").encode() + base64.encodebytes(calendar) + b"\r\n--_000_SG2PR01MB_--\r\n"


APPLE = lines(f"""
From: Dina <{DINA}>
Content-Type: multipart/mixed; boundary="Apple-Mail=_1"
Mime-Version: 1.0 (Mac OS X Mail 16.0)
Subject: Dina accepted
Message-Id: <1@icloud.com>
To: confsvc@example.gov.vn

--Apple-Mail=_1
Content-Transfer-Encoding: 7bit
Content-Type: text/plain; charset=us-ascii

Dina has accepted.

--Apple-Mail=_1
Content-Disposition: attachment; filename=iCal-1.ics
Content-Type: text/calendar; x-unix-mode=0644; name="iCal-1.ics"; method=reply
Content-Transfer-Encoding: quoted-printable

BEGIN:VCALENDAR
METHOD:REPLY
PRODID:-//Apple Inc.//macOS 14.0//EN
VERSION:2.0
BEGIN:VEVENT
UID:{UID}
ATTENDEE;CN=3D"Nguy=E1=BB=85n, Dina";CUTYPE=3DINDIVIDUAL;EMAIL=3D"{DINA}"=
;PARTSTAT=3DACCEPTED;X-CALENDARSERVER-DTSTAMP=3D"20230112T031502Z":mailto:{DINA}
DTSTAMP:20230112T031502Z
SEQUENCE:2
ORGANIZER;CN=3DUBND:mailto:confsvc@example.gov.vn
END:VEVENT
END:VCALENDAR
--Apple-Mail=_1--
""")
THUNDERBIRD = lines(f"""
From: Dina <{DINA}>
To: confsvc@example.gov.vn
MIME-Version: 1.0
Subject: =?UTF-8?Q?L=E1=BB=9Di_m=E1=BB=9Di?=
Content-Type: multipart/mixed; boundary="------------a"

--------------a
Content-Type: multipart/alternative;
 boundary="------------b"

--------------b
Content-type: text/plain; charset=UTF-8
Content-transfer-encoding: 8BIT

Dina đã nhận lời.
--------------b
Content-type: text/calendar; method=REPLY; charset=UTF-8
Content-transfer-encoding: 8BIT

BEGIN:VCALENDAR
PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN
VERSION:2.0
METHOD:REPLY
BEGIN:VEVENT
DTSTAMP:20230112T031502Z
UID:{UID}
SEQUENCE:2
ATTENDEE;PARTSTAT=ACCEPTED;CN=Dina;RSVP=TRUE:mailto:{DINA}
END:VEVENT
END:VCALENDAR
--------------b--
--------------a--
""")
STAMP = datetime(2023, 1, 12, 3, 15, 2, tzinfo=UTC)
WISH = Proposal(datetime(2023, 1, 17, 1, tzinfo=UTC), datetime(2023, 1, 17, 4, tzinfo=UTC), "Phòng 2")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (GOOGLE, CalendarAnswer("REPLY", UID, DINA, "DECLINED", 2, STAMP, "Đi công tác, xin phép vắng")),
        (exchange("REPLY", "DECLINED", "Bận họp\\, xin lỗi\\n"), CalendarAnswer("REPLY", UID, DINA, "DECLINED", 2, STAMP, "Bận họp, xin lỗi")),
        (exchange("REPLY", "ACCEPTED", "\\n"), CalendarAnswer("REPLY", UID, DINA, "ACCEPTED", 2, STAMP)),
        (exchange("COUNTER", "TENTATIVE", "\\n"), CalendarAnswer("COUNTER", UID, DINA, "TENTATIVE", 2, STAMP, proposal=WISH)),
        (APPLE, CalendarAnswer("REPLY", UID, DINA, "ACCEPTED", 2, STAMP)),
        (THUNDERBIRD, CalendarAnswer("REPLY", UID, DINA, "ACCEPTED", 2, STAMP)),
    ],
    ids=["google", "exchange declines", "exchange accepts", "exchange proposes", "apple", "thunderbird"],
)
def test_answers_of_clients_are_read(data: bytes, answer: CalendarAnswer) -> None:
    mail = read_mail(data)
    assert mail.answers == (answer,)
    assert (mail.sender, mail.bounce) == (DINA, None)
    assert mail.subject.isprintable()
