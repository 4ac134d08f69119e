"""The service's life: start, reload, end, and many clients at once."""

import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from limits_test import RawTest
from pictures import JSON_TYPE, PHOTOGRAPH, crop, long_work, texts
from service import PROGRAM, Service, colours, white_squares

LPRNET = os.environ.get("LPRNET_PROGRAM")


class OneService(RawTest):
    """Each test has a service of its own, as `self.service`."""

    @classmethod
    def setUpClass(cls):
        pass

    def start(self, *options, **more):
        self.service = self.own_service(*options, **more)
        return self.service

    def in_background(self, results, body, headers=None, path="/v1/read"):
        def send():
            results.append(self.service.ask("POST", path, body, headers or {})[0])
        thread = threading.Thread(target=send)
        thread.start()
        return thread


class Stop(OneService):
    def test_what_is_accepted_is_finished(self):
        self.start("--workers", 1)
        kept = self.service.connect()
        self.assertEqual(self.service.ask("GET", "/ready", connection=kept)[0], 200)
        results = []
        threads = [self.in_background(results, long_work(), JSON_TYPE)]
        self.until(lambda: self.service.metric("lprnet_workers_busy") == 1)
        threads += [self.in_background(results, PHOTOGRAPH) for _ in range(5)]
        self.until(lambda: self.service.metric("lprnet_queue_depth") == 5)
        half = self.raw(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(PHOTOGRAPH) + PHOTOGRAPH[:100])
        self.until(lambda: self.service.metric("lprnet_waiting_bytes") > 0)
        self.service.signal(signal.SIGTERM)
        self.service.event("stopping")

        # The connection that is there is served, told so, and closed; there are no new ones.
        status, headers, answer = self.service.ask_json("GET", "/ready", connection=kept)
        self.assertEqual((status, answer["kind"], headers["Connection"]), (503, "stopping", "close"))
        with self.assertRaises(ConnectionError):
            socket.create_connection(("127.0.0.1", self.service.port)).recv(1)
        half.sendall(PHOTOGRAPH[100:])
        self.assertEqual(self.answer(half), 200)
        for thread in threads:
            thread.join()
        self.assertEqual(results, [200] * 6)
        self.assertEqual(self.service.process.wait(timeout=60), 0)

    def test_a_second_signal_ends_it_sooner(self):
        self.start("--workers", 1)
        results = []
        threads = [self.in_background(results, long_work(16), JSON_TYPE)]
        self.until(lambda: self.service.metric("lprnet_workers_busy") == 1)
        threads.append(self.in_background(results, PHOTOGRAPH))
        self.until(lambda: self.service.metric("lprnet_queue_depth") == 1)
        half = self.raw(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")  # for which nobody waits
        self.service.signal(signal.SIGINT)
        self.service.event("stopping")
        self.service.signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        self.assertEqual(results, [503, 503])
        self.assertEqual(self.all_of(half), b"")
        self.assertEqual(self.service.process.wait(timeout=60), 0)

    def test_time_to_drain_is_bounded(self):
        self.start("--drain-seconds", 0)
        half = self.raw(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        self.until(lambda: self.service.metric("lprnet_connections") == 2)
        self.service.signal(signal.SIGTERM)
        self.assertEqual(self.service.process.wait(timeout=60), 0)
        self.assertEqual(self.all_of(half), b"")


class Reload(OneService):
    def change(self, name="violet"):
        """Another model under the same name, which reads other letters."""
        path = self.service.folder / "colours.safetensors"
        data = path.read_bytes().replace("蓝".encode(), "紫".encode()).replace("\\u84dd".encode(), "\\u7d2b".encode())
        self.assertNotEqual(data, path.read_bytes())
        (path.with_suffix(".new")).write_bytes(data)
        path.with_suffix(".new").replace(path)

    def recognized(self):
        return self.service.ask_json("POST", "/v1/recognize", crop())[2]["text"]

    def test_new_models(self):
        self.start()
        self.assertEqual(self.recognized(), "蓝RG")
        self.change()
        self.assertEqual(self.recognized(), "蓝RG")
        self.service.signal(signal.SIGHUP)
        self.service.event("reloaded")
        self.assertEqual(self.recognized(), "紫RG")
        self.assertEqual(self.service.metric('lprnet_reloads_total{result="done"}'), 1)

    def test_a_bad_model_keeps_the_old_one(self):
        self.start()
        path = self.service.folder / "colours.safetensors"
        good = path.read_bytes()
        for broken in (b"broken", good[:-1], (self.service.folder / "squares.safetensors").read_bytes()):
            path.write_bytes(broken)
            self.service.signal(signal.SIGHUP)
            self.assertIn("colours" if broken != (self.service.folder / "squares.safetensors").read_bytes() else "read",
                          self.service.event("reload_failed")["error"])
            self.assertEqual(self.recognized(), "蓝RG")
            self.assertEqual(self.service.ask("GET", "/ready")[0], 200)
        path.unlink()
        self.service.signal(signal.SIGHUP)
        self.service.event("reload_failed")
        self.assertEqual(self.service.metric('lprnet_reloads_total{result="failed"}'), 4)
        path.write_bytes(good)
        self.service.signal(signal.SIGHUP)
        self.service.event("reloaded")
        self.assertEqual(self.recognized(), "蓝RG")

    def test_the_access_log_is_opened_again(self):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-serve-")
        self.addCleanup(folder.cleanup)
        log = pathlib.Path(folder.name) / "access.ndjson"
        self.start("--access-log", log)
        self.service.ask("GET", "/health", headers={"X-Request-Id": "one"})
        self.until(lambda: "one" in log.read_text(encoding="utf-8"))
        log.rename(log.with_suffix(".1"))
        self.service.signal(signal.SIGHUP)
        self.service.event("reloaded")
        self.service.ask("GET", "/health", headers={"X-Request-Id": "two"})
        self.until(lambda: log.exists() and "two" in log.read_text(encoding="utf-8"))
        self.assertNotIn("two", log.with_suffix(".1").read_text(encoding="utf-8"))
        for line in log.read_text(encoding="utf-8").splitlines():
            json.loads(line)


class ManyClients(OneService):
    CLIENTS = 64
    REQUESTS = 6

    def test_none_is_lost_or_mixed_up_while_models_are_loaded(self):
        self.start("--queue", self.CLIENTS)
        wrong, answered = [], []

        def client(number):
            chance = random.Random(number)
            connection = self.service.connect()
            for i in range(self.REQUESTS):
                name = f"{number}-{i}"
                if i % 2:
                    columns = "".join(chance.choice("BGR") + "." for _ in range(4))
                    expected = columns.replace(".", "").replace("B", "蓝")
                    status, headers, answer = self.service.ask_json(
                        "POST", f"/v1/recognize?name={name}", crop(columns), {"X-Request-Id": name}, connection=connection)
                    found = answer.get("text")
                else:
                    place, colour = (8 * chance.randrange(1, 10), 8 * chance.randrange(1, 7)), chance.choice("GR")
                    expected = colour
                    status, headers, answer = self.service.ask_json(
                        "POST", f"/v1/read?name={name}", white_squares.photograph({place: colour}), {"X-Request-Id": name},
                        connection=connection)
                    found = "".join(texts(answer)) if status == 200 else None
                answered.append(name)
                if (status, found, answer.get("file"), headers["X-Request-Id"]) != (200, expected, name, name):
                    wrong.append((name, status, expected, answer))
            connection.close()

        threads = [threading.Thread(target=client, args=(i,)) for i in range(self.CLIENTS)]
        for thread in threads:
            thread.start()
        reloads = 0
        while any(thread.is_alive() for thread in threads):
            self.service.signal(signal.SIGHUP)
            self.service.event("reloaded")
            reloads += 1
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertEqual(len(set(answered)), self.CLIENTS * self.REQUESTS)
        self.assertGreater(reloads, 0)


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-serve-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        colours.write_model(self.folder / "colours.safetensors")
        white_squares.write_detector(self.folder / "squares.safetensors")
        self.models = ["--model", "colours.safetensors", "--detector", "squares.safetensors"]

    def run_service(self, *options, program=(PROGRAM,), environment=None):
        """For a service that does not come as far as to listen: its message."""
        done = subprocess.run([*program, *map(str, options)], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              check=False, env={**os.environ, **(environment or {})})
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr

    def test_wrong_usage(self):
        (self.folder / "short").write_text("abc")
        (self.folder / "empty").write_text("")
        (self.folder / "spaces").write_text("some words with spaces")
        long_token = {"LPRNET_TOKEN": "0123456789abcdef"}
        for options, words, environment in (
                (["--prt", 1], "did you mean --port?", {}), (["--port", 65536], "65535", {}), (["--address", "localhost"], "numeric address", {}),
                (["--address", "192.0.2.1"], "cannot be listened on", {}), (["--token-file", "none"], "no such file", {}),
                (["--token-file", "short"], "at least 16", {}), (["--token-file", "empty"], "no token", {}), (["--token-file", "spaces"], "printable", {}),
                ([], "at least 16", {"LPRNET_TOKEN": ""}), (["--access-log", "no/folder"], "access log", long_token),
                (["--seconds", "nan"], "expected a number", {}), (["--max-pixels", 0], "--max-pixels", {}),
                (["--model", "none.safetensors"], "none.safetensors", {}), (["--grammar", "cn"], "alphabet", {})):
            with self.subTest(options=options):
                models = self.models[2:] if "--model" in options else self.models
                self.assertIn(words, self.run_service("--port", 0, *models, *options, environment=environment))

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assertIn(f"port {port}: cannot be listened on: Address already in use", self.run_service(*self.models, "--port", port))

    @unittest.skipUnless(LPRNET, "the program is not named")
    def test_lprnet_serve_is_this_program(self):
        self.assertIn("did you mean --port?", self.run_service("serve", "--prt", 1, program=(LPRNET,)))
        alone = self.folder / "lprnet"
        shutil.copy(LPRNET, alone)
        self.assertIn("serve needs the program lprnet-serve", self.run_service("serve", program=(alone,), environment={"PATH": ""}))
        self.assertIn("did you mean --port?", self.run_service(
            "serve", "--prt", 1, program=(alone,), environment={"PATH": os.path.dirname(PROGRAM)}))
        (self.folder / "lprnet-serve").write_text("no program")
        self.assertIn("lprnet-serve cannot be started", self.run_service("serve", program=(alone,), environment={"PATH": ""}))
        done = subprocess.run([LPRNET, "serve", "--help"], capture_output=True, text=True, check=True)
        self.assertIn("Usage: lprnet serve [OPTIONS]", done.stdout)
        self.assertIn("--max-body-bytes", done.stdout)

    def test_addresses(self):
        with tempfile.TemporaryDirectory() as folder:
            service = Service("--address", "127.0.0.2", folder=folder)
            with self.assertRaises(ConnectionRefusedError):
                service.ask("GET", "/health")
            connection = http.client.HTTPConnection("127.0.0.2", service.port)
            self.assertEqual(service.ask("GET", "/health", connection=connection)[0], 200)
            connection.close()
            self.assertEqual(service.stop(), 0)
            self.assertNotIn("warning", service.rest)
            service = Service("--address", "0.0.0.0", folder=folder)
            self.assertIn("without a token", service.event("warning")["warning"])
            self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    unittest.main()
