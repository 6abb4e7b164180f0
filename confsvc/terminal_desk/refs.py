"""What a desk calls its acts."""

import time
from secrets import randbits
from uuid import UUID

RANDOM_BITS = 62
VERSION, VARIANT = 7, 0b10


def new_ref() -> str:
    """A UUID that begins with the moment (RFC 9562, section 5.7): what many desks make up in one second lies side by side in the server's index."""
    milliseconds = time.time_ns() // 1_000_000
    return str(UUID(int=milliseconds << 80 | VERSION << 76 | randbits(12) << 64 | VARIANT << RANDOM_BITS | randbits(RANDOM_BITS)))
