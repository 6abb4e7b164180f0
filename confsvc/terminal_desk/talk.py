"""From a line that was typed or scanned to the reply: acts, searches, numbered choices and the other commands."""

from collections.abc import Callable
from typing import Any

from confsvc.terminal_desk.answers import Answers, Reply
from confsvc.terminal_desk.desk import Desk
from confsvc.terminal_desk.fields import NotThis, count_of, fields_of, rank_of, text_of
from confsvc.terminal_desk.passes import code_of, is_code
from confsvc.terminal_desk.roster import Row, fold
from confsvc.terminal_desk.store import NotKept

MOST_SHOWN = 20
# Each command by its words; the Vietnamese ones are compared without marks and never are a name, for they are hyphenated.
WORDS = {
    "leave": ("leave", "ra-ve"),
    "undo": ("undo", "hoan-tac"),
    "undo_leave": ("undo-leave", "hoan-tac-ra-ve"),
    "substitute": ("substitute", "di-thay"),
    "undo_substitute": ("undo-substitute", "hoan-tac-di-thay"),
    "walk_in": ("walk-in", "vang-lai"),
    "headcount": ("headcount", "dem-nguoi"),
    "list": ("list", "danh-sach"),
    "missing": ("missing", "con-thieu"),
    "waiting": ("waiting", "cho-gui"),
    "sync": ("sync", "dong-bo"),
    "find": ("find", "tim-ten"),
    "help": ("help", "tro-giup"),
    "quit": ("quit", "ket-thuc"),
}
COMMANDS = {word: name for name, words in WORDS.items() for word in words}


