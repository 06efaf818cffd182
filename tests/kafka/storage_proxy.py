"""A reverse proxy before an S3 server that answers 500, or closes connections, when it is told to.

Everything is passed on byte by byte: request line, header lines with Host and what is signed,
bodies with their chunks. A 500 is either answered instead of passing the request on, which then has
no effect; or in place of the server's own answer, when the effect has taken place. A client cannot
tell one from the other.
"""

import contextlib
import random
import socket
import struct
import threading

from broker import HOST

BEFORE, AFTER = "before", "after"
METHODS = "PUT", "GET", "DELETE"
PIECE = 1 << 16
LARGEST_HEAD = 1 << 20
UPSTREAM_SECONDS = 60
BODY = (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code><Message>'
        b"We encountered an internal error. Please try again.</Message></Error>")
ANSWER = (b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/xml\r\n"
          b"Content-Length: %d\r\n%b\r\n")


class Closed(Exception):
    """The other side has closed the connection."""


class Head:
    """The head of a request or of an answer, with its bytes as they came."""

    def __init__(self, data):
        self.data = data
        first, *lines = data.decode("latin-1").split("\r\n")
        self.first = first.split(" ", 2)
        if len(self.first) < 2:
            raise ValueError(f"this is no head of a message: {first!r}")
        self.fields = {}
        for line in filter(None, lines):
            name, _, text = line.partition(":")
            self.fields.setdefault(name.strip().lower(), []).append(text.strip())

    def text(self, name):
        """A field as lower case text; empty when it is not there."""
        return ",".join(self.fields.get(name, ())).lower()

    @property
    def chunked(self):
        """Whether the body comes in chunks."""
        return "chunked" in self.text("transfer-encoding")

    @property
    def length(self):
        """Bytes of the body as the head says, or None."""
        text = self.text("content-length")
        return int(text) if text else None

    @property
    def has_end(self):
        """Whether the head says where the body ends; else that ends with the connection."""
        return self.chunked or self.length is not None

    @property
    def keeps(self):
        """Whether the connection goes on behind this message."""
        if self.first[0] == "HTTP/1.0" or self.first[-1] == "HTTP/1.0":
            return "keep-alive" in self.text("connection")
        return "close" not in self.text("connection")

    @property
    def status(self):
        """Of an answer, its number."""
        return int(self.first[1])


