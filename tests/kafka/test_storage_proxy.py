"""Tests that the proxy passes everything on as it is, and fails just what it is told to fail."""

import http.client
import http.server
import socket
import threading
import unittest

from broker import HOST
from storage_proxy import AFTER, BEFORE, Proxy

TIMEOUT = 10


class Handler(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent, and writes down how it was asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        """One more connection."""
        super().setup()
        self.server.connections += 1

    def log_message(self, *_):
        """Says nothing."""

    def _body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            whole = b""
            while size := int(self.rfile.readline(), 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return whole
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _note(self, body=b""):
        with self.server.lock:
            self.server.asked.append((self.raw_requestline, self.headers.items(), body))

    def _answer(self, status, body=b"", *fields):
        self.send_response(status)
        for name, text in fields or (("Content-Length", str(len(body))),):
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self):
        """Keeps a body; refuses one that asks for leave where the path says so."""
        body = self._body()
        self._note(body)
        self.server.objects[self.path] = body
        self._answer(200)

    def do_GET(self):
        """Gives back what is kept: with its length, in chunks, or until the end."""
        self._note()
        path, _, how = self.path.partition("?")
        if path not in self.server.objects:
            return self._answer(404, b"none")
        body = self.server.objects[path]
        if how == "chunks":
            chunks = b"".join(b"%x;note=1\r\n%b\r\n" % (len(piece), piece)
                              for piece in (body[:3], body[3:]) if piece)
            return self._answer(200, chunks + b"0\r\nX-Sum: 1\r\n\r\n",
                                ("Transfer-Encoding", "chunked"))
        if how == "until-the-end":
            self.close_connection = True
            return self._answer(200, body, ("X-Length", "none"))
        return self._answer(200, body)

    do_HEAD = do_GET

    def do_DELETE(self):
        """Forgets what is kept."""
        self._note()
        self.server.objects.pop(self.path, None)
        self._answer(204, b"", ("X-Gone", "1"))

    def handle_expect_100(self):
        """Gives leave to send, but not for one path."""
        if self.path != "/forbidden":
            return super().handle_expect_100()
        self._note()
        self._answer(403, b"no", ("Content-Length", "2"))
        self.close_connection = True
        return False


class Case(unittest.TestCase):
    """A server with the proxy before it, and one connection to that."""

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.server.connections, self.server.objects, self.server.asked = 0, {}, []
        self.server.lock = threading.Lock()
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.proxy = Proxy(f"{HOST}:{self.server.server_address[1]}").start()
        self.addCleanup(self.proxy.stop)
        self.client = self.connect()

    def connect(self):
        """One more connection to the proxy."""
        client = http.client.HTTPConnection(self.proxy.address, timeout=TIMEOUT)
        self.addCleanup(client.close)
        return client

    def ask(self, method, path, body=None, client=None, **more):
        """Status and body of an answer."""
        client = client or self.client
        client.request(method, path, body, **more)
        answer = client.getresponse()
        return answer.status, answer.read()

    def raw(self, data):
        """All that the proxy answers to some bytes until it closes."""
        host, _, port = self.proxy.address.partition(":")
        with socket.create_connection((host, int(port)), TIMEOUT) as connection:
            connection.sendall(data)
            whole = b""
            while piece := connection.recv(65536):
                whole += piece
        return whole


class Passing(Case):
    """What nobody spoils arrives as it was sent."""

    def test_line_and_header_arrive_byte_by_byte(self):
        answer = self.raw(b"PUT /b/a%2Fb%20c?x=%C3%A4&y HTTP/1.1\r\nHost: bucket.example:1234\r\n"
                          b"x-AMZ-Date: 1\r\nAuthorization: AWS4 a=b, c=d\r\nContent-Length: 2\r\n"
                          b"x-amz-twice: 1\r\nx-amz-twice: 2\r\nConnection: close\r\n\r\nab")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        line, fields, body = self.server.asked[0]
        self.assertEqual(line, b"PUT /b/a%2Fb%20c?x=%C3%A4&y HTTP/1.1\r\n")
        self.assertEqual(fields, [
            ("Host", "bucket.example:1234"), ("x-AMZ-Date", "1"),
            ("Authorization", "AWS4 a=b, c=d"), ("Content-Length", "2"), ("x-amz-twice", "1"),
            ("x-amz-twice", "2"), ("Connection", "close")])
        self.assertEqual(body, b"ab")

    def test_a_connection_is_kept_on_both_sides(self):
        for number in range(5):
            self.assertEqual(self.ask("PUT", f"/{number}", b"x" * number), (200, b""))
            self.assertEqual(self.ask("GET", f"/{number}"), (200, b"x" * number))
            self.assertEqual(self.ask("DELETE", f"/{number}"), (204, b""))
        self.assertEqual(self.server.connections, 1)
        self.assertEqual(self.proxy.passed, 15)

    def test_head_has_a_length_and_no_body(self):
        self.ask("PUT", "/a", b"12345")
        self.client.request("HEAD", "/a")
        answer = self.client.getresponse()
        self.assertEqual((answer.getheader("Content-Length"), answer.read()), ("5", b""))
        self.assertEqual(self.ask("GET", "/a"), (200, b"12345"))

    def test_bodies_in_chunks_both_ways(self):
        self.ask("PUT", "/a", iter([b"123", b"45678"]), encode_chunked=True,
                 headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(self.server.objects["/a"], b"12345678")
        self.assertEqual(self.ask("GET", "/a?chunks"), (200, b"12345678"))
        self.assertEqual(self.ask("GET", "/a"), (200, b"12345678"))
        whole = self.raw(b"GET /a?chunks HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        self.assertTrue(whole.endswith(b"\r\n\r\n3;note=1\r\n123\r\n5;note=1\r\n45678\r\n"
                                       b"0\r\nX-Sum: 1\r\n\r\n"), whole)

    def test_a_body_that_ends_with_the_connection(self):
        self.ask("PUT", "/a", b"12345")
        self.assertEqual(self.ask("GET", "/a?until-the-end"), (200, b"12345"))
        self.assertEqual(self.ask("GET", "/a"), (200, b"12345"))

    def test_large_bodies_on_several_connections_at_once(self):
        found = {}

        def work(number):
            body = bytes([number]) * 3_000_000
            client = self.connect()
            self.ask("PUT", f"/{number}", body, client)
            found[number] = self.ask("GET", f"/{number}", client=client) == (200, body)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
        self.assertEqual(found, dict.fromkeys(range(8), True))

    def test_leave_to_send_a_body(self):
        ask = b"PUT %b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        host, _, port = self.proxy.address.partition(":")
        with socket.create_connection((host, int(port)), TIMEOUT) as connection:
            connection.sendall(ask % b"/a")
            self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b"abc")
            self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(self.server.objects["/a"], b"abc")
        # Nobody knows whether the body follows, so the connection must end there.
        self.assertTrue(self.raw(ask % b"/forbidden").startswith(b"HTTP/1.1 403 "))

    def test_a_server_that_closed_a_connection_is_asked_on_another(self):
        self.ask("PUT", "/a", b"1")
        for side in list(self.proxy._open):
            if side.connection.getpeername()[1] == self.server.server_address[1]:
                side.connection.shutdown(socket.SHUT_RD)
        self.assertEqual(self.ask("GET", "/a"), (200, b"1"))
        self.assertEqual(self.server.connections, 2)


