"""The terminal: one line for each answer, and nothing in it that a terminal would obey."""

import os
import sys
from typing import TextIO

from confsvc.terminal_desk.answers import Reply
from confsvc.terminal_desk.harmless import harmless
from confsvc.terminal_desk.texts import Texts

COLOURS = {"accepted": 32, "info": 36, "choose": 36, "refused": 31, "nobody": 31, "not_noted": 41, "not_understood": 31}
OTHER_COLOUR = 33


class Screen:
    """Answers go to `out`; news that nobody asked for goes to `news`, so that a pipe gets one line out for each line in."""

    def __init__(self, texts: Texts, out: TextIO = sys.stdout, news: TextIO = sys.stderr) -> None:
        self._texts, self._out, self._news = texts, out, news
        self.is_terminal = out.isatty()

    def show(self, reply: Reply) -> None:
        """One line; the further lines of a list follow it on a terminal and are joined to it in a pipe."""
        lines = [harmless(line) for line in reply.lines]
        if not self.is_terminal and lines:
            self._write(self._out, reply._replace(text="; ".join(filter(None, [reply.text, *lines]))))
            return
        self._write(self._out, reply)
        for line in lines:
            self._out.write(f"  {line}\n")
        self._out.flush()

    def tell(self, reply: Reply) -> None:
        self._write(self._news, reply)

    def prompt(self) -> None:
        if self.is_terminal:
            self._out.write("> ")
            self._out.flush()

    def _write(self, stream: TextIO, reply: Reply) -> None:
        word = self._texts[reply.word]
        if stream.isatty() and not os.environ.get("NO_COLOR"):
            word = f"\x1b[1;{COLOURS.get(reply.word, OTHER_COLOUR)}m{word}\x1b[0m"
        bell = "\a" if reply.word == "not_noted" and stream.isatty() else ""
        stream.write(f"{bell}{word}{': ' if reply.text else ''}{harmless(reply.text)}\n")
        stream.flush()