class Side:
    """One side of a connection, read through a buffer."""

    def __init__(self, connection):
        self.connection = connection
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held = b""

    def _more(self):
        piece = self.connection.recv(PIECE)
        if not piece:
            raise Closed
        self.held += piece

    def head(self):
        """The next head."""
        while (end := self.held.find(b"\r\n\r\n")) < 0:
            if len(self.held) > LARGEST_HEAD:
                raise ValueError("the head of a message has no end")
            self._more()
        data, self.held = self.held[:end + 4], self.held[end + 4:]
        return Head(data)

    def line(self):
        """The next line, its end included."""
        while (end := self.held.find(b"\n")) < 0:
            self._more()
        data, self.held = self.held[:end + 1], self.held[end + 1:]
        return data

    def exactly(self, count):
        """So many bytes, in pieces."""
        while count:
            if not self.held:
                self._more()
            piece, self.held = self.held[:count], self.held[count:]
            count -= len(piece)
            yield piece

    def chunks(self):
        """A body in chunks, with their lengths and what follows the last, in pieces."""
        while True:
            line = self.line()
            yield line
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            yield from self.exactly(size + 2)
        while True:
            line = self.line()
            yield line
            if not line.strip():
                return

    def rest(self):
        """All until the other side closes."""
        with contextlib.suppress(Closed):
            while True:
                if self.held:
                    piece, self.held = self.held, b""
                    yield piece
                self._more()

    def send(self, data):
        """Sends bytes."""
        self.connection.sendall(data)

    def is_open(self):
        """Whether the other side has neither closed nor sent something that nobody asked for."""
        try:
            self.connection.setblocking(False)
            return self.connection.recv(1, socket.MSG_PEEK) is None
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                self.connection.settimeout(UPSTREAM_SECONDS)

    def close(self):
        """Closes it; what was sent before still arrives."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class Proxy:
    """The proxy, to be told by the test that runs it what to do with the requests to come."""

    def __init__(self, upstream, port=0):
        host, _, number = upstream.rpartition(":")
        self.upstream = host, int(number)
        self.passed = self.failed_before = self.failed_after = self.refused = 0
        self.replaced = []
        self._lock = threading.Lock()
        self._open = set()
        self._decide = None
        self._down = False
        self._listener = socket.create_server((HOST, port), backlog=128)
        self._thread = threading.Thread(target=self._accept, name="storage proxy", daemon=True)

    @property
    def address(self):
        """Where it listens."""
        return f"{HOST}:{self._listener.getsockname()[1]}"

    def start(self):
        """Begins to listen to clients."""
        self._thread.start()
        return self

    def stop(self):
        """Ends it and closes all connections."""
        self._down = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        self._close_all()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # --- what it is told --------------------------------------------------------------------

    def fail_next(self, count, when=BEFORE, methods=METHODS):
        """Answers 500 to the next requests of these methods, so many of them."""
        left = [count]

        def decide():
            left[0] -= 1
            return left[0] >= 0
        self._set(decide, when, methods)

    def fail_share(self, share, seed, when=BEFORE, methods=METHODS):
        """Answers 500 to a random share of the requests of these methods.

        The seed fixes which of them, counted in the order in which they come.
        """
        chance = random.Random(seed)
        self._set(lambda: chance.random() < share, when, methods)

    def heal(self):
        """Passes everything on again."""
        with self._lock:
            self._decide = None
            self._down = False

    def down(self):
        """Closes all connections, and each new one at once, until `heal`."""
        with self._lock:
            self._down = True
        self._close_all()

    def _set(self, decide, when, methods):
        if when not in (BEFORE, AFTER):
            raise ValueError(f"{when} is neither {BEFORE} nor {AFTER}")
        with self._lock:
            self._decide = lambda method: when if method in methods and decide() else None

    def _when(self, method):
        with self._lock:
            return self._decide(method) if self._decide else None

    def _count(self, name):
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)

    # --- connections ------------------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # As a server that is not there does: the client sees a reset, not an end.
            if self._down:
                self._count("refused")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(Side(connection),), daemon=True).start()

    def _register(self, side):
        with self._lock:
            if not self._down:
                self._open.add(side)
                return side
        side.close()
        raise Closed

    def _forget(self, side):
        with self._lock:
            self._open.discard(side)
        side.close()

    def _close_all(self):
        with self._lock:
            sides = list(self._open)
        for side in sides:
            with contextlib.suppress(OSError):
                side.connection.shutdown(socket.SHUT_RDWR)

    def _connect(self):
        return self._register(Side(socket.create_connection(self.upstream, UPSTREAM_SECONDS)))

    def _serve(self, client):
        server = None
        try:
            self._register(client)
            while True:
                request = client.head()
                when = self._when(request.first[0])
                if when == BEFORE:
                    if not self._fail_before(client, request):
                        return
                    continue
                # The server may close a connection on which nothing was asked for a while.
                if server is not None and not server.is_open():
                    self._forget(server)
                    server = None
                server = server or self._connect()
                if not self._ask(client, server, request, when):
                    return
        except (Closed, OSError, ValueError):
            return  # either side has gone, which the other one sees by the end of its connection
        finally:
            for side in filter(None, (client, server)):
                self._forget(side)

    def _fail_before(self, client, request):
        """Answers 500 without passing the request on; whether the connection goes on."""
        self._count("failed_before")
        # A client that waits for leave to send its body gets the 500 in place of it.
        waits = "100-continue" in request.text("expect")
        if not waits:
            for _ in body_of_request(client, request):
                pass
        keeps = request.keeps and not waits
        client.send(internal_error(request, keeps))
        return keeps

    def _ask(self, client, server, request, when):
        """Passes a request on, and its answer back or a 500; whether the connection goes on."""
        server.send(request.data)
        answer = None
        if "100-continue" in request.text("expect"):
            answer = server.head()
            if answer.status == 100:
                client.send(answer.data)
                answer = None
        # An answer that comes in place of the leave to send leaves open whether the body follows.
        keeps = request.keeps and answer is None
        if answer is None:
            for piece in body_of_request(client, request):
                server.send(piece)
            answer = final_head(server, client)
        keeps = keeps and answer.keeps and (answer.has_end or has_no_body(request, answer))
        body = body_of_answer(server, request, answer)
        if when == AFTER:
            for _ in body:
                pass
            self._count("failed_after")
            self.replaced.append(answer.status)
            client.send(internal_error(request, keeps))
            return keeps
        # Counted before the client can know of it, so that it can rely on the count.
        self._count("passed")
        client.send(answer.data)
        for piece in body:
            client.send(piece)
        return keeps


def body_of_request(side, head):
    """The body of a request, in pieces as they come."""
    return side.chunks() if head.chunked else side.exactly(head.length or 0)


def has_no_body(request, head):
    """Whether an answer ends with its head, whatever that says."""
    return request.first[0] == "HEAD" or head.status in (204, 304)


def body_of_answer(side, request, head):
    """The body of an answer, in pieces as they come."""
    if has_no_body(request, head):
        return iter(())
    if head.chunked:
        return side.chunks()
    return side.rest() if head.length is None else side.exactly(head.length)


def final_head(server, client):
    """The head of the answer, behind those that only say that it is on its way."""
    while (head := server.head()).status < 200:
        client.send(head.data)
    return head


def internal_error(request, keeps):
    """The bytes of a 500."""
    head = ANSWER % (len(BODY), b"" if keeps else b"Connection: close\r\n")
    return head if request.first[0] == "HEAD" else head + BODY
