"""The C interface by ctypes, as other languages call it: against the shared library alone."""

import ctypes
import os
import pathlib
import threading
import unittest
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_int32, c_int64, c_size_t, c_ssize_t, c_void_p

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/lprnet-cn.safetensors"
SAMPLES = sorted((ROOT / "models/samples").glob("*.jpg"))


class Character(ctypes.Structure):
    _fields_ = [("text", c_char_p), ("confidence", c_float), ("step", c_int32)]


class Plate(ctypes.Structure):
    _fields_ = [("text", c_char_p), ("confidence", c_float), ("character_count", c_size_t),
                ("characters", POINTER(POINTER(Character)))]


class Plates(ctypes.Structure):
    _fields_ = [("count", c_size_t), ("plates", POINTER(POINTER(Plate)))]


class RecognizerOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_int32), ("threads_per_plate", c_int32), ("decoding", c_void_p)]


class Pixels(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("data", c_char_p), ("width", c_int32), ("height", c_int32),
                ("row_bytes", c_ssize_t), ("format", c_int32)]


class ModelOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("isa", c_char_p), ("profile", c_char_p), ("max_file_bytes", c_int64),
                ("max_load_bytes", c_int64), ("max_arena_bytes", c_int64), ("max_operations", c_int64),
                ("input_width", c_int32), ("input_height", c_int32)]


LIBRARY = ctypes.CDLL(os.environ["LPRNET_LIBRARY"])
for name, result, arguments in [
        ("version", c_char_p, []), ("last_error", c_char_p, []), ("status_name", c_char_p, [c_int]),
        ("model_load", c_int, [c_char_p, POINTER(ModelOptions), POINTER(c_void_p)]),
        ("model_name", c_char_p, [c_void_p]), ("model_free", None, [c_void_p]),
        ("picture_load", c_int, [c_char_p, c_void_p, POINTER(c_void_p)]),
        ("picture_of_pixels", c_int, [POINTER(Pixels), POINTER(c_void_p)]),
        ("picture_free", None, [c_void_p]),
        ("recognizer_new", c_int, [c_void_p, POINTER(RecognizerOptions), POINTER(c_void_p)]),
        ("recognizer_free", None, [c_void_p]),
        ("recognize", c_int, [c_void_p, c_void_p, POINTER(POINTER(Plates))]),
        ("recognize_batch", c_int, [c_void_p, POINTER(c_void_p), c_size_t, POINTER(POINTER(Plates))]),
        ("plates_free", None, [POINTER(Plates)])]:
    function = getattr(LIBRARY, "lprnet_" + name)
    function.restype, function.argtypes = result, arguments


def checked(status):
    if status != 0:
        raise AssertionError(f"{status}: {LIBRARY.lprnet_last_error().decode()}")


def texts_of(plates):
    texts = [plates.contents.plates[i].contents.text.decode() for i in range(plates.contents.count)]
    LIBRARY.lprnet_plates_free(plates)
    return texts


class CApi(unittest.TestCase):
    def setUp(self):
        self.model = c_void_p()
        checked(LIBRARY.lprnet_model_load(os.fsencode(MODEL), None, byref(self.model)))
        self.addCleanup(LIBRARY.lprnet_model_free, self.model)
        self.recognizer = c_void_p()
        options = RecognizerOptions(size=ctypes.sizeof(RecognizerOptions), threads=2)
        checked(LIBRARY.lprnet_recognizer_new(self.model, byref(options), byref(self.recognizer)))
        self.addCleanup(LIBRARY.lprnet_recognizer_free, self.recognizer)

    def picture(self, path):
        picture = c_void_p()
        checked(LIBRARY.lprnet_picture_load(os.fsencode(path), None, byref(picture)))
        self.addCleanup(LIBRARY.lprnet_picture_free, picture)
        return picture

    def test_samples_read_as_their_names_say(self):
        pictures = [self.picture(path) for path in SAMPLES]
        plates = POINTER(Plates)()
        checked(LIBRARY.lprnet_recognize_batch(self.recognizer, (c_void_p * len(pictures))(*pictures),
                                               len(pictures), byref(plates)))
        self.assertEqual(len(SAMPLES), 24)
        self.assertEqual(texts_of(plates), [path.stem for path in SAMPLES])

    def test_threads_read_at_once(self):
        pictures = [self.picture(path) for path in SAMPLES[:4]]
        texts = [None, None]

        def read(number):
            found = []
            for picture in pictures:
                plates = POINTER(Plates)()
                checked(LIBRARY.lprnet_recognize(self.recognizer, picture, byref(plates)))
                found += texts_of(plates)
            texts[number] = found

        threads = [threading.Thread(target=read, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(texts, [[path.stem for path in SAMPLES[:4]]] * 2)

    def test_hostile_arguments(self):
        model = c_void_p(1)
        self.assertEqual(LIBRARY.lprnet_status_name(LIBRARY.lprnet_model_load(None, None, byref(model))),
                         b"invalid argument")
        self.assertIsNone(model.value)
        status = LIBRARY.lprnet_model_load(b"/nowhere/\xff.pth", byref(ModelOptions(size=ctypes.sizeof(ModelOptions))),
                                           byref(model))
        self.assertEqual(LIBRARY.lprnet_status_name(status), b"not found")
        self.assertIn(b"/nowhere/\xff.pth", LIBRARY.lprnet_last_error())
        picture = c_void_p(1)
        for pixels in [Pixels(), Pixels(size=ctypes.sizeof(Pixels)), Pixels(size=2**40, data=b"x", width=1, height=1),
                       Pixels(size=ctypes.sizeof(Pixels), data=b"xyz", width=2**31 - 1, height=1, row_bytes=3)]:
            self.assertEqual(LIBRARY.lprnet_picture_of_pixels(byref(pixels), byref(picture)), 7)
            self.assertIsNone(picture.value)

    def test_version(self):
        header = (ROOT / "include/lprnet/version.hpp").read_text(encoding="utf-8")
        self.assertIn(f'"{LIBRARY.lprnet_version().decode()}"', header)


if __name__ == "__main__":
    unittest.main()
