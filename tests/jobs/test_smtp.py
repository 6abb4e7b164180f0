"""Handing messages to mail servers, good and bad: each ends in taken, refused, later, or nothing can be sent now, and in time."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from confsvc.domain.outbox import Outgoing
from confsvc.jobs.delivery import Delayed, DeliveryError, Refused, Unreachable
from confsvc.jobs.smtp import Mailserver, SmtpCarrier
from tests.jobs.mail_servers import HOST, Line, Talk, bad_server, free_port, make_certificate, real_server

SECONDS = 1.0
DATA = b"Subject: x\r\n\r\n.a line that begins with a dot\r\n..two\r\n"


def server_at(port: int, **changes: object) -> Mailserver:
    return replace(Mailserver(HOST, port, "none", "", "", "", SECONDS), **changes)  # type: ignore[arg-type]


def message(n: int = 0, data: bytes = DATA) -> Outgoing:
    return Outgoing(n, f"<{n}@example.org>", "hop@example.org", f"nguoi-{n}@example.org", data)


def test_many_messages_go_over_one_line_byte_for_byte() -> None:
    with real_server() as kept:
        carrier = SmtpCarrier(server_at(kept.port))
        for n in range(3):
            carrier.deliver(message(n))
        carrier.close()
        assert kept.messages == [("hop@example.org", f"nguoi-{n}@example.org", DATA) for n in range(3)]
        assert kept.lines == 1


def test_a_closed_line_is_opened_again() -> None:
    with real_server() as kept:
        carrier = SmtpCarrier(server_at(kept.port))
        carrier.deliver(message(0))
        carrier.close()
        carrier.deliver(message(1))
        carrier.close()
        assert (kept.recipients(), kept.lines) == (["nguoi-0@example.org", "nguoi-1@example.org"], 2)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("550 5.1.1 no such user", Refused),
        ("554 5.7.1 spam", Refused),
        ("450 4.2.1 busy", Delayed),
        ("452 4.2.2 full for now", Delayed),
        ("530 5.7.0 sign in first", Unreachable),
    ],
)
def test_one_refused_recipient_says_nothing_of_the_next(reply: str, error: type[DeliveryError]) -> None:
    with real_server() as kept:
        kept.refusals["nguoi-0@example.org"] = reply
        carrier = SmtpCarrier(server_at(kept.port))
        with pytest.raises(error) as told:
            carrier.deliver(message(0))
        assert told.value.said == reply
        assert not getattr(told.value, "broken", False)
        carrier.deliver(message(1))
        carrier.close()
        assert (kept.recipients(), kept.lines) == (["nguoi-1@example.org"], 1)


def test_a_message_that_is_too_large_is_refused_before_it_is_sent() -> None:
    with real_server(data_size_limit=1000) as kept:
        carrier = SmtpCarrier(server_at(kept.port))
        with pytest.raises(Refused):
            carrier.deliver(message(data=b"x" * 2000))
        carrier.deliver(message(1))
        carrier.close()
        assert kept.recipients() == ["nguoi-1@example.org"]


def hang(line: Line) -> None:
    line.wait()


def drip(line: Line) -> None:
    """A greeting that never ends, a byte at a time, each well within any timeout of one read."""
    while not line.ended.wait(0.05):
        line.send(b"2")


def chatter(line: Line) -> None:
    """A reply of endless lines."""
    while not line.ended.wait(0.02):
        line.say("220-still there")


def answer(greeting: str) -> Talk:
    return lambda line: line.say(greeting)


def refuse_the_sender(line: Line) -> None:
    line.obey("MAIL")
    line.say("553 5.7.1 not your address")


def vanish(line: Line) -> None:
    """Hang up at once."""


def vanish_at(command: str) -> Talk:
    return lambda line: line.obey(command)


def vanish_within_the_words(line: Line) -> None:
    line.obey("DATA")
    line.say("354 go on")
    line.hear()


def hang_after_the_words(line: Line) -> None:
    line.obey("DATA")
    line.say("354 go on")
    line.read_words()
    line.wait()


def drip_after_the_words(line: Line) -> None:
    line.obey("DATA")
    line.say("354 go on")
    line.read_words()
    drip(line)


def hang_at_the_second(line: Line) -> None:
    line.obey("DATA")
    line.say("354 go on")
    line.read_words()
    line.say("250 taken")
    line.wait()


def say_half_a_reply(line: Line) -> None:
    line.obey("DATA")
    line.say("354 go on")
    line.read_words()
    line.send(b"250")


def after_the_words(reply: str) -> Talk:
    def talk(line: Line) -> None:
        line.obey("DATA")
        line.say("354 go on")
        line.read_words()
        line.say(reply)
        line.obey("QUIT")

    return talk


def read_nothing(line: Line) -> None:
    line.obey("DATA")
    line.say("354 go on")
    line.wait()


def refuse_the_words(line: Line) -> None:
    line.obey("DATA")
    line.say("554 5.3.4 no")
    line.obey("QUIT")


def begin_in_garbage(line: Line) -> None:
    line.send(b"\x00\xff" * 40 + b"\r\n")
    line.wait()


def speak_garbage(line: Line) -> None:
    line.obey("RCPT")
    line.say("öäü ???")
    line.wait()


@pytest.mark.parametrize(
    ("talk", "error", "broken"),
    [
        pytest.param(hang, Unreachable, None, id="no greeting"),
        pytest.param(drip, Unreachable, None, id="drips the greeting"),
        pytest.param(chatter, Unreachable, None, id="endless greeting"),
        pytest.param(vanish, Unreachable, None, id="hangs up at once"),
        pytest.param(begin_in_garbage, Unreachable, None, id="garbage for a greeting"),
        pytest.param(answer("421 4.3.2 closing"), Unreachable, None, id="greets with 421"),
        pytest.param(answer("554 5.7.1 not you"), Unreachable, None, id="greets with 554"),
        pytest.param(vanish_at("EHLO"), Unreachable, None, id="hangs up at EHLO"),
        pytest.param(refuse_the_sender, Unreachable, None, id="refuses the sender"),
        pytest.param(vanish_at("MAIL"), Delayed, True, id="hangs up at MAIL"),
        pytest.param(vanish_at("RCPT"), Delayed, True, id="hangs up at RCPT"),
        pytest.param(speak_garbage, Delayed, True, id="garbage for a reply"),
        pytest.param(refuse_the_words, Refused, None, id="refuses the words beforehand"),
        pytest.param(read_nothing, Delayed, True, id="reads nothing"),
        pytest.param(vanish_within_the_words, Delayed, True, id="drops within the words"),
        pytest.param(hang_after_the_words, Delayed, True, id="hangs after the words"),
        pytest.param(drip_after_the_words, Delayed, True, id="drips after the words"),
        pytest.param(say_half_a_reply, Delayed, True, id="says half a reply"),
        pytest.param(after_the_words("550 5.7.1 spam"), Refused, None, id="refuses the words"),
        pytest.param(after_the_words("451 4.3.0 later"), Delayed, False, id="wants the words later"),
        pytest.param(after_the_words("421 4.3.2 closing"), Delayed, True, id="closes after the words"),
    ],
)
def test_a_bad_server_has_one_outcome_in_time(talk: Talk, error: type[DeliveryError], broken: bool | None) -> None:
    began = time.monotonic()
    with bad_server(talk) as port:
        carrier = SmtpCarrier(server_at(port, seconds=0.4))
        with pytest.raises(error) as told:
            carrier.deliver(message(data=b"x" * 6_000_000 if talk is read_nothing else DATA))
        assert getattr(told.value, "broken", None) == broken
        assert told.value.said
        carrier.close()
    assert time.monotonic() - began < 2


def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    with pytest.raises(Unreachable):
        SmtpCarrier(server_at(free_port())).deliver(message())


def test_a_name_that_nobody_has_cannot_be_reached() -> None:
    with pytest.raises(Unreachable):
        SmtpCarrier(server_at(25, host="mail.invalid")).deliver(message())


def test_a_line_that_was_ended_while_nothing_was_sent_costs_no_attempt() -> None:
    lines: list[int] = []

    def end_after_one(line: Line) -> None:
        lines.append(1)
        line.obey("DATA")
        line.say("354 go on")
        line.read_words()
        line.say("250 taken")

    with bad_server(end_after_one) as port:
        carrier = SmtpCarrier(server_at(port))
        for n in range(3):
            carrier.deliver(message(n))
        carrier.close()
    assert len(lines) == 3


def test_a_dead_line_leaves_the_new_one_no_more_time_than_any() -> None:
    talks = iter([hang_at_the_second, drip])

    with bad_server(lambda line: next(talks)(line)) as port:
        carrier = SmtpCarrier(server_at(port, seconds=0.4))
        carrier.deliver(message(0))
        began = time.monotonic()
        with pytest.raises(Unreachable):
            carrier.deliver(message(1))
        carrier.close()
        assert time.monotonic() - began < 2


def test_an_address_in_letters_of_its_own_is_told_in_ascii() -> None:
    with real_server() as kept:
        carrier = SmtpCarrier(server_at(kept.port))
        carrier.deliver(replace(message(), recipient="dina@đồng.vn"))
        carrier.close()
        assert kept.recipients() == ["dina@xn--ng-pma6851a.vn"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_trusted_server_is_spoken_to_in_secret(tmp_path: Path, security: str) -> None:
    context, trusted = make_certificate(tmp_path)
    options = {"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}
    with real_server(**options) as kept:
        carrier = SmtpCarrier(server_at(kept.port, host="localhost", security=security, ca_file=str(trusted), seconds=5))
        carrier.deliver(message(0))
        carrier.deliver(message(1))
        carrier.close()
        assert kept.recipients() == ["nguoi-0@example.org", "nguoi-1@example.org"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("name", ["localhost", "other.example.org"])
def test_a_server_that_is_not_who_it_should_be_gets_nothing(tmp_path: Path, security: str, name: str) -> None:
    context, trusted = make_certificate(tmp_path, name)
    options = {"tls_context": context} if security == "starttls" else {"ssl_context": context}
    with real_server(**options) as kept:
        ca_file = str(trusted) if name == "other.example.org" else ""
        carrier = SmtpCarrier(server_at(kept.port, host="localhost", security=security, ca_file=ca_file, user="hop", password="khoa nha", seconds=5))
        with pytest.raises(Unreachable) as told:
            carrier.deliver(message())
        assert "certificate" in told.value.said
        assert (kept.messages, kept.sign_ins) == ([], [])


def test_a_handshake_that_never_ends_is_ended() -> None:
    def fall_silent(line: Line) -> None:
        line.say("220 ready")
        line.hear()
        line.send(b"250-here\r\n250 STARTTLS\r\n")
        line.hear()
        line.say("220 go on")
        line.wait()

    began = time.monotonic()
    with bad_server(fall_silent) as port, pytest.raises(Unreachable):
        SmtpCarrier(server_at(port, security="starttls", seconds=0.4)).deliver(message())
    assert time.monotonic() - began < 2


def test_a_server_without_tls_gets_nothing_where_tls_is_wanted() -> None:
    with real_server() as kept:
        with pytest.raises(Unreachable):
            SmtpCarrier(server_at(kept.port, security="starttls")).deliver(message())
        assert kept.messages == []


def test_a_password_opens_the_server(tmp_path: Path) -> None:
    context, trusted = make_certificate(tmp_path)
    with real_server(tls_context=context, signs_in=True) as kept:
        way = server_at(kept.port, host="localhost", security="starttls", ca_file=str(trusted), user="hop", password="khoa nha", seconds=5)
        carrier = SmtpCarrier(way)
        carrier.deliver(message())
        carrier.close()
        assert kept.recipients() == ["nguoi-0@example.org"]
        with pytest.raises(Unreachable, match="credentials invalid"):
            SmtpCarrier(replace(way, password="sai")).deliver(message(1))


def test_a_password_is_not_sent_in_the_open() -> None:
    with bad_server(vanish_at("AUTH")) as port:
        carrier = SmtpCarrier(server_at(port, user="hop", password="x"))
        carrier._server = replace(carrier._server, host="mail.invalid")
        with pytest.raises(Unreachable):
            carrier.deliver(message())
