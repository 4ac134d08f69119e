"""Runs the built program, whose path is in $LPRNET_WATCH, over the videos of draw_videos.py in $LPRNET_VIDEOS."""

import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ["LPRNET_WATCH"]
VIDEOS = pathlib.Path(os.environ["LPRNET_VIDEOS"])
SCHEMA = json.loads((ROOT / "tools/watch/watch.schema.json").read_text(encoding="utf-8"))
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("LPRNET_MODEL", "LPRNET_DETECTOR")}


def drawn(scene):
    """(text, direction, first second, last second) of each car."""
    for line in (VIDEOS / f"{scene}.tsv").read_text(encoding="utf-8").splitlines():
        text, direction, first, last = line.split("\t")
        yield text, direction, float(first), float(last)


def jpegs_of(video):
    """The frames of a Motion JPEG file, as OpenCV writes it: chunks named 00dc, each with its length."""
    data, frames, at = video.read_bytes(), [], 0
    while (at := data.find(b"00dc", at)) >= 0:
        length = int.from_bytes(data[at + 4:at + 8], "little")
        picture = data[at + 8:at + 8 + length]
        if picture[:2] == b"\xff\xd8":
            frames.append(picture)
            at += 8 + length
        else:  # of the index
            at += 4
    return frames


class WatchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-watch-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def watch(self, *arguments, **options):
        """Returns (exit status, records, standard error)."""
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, cwd=self.folder, env=ENVIRONMENT, timeout=500,
                              check=False, **options)
        return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()

    def check_texts(self, records, scene):
        self.assertEqual(sorted(record["text"] for record in records), sorted(text for text, *_ in drawn(scene)))


class Scenes(WatchTest):
    def check_scene(self, scene, *options, seconds=0.5):
        status, records, err = self.watch(VIDEOS / f"{scene}.avi", *options)
        self.assertEqual(status, 0, err)
        self.check_texts(records, scene)
        cars = {text: rest for text, *rest in drawn(scene)}
        for record in records:
            direction, first, last = cars[record["text"]]
            with self.subTest(scene=scene, text=record["text"]):
                self.assertGreater(record["confidence"], 0.9)
                self.assertLess(abs(record["first"]["seconds"] - first), seconds)
                self.assertLess(abs(record["last"]["seconds"] - last), seconds)
                self.assertEqual(record["direction"], direction)
                self.assertGreaterEqual(record["best"]["frame"], record["first"]["frame"])
                self.assertLessEqual(record["best"]["frame"], record["last"]["frame"])
        if jsonschema is not None:
            for record in records:
                jsonschema.validate(record, {**SCHEMA, "additionalProperties": False})
        return records

    def test_several_cars_by_day(self):
        self.check_scene("day")

    def test_several_cars_at_night(self):
        # The furthest and smallest plates are not read.
        self.check_scene("night", seconds=1)

    def test_cars_that_are_hidden_for_a_while(self):
        self.check_scene("pole")

    def test_only_where_something_moves(self):
        self.check_scene("day", "--motion")

    def test_every_third_frame(self):
        records = self.check_scene("day", "--every", "3", seconds=0.8)
        for record in records:
            self.assertEqual(record["best"]["frame"] % 3, 0)

    def test_cars_that_stop_at_a_gate(self):
        status, records, err = self.watch(VIDEOS / "gate.avi", "--every", "3")
        self.assertEqual(status, 0, err)
        self.assertEqual([record["text"] for record in records], [text for text, *_ in drawn("gate")])


