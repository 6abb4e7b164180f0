"""The load client speaks the live protocol with the real server."""

import json
from collections.abc import Callable
from uuid import uuid4

from confsvc.domain.tokens import hash_token
from confsvc.drill.desks import BOARD, Desk, check_in, is_ok, number_in, record
from confsvc.drill.wire import Connection, Wire
from confsvc.models import Conference
from confsvc.models import Desk as DeskRow
from tests.drill.conftest import Hall
from tests.live.conftest import WAIT_SECONDS

AtDesk = Callable[..., Desk]


class Ear:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[Connection] = []
        self.messages: list[bytes] = []
        self.ends: list[str] = []

    def opened(self, line: Connection) -> None:
        self.lines.append(line)

    def heard(self, line: Connection, message: bytes) -> None:
        self.messages.append(message)

    def closed(self, line: Connection, why: str) -> None:
        self.ends.append(why)


def test_check_ins_by_pass_and_by_name_are_answered_each_to_its_own(wire: Wire, hall: Hall, at_desk: AtDesk) -> None:
    desk, answers = at_desk(), dict[int, bytes]()
    for n, (code, delegate_id) in enumerate(zip(hall.codes, hall.delegate_ids, strict=True)):
        who = {"code": code} if n % 2 else {"delegate_id": delegate_id}
        desk.call("check_in", check_in(str(uuid4()), **who), lambda ack, n=n: answers.__setitem__(n, ack))  # type: ignore[misc]  # a lambda with a default
    assert wire.run_until(lambda: len(answers) == len(hall.codes), WAIT_SECONDS)
    found = {n: json.loads(ack) for n, ack in answers.items()}
    assert [found[n]["row"]["id"] for n in sorted(found)] == hall.delegate_ids
    assert {one["verdict"]["verdict"] for one in found.values()} == {"accepted"}
    assert [number_in(answers[n], b"revision") for n in sorted(found)] == [found[n]["revision"] for n in sorted(found)]
    assert all(map(is_ok, answers.values()))


def test_a_queue_is_recorded_as_one(wire: Wire, hall: Hall, at_desk: AtDesk) -> None:
    answers: list[bytes] = []
    at_desk().call("record", record([check_in(str(uuid4()), code=code) for code in hall.codes]), answers.append)
    assert wire.run_until(lambda: bool(answers), WAIT_SECONDS)
    results = json.loads(answers[0])["results"]
    assert [result["verdict"]["verdict"] for result in results] == ["accepted"] * len(hall.codes)


def test_an_error_is_no_yes(wire: Wire, at_desk: AtDesk) -> None:
    answers: list[bytes] = []
    at_desk().call("check_in", "{}", answers.append)
    assert wire.run_until(lambda: bool(answers), WAIT_SECONDS)
    assert not is_ok(answers[0])
    assert json.loads(answers[0])["error"]["code"] == "malformed"


def test_a_stranger_is_told_why_the_line_was_refused(wire: Wire) -> None:
    ends: list[str] = []
    Desk(wire, "a cookie that was never a desk's", closed=lambda desk: ends.append(desk.why)).open()
    assert wire.run_until(lambda: bool(ends), WAIT_SECONDS)
    assert ends == ["desk_unknown"]
    assert wire.lines == set()


def test_a_server_that_is_not_there_is_told(unused_port: int) -> None:
    wire, ends = Wire(f"http://127.0.0.1:{unused_port}"), list[str]()
    Desk(wire, "cookie", closed=lambda desk: ends.append(desk.why)).open()
    assert wire.run_until(lambda: bool(ends), WAIT_SECONDS)
    assert wire.lines == set()
    wire.close()


def test_a_desk_comes_back_after_a_cut_and_its_act_counts_once(wire: Wire, hall: Hall, at_desk: AtDesk) -> None:
    desk, answers = at_desk(), list[bytes]()
    payload = check_in(str(uuid4()), code=hall.codes[0])
    for times in (1, 2):
        desk.call("check_in", payload, answers.append)
        assert wire.run_until(lambda n=times: len(answers) == n, WAIT_SECONDS)  # type: ignore[misc]  # as above
        desk.close(cut=True)
        desk.open()
        assert wire.run_until(lambda: desk.is_open, WAIT_SECONDS)
    assert [json.loads(ack)["verdict"]["verdict"] for ack in answers] == ["accepted"] * 2
    with hall.service.begin() as work:
        conference = work.session.get(Conference, hall.conference.id)
        assert conference
        assert conference.revision == 1


def test_frames_of_any_length_go_both_ways(wire: Wire, hall: Hall, at_desk: AtDesk) -> None:
    desk, answers = at_desk(), list[bytes]()
    for length in (100, 300, 60_000):
        desk.call("sync", json.dumps({"since": None, "ignored": "x" * length}), answers.append)
    assert wire.run_until(lambda: len(answers) == 3, WAIT_SECONDS)
    assert [len(json.loads(ack)["roster"]) for ack in answers] == [len(hall.codes)] * 3


def test_a_board_hears_frames_that_rise(wire: Wire, hall: Hall, at_desk: AtDesk) -> None:
    with hall.service.begin() as work:
        conference = work.session.get(Conference, hall.conference.id)
        assert conference
        conference.board_token_hash = hash_token(token := f"board {hall.conference.id}")
    ear = Ear()
    wire.open(BOARD, ear, auth={"token": token})
    assert wire.run_until(lambda: bool(ear.lines), WAIT_SECONDS)
    at_desk().call("check_in", check_in(str(uuid4()), code=hall.codes[0]), lambda ack: None)

    def shown() -> bool:
        return any(message.startswith(b'["tallied"') and number_in(message, b"revision") == 1 for message in ear.messages)

    assert wire.run_until(shown, WAIT_SECONDS)


def test_a_line_that_reads_nothing_keeps_nothing(wire: Wire, hall: Hall, at_desk: AtDesk) -> None:
    deaf, desk = at_desk(), at_desk()
    assert deaf.line
    deaf.line.stop_reading()
    answers: list[bytes] = []
    deaf.call("sync", '{"since":null}', answers.append)
    desk.call("sync", '{"since":null}', answers.append)
    assert wire.run_until(lambda: bool(answers), WAIT_SECONDS)
    wire.turn(0.05)
    assert len(answers) == 1
    assert deaf.line.unanswered == 1


def test_a_revoked_desk_hears_it(wire: Wire, hall: Hall, at_desk: AtDesk) -> None:
    desk, answers = at_desk(), list[bytes]()
    with hall.service.begin() as work:
        row = work.session.query(DeskRow).filter_by(token_hash=hash_token(hall.cookie)).one()
        row.revoked_at = work.now
    desk.call("sync", '{"since":null}', answers.append)
    assert wire.run_until(lambda: bool(answers), WAIT_SECONDS)
    assert json.loads(answers[0])["error"]["code"] == "desk_revoked"
