"""Signals leave whole output and no unfinished file; the exit statuses that README and --help list."""

import array
import csv
import fcntl
import io
import json
import os
import pathlib
import signal
import subprocess
import termios
import time
import unittest

import colours
from program import PROGRAM, ProgramTest

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def heed_signals():
    """The test itself may have been started with some of them ignored, as by nohup or in the background."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)


class Interrupted(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("a.png", colours.png("B......."))

    def start(self, *arguments, preexec_fn=heed_signals):
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=preexec_fn)
        self.addCleanup(process.kill)
        return process

    def interrupt_waiting(self, format, number, lines, *arguments):
        """Signals a program that has read `lines` paths and waits for the next."""
        process = self.start("recognize", "--model", self.model, "--format", format, *arguments, "-")
        out = b""
        for i in range(lines):
            process.stdin.write(b"a.png\n")
            process.stdin.flush()
            while out.count(b"a.png") <= i:
                out += os.read(process.stdout.fileno(), 65536)
        if lines == 0:
            while not out:  # what begins the output
                out += os.read(process.stdout.fileno(), 65536)
        process.send_signal(number)
        rest, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, err), (-number, b""))
        return (out + rest).decode()

    def test_json_is_closed(self):
        for number in ENDING:
            for lines in [0, 1, 3]:
                for threads in ["1", "3"]:
                    with self.subTest(number=number, lines=lines, threads=threads):
                        out = self.interrupt_waiting("json", number, lines, "--threads", threads)
                        self.assertEqual([one["file"] for one in json.loads(out)], ["a.png"] * lines)

    def test_other_formats_hold_whole_records(self):
        out = self.interrupt_waiting("ndjson", signal.SIGINT, 2)
        self.assertEqual([json.loads(line)["file"] for line in out.splitlines()], ["a.png"] * 2)
        out = self.interrupt_waiting("csv", signal.SIGINT, 2)
        self.assertEqual([row["file"] for row in csv.DictReader(io.StringIO(out))], ["a.png"] * 2)

    def test_json_is_whole_whenever_the_signal_comes(self):
        for i in range(40):
            self.write(f"plates/{i:02}.png", colours.png("B......."))
        for i in range(25):
            process = self.start("recognize", "--model", self.model, "--format", "json", "--threads", i % 3 + 1,
                                 *["plates"] * 50)
            time.sleep(0.004 * i)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
            self.assertIn(process.returncode, [-signal.SIGINT, 0])
            if out:  # none: before the model was loaded
                json.loads(out)

    def test_reader_that_stands_still_does_not_hold_the_program(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        process = subprocess.Popen([PROGRAM, "recognize", "--model", str(self.model), "--format", "json",
                                    *["a.png"] * 3000], cwd=self.folder, stdout=writer, preexec_fn=heed_signals)
        self.addCleanup(process.kill)
        os.close(writer)
        waiting = array.array("i", [0])
        while waiting[0] < 3500:  # until no record of some 150 bytes finds room
            fcntl.ioctl(reader, termios.FIONREAD, waiting)
            time.sleep(0.01)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.01)
        self.assertEqual(process.wait(timeout=60), -signal.SIGTERM)

    def test_ignored_signal_stays_ignored(self):
        process = self.start("recognize", "--model", self.model, "--format", "json", "-",
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.stdin.write(b"a.png\n")
        process.stdin.flush()
        os.read(process.stdout.fileno(), 65536)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)

    def test_no_unfinished_file_is_left(self):
        """A signal comes while the file is being written, at the latest when its unfinished name is seen."""
        before = {path.name for path in self.folder.iterdir()}
        caught = 0
        for i in range(60):
            number = ENDING[i % 3]
            command = [["convert", self.model], ["trace", self.model, "a.png"]][i % 2]
            process = self.start(*command, "-o", "out.safetensors")
            while process.poll() is None:
                if any(name.startswith(".lprnet-") for name in os.listdir(self.folder)):
                    process.send_signal(number)
                    caught += 1
                    break
            process.communicate(timeout=60)
            self.assertIn(process.returncode, [0, -number])
            names = {path.name for path in self.folder.iterdir()}
            self.assertLessEqual(names - before, {"out.safetensors"})
        self.assertGreater(caught, 0)


class ExitStatus(ProgramTest):
    def test_every_status(self):
        self.write("a.png", colours.png("B......."))
        self.assertEqual(self.recognize("a.png")[0], 0)
        self.assertEqual(self.recognize("gone.png")[0], 1)
        self.assertEqual(self.run_program("recognize")[0], 2)
        self.assertEqual(self.run_program("recognize", "--model", "a.png", "a.png")[0], 2)
        for number, status in [("INT", 130), ("TERM", 143), ("HUP", 129)]:
            script = (f'"$0" recognize --model "$1" --format json - < fifo > out & child=$!; exec 3> fifo; '
                      f'until [ -s out ]; do sleep 0.02; done; kill -{number} $child; wait $child; echo $?')
            # A shell starts its background jobs with SIGINT ignored.
            script = script.replace('"$0"', f'env --default-signal={number} "$0"', 1)
            fifo = self.folder / "fifo"
            fifo.unlink(missing_ok=True)
            os.mkfifo(fifo)
            (self.folder / "out").unlink(missing_ok=True)
            done = subprocess.run(["sh", "-c", script, PROGRAM, str(self.model)], cwd=self.folder,
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.stdout.split()[-1:], [str(status)], done.stderr)
        # Its reader has gone before it writes.
        reader, writer = os.pipe()
        os.close(reader)
        script = '"$0" recognize --model "$1" a.png; echo $? >&2'
        done = subprocess.run(["sh", "-c", script, PROGRAM, str(self.model)], cwd=self.folder, stdout=writer,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        os.close(writer)
        self.assertEqual(done.stderr.split()[-1], "141")

    def test_readme_and_help_list_them(self):
        text = README.read_text(encoding="utf-8")
        table = text[text.index("| exit status |"):].split("\n\n")[0]
        out = self.run_program("--help")[1]
        listed = out[out.index("Exit status:"):]
        for status in ["0", "1", "2", "129", "130", "141", "143"]:
            with self.subTest(status=status):
                self.assertRegex(table, rf"\b{status}\b")
                self.assertRegex(listed, rf"\b{status}\b")


if __name__ == "__main__":
    unittest.main()
