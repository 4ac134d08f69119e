"""Runs the built service, whose path is in $LPRNET_SERVE, on a free port."""

import http.client
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))
import colours  # noqa: E402 (its folder has to be put on the path first)
import white_squares  # noqa: E402

PROGRAM = os.environ["LPRNET_SERVE"]


class Service:
    """A service of its own with the models of colours.py and white_squares.py, or those given."""

    def __init__(self, *options, folder, shipped=False, environment=None):
        self.folder = pathlib.Path(folder)
        models = []
        if not shipped:
            colours.write_model(self.folder / "colours.safetensors")
            white_squares.write_detector(self.folder / "squares.safetensors")
            models = ["--model", self.folder / "colours.safetensors", "--detector", self.folder / "squares.safetensors"]
        clean = {name: value for name, value in os.environ.items() if name not in ("LPRNET_MODEL", "LPRNET_DETECTOR", "LPRNET_TOKEN")}
        self.process = subprocess.Popen([PROGRAM, "--port", "0", *map(str, models), *map(str, options)],
                                        stderr=subprocess.PIPE, text=True, encoding="utf-8", env={**clean, **(environment or {})})
        self.lines = []  # of its log, as far as they were looked at
        self.log = queue.Queue()
        self.log_reader = threading.Thread(target=self.read_log)
        self.log_reader.start()
        event = self.event("listening")
        self.port = int(event["url"].rsplit(":", 1)[1])

    def read_log(self):
        # All the time: a service that cannot write its log waits.
        for line in self.process.stderr:
            self.log.put(line)
        self.log.put("")

    def read_line(self):
        line = self.log.get(timeout=60)
        if not line:
            raise AssertionError(f"the service ended with {self.process.wait()}: {self.lines}")
        self.lines.append(json.loads(line) if line.startswith("{") else line)
        return self.lines[-1]

    def event(self, name):
        """Reads its log as far as an event."""
        while True:
            line = self.read_line()
            if isinstance(line, dict) and line.get("event") == name:
                return line

    def access(self, request_id):
        """Reads its log as far as the line of a request."""
        while True:
            line = self.read_line()
            if isinstance(line, dict) and line.get("request_id") == request_id:
                return line

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """Returns (status, headers, body)."""
        own = connection or self.connect()
        own.request(method, path, body=body, headers=headers or {})
        response = own.getresponse()
        data = response.read()
        if connection is None:
            own.close()
        return response.status, response.headers, data

    def ask_json(self, *arguments, **options):
        status, headers, data = self.ask(*arguments, **options)
        return status, headers, json.loads(data)

    def metric(self, name):
        for line in self.ask("GET", "/metrics")[2].decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise AssertionError(f"no metric {name}")

    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it as an administrator does, and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.log_reader.join()
        self.process.stderr.close()
        self.rest = "".join(self.log.queue)
        return status


class ServiceTest(unittest.TestCase):
    """Tests of one class share a service, started with `options`."""

    options = ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-serve-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.service = Service(*cls.options, folder=cls.folder)
        cls.addClassCleanup(cls.end)

    @classmethod
    def end(cls):
        status = cls.service.stop()
        if status != 0:
            raise AssertionError(f"the service ended with {status}: {cls.service.rest}")

    def own_service(self, *options, **more):
        """A service for one test."""
        folder = tempfile.TemporaryDirectory(prefix="lprnet-serve-")
        self.addCleanup(folder.cleanup)
        service = Service(*options, folder=folder.name, **more)
        self.addCleanup(lambda: self.assertEqual(service.stop(), 0, service.rest))
        return service
