"""Link tokens: derived from the server's secret, so that the database need hold only their hashes."""

import base64
import hashlib
import hmac

TOKEN_BYTES = 20


def derive_token(secret: str, purpose: str, *parts: str | int) -> str:
    """32 characters of base32 (160 bits), the same for the same purpose and parts; unguessable without the secret."""
    message = "\x1f".join([purpose, *map(str, parts)]).encode()
    digest = hmac.digest(secret.encode(), message, "sha256")
    return base64.b32encode(digest[:TOKEN_BYTES]).decode().lower()


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for signing, the same for the same purpose; they share no prefix with any token."""
    return hmac.digest(secret.encode(), f"key\x1f{purpose}".encode(), "sha256")


def hash_token(token: str) -> str:
    """The form a token is stored and looked up in: hexadecimal SHA-256 of its lower-case letters."""
    # A browser may send half a surrogate pair, which no true token holds.
    return hashlib.sha256(token.strip().lower().encode(errors="replace")).hexdigest()
