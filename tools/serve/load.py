"""Asks a service more than it can do at a time, and compares each answer with the program's:

    python3 tools/serve/load.py build/release                        10,000 requests on 64 connections
    python3 tools/serve/load.py build/release --seconds 3600         a soak: does memory grow?

The samples of models/samples are sent, one photograph to nine crops. At the end it says how many answers were wrong or
lost, the requests a second, the service's memory in the course of time, and the processor time of the service beside that
of `lprnet` for the same pictures, which says more than the seconds on a machine that does other things too.
"""

import argparse
import json
import os
import pathlib
import resource
import selectors
import socket
import subprocess
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
CROPS = sorted((ROOT / "models/samples").glob("*.jpg"))
PHOTOGRAPHS = sorted((ROOT / "models/samples/photos").glob("*.jpg"))
BODIES = {file: file.read_bytes() for file in CROPS + PHOTOGRAPHS}


def program_answers(build, command, files):
    """What the program reads: {name: [texts]}."""
    said = subprocess.run([build / "lprnet", command, "--format", "ndjson", *files], capture_output=True, check=True, text=True)
    answers = {}
    for line in said.stdout.splitlines():
        answer = json.loads(line)
        answers[pathlib.Path(answer["file"]).name] = [plate["text"] for plate in answer.get("plates", [answer])]
    return answers


def program_seconds(build, command, files, threads):
    """Processor seconds of the program for the files."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([build / "lprnet", command, "--format", "ndjson", "--threads", str(threads), "-"], check=True,
                   stdout=subprocess.DEVNULL, input="\n".join(map(str, files)), text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Service:
    def __init__(self, build, connections):
        self.process = subprocess.Popen([build / "lprnet-serve", "--port", "0", "--queue", str(connections), "--access-log", "/dev/null"],
                                        stderr=subprocess.PIPE, text=True)
        self.port = int(json.loads(self.process.stderr.readline())["url"].rsplit(":", 1)[1])

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mebibytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Client:
    """One connection, with one request on its way."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, number, file, body, command):
        self.name = f"{number}-{file.name}"
        self.file = file.name
        query = urllib.parse.quote(self.name)
        head = f"POST /v1/{command}?name={query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)
        self.received = b""

    def receive(self):
        """The answer, when all of it is there: (status, object)."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("closed")
        self.received += part
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return None
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
        return (int(head.split()[1]), json.loads(body)) if len(body) == length else None


class Round:
    """So many requests, or so many seconds of them, on some connections."""

    def __init__(self, service, expected, connections, ends):
        self.service, self.expected, self.ends = service, expected, ends
        self.sent, self.wrong, self.done = [], [], 0
        self.selector = selectors.DefaultSelector()
        for _ in range(connections):
            client = Client(service.port)
            self.selector.register(client.socket, selectors.EVENT_READ, client)
            self.ask(client)

    def ask(self, client):
        number = len(self.sent)
        client.command, files = ("read", PHOTOGRAPHS) if number % 10 == 0 else ("recognize", CROPS)
        file = files[(number // 10 if client.command == "read" else number) % len(files)]
        self.sent.append((client.command, file))
        client.send(number, file, BODIES[file], client.command)

    def run(self, watch):
        while self.selector.get_map():
            for key, _ in self.selector.select(60) or sys.exit("no answer for a minute"):
                client = key.data
                answer = client.receive()
                if answer is None:
                    continue
                self.check(client, *answer)
                if self.ends(len(self.sent)):
                    self.selector.unregister(client.socket)
                    client.socket.close()
                else:
                    self.ask(client)
            watch()

    def check(self, client, status, body):
        self.done += 1
        texts = [plate["text"] for plate in body.get("plates", [body])] if status == 200 else None
        if texts != self.expected[client.command][client.file] or body["file"] != client.name:
            self.wrong.append((client.name, status, body))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path, help="folder of lprnet and lprnet-serve")
    parser.add_argument("--requests", type=int, default=10000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0, help="instead of a number of requests, and without the comparison")
    arguments = parser.parse_args()

    expected = {"recognize": program_answers(arguments.build, "recognize", CROPS), "read": program_answers(arguments.build, "read", PHOTOGRAPHS)}
    service = Service(arguments.build, arguments.connections)
    begin, memory, rounds, alone, asking = time.monotonic(), [], [], 0, 0

    def watch():
        if not memory or time.monotonic() - begin > memory[-1][0] + max(10, arguments.seconds / 20):
            memory.append((time.monotonic() - begin, service.resident_mebibytes()))

    # The program and the service in turn, since other work on the machine makes both slower.
    count = 1 if arguments.seconds else 10
    for _ in range(count):
        begun = time.monotonic()
        if arguments.seconds:
            rounds.append(Round(service, expected, arguments.connections, lambda _: time.monotonic() - begin > arguments.seconds))
        else:
            rounds.append(Round(service, expected, arguments.connections, lambda sent: sent >= arguments.requests // count))
        rounds[-1].run(watch)
        asking += time.monotonic() - begun
        if not arguments.seconds:
            for command in ("read", "recognize"):
                alone += program_seconds(arguments.build, command, [file for asked, file in rounds[-1].sent if asked == command],
                                         len(os.sched_getaffinity(0)))
    memory.append((time.monotonic() - begin, service.resident_mebibytes()))
    processor = service.processor_seconds()
    service.process.terminate()
    if service.process.wait() != 0:
        sys.exit("the service did not end well")

    done, sent = sum(one.done for one in rounds), sum(len(one.sent) for one in rounds)
    wrong = [case for one in rounds for case in one.wrong]
    print(f"{done} answers to {sent} requests on {arguments.connections} connections, {len(wrong)} wrong")
    print(f"{done / asking:.0f} requests a second for {asking:.0f} s")
    print("MiB in the course of seconds: " + ", ".join(f"{size:.0f} ({time:.0f})" for time, size in memory))
    print(f"processor seconds: {processor:.1f} the service" +
          (f", {alone:.1f} the program for the same pictures: {100 * alone / processor:.0f} %" if alone else ""))
    for case in wrong[:10]:
        print("wrong:", case)
    sys.exit(bool(wrong) or done != sent)


if __name__ == "__main__":
    main()
