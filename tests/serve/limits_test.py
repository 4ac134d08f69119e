"""What the service does to clients that ask for too much, are slow, break off, or send what is no HTTP."""

import os
import socket
import threading
import time
import unittest

from pictures import JSON_TYPE, PHOTOGRAPH, crop, long_work, multipart
from service import ServiceTest

IS_SANITIZED = bool(os.environ.get("LPRNET_SANITIZER"))
MEBIBYTE = 1 << 20


class RawTest(ServiceTest):
    """With connections that may send anything."""

    def raw(self, data=b""):
        connection = socket.create_connection(("127.0.0.1", self.service.port), timeout=60)
        self.addCleanup(connection.close)
        connection.sendall(data)
        return connection

    def all_of(self, connection):
        """What comes until the service closes."""
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            pass
        return received

    def answer(self, connection):
        """The status of one answer whose length is said; 0: closed without one."""
        received = b""
        while b"\r\n\r\n" not in received:
            try:
                part = connection.recv(65536)
            except ConnectionResetError:
                return 0
            if not part:
                return 0
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        while len(body) < length:
            body += connection.recv(65536)
        return int(head.split()[1])

    def check_alive(self):
        self.assertEqual(self.service.ask("POST", "/v1/read", PHOTOGRAPH)[0], 200)

    def until(self, holds):
        """Waits for what has to come; only a service that hangs makes it fail."""
        end = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)


def post(path="/v1/read", *headers):
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


