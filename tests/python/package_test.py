"""The installed Python package: the program's strings for every kind of picture, errors, threads, types."""

import importlib.metadata
import io
import itertools
import os
import pathlib
import pickle
import re
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy
import PIL.Image

import lprnet

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "models/samples").glob("*.jpg"))
SHARED = pathlib.Path(os.environ["LPRNET_SHARED"]) / "plates"
PROGRAM = pathlib.Path(sys.executable).parent / "lprnet"


def read_by_program(*paths):
    """Text and confidence by path."""
    out = subprocess.run([PROGRAM, "recognize", "--recursive", "--format", "ndjson", *paths], check=True,
                         capture_output=True).stdout
    return dict(re.findall(r'^\{"file":"([^"]*)","text":"([^"]*)"', out.decode(), re.MULTILINE))


def pixels(path):
    """RGB, as an array."""
    return numpy.asarray(PIL.Image.open(path).convert("RGB"))


class Readings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recognizer = lprnet.Recognizer()
        cls.two = lprnet.Recognizer(threads=2)

    def test_samples_read_as_their_names_say(self):
        self.assertEqual(len(SAMPLES), 24)
        for path in SAMPLES:
            self.assertEqual(self.recognizer.recognize(path).text, path.stem)
        self.assertEqual([plate.text for plate in self.two.recognize_batch(SAMPLES)], [p.stem for p in SAMPLES])

    def test_same_strings_as_the_program(self):
        self.assertEqual(list(read_by_program(*SAMPLES).values()), [path.stem for path in SAMPLES])

    def test_images(self):
        path = SAMPLES[3]
        image = lprnet.Image.load(path)
        self.assertEqual((image.warning, repr(image)), ("", f"Image(width={image.width}, height={image.height})"))
        array = numpy.asarray(image)
        self.assertEqual((array.shape, array.dtype, array.flags.writeable),
                         ((image.height, image.width, 3), numpy.uint8, False))
        self.assertEqual(bytes(image), array.tobytes())
        self.assertTrue(numpy.array_equal(numpy.asarray(lprnet.Image.decode(path.read_bytes())), array))
        expected = self.recognizer.recognize(path)
        for order in ("BGR", "RGB"):  # of arrays alone
            self.assertEqual(self.recognizer.recognize(image, order=order), expected)
        self.assertEqual(self.two.recognize_batch([image, path, image]), [expected] * 3)
        with self.assertRaises(TypeError):
            memoryview(image)[0, 0, 0] = 1

    def test_image_limits_and_errors(self):
        path = SAMPLES[3]
        with self.assertRaisesRegex(lprnet.LimitError, "pixels"):
            lprnet.Image.load(path, max_pixels=100)
        with self.assertRaisesRegex(lprnet.LimitError, "bytes"):
            lprnet.Image.load(path, max_file_bytes=100)
        with self.assertRaisesRegex(lprnet.InvalidPictureError, "some.jpg"):
            lprnet.Image.decode(b"no picture", "some.jpg")
        with self.assertRaisesRegex(lprnet.InvalidPictureError, "truncated"):
            lprnet.Image.decode(path.read_bytes()[:-200])

    def test_image_that_lacks_its_end_marker(self):
        data = SAMPLES[3].read_bytes()
        self.assertEqual(data[-2:], b"\xff\xd9")
        try:
            image = lprnet.Image.decode(data[:-2], "cut.jpg")
        except lprnet.InvalidPictureError as error:  # as stb_image has it
            self.skipTest(str(error))
        self.assertEqual(image.warning, "cut.jpg: lacks the end marker of a JPEG; its pixels are all there")
        self.assertTrue(numpy.array_equal(numpy.asarray(image), numpy.asarray(lprnet.Image.decode(data))))

    def test_camera_frames(self):
        # By ITU-R BT.601 for each pixel, in floats; OpenCV's integers differ by 1 at most.
        random = numpy.random.default_rng(5)
        height, width = 6, 10
        luma = random.integers(16, 236, (height, width)).astype(numpy.uint8)
        u, v = random.integers(64, 192, (2, height // 2, width // 2)).astype(numpy.uint8)
        y = 1.164 * (luma.astype(float) - 16)
        u_each, v_each = (plane.repeat(2, 0).repeat(2, 1).astype(float) - 128 for plane in (u, v))
        whole = numpy.clip(numpy.dstack([y + 2.018 * u_each, y - 0.391 * u_each - 0.813 * v_each,
                                         y + 1.596 * v_each]), 0, 255)
        nv12 = numpy.vstack([luma, numpy.dstack([u, v]).reshape(height // 2, width)])
        nv21 = numpy.vstack([luma, numpy.dstack([v, u]).reshape(height // 2, width)])
        padded = numpy.zeros((9, 16), numpy.uint8)
        padded[:, :width] = nv12
        yuyv = numpy.zeros((height, width, 2), numpy.uint8)
        yuyv[:, :, 0] = luma
        yuyv[:, 0::2, 1], yuyv[:, 1::2, 1] = u.repeat(2, 0), v.repeat(2, 0)
        make = lprnet.Image.from_camera
        chroma = numpy.zeros((3, 12), numpy.uint8)
        chroma[:, :width] = nv12[height:]
        for name, image in {
                "nv12": make(nv12, width, height, "NV12"), "nv21": make(nv21.tobytes(), width, height, "NV21"),
                "yuyv": make(yuyv, width, height, "YUYV"),
                "rows": make(padded, width, height, "NV12", row_bytes=16),
                "last row cut": make(padded.tobytes()[:-6], width, height, "NV12", row_bytes=16),
                "two planes": make(padded[:6], width, height, "NV12", row_bytes=16, chroma=chroma,
                                   chroma_row_bytes=12)}.items():
            with self.subTest(name):
                self.assertLessEqual(numpy.abs(numpy.asarray(image) - whole).max(), 1.5)
        part = make(nv12, width, height, "NV12", region=(3, 1, 5, 4))
        self.assertTrue(numpy.array_equal(numpy.asarray(part),
                                          numpy.asarray(make(nv12, width, height, "NV12"))[1:5, 3:8]))

    def test_camera_frames_that_are_none(self):
        make = lprnet.Image.from_camera
        frame = bytes(90)
        for words, arguments, options in (
                ("too few", (frame[:-1], 10, 6, "NV12"), {}), ("too few", (frame, 10, 6, "YUYV"), {}),
                ("too few", (frame, 10, 8, "NV12"), {}), ("even|expected", (frame, 9, 6, "NV12"), {}),
                ("one row", (frame, 10, 6, "NV12"), {"row_bytes": 2**62}),
                ("rows", (frame, 10, 6, "NV12"), {"row_bytes": 9}),
                ("rows", (frame, 10, 6, "NV12"), {"row_bytes": -10}), ("", (frame, 0, 6, "NV12"), {}),
                ("", (frame, 2**31 - 2, 2**31 - 2, "NV12"), {}),
                ("too few", (frame, 10, 6, "NV12"), {"chroma": bytes(29)}),
                ("expected 'NV12'", (frame, 10, 6, "I420"), {}),
                ("uint8", (numpy.zeros(90, numpy.uint16), 10, 6, "NV12"), {}),
                ("", (frame, 10, 6, "NV12"), {"region": (5, 5, 6, 1)})):
            with self.subTest(words=words, options=options), self.assertRaisesRegex(lprnet.InvalidArgumentError, words):
                make(*arguments, **options)
        with self.assertRaises((BufferError, ValueError)):
            make(numpy.zeros((9, 20), numpy.uint8)[:, ::2], 10, 6, "NV12")
        with self.assertRaises(TypeError):
            make("frame.yuv", 10, 6, "NV12")

    @unittest.skipUnless(SHARED.exists(), "without the plates beside the project")
    def test_same_strings_as_the_program_on_shared_plates(self):
        folders = [SHARED / name for name in ("ccpd-labelled", "green-labelled")]
        expected = read_by_program(*folders)
        self.assertGreater(len(expected), 500)
        found = dict(zip(expected, (plate.text for plate in self.two.recognize_batch(expected))))
        self.assertEqual(found, expected)

    def test_every_kind_of_picture_reads_the_same(self):
        path = SAMPLES[3]
        rgb = pixels(path)
        png = io.BytesIO()
        PIL.Image.fromarray(rgb).save(png, "PNG")
        expected = self.recognizer.recognize(rgb, order="RGB")
        bgr = numpy.ascontiguousarray(rgb[:, :, ::-1])
        bgra = numpy.dstack([bgr, numpy.full(bgr.shape[:2], 7, numpy.uint8)])
        padded = numpy.zeros((rgb.shape[0], rgb.shape[1] + 9, 3), numpy.uint8)
        padded[:, :-9] = bgr
        kinds = {"bgr": bgr, "bgra": bgra, "reversed channels": rgb[:, :, ::-1], "region": padded[:, :-9],
                 "upside down twice": numpy.ascontiguousarray(bgr[::-1])[::-1], "fortran": numpy.asfortranarray(bgr),
                 "png": png.getvalue(), "bytearray": bytearray(png.getvalue()), "memoryview": memoryview(bgr),
                 "png array": numpy.frombuffer(png.getvalue(), numpy.uint8), "pillow": PIL.Image.fromarray(rgb),
                 "palette": PIL.Image.fromarray(rgb).convert("RGBA")}
        for name, picture in kinds.items():
            with self.subTest(kind=name):
                self.assertEqual(self.recognizer.recognize(picture), expected)
        self.assertNotEqual(self.recognizer.recognize(rgb).confidence, expected.confidence)
        mixed = self.two.recognize_batch([*kinds.values(), path, bgr])
        self.assertEqual(mixed[:len(kinds)] + mixed[-1:], [expected] * (len(kinds) + 1))
        self.assertEqual(self.two.recognize_batch([bgr, bgra, padded[:, :-9]]), [expected] * 3)
        self.assertEqual(self.two.recognize_batch([]), [])

    def test_grey(self):
        grey = numpy.asarray(PIL.Image.open(SAMPLES[0]).convert("L"))
        expected = self.recognizer.recognize(numpy.dstack([grey] * 3))
        for name, picture in {"plane": grey, "one channel": grey[:, :, None], "pillow": PIL.Image.fromarray(grey)}.items():
            with self.subTest(kind=name):
                self.assertEqual(self.recognizer.recognize(picture), expected)

    def test_plate(self):
        plate = self.recognizer.recognize(str(SAMPLES[0]))
        self.assertEqual("".join(character.text for character in plate.characters), plate.text)
        self.assertTrue(all(0 < c.confidence <= 1 for c in plate.characters))
        self.assertTrue(all(a.step < b.step for a, b in itertools.pairwise(plate.characters))
                        if hasattr(itertools, "pairwise") else True)
        self.assertEqual(pickle.loads(pickle.dumps(plate)), plate)
        self.assertEqual(repr(plate), f"Plate(text={plate.text!r}, confidence={plate.confidence:.4f})")
        self.assertNotEqual(plate, plate.text)
        self.assertEqual(len({plate, self.recognizer.recognize(SAMPLES[0])}), 1)

    def test_model_from_bytes(self):
        model = (ROOT / "models/lprnet-cn.safetensors").read_bytes()
        recognizer = lprnet.Recognizer(model, threads=3, isa=lprnet.instruction_sets()[-1])
        self.assertEqual((recognizer.threads, recognizer.isa), (3, lprnet.instruction_sets()[-1]))
        self.assertEqual(recognizer.recognize(SAMPLES[1]).text, SAMPLES[1].stem)
        self.assertIn("皖", recognizer.alphabet)
        self.assertEqual(recognizer.name, self.recognizer.name)

    def test_python_threads_share_a_recognizer(self):
        found = [None] * 2

        def read(number):
            found[number] = [self.recognizer.recognize(path).text for path in SAMPLES]

        threads = [threading.Thread(target=read, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [[path.stem for path in SAMPLES]] * 2)

    def test_the_gil_is_released(self):
        """A FIFO is written by another Python thread while recognize() waits for it."""
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "pipe")
            os.mkfifo(pipe)
            writer = threading.Thread(target=lambda: pathlib.Path(pipe).write_bytes(SAMPLES[0].read_bytes()))
            writer.start()
            self.assertEqual(self.recognizer.recognize(pipe).text, SAMPLES[0].stem)
            writer.join()


class Photographs(unittest.TestCase):
    def test_same_lines_as_the_program(self):
        photos = sorted((ROOT / "models/samples/photos").glob("*.jpg"))
        self.assertGreater(len(photos), 3)
        out = subprocess.run([PROGRAM, "read", *photos], check=True, capture_output=True).stdout.decode()
        found = lprnet.PhotoReader(threads=2).read_batch([photos[0], pixels(photos[1])[:, :, ::-1], *photos[2:]])
        lines = [f"{photo}\t{plate.text}\t{plate.plate.confidence:.4f}\t" +
                 " ".join(f"{x:.1f},{y:.1f}" for x, y in plate.corners)
                 for photo, plates in zip(photos, found) for plate in plates]
        self.assertEqual(lines, out.splitlines())

    def test_read(self):
        photo = ROOT / "models/samples/photos/皖U69168.jpg"
        (found,) = lprnet.read(pixels(photo), order="RGB")
        self.assertEqual((found.text, found.plate.text, found.lines), ("皖U69168", "皖U69168", 1))
        self.assertGreater(found.confidence, 0.5)
        self.assertRegex(repr(found), "^FoundPlate.text='皖U69168', confidence=0.*corners=")
        self.assertEqual(lprnet.PhotoReader(region=(0, 0, 100, 100), second_look=False).read(photo), [])

    def test_errors(self):
        with self.assertRaises(lprnet.InvalidArgumentError):
            lprnet.PhotoReader(detector=ROOT / "models/lprnet-cn.safetensors")
        with self.assertRaises(lprnet.InvalidArgumentError):
            lprnet.PhotoReader(max_plates=0)
        with self.assertRaises(lprnet.NotFoundError):
            lprnet.read("/nowhere/x.jpg")


LETTERS = """{"format": "lprnet.grammar", "version": 1, "name": "letters", "classes": {"letter": "ABCDEFGHJKLMNPQRSTUVWXYZ"},
 "patterns": [{"name": "word", "is": [{"repeat": "letter", "from": 1, "to": 8}]}]}"""


class Decoding(unittest.TestCase):
    def test_candidates_and_temperature(self):
        path = SAMPLES[2]
        usual = lprnet.Recognizer().recognize(path)
        self.assertEqual((usual.grammar, usual.alternatives), ("matched", ()))
        options = lprnet.DecodeOptions(candidates=3, beam_width=16, temperature=4)
        plate = lprnet.Recognizer(decoding=options).recognize(path)
        self.assertEqual((plate.text, plate.grammar), (path.stem, "matched"))
        self.assertLess(plate.confidence, usual.confidence)
        self.assertEqual(len({a.text for a in plate.alternatives} - {plate.text}), 2)
        self.assertGreaterEqual(plate.confidence, plate.alternatives[0].confidence)
        self.assertGreaterEqual(plate.alternatives[0].confidence, plate.alternatives[1].confidence)
        self.assertEqual({(a.grammar, bool(a.pattern)) for a in plate.alternatives}, {("matched", True)})
        self.assertEqual(pickle.loads(pickle.dumps(plate)), plate)
        self.assertNotEqual(plate.alternatives[0], plate.alternatives[1])
        self.assertNotEqual(plate, usual)

    def test_grammars(self):
        letters = lprnet.Grammar.parse(LETTERS)
        self.assertEqual((letters.name, letters.text), ("letters", LETTERS))
        self.assertEqual(lprnet.Grammar.load(ROOT / "models/grammars/cn.json").text, lprnet.Grammar.known("cn").text)
        self.assertIn("cn", lprnet.Grammar.known_names())
        for options, text, match in [
                (lprnet.DecodeOptions(grammar=letters), "", "unmatched"),
                (lprnet.DecodeOptions(grammar=letters, grammar_mode="soft"), SAMPLES[2].stem, "unmatched"),
                (lprnet.DecodeOptions(grammar=lprnet.Grammar.known("cn")), SAMPLES[2].stem, "matched"),
                (lprnet.DecodeOptions(ignore_grammar=True), SAMPLES[2].stem, "unused"),
                (lprnet.DecodeOptions(decoder="greedy", ignore_grammar=True), SAMPLES[2].stem, "unused")]:
            with self.subTest(text=text, match=match):
                plate = lprnet.Recognizer(decoding=options).recognize(SAMPLES[2])
                self.assertEqual((plate.text, plate.grammar), (text, match))

    def test_photographs(self):
        photo = ROOT / "models/samples/photos/皖U69168.jpg"
        german = lprnet.DecodeOptions(grammar=lprnet.Grammar.known("de"))
        self.assertEqual(lprnet.PhotoReader(decoding=german).read(photo), [])
        self.assertEqual(lprnet.PhotoReader(decoding=german, keep_unread=True).read(photo)[0].plate.grammar, "unmatched")
        warm = lprnet.DecodeOptions(temperature=10)
        found = [lprnet.PhotoReader(decoding=warm, margin=margin).read(photo)[0].plate.confidence
                 for margin in (0.05, 0.1)]
        self.assertNotEqual(*found)
        coarse = lprnet.PhotoReader(input_size=(320, 192), isa=lprnet.instruction_sets()[0]).read(photo)
        self.assertEqual([plate.text for plate in coarse], ["皖U69168"])
        self.assertNotEqual(coarse[0].corners, lprnet.read(photo)[0].corners)

    def test_further_looks(self):
        """A plate cut out with too much around it is read by a second look."""
        rgb = pixels(SAMPLES[3])
        wide = numpy.pad(rgb, ((rgb.shape[0] // 2,) * 2, (rgb.shape[1] // 3,) * 2, (0, 0)), mode="edge")
        by = [lprnet.Recognizer(decoding=lprnet.DecodeOptions(further_looks=looks)).recognize(wide, order="RGB")
              for looks in (True, False)]
        self.assertNotEqual(by[0].confidence, by[1].confidence)

    def test_lines(self):
        sample = ROOT / "models/samples/鲁PQQAZN.jpg"
        plate = lprnet.Recognizer().recognize(sample)
        self.assertEqual((plate.text, plate.lines), ("鲁PQQAZN", 2))
        one = lprnet.Recognizer(decoding=lprnet.DecodeOptions(lines=1)).recognize(sample)
        self.assertEqual((one.text, one.lines), ("", 1))
        self.assertEqual(pickle.loads(pickle.dumps(plate)), plate)

    def test_vote(self):
        plate = lprnet.Recognizer(decoding=lprnet.DecodeOptions(candidates=3)).recognize(SAMPLES[0])
        self.assertEqual(lprnet.vote([plate]), plate)
        self.assertEqual(lprnet.vote([plate, plate]).text, plate.text)
        self.assertEqual(lprnet.vote([]).text, "")

    def test_values(self):
        options = lprnet.DecodeOptions()
        self.assertEqual((options.decoder, options.beam_width, options.classes_per_step, options.grammar,
                          options.ignore_grammar, options.grammar_mode, options.outside_weight, options.candidates,
                          options.temperature, options.further_looks, options.lines),
                         ("model", 8, 8, None, False, None, 0.03, 1, None, True, None))
        grammar = lprnet.Grammar.known("cn")
        options = lprnet.DecodeOptions(decoder="beam", beam_width=9, classes_per_step=7, grammar=grammar,
                                       ignore_grammar=True, grammar_mode="soft", outside_weight=0.5, candidates=2,
                                       temperature=1.5, further_looks=False, lines=2)
        self.assertEqual((options.decoder, options.beam_width, options.classes_per_step, options.grammar.name,
                          options.ignore_grammar, options.grammar_mode, options.outside_weight, options.candidates,
                          options.temperature, options.further_looks, options.lines),
                         ("beam", 9, 7, grammar.name, True, "soft", 0.5, 2, 1.5, False, 2))

    def test_errors(self):
        for message, make in {
                "decoder: is 'best', expected one of 'model', 'greedy', 'beam'":
                    lambda: lprnet.DecodeOptions(decoder="best"),
                "grammar_mode: is 'lax'": lambda: lprnet.DecodeOptions(grammar_mode="lax"),
                "klingon": lambda: lprnet.Grammar.known("klingon"),
                "candidates": lambda: lprnet.Recognizer(decoding=lprnet.DecodeOptions(candidates=9)),
                "temperature": lambda: lprnet.PhotoReader(decoding=lprnet.DecodeOptions(temperature=-1)),
                "margin": lambda: lprnet.PhotoReader(margin=2)}.items():
            with self.assertRaisesRegex(lprnet.InvalidArgumentError, message):
                make()
        with self.assertRaisesRegex(lprnet.FormatError, "braces"):
            lprnet.Grammar.parse("{", "braces")
        with self.assertRaises(lprnet.NotFoundError):
            lprnet.Grammar.load("/nowhere/x.json")
        with self.assertRaises(TypeError):
            lprnet.Recognizer(decoding="greedy")


class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recognizer = lprnet.Recognizer()

    def check(self, error, message, call):
        with self.assertRaisesRegex(error, message) as caught:
            call()
        if error is not TypeError:
            self.assertIsInstance(caught.exception, lprnet.Error)

    def test_files(self):
        self.check(lprnet.NotFoundError, "/nowhere/x.jpg", lambda: self.recognizer.recognize("/nowhere/x.jpg"))
        self.check(FileNotFoundError, "/nowhere", lambda: lprnet.Recognizer("/nowhere"))
        self.check(lprnet.ReadError, "/", lambda: lprnet.Recognizer("/"))
        self.check(lprnet.FormatError, "jpg", lambda: lprnet.Recognizer(SAMPLES[0]))
        self.check(lprnet.FormatError, "bytes", lambda: lprnet.Recognizer(b"{}"))
        cut = SAMPLES[0].read_bytes()[:-200]
        self.check(lprnet.InvalidPictureError, "bytes", lambda: self.recognizer.recognize(cut))
        self.check(lprnet.NotFoundError, "/nowhere/y",
                   lambda: self.recognizer.recognize_batch([SAMPLES[0], "/nowhere/y", "/nowhere/z"]))
        name = os.fsdecode(b"/nowhere/\xff")
        self.check(lprnet.NotFoundError, re.escape(name), lambda: self.recognizer.recognize(name))

    def test_arguments(self):
        good = numpy.zeros((24, 94, 3), numpy.uint8)
        for message, picture in {"shape .0, 94, 3": good[:0], "2 channels": good[:, :, :2], "type 'f'": good.astype("f"),
                                 "shape .1, 24, 94, 3": good[None], "do not follow": numpy.zeros(9, numpy.uint8)[::2],
                                 "65 channels|0 channels": numpy.zeros((2, 2, 65), numpy.uint8)}.items():
            with self.subTest(message=message):
                self.check(lprnet.InvalidArgumentError, message, lambda: self.recognizer.recognize(picture))
                self.check(ValueError, message, lambda: self.recognizer.recognize_batch([good, picture]))
        self.check(lprnet.InvalidArgumentError, "'GBR'", lambda: self.recognizer.recognize(good, order="GBR"))
        self.check(TypeError, "'int'", lambda: self.recognizer.recognize(7))
        self.check(TypeError, "'NoneType'", lambda: self.recognizer.recognize_batch([good, None]))
        self.check(lprnet.InvalidArgumentError, "-3", lambda: lprnet.Recognizer(threads=-3))
        self.check(lprnet.InvalidArgumentError, "abacus", lambda: lprnet.Recognizer(isa="abacus"))


class Pages(unittest.TestCase):
    """Every block of Python in the pages, as it stands there."""

    def run_blocks(self, page, least):
        blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
        self.assertGreaterEqual(len(blocks), least)
        outputs = []
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "plate.jpg").write_bytes((ROOT / "models/samples/皖CFX6006.jpg").read_bytes())
            pathlib.Path(folder, "photograph.jpg").write_bytes(
                (ROOT / "models/samples/photos/皖U69168.jpg").read_bytes())
            for block in blocks:
                done = subprocess.run([sys.executable, "-c", block], check=False, cwd=folder, capture_output=True)
                self.assertEqual((done.returncode, done.stderr), (0, b""), block)
                outputs.append(done.stdout.decode())
        return outputs

    def test_getting_started(self):
        outputs = self.run_blocks("include/lprnet/GETTING_STARTED.md", 4)
        self.assertRegex(outputs[0], r"^皖CFX6006 [01]\.\d+\n皖 ")
        self.assertEqual(outputs[1], "皖CFX6006 2\n")
        self.assertRegex(outputs[2], r"^皖U69168 0\.\d+ \(\(\d")
        self.assertRegex(outputs[3], "^not found: .*missing.jpg")

    def test_readme_of_the_package(self):
        (output,) = self.run_blocks("tools/python/README.md", 1)
        self.assertRegex(output, r"^皖U69168 .*\n皖CFX6006 [01]\.\d+\n$")

    def test_readme(self):
        (output,) = self.run_blocks("README.md", 1)
        self.assertRegex(output, "^皖U69168 ")


class Package(unittest.TestCase):
    def test_version(self):
        header = (ROOT / "include/lprnet/version.hpp").read_text(encoding="utf-8")
        self.assertIn(f'"{lprnet.__version__}"', header)

    def test_licences(self):
        files = importlib.metadata.files("lprnet")
        texts = {path.name: path.read_text(encoding="utf-8") for path in files if ".dist-info" in str(path.parent)}
        self.assertIn("Apache License", texts["LICENSE"])
        for part in ("nanobind", "robin-map", "nlohmann/json", "stb_image", "Highway", "libjpeg-turbo", "libpng", "CLI11"):
            self.assertRegex(texts["THIRD_PARTY_NOTICES"], f"(?m)^{part}\\b")
        models = {path.name: path.locate() for path in files if str(path.parent) == "lprnet/models"}
        names = [name for name in models if name.endswith(".safetensors")]
        self.assertEqual(sorted(names), ["lprnet-cn.safetensors", "lprnet-detect.safetensors"])
        for name in names:
            self.assertIn(rb'\"license\":\"Apache-2.0\"', models[name].read_bytes())
        for page, model in (("README.md", "lprnet-cn"), ("DETECTOR.md", "lprnet-detect")):
            self.assertRegex(models[page].read_text(encoding="utf-8"), r"(?s)%s.*licence \| Apache-2.0" % model)

    def test_everything_public_has_a_docstring(self):
        for name in lprnet.__all__:
            thing = getattr(lprnet, name)
            if isinstance(thing, type) and thing.__module__ != "lprnet._core":
                self.assertTrue(thing.__doc__, name)

    def test_types(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "typed.py")
            program.write_text("import lprnet\n"
                               "plate = lprnet.Recognizer(threads=2).recognize('x.jpg', order='RGB')\n"
                               "reveal_type(plate.characters[0].text)\n"
                               "lprnet.Recognizer().recognize('x.jpg', order='GBR')\n"
                               "plate.confidence.lower()\n", encoding="utf-8")
            out = subprocess.run([sys.executable, "-m", "mypy", "--strict", program], check=False, cwd=folder,
                                 capture_output=True, text=True).stdout
        self.assertIn('typed.py:3: note: Revealed type is "builtins.str"', out.replace('"str"', '"builtins.str"'))
        self.assertEqual(re.findall(r"typed.py:(\d+): error", out), ["4", "5"], out)


if __name__ == "__main__":
    unittest.main()
