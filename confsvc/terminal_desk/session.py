"""One run of the desk: lines in, replies out, news beside them, and the exit status at the end."""

from collections.abc import Iterable
from typing import Any, TextIO

from confsvc.terminal_desk.answers import GOOD, Answers, Reply
from confsvc.terminal_desk.desk import Desk
from confsvc.terminal_desk.screen import Screen
from confsvc.terminal_desk.store import Store
from confsvc.terminal_desk.talk import Talk
from confsvc.terminal_desk.texts import Texts

WELL, REFUSED, WAITS = 0, 1, 3


class Session:
    """A desk that talks to one operator."""

    def __init__(self, store: Store, texts: Texts, screen: Screen | None = None) -> None:
        self._store, self._screen = store, screen or Screen(texts)
        self._answers = Answers(texts, (store.fact("conference") or {}).get("timezone") or "UTC")
        self._desk = Desk(store, self._tell)

    def run(self, lines: TextIO) -> int:
        """Answer every line until they end or `quit` comes."""
        self._desk.start()
        self._greet()
        talk, all_well = Talk(self._desk, self._answers), True
        try:
            for line in self._typed(lines):
                reply = talk.hear(line)
                self._screen.show(reply)
                all_well &= reply.word in (*GOOD, "waiting")
                if talk.over:
                    break
        except KeyboardInterrupt:
            pass
        finally:
            self._desk.stop()
        if not all_well:
            return REFUSED
        return WAITS if self._store.count_waiting() else WELL

    def deliver(self) -> None:
        """Send what waits, and nothing else."""
        self._desk.start()
        self._desk.stop()

    def _typed(self, lines: TextIO) -> Iterable[str]:
        self._screen.prompt()
        for line in lines:
            if line.strip():
                yield line
            self._screen.prompt()

    def _greet(self) -> None:
        with self._desk.turn:
            desk, site, conference = (self._store.fact(name) for name in ("desk", "site", "conference"))
        rehearsal = f"{self._answers.say('rehearsal')} " if conference.get("rehearsal") else ""
        self._answers = Answers(self._answers.texts, conference.get("timezone") or "UTC")
        where = self._answers.say("greeting", desk=desk["name"], site=site["name"], conference=conference["title"])
        self._screen.tell(Reply("info", f"{rehearsal}{where}. {self._answers.say('help_hint')}"))
        if not (self._desk.online or self._desk.ended):
            self._screen.tell(Reply("waiting", self._answers.say("no_line", count=self._store.count_waiting())))

    def _tell(self, event: str, what: Any) -> None:
        """News from the courier's thread."""
        for reply in getattr(self, f"_news_{event}")(what):
            self._screen.tell(reply)

    def _news_line(self, online: bool) -> list[Reply]:
        return [Reply("info", self._answers.say("line_back"))] if online else [Reply("waiting", self._answers.say("line_gone"))]

    def _news_late(self, outcomes: list[Any]) -> list[Reply]:
        """How many acts went up, and each of them that did not count."""
        replies = [(outcome, self._answers.reply(outcome)) for outcome in outcomes]
        bad = [
            reply._replace(text=f"{self._answers.say('sent_later', when=self._answers.when(outcome.act.payload['occurred_at']))} — {reply.text}")
            for outcome, reply in replies
            if reply.word in ("refused", "asks")
        ]
        return [Reply("info", self._answers.say("sent", count=len(outcomes))), *bad]

    def _news_ended(self, what: Any) -> list[Reply]:
        code, handed = what
        replies = [Reply("refused", self._answers.say(code))]
        if handed.handed:
            replies.append(Reply("info", self._answers.say("handed_over", count=handed.handed)))
        if handed.left:
            replies.append(Reply("not_noted", self._answers.say("not_handed_over", count=handed.left, why=handed.why)))
        return replies

    def _news_disk(self, why: str) -> list[Reply]:
        return [Reply("not_noted", self._answers.say("disk", why=why))]

    def _news_unreadable(self, why: str) -> list[Reply]:
        return [Reply("waiting", self._answers.say("unreadable", why=why))]
