"""A mail server in a process of its own, which keeps what it took when the one that sends is killed: `python -m tests.crash.mail_server PORT FILE`."""

import asyncio
import os
import sys
from email import message_from_bytes
from random import Random

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

# So long it may take between keeping a message and saying so: the sender that is killed then cannot know.
LONGEST_SILENCE_SECONDS = 0.004


class Keeper:
    """Adds a line for each message it takes, "Message-ID recipient", before it says that it took it."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._random = Random(path)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        name = message_from_bytes(content)["Message-ID"]
        os.write(self._file, "".join(f"{name} {recipient}\n" for recipient in envelope.rcpt_tos).encode())
        await asyncio.sleep(self._random.uniform(0, LONGEST_SILENCE_SECONDS))
        return "250 taken"


def main(port: int, path: str) -> None:
    """Serve until standard input ends."""
    server = Controller(Keeper(path), hostname="127.0.0.1", port=port)
    server.start()
    print("listens", flush=True)  # noqa: T201 - what whoever started it waits for
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
