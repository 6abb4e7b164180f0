"""Frames of WebSocket (RFC 6455, section 5) at the speed of C: gevent-websocket looks at every byte in Python."""

TEXT = 0x81  # the last part, and the only one, of a text
CLOSE = 0x88
SHORT, MIDDLE = 126, 2**16


def text_frame(text: str) -> bytes:
    """A whole unmasked message, as a server sends it: the same for every receiver."""
    payload = text.encode()
    size = len(payload)
    if size < SHORT:
        return bytes((TEXT, size)) + payload
    if size < MIDDLE:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: int) -> bytes:
    """The last frame of a side, with the reason for it as one of the codes of section 7.4."""
    return bytes((CLOSE, 2)) + code.to_bytes(2, "big")


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """What a client has sent: every byte is crossed with one of the four of its mask, in turn; here all of them as one number."""
    size = len(payload)
    crossed = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(crossed, "little")).to_bytes(size, "little")
