"""What can become of a message that is handed over."""

from typing import Protocol

from confsvc.domain.outbox import Outgoing


class DeliveryError(Exception):
    """It was not taken; `said` is what the other side said, for the organiser to read."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Refused(DeliveryError):
    """It never will be taken."""


class Delayed(DeliveryError):
    """It may be taken later, or nobody knows whether it was; `broken`: the line or the server is at fault, not the message."""

    def __init__(self, said: str, *, broken: bool = False) -> None:
        super().__init__(said)
        self.broken = broken


class Unreachable(DeliveryError):
    """Nothing can be handed over now, whatever it is."""


class Carrier(Protocol):
    """Where messages are handed over; it returns once the message is safe on the other side."""

    def deliver(self, outgoing: Outgoing) -> None:
        """Raises Refused, Delayed or Unreachable."""

    def close(self) -> None: ...
