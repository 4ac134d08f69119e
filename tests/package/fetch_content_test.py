"""A stranger's project that brings lprnet by FetchContent: configured, built with all of the library, and run."""

import os
import pathlib
import shutil
import unittest

import consumers
from consumers import BUILD, CMAKE, COMPILER, FLAGS, ROOT, run


class FetchContent(unittest.TestCase):
    def test_program(self):
        # Always in the same place, compiled as this build is, so that a compiler cache has the objects.
        build = pathlib.Path(BUILD).with_name(pathlib.Path(BUILD).name + "-fetched")
        shutil.rmtree(build, ignore_errors=True)
        self.addCleanup(shutil.rmtree, build)
        strict = os.environ["LPRNET_STRICT"] or "OFF"
        out = run(CMAKE, "-S", consumers.HERE / "host", "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                  f"-DCMAKE_CXX_COMPILER={COMPILER}", f"-DCMAKE_CXX_FLAGS={FLAGS}", f"-DLPRNET_FOLDER={ROOT}",
                  f"-DCMAKE_COMPILE_WARNING_AS_ERROR={strict}", "-DBY_FETCH_CONTENT=ON",
                  f"-DCMAKE_CXX_COMPILER_LAUNCHER={os.environ['LPRNET_LAUNCHER']}")
        self.assertIn("found: lprnet_objects;lprnet STATIC_LIBRARY\n", out)
        run(CMAKE, "--build", build)
        self.assertEqual(run(build / "host", *consumers.write_inputs(build)), consumers.TEXT)


if __name__ == "__main__":
    unittest.main()
