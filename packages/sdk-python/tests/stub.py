"""A server of these tests, and both clients of it as one: what they do is compared call by call."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional


@dataclass
class Seen:
    method: str
    path: str
    headers: Dict[str, str]
    body: Any


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: Dict[str, str] = field(default_factory=dict)


#: Is told the request, and how many were before; ``None`` closes the connection.
Answerer = Callable[[Seen, int], Optional[Reply]]


class Stub:
    def __init__(self, answer: Answerer) -> None:
        self.seen: List[Seen] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                stub.seen.append(seen)
                reply = answer(seen, len(stub.seen) - 1)
                self.close_connection = True
                if reply is None:
                    return
                content = json.dumps(reply.body).encode()
                self.send_response(reply.status)
                kind = "application/problem+json" if reply.status >= 400 else "application/json"
                for name, value in {"content-type": kind, "connection": "close", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/ats/api/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def problem(status: int, code: str, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"status": status, "code": code, "detail": f"about {code}", "request_id": "r1"}, named)


def wait_for(awaitable: Any) -> Any:
    """What an async client answers: a value, or the items of an iterator."""

    async def collected() -> Any:
        if hasattr(awaitable, "__aiter__"):
            return [each async for each in awaitable]
        return await awaitable

    return asyncio.run(collected())
