"""Relays between two programs, which can be made to stand still without a word to either."""

import asyncio
from contextlib import closing, suppress
from threading import Thread
from typing import Any

from cluster.programs import free_port

RECEIVE_BYTES = 65_536
Address = str | tuple[str, int]


class Relays:
    """Hand on what comes to an address; cut, every line stands still as it is, and a new one finds nobody."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._ways: dict[tuple[str, int], Address] = {}
        self._servers: list[asyncio.Server] = []
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def add(self, host: str, target: Address) -> int:
        """The port of `host` from which everything goes to `target`, a socket's path or an address."""
        port = free_port()
        self._ways[host, port] = target
        self._do(self._listen(host, port, target))
        return port

    def cut(self) -> None:
        self._do(self._cut())

    def mend(self) -> None:
        self._do(self._mend())

    def close(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result()

    async def _cut(self) -> None:
        self._open.clear()
        for server in self._servers:
            server.close()
        self._servers.clear()

    async def _mend(self) -> None:
        for (host, port), target in self._ways.items():
            await self._listen(host, port, target)
        self._open.set()

    async def _end(self) -> None:
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _listen(self, host: str, port: int, target: Address) -> None:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with closing(writer), suppress(OSError, asyncio.CancelledError):
                there = await (asyncio.open_unix_connection(target) if isinstance(target, str) else asyncio.open_connection(*target))
                await asyncio.gather(self._hand_on(reader, there[1]), self._hand_on(there[0], writer))

        self._servers.append(await asyncio.start_server(take, host, port))

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                while data := await reader.read(RECEIVE_BYTES):
                    await self._open.wait()
                    writer.write(data)
                    await writer.drain()
                await self._open.wait()
        finally:
            writer.close()