class Limits(RawTest):
    options = ("--max-body-bytes", 100000, "--max-waiting-bytes", 150000, "--max-pixels", 10000, "--max-pictures", 2)

    def test_a_body_that_says_it_is_too_large(self):
        connection = self.raw(post("/v1/read", "Content-Length: 100001"))
        received = self.all_of(connection)
        self.assertTrue(received.startswith(b"HTTP/1.1 413 "), received)
        self.assertIn(b"body_too_large", received)
        self.assertTrue(self.all_of(self.raw(post("/v1/read", "Content-Length: 18446744073709551615"))).startswith(b"HTTP/1.1 413 "))
        self.assertEqual(self.service.ask("POST", "/v1/read", PHOTOGRAPH.ljust(100000, b"\0"))[0], 200)

    def test_a_body_that_turns_out_too_large(self):
        connection = self.service.connect()
        connection.request("POST", "/v1/read", body=iter([b"P6" + bytes(50000)] * 40), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        response = connection.getresponse()
        self.assertEqual((response.status, b"body_too_large" in response.read()), (413, True))
        self.assertEqual(self.service.ask("GET", "/health", connection=connection)[0], 200)
        connection.close()
        self.assertEqual(self.service.metric("lprnet_waiting_bytes"), 0)

    def test_pixels_and_pictures(self):
        status, _, answer = self.service.ask_json("POST", "/v1/read", b"P6\n101 100\n255\n" + bytes(30300))
        self.assertEqual((status, answer["kind"]), (413, "picture_too_large"))
        body, headers = multipart([("a", "a", PHOTOGRAPH)] * 2)
        self.assertEqual(self.service.ask("POST", "/v1/read", body, headers)[0], 200)
        body, headers = multipart([("a", "a", PHOTOGRAPH)] * 3)
        self.assertEqual(self.service.ask("POST", "/v1/read", body, headers)[0], 413)

    def test_bodies_together(self):
        first = self.raw(post("/v1/read", "Content-Length: 90000") + PHOTOGRAPH.ljust(80000, b"\0"))
        self.until(lambda: self.service.metric("lprnet_waiting_bytes") == 80000)
        status, headers, answer = self.service.ask_json("POST", "/v1/read", PHOTOGRAPH.ljust(90000, b"\0"))
        self.assertEqual((status, answer["kind"], headers["Retry-After"]), (429, "memory_full", "1"))
        first.sendall(bytes(10000))
        self.assertEqual(self.answer(first), 200)
        self.assertEqual(self.service.metric("lprnet_waiting_bytes"), 0)
        self.assertEqual(self.service.ask("POST", "/v1/read", PHOTOGRAPH.ljust(90000, b"\0"))[0], 200)


class Slow(RawTest):
    options = ("--idle-seconds", 1, "--receive-seconds", 1)

    def drip(self, connection, parts):
        """Sends a part now and then until the service has closed."""
        connection.settimeout(0.05)
        received = b""
        for part in parts:
            try:
                connection.sendall(part)
                received += connection.recv(1000)
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                return received
            return received  # closed
        self.fail("the service waits for a slow client for ever")

    def test_who_waits_for_an_answer_is_not_idle(self):
        slow = self.own_service("--idle-seconds", 0.1, "--workers", 1)
        begin = time.monotonic()
        body = long_work()
        while time.monotonic() - begin < 1.5:  # longer than a silent connection lives
            self.assertEqual(slow.ask("POST", "/v1/read", body, JSON_TYPE)[0], 200)

    def test_headers_bodies_and_silence(self):
        clients = {
            "header": (b"GET /health HTTP/1.1\r\n", [b"a: b\r\n"] * 1000),
            "line": (b"", [b"G"] * 1000),
            "body": (post("/v1/read", "Content-Length: 10000", "X-Request-Id: slow-body"), [b"P"] * 1000),
            "chunks": (post("/v1/read", "Transfer-Encoding: chunked", "X-Request-Id: slow-chunks"), [b"1\r\nP\r\n"] * 1000),
            "silence": (b"", [b""] * 1000),
            "silent body": (post("/v1/read", "Content-Length: 10000"), [b""] * 1000),
        }
        found = {}
        def run(name, begin, parts):
            found[name] = self.drip(self.raw(begin), parts)
        threads = [threading.Thread(target=run, args=(name, *client)) for name, client in clients.items()]
        for thread in threads:
            thread.start()
        for _ in range(20):  # others are served meanwhile
            self.check_alive()
        for thread in threads:
            thread.join()
        # A header that is not complete may be told so, a request that is not gets no answer.
        self.assertEqual(set(found), set(clients))
        self.assertEqual({name for name, received in found.items() if b"200" in received}, set())
        for request_id in ("slow-body", "slow-chunks"):
            self.assertTrue(any("too_slow" in line and request_id in line for line in list(self.service.log.queue)) or
                            self.service.access(request_id)["error"] == "too_slow")
        self.assertGreaterEqual(self.service.metric('lprnet_errors_total{kind="too_slow"}'), 4)
        self.until(lambda: self.service.metric("lprnet_connections") == 1)


class Broken(RawTest):
    def test_what_is_no_http(self):
        for data in (b"\0" * 100, b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"HELO x\r\n\r\n",
                     b"GET  /  HTTP/1.1 extra\r\n\r\n", b"GET /health HTTP/1.1\r\n: x\r\n\r\n", b"\r\n" * 10000,
                     b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100000 + b"\r\n",
                     b"GET / HTTP/1.1\r\na: " + b"b" * 1000000 + b"\r\n\r\n"):
            with self.subTest(data=data[:40]):
                connection = self.raw()
                try:
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
                except (ConnectionResetError, BrokenPipeError, OSError):
                    pass
                self.assertNotIn(b"200 OK", self.all_of(connection).split(b"\r\n")[0])
        self.check_alive()

    def test_unclear_framing(self):
        """Where two servers in a row could see different requests."""
        for headers in (("Content-Length: 5", "Content-Length: 5"), ("Content-Length: 5", "Content-Length: 6"),
                        ("Content-Length: 5", "Transfer-Encoding: chunked"), ("Transfer-Encoding: chunked", "Content-Length: 5"),
                        ("Transfer-Encoding: gzip",), ("Transfer-Encoding: gzip, chunked",), ("Transfer-Encoding: chunked, chunked",),
                        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), ("Content-Length: +5",), ("Content-Length: -5",),
                        ("Content-Length: 0x5",), ("Content-Length: 5, 5",), ("Content-Length: 99999999999999999999",)):
            with self.subTest(headers=headers):
                hidden = b"0\r\n\r\n" + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
                received = self.all_of(self.raw(post("/v1/read", *headers) + hidden))
                self.assertIn(received.split(b" ")[1:2], ([b"400"], [b"413"], []))
                self.assertNotIn(b"200 OK", received)
        self.check_alive()

    def test_chunks(self):
        def chunked(data):
            return self.raw(post("/v1/read", "Transfer-Encoding: chunked") + data)
        good = b"%x\r\n" % len(PHOTOGRAPH) + PHOTOGRAPH + b"\r\n0\r\n"
        self.assertEqual(self.answer(chunked(good + b"\r\n")), 200)
        self.assertEqual(self.answer(chunked(good + b"Trailer: x\r\n\r\n")), 200)
        self.assertEqual(self.answer(chunked(b"1;a=b\r\nP\r\n5\r\n6 1 1\r\n4\r\n 255\r\n4\r\n\nabc\r\n0\r\n\r\n")), 200)
        self.assertEqual(self.answer(chunked(b"0\r\n\r\n")), 400)  # empty
        for bad in (b"-2\r\nPP\r\n", b"ffffffffffffffffff\r\nP", b"7fffffffffffffff\r\nP", b"g\r\nP\r\n", b"\r\n\r\n", b"0x5\r\nPPPPP\r\n0\r\n\r\n",
                    b"2\r\nP6X\r\n0\r\n\r\n"):
            with self.subTest(chunk=bad):
                connection = chunked(bad)
                connection.shutdown(socket.SHUT_WR)
                self.assertNotIn(b"200 OK", self.all_of(connection))
        self.check_alive()

    def test_endless_chunk_headers_and_trailers(self):
        """The fault of cpp-httplib 0.11 and Boost.Beast 1.74: memory for them without a limit."""
        before = self.service.resident_bytes()
        for begin, more in ((b"5;a=", b"b" * 65536), (b"000000", b"0" * 65536), (b"1\r\nP\r\n0\r\nTrailer: ", b"x" * 65536),
                            (b"1\r\nP\r\n0\r\n", b"T: x\r\n" * 10000)):
            with self.subTest(begin=begin):
                connection = self.raw(post("/v1/read", "Transfer-Encoding: chunked") + begin)
                sent = 0
                try:
                    while sent < 64 * MEBIBYTE:
                        connection.sendall(more)
                        sent += len(more)
                except (ConnectionResetError, BrokenPipeError):
                    pass
                self.assertLess(sent, 64 * MEBIBYTE)
                self.assertNotIn(b"200 OK", self.all_of(connection))
        if not IS_SANITIZED:
            self.assertLess(self.service.resident_bytes() - before, 8 * MEBIBYTE)
        self.check_alive()

    def test_requests_in_one_packet(self):
        one = post("/v1/recognize?name=%d", f"Content-Length: {len(crop())}") + crop()
        connection = self.raw(b"".join(one.replace(b"%d", b"%d" % i) for i in range(5)))
        received = b""
        while received.count(b'"milliseconds"') < 5:
            part = connection.recv(65536)
            self.assertTrue(part)
            received += part
        places = [received.index(b'{"file":"%d"' % i) for i in range(5)]
        self.assertEqual(places, sorted(places))

    def test_uploads_that_break_off(self):
        for i in range(20):
            connection = self.raw(post("/v1/read", "Content-Length: 100000", f"X-Request-Id: broken-{i}") + PHOTOGRAPH)
            connection.close()
        for i in range(20):
            self.assertEqual(self.service.access(f"broken-{i}")["error"], "client_gone")
        self.until(lambda: self.service.metric("lprnet_waiting_bytes") == 0)

    def test_clients_that_do_not_wait_for_the_answer(self):
        for _ in range(50):
            self.raw(post("/v1/read", f"Content-Length: {len(PHOTOGRAPH)}") + PHOTOGRAPH).close()
        self.check_alive()
        self.until(lambda: self.service.metric("lprnet_connections") == 1)

    def test_idle_connections(self):
        import resource  # pylint: disable=import-outside-toplevel
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = 1000
        if hard < count + 200:
            self.skipTest(f"this system allows {hard} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
        before = self.service.resident_bytes()
        connections = [socket.create_connection(("127.0.0.1", self.service.port)) for _ in range(count)]
        try:
            self.until(lambda: self.service.metric("lprnet_connections") > count)
            for _ in range(5):
                self.check_alive()
            if not IS_SANITIZED:
                self.assertLess(self.service.resident_bytes() - before, 64 * MEBIBYTE)
        finally:
            for connection in connections:
                connection.close()


class Connections(RawTest):
    options = ("--max-connections", 3, "--idle-seconds", 60)

    def test_those_beyond_the_limit_wait(self):
        first = [self.raw() for _ in range(3)]
        late = self.raw(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        late.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            late.recv(1)
        first[0].close()
        late.settimeout(60)
        self.assertEqual(self.answer(late), 200)


class Access(ServiceTest):
    TOKEN = "correct-horse-battery-staple"

    def check(self, service):
        for authorization, status in (("Bearer " + self.TOKEN, 200), ("bearer " + self.TOKEN, 200), (None, 401), ("", 401), ("Bearer ", 401),
                                      ("Bearer " + self.TOKEN[:-1], 401), ("Bearer " + self.TOKEN + "x", 401), ("Basic " + self.TOKEN, 401),
                                      ("Bearer x" + self.TOKEN[1:], 401), (self.TOKEN, 401)):
            headers = {} if authorization is None else {"Authorization": authorization}
            for method, path, body in (("POST", "/v1/read", PHOTOGRAPH), ("POST", "/v1/recognize", crop()), ("GET", "/metrics", None)):
                with self.subTest(path=path, authorization=authorization):
                    found, sent, _ = service.ask(method, path, body, headers)
                    self.assertEqual(found, status)
                    if status == 401:
                        self.assertEqual(sent["WWW-Authenticate"], "Bearer")
        for path in ("/", "/health", "/ready", "/version", "/openapi.json"):
            self.assertEqual(service.ask("GET", path)[0], 200)

    def test_token_from_a_file_or_the_environment(self):
        file = self.folder / "token"
        file.write_text(self.TOKEN + "\n")
        self.check(self.own_service("--token-file", file, environment={"LPRNET_TOKEN": "that-of-the-file-is-used"}))
        service = self.own_service(environment={"LPRNET_TOKEN": self.TOKEN})
        self.check(service)
        self.assertNotIn(self.TOKEN, "".join(service.log.queue))


class Queue(RawTest):
    options = ("--workers", 1, "--queue", 1, "--seconds", 600)

    def test_a_full_queue(self):
        answers = {}
        def send(name, body, headers):
            answers[name] = self.service.ask("POST", "/v1/read", body, headers)[0]
        threads = [threading.Thread(target=send, args=("first", long_work(), JSON_TYPE))]
        threads[0].start()
        self.until(lambda: self.service.metric("lprnet_workers_busy") == 1)
        threads.append(threading.Thread(target=send, args=("second", PHOTOGRAPH, {})))
        threads[1].start()
        self.until(lambda: self.service.metric("lprnet_queue_depth") == 1)
        status, headers, answer = self.service.ask_json("POST", "/v1/read", PHOTOGRAPH)
        self.assertEqual((status, answer["kind"]), (429, "queue_full"))
        self.assertRegex(headers["Retry-After"], r"^[1-9]\d?$")
        self.assertEqual(self.service.ask("GET", "/health")[0], 200)
        for thread in threads:
            thread.join()
        self.assertEqual(answers, {"first": 200, "second": 200})
        self.check_alive()


class Deadline(RawTest):
    options = ("--seconds", 0)

    def test_there_is_no_time(self):
        status, headers, answer = self.service.ask_json("POST", "/v1/read", PHOTOGRAPH)
        self.assertEqual((status, answer["kind"]), (503, "deadline"))
        self.assertIn("Retry-After", headers)


if __name__ == "__main__":
    unittest.main()
