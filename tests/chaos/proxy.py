"""A TCP proxy whose connections can be cut, slowed or held, from another thread."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any

CHUNK = 65_536


class Proxy:
    """Passes on what comes to `port` to another port of the loopback interface."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0  # seconds before each piece is passed on
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._do(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Resets every connection; new ones are taken."""
        self._loop.call_soon_threadsafe(self._cut)

    def hold(self) -> None:
        """Passes nothing on, as a network that swallows every packet, until `release`."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def release(self) -> None:
        """Passes on what was held, and what comes."""
        self._loop.call_soon_threadsafe(self._open.set)

    def close(self) -> None:
        """Ends all connections and listens no more."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _cut(self) -> None:
        for writer in self._writers:
            _reset(writer)

    async def _end(self) -> None:
        self._server.close()
        self._open.set()
        self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=5) if others else None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:  # nobody listens behind us: so nobody listens here
            _reset(writer)
            return
        self._writers |= {writer, onward[1]}
        try:
            await asyncio.gather(self._pass(reader, onward[1]), self._pass(onward[0], writer))
        finally:
            self._writers -= {writer, onward[1]}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(CHUNK):
                await asyncio.sleep(self.delay)
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass  # one side is gone; the other is told below
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection so that the other side gets an RST."""
    if not writer.is_closing():
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