class Failing(Case):
    """What is to fail fails, and nothing else."""

    def test_before_has_no_effect_and_ends_by_itself(self):
        self.proxy.fail_next(2, BEFORE)
        self.assertEqual([self.ask("PUT", "/a", b"x" * 100_000)[0] for _ in range(2)], [500, 500])
        self.assertEqual((self.server.objects, self.server.asked), ({}, []))
        self.assertEqual(self.ask("PUT", "/a", b"x"), (200, b""))
        self.assertEqual((self.proxy.failed_before, self.proxy.passed), (2, 1))

    def test_after_has_its_effect(self):
        self.proxy.fail_next(1, AFTER)
        status, body = self.ask("PUT", "/a", b"x")
        self.assertEqual(status, 500)
        self.assertIn(b"<Code>InternalError</Code>", body)
        self.assertEqual(self.server.objects, {"/a": b"x"})
        self.proxy.fail_next(1, AFTER)
        self.assertEqual(self.ask("GET", "/a?chunks")[0], 500)
        self.assertEqual(self.ask("GET", "/a"), (200, b"x"))
        self.assertEqual((self.proxy.failed_after, self.proxy.replaced), (2, [200, 200]))
        self.assertEqual(self.server.connections, 1)

    def test_only_the_methods_that_are_named(self):
        self.proxy.fail_next(1, BEFORE, ("DELETE",))
        self.assertEqual(self.ask("PUT", "/a", b"x")[0], 200)
        self.assertEqual(self.ask("HEAD", "/a"), (200, b""))
        self.assertEqual(self.ask("DELETE", "/a")[0], 500)
        self.assertEqual(self.ask("DELETE", "/a")[0], 204)
        self.proxy.fail_next(1, BEFORE, ("HEAD",))
        whole = self.raw(b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"
                         b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        head, _, rest = whole.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 500 "), whole)
        self.assertTrue(rest.startswith(b"HTTP/1.1 404 "), whole)

    def test_a_share_is_fixed_by_its_seed(self):
        def pattern(seed, share=0.3, when=BEFORE):
            self.proxy.fail_share(share, seed, when)
            return [self.ask("GET", "/none")[0] for _ in range(60)]
        first = pattern(1)
        self.assertEqual(pattern(1), first)
        self.assertEqual([code if code == 500 else 404 for code in pattern(1, when=AFTER)], first)
        self.assertNotEqual(pattern(2), first)
        self.assertTrue(8 <= first.count(500) <= 30, first)
        self.assertEqual(set(pattern(1, 0)), {404})
        self.assertEqual(set(pattern(1, 1)), {500})
        self.proxy.heal()
        self.assertEqual(self.ask("GET", "/none")[0], 404)

    def test_what_waits_for_leave_gets_its_500_without_sending(self):
        self.proxy.fail_next(1, BEFORE)
        whole = self.raw(b"PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                         b"Content-Length: 3\r\n\r\n")
        self.assertTrue(whole.startswith(b"HTTP/1.1 500 "), whole)
        self.assertEqual(self.server.objects, {})

    def test_down_closes_what_is_open_and_what_comes(self):
        self.ask("PUT", "/a", b"x")
        self.proxy.down()
        for client in (self.client, self.connect()):
            with self.assertRaises((OSError, http.client.HTTPException)):
                self.ask("GET", "/a", client=client)
        asked = len(self.server.asked)
        self.proxy.heal()
        self.assertEqual(self.ask("GET", "/a", client=self.connect()), (200, b"x"))
        self.assertEqual(len(self.server.asked), asked + 1)
        self.assertGreaterEqual(self.proxy.refused, 1)

    def test_a_wrong_word_is_refused(self):
        with self.assertRaises(ValueError):
            self.proxy.fail_next(1, "later")


if __name__ == "__main__":
    unittest.main()