class Talk:
    """Answers one line after the other; `quit` sets `over`."""

    def __init__(self, desk: Desk, answers: Answers) -> None:
        self._desk, self._answers = desk, answers
        self._choices: list[Row] = []
        self._chosen: Callable[[Row], Reply] = self._check_in
        self.over = False

    def hear(self, line: str) -> Reply:
        """The reply to this line; nothing in it makes the desk stop."""
        text = line.strip()
        first, _, rest = text.partition(" ")
        command = COMMANDS.get(fold(first))
        try:
            if command:
                reply: Reply = getattr(self, f"_do_{command}")(rest.strip())
                return reply
            if text.isdecimal():
                return self._choose(int(text))
            if is_code(text):
                return self._act("check_in", method="scan", code=code_of(text))
            return self._on_person(text, self._check_in)
        except NotThis as wrong:
            return Reply(
                "not_understood", self._answers.say(*wrong.args, **wrong.values) if wrong.args else self._answers.say("usage", usage=self._usage(command))
            )
        except NotKept as error:
            return Reply("not_noted", self._answers.say("disk", why=error))

    def _usage(self, command: str | None) -> str:
        """How a command is written, both its words first."""
        return " ".join(filter(None, [" = ".join(WORDS[command]), self._answers.texts.get(f"usage_{command}")])) if command else self._answers.say("help_hint")

    def _act(self, name: str, /, **fields: Any) -> Reply:
        if self._desk.ended:
            return Reply("refused", self._answers.say(self._desk.ended))
        return self._answers.reply(self._desk.record(name, **fields))

    # Who is meant

    def _on_person(self, text: str, action: Callable[[Row], Reply], among: "set[int] | None" = None) -> Reply:
        """Do it where a pass or a whole name says who; else offer numbers."""
        if not text:
            raise NotThis
        with self._desk.turn:
            found = self._meant(text, among)
            sure = len(found) == 1 and (is_code(text) or self._desk.roster.is_whole_name(text, found[0]))
        if sure:
            return action(found[0])
        if not found:
            return Reply("nobody", self._answers.say("no_such_person", text=text[: MOST_SHOWN * 4]))
        self._choices, self._chosen = found[:MOST_SHOWN], action
        more = self._more(len(found))
        return Reply("choose", more, tuple(f"{number} {self._described(row)}" for number, row in enumerate(self._choices, 1)))

    def _meant(self, text: str, among: "set[int] | None") -> list[Row]:
        if is_code(text):
            judged = self._desk.roster.judge(text)
            row = self._desk.roster.row(judged.person) if judged else None
            return [row] if row and (among is None or row["id"] in among) else []
        return [row for row in self._desk.roster.search(text) if among is None or row["id"] in among]

    def _choose(self, number: int) -> Reply:
        if not 1 <= number <= len(self._choices):
            raise NotThis("no_such_number", number=number)
        row, self._choices = self._choices[number - 1], []
        return self._chosen(row)

    def _described(self, row: Row) -> str:
        return f"{self._answers.person(row)} ({self._answers.say('state_' + row['state'])})"

    def _more(self, count: int) -> str:
        return self._answers.say("more", count=count - MOST_SHOWN) if count > MOST_SHOWN else ""

    # Acts

    def _check_in(self, row: Row) -> Reply:
        return self._act("check_in", method="name", delegate_id=row["id"])

    def _do_leave(self, text: str) -> Reply:
        if is_code(text):
            return self._act("leave", method="scan", code=code_of(text))
        return self._on_person(text, lambda row: self._act("leave", method="name", delegate_id=row["id"]))

    def _do_undo(self, text: str) -> Reply:
        return self._undo("undo_check_in", text)

    def _do_undo_leave(self, text: str) -> Reply:
        return self._undo("undo_leave", text)

    def _undo(self, act: str, text: str) -> Reply:
        who, reason = fields_of(text, 2)
        told = text_of("reason", reason)
        return self._on_person(who, lambda row: self._act(act, delegate_id=row["id"], reason=told))

    def _do_substitute(self, text: str) -> Reply:
        who, name, position, rank, reason = fields_of(text, 5)
        told = {"name": text_of("name", name), "position": text_of("position", position), "rank": rank_of(rank), "reason": text_of("reason", reason)}
        return self._on_person(who, lambda row: self._act("substitute", delegate_id=row["id"], **told))

    def _do_undo_substitute(self, text: str) -> Reply:
        who, reason = fields_of(text, 2)
        told, noted = text_of("reason", reason), self._desk.store.substitutes()
        reply = self._on_person(who, lambda row: self._act("withdraw_substitute", substitution=noted[row["id"]], reason=told), set(noted))
        return Reply("nobody", self._answers.say("no_substitution")) if reply.word == "nobody" else reply

    def _do_walk_in(self, text: str) -> Reply:
        name, position, unit = fields_of(text, 3)
        return self._act("walk_in", name=text_of("name", name), position=text_of("position", position), unit=text_of("unit", unit))

    def _do_headcount(self, text: str) -> Reply:
        count, reason = fields_of(text, 2, least=1)
        return self._act("count_heads", count=count_of(count), reason=text_of("reason", reason, least=0))

    # Questions

    def _do_find(self, text: str) -> Reply:
        return self._on_person(text, self._check_in)

    def _do_list(self, text: str) -> Reply:
        return self._those("here", "present", text)

    def _do_missing(self, text: str) -> Reply:
        return self._those("missing", "not_yet", text)

    def _those(self, title: str, state: str, text: str) -> Reply:
        with self._desk.turn:
            known = self._desk.roster.search(text) if text else self._desk.roster.people()
        rows = [row for row in known if row["state"] == state]
        shown = tuple(self._answers.person(row) for row in rows)
        return Reply("info", self._answers.say(title, count=len(rows)), shown)

    def _do_waiting(self, _: str) -> Reply:
        return Reply("info", self._answers.say("waiting_count", count=self._desk.store.count_waiting()))

    def _do_sync(self, _: str) -> Reply:
        fetched = self._desk.fetch()
        if self._desk.ended:
            return Reply("refused", self._answers.say(self._desk.ended))
        if not fetched:
            return Reply("waiting", self._answers.say("no_line", count=self._desk.store.count_waiting()))
        counts = self._desk.store.fact("counts")
        return Reply("info", self._answers.say("synced", here=counts["present"], summoned=counts["summoned"]))

    def _do_help(self, _: str) -> Reply:
        lines = tuple(self._usage(name) for name in WORDS)
        return Reply("info", self._answers.say("help_hint"), lines)

    def _do_quit(self, _: str) -> Reply:
        self.over = True
        return Reply("info", self._answers.say("waiting_count", count=self._desk.store.count_waiting()))