class Sources(WatchTest):
    def test_a_video_on_standard_input(self):
        with (VIDEOS / "gate.avi").open("rb") as video:
            status, records, err = self.watch("-", "--every", "5", stdin=video)
        self.assertEqual(status, 0, err)
        self.check_texts(records, "gate")
        self.assertEqual({record["source"] for record in records}, {"-"})

    def test_a_source_taken_as_live_drops_frames_rather_than_wait(self):
        # As fast as frames can be decoded, which is faster than they can be read.
        status, records, err = self.watch(VIDEOS / "gate.avi", "--live")
        self.assertEqual(status, 0, err)
        frames, dropped = map(int, re.search(r": (\d+) frames, .* (\d+) frames dropped", err).groups())
        self.assertEqual(frames, 250)
        self.assertGreater(dropped, 0)
        for record in records:
            self.assertLess(record["frames"], 250)
            self.assertRegex(record["best"]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_a_camera_that_comes_back(self):
        frames = jpegs_of(VIDEOS / "gate.avi")
        self.assertEqual(len(frames), 250)
        parts = [frames[0:70:2], frames[70:150:2]]
        asked = []

        class Camera(http.server.BaseHTTPRequestHandler):
            """Gives the first part to who asks first, then nothing, then the rest."""

            def do_GET(self):
                asked.append(self.path)
                if len(asked) == 2 or len(asked) > 3:
                    self.send_error(503)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                for frame in parts[0 if len(asked) == 1 else 1]:
                    self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(frame), frame))
                    time.sleep(0.06)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://user:secret@127.0.0.1:{server.server_port}/stream.mjpg"
            status, records, err = self.watch(address, "--patience", "5", "--forget", "1")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        # It stays away in the end.
        self.assertEqual(status, 1, err)
        self.assertEqual([record["text"] for record in records], [text for text, *_ in drawn("gate")][:2])
        self.assertIn("gives no more frames; trying again", err)
        self.assertIn("1 times connected again", err)
        self.assertNotIn("secret", err)
        self.assertEqual({record["source"] for record in records}, {f"http://127.0.0.1:{server.server_port}/stream.mjpg"})

    def test_a_signal_ends_it_with_what_it_has_seen(self):
        frames = (VIDEOS / "gate.avi").read_bytes()
        process = subprocess.Popen([PROGRAM, "-", "--every", "5"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=ENVIRONMENT, cwd=self.folder)
        with process:
            # The first car and the half of the second, then nothing: it waits for more.
            process.stdin.write(frames[:len(frames) // 2])
            process.stdin.flush()
            first = process.stdout.readline()
            self.assertEqual(json.loads(first)["text"], next(drawn("gate"))[0])
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read().decode().splitlines()
            self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual([json.loads(line)["text"] for line in rest], [text for text, *_ in drawn("gate")][1:2])


class Options(WatchTest):
    def test_snapshots_show_the_best_frame(self):
        status, records, err = self.watch(VIDEOS / "gate.avi", "--every", "5", "--snapshot", "passed", "--output", "cars.ndjson")
        self.assertEqual((status, records), (0, []), err)
        records = [json.loads(line) for line in (self.folder / "cars.ndjson").read_text(encoding="utf-8").splitlines()]
        self.check_texts(records, "gate")
        self.assertEqual(sorted(str(path.relative_to(self.folder)) for path in (self.folder / "passed").iterdir()),
                         sorted(record["snapshot"] for record in records))
        for record in records:
            self.assertRegex(record["snapshot"], rf"^passed/\d{{5}}\.\d{{3}}_{record['text']}\.jpg$")
            picture = (self.folder / record["snapshot"]).read_bytes()
            self.assertTrue(picture.startswith(b"\xff\xd8") and picture.endswith(b"\xff\xd9"))

    def test_a_place_where_the_plate_always_is(self):
        # Where cars stop: the plate is 0.16 of 960 pixels wide, in the middle, at 0.8 of the height.
        left, right, top, bottom = 400, 560, 385, 480
        corners = f"{left},{top},{right},{top},{right},{bottom},{left},{bottom}"
        status, records, err = self.watch(VIDEOS / "gate.avi", "--quad", corners, "--every", "2")
        self.assertEqual(status, 0, err)
        self.assertEqual([record["text"] for record in records], [text for text, *_ in drawn("gate")])
        self.assertEqual({record["direction"] for record in records}, {"still"})

    def test_a_region(self):
        # The car that goes left keeps to the upper half, the others do not.
        _, records, _ = self.watch(VIDEOS / "day.avi", "--region", "480,0,480,330", "--every", "2")
        self.assertIn("闽VH32A6", {record["text"] for record in records})
        self.assertNotIn("皖CFX6006", {record["text"] for record in records})

    def test_what_is_seen_too_rarely_is_left_out(self):
        _, records, _ = self.watch(VIDEOS / "gate.avi", "--every", "5", "--least-frames", "1000")
        self.assertEqual(records, [])


class Trouble(WatchTest):
    def check_refused(self, *arguments, says, **options):
        status, records, err = self.watch(*arguments, **options)
        self.assertEqual((status, records), (2, []))
        self.assertIn(says, err)

    def test_what_is_no_video(self):
        (self.folder / "text.avi").write_text("no video", encoding="utf-8")
        self.check_refused("text.avi", says="text.avi: cannot be opened as a video")
        self.check_refused("missing.avi", says="missing.avi: cannot be opened as a video")
        self.check_refused("-", says="-: cannot be opened as a video", stdin=subprocess.DEVNULL)

    def test_a_password_is_not_shown(self):
        status, _, err = self.watch("http://user:secret@127.0.0.1:9/stream")
        self.assertEqual(status, 2)
        self.assertNotIn("secret", err)
        self.assertIn("http://127.0.0.1:9/stream: cannot be opened", err)

    def test_wrong_options(self):
        video = VIDEOS / "gate.avi"
        self.check_refused(video, "--quad", "1,2,3", says="--quad: '1,2,3', expected four corners")
        self.check_refused(video, "--region", "1,2,3", says="--region: '1,2,3'")
        self.check_refused(video, "--evry", "2", says="did you mean --every?")
        self.check_refused(says="source is required")

    def test_a_place_outside_the_frame_is_read_as_nothing(self):
        status, records, _ = self.watch(VIDEOS / "gate.avi", "--every", "50", "--quad", "5000,10,5100,10,5100,40,5000,40")
        self.assertEqual((status, records), (0, []))

    def test_a_video_that_breaks_off(self):
        data = (VIDEOS / "gate.avi").read_bytes()
        (self.folder / "half.avi").write_bytes(data[:len(data) // 2])
        status, records, err = self.watch("half.avi", "--every", "5")
        self.assertEqual(status, 0, err)
        self.assertEqual(records[0]["text"], next(drawn("gate"))[0])


if __name__ == "__main__":
    unittest.main()
