"""lprnet.batch: what many processes write is what one reads, whatever happens to them. Run by batch.py."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import distributed
import pyarrow as pa
import pyarrow.parquet as pq

import lprnet
from lprnet import batch

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "models/samples"
PHOTOS = sorted(str(path) for path in (SAMPLES / "photos").glob("*.jpg"))


def sorted_table(folder):
    return pq.read_table(folder, schema=batch.SCHEMA).sort_by([("file", "ascending"), ("plate", "ascending")])


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class BatchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-batch-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = str(self.folder / "plates.parquet")

    def many(self, count):
        """So many names of the sample photographs, and some files that are none."""
        names = []
        for number in range(count):
            name = self.folder / "pictures" / f"{number:04}.jpg"
            name.parent.mkdir(exist_ok=True)
            if number % 10 == 7:
                name.write_bytes(b"\xff\xd8\xff\xe0 no picture")
            else:
                name.symlink_to(PHOTOS[number % len(PHOTOS)])
            names.append(str(name))
        return names

    def check(self, files):
        """What is written is what one process reads, row for row, and nothing half written is left."""
        expected = batch.read_partition(files)
        found = sorted_table(self.out)
        self.assertTrue(found.equals(expected.sort_by([("file", "ascending"), ("plate", "ascending")])))
        self.assertEqual([name for name in os.listdir(self.out) if name.startswith(".")], [])


class Partition(BatchTest):
    def test_rows_are_plates_pictures_without_one_and_errors(self):
        empty = self.folder / "empty.pgm"
        empty.write_bytes(b"P5 64 64 255\n" + bytes(64 * 64))
        table = batch.read_partition([PHOTOS[0], str(empty), str(self.folder / "missing.jpg")])
        self.assertEqual(table.schema, batch.SCHEMA)
        first, none, missing = table.to_pylist()
        self.assertEqual(first["text"], pathlib.Path(PHOTOS[0]).stem)
        (found,) = lprnet.read(PHOTOS[0])
        self.assertEqual(first["corners"], [value for corner in found.corners for value in corner])
        self.assertEqual(first["plate"], 0)
        self.assertIsNone(first["error"])
        self.assertEqual((none["plate"], none["text"], none["error"]), (None, None, None))
        self.assertIn("missing.jpg", missing["error"])

    def test_threads_change_no_row(self):
        files = self.many(24)
        self.assertTrue(batch.read_partition(files).equals(batch.read_partition(files, threads=4)))

    def test_large_files_and_wrong_models(self):
        small = batch.ReadingOptions(most_bytes=1000)
        (row,) = batch.read_partition([PHOTOS[0]], small).to_pylist()
        self.assertEqual(row["error"], "more than 1000 bytes")
        with self.assertRaises(lprnet.NotFoundError):
            batch.read_partition(PHOTOS, batch.ReadingOptions(reader="missing.safetensors"))


class Inputs(BatchTest):
    def test_folders_patterns_and_manifests(self):
        files = self.many(12)
        (self.folder / "pictures" / "notes.txt").write_text("none")
        pictures = str(self.folder / "pictures")
        self.assertEqual(batch.expand([pictures]), files)
        self.assertEqual(batch.expand([pictures + "/000*.jpg"]), files[:10])
        self.assertEqual(batch.expand([files[3], pictures]), [files[3], *files[:3], *files[4:]])
        self.assertEqual(batch.expand(["file://" + pictures]), ["file://" + name for name in files])
        manifest = self.folder / "list.txt"
        manifest.write_text(f"# pictures\n\n{files[5]}\n  {files[2]}\n", encoding="utf-8")
        self.assertEqual(batch.expand([], [str(manifest)]), [files[5], files[2]])
        with self.assertRaisesRegex(FileNotFoundError, "nothing"):
            batch.expand([pictures + "/nothing*.jpg"])

    def test_addresses_of_other_storage(self):
        import fsspec

        memory = fsspec.filesystem("memory")
        for path in PHOTOS[:3]:
            memory.pipe("/photos/" + os.path.basename(path), pathlib.Path(path).read_bytes())
        files = batch.expand(["memory://photos/"])
        self.assertEqual(len(files), 3)
        texts = batch.read_partition(files)["text"].to_pylist()
        self.assertEqual(set(texts), set(batch.read_partition(PHOTOS[:3])["text"].to_pylist()))


class Cluster(BatchTest):
    def test_two_processes_write_what_one_reads(self):
        files = self.many(60)
        seen = []
        summary = batch.read_to_parquet(files, self.out, workers=2, partition=7, progress=lambda one, left: seen.append(left))
        self.assertEqual((summary.partitions, summary.kept, summary.pictures, summary.errors), (9, 0, 60, 6))
        self.assertEqual(summary.failed, {})
        self.assertEqual(sorted(seen, reverse=True), list(range(8, -1, -1)))
        self.check(files)

    def test_what_was_written_is_not_read_again(self):
        files = self.many(40)
        batch.read_to_parquet(files[:20], self.out, workers=1, partition=10)
        before = {path.name: path.stat().st_mtime_ns for path in pathlib.Path(self.out).iterdir()}
        (pathlib.Path(self.out) / ".part-0000003-left-by-a-killed-worker").write_bytes(b"half")
        summary = batch.read_to_parquet(files, self.out, workers=1, partition=10)
        self.assertEqual((summary.partitions, summary.kept, summary.pictures), (4, 2, 20))
        for name, time_of in before.items():
            self.assertEqual((pathlib.Path(self.out) / name).stat().st_mtime_ns, time_of)
        self.check(files)
        # Other options are another answer.
        other = batch.read_to_parquet(files, self.out, workers=1, partition=10, options=batch.ReadingOptions(max_plates=1))
        self.assertEqual(other.kept, 0)

    def test_workers_that_are_killed(self):
        files = self.many(120)
        killed = []

        def kill(client):
            while len(killed) < 2:
                for pid in client.run(os.getpid).values():
                    time.sleep(0.7)
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    break
                time.sleep(1.5)

        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            with distributed.Client(cluster, set_as_default=False) as client:
                thread = threading.Thread(target=kill, args=(client,))
                thread.start()
                summary = batch.read_to_parquet(files, self.out, scheduler=cluster.scheduler_address, partition=3)
                thread.join()
        self.assertEqual(len(killed), 2)
        self.assertEqual(summary.failed, {})
        self.check(files)

    def test_a_scheduler_that_is_started_again(self):
        files = self.many(120)
        port = free_port()
        address = f"tcp://127.0.0.1:{port}"

        def start():
            scheduler = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1",
                                          "--port", str(port), "--no-dashboard"], stderr=subprocess.DEVNULL)
            worker = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1",
                                       "--no-dashboard", "--death-timeout", "60"], stderr=subprocess.DEVNULL, cwd=self.folder)
            return [scheduler, worker]

        processes = start()
        restarted = []

        def restart(summary, left):
            if summary.pictures >= 30 and not restarted:
                restarted.append(left)
                for process in processes:
                    process.kill()
                    process.wait()
                processes[:] = start()

        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    distributed.Client(address, timeout=5, set_as_default=False).close()
                    break
                except OSError:
                    self.assertLess(time.monotonic(), deadline)
            summary = batch.read_to_parquet(files, self.out, scheduler=address, partition=3, progress=restart)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        self.assertEqual(len(restarted), 1)
        self.assertEqual(summary.failed, {})
        self.check(files)

    def test_a_model_that_no_worker_has(self):
        summary = batch.read_to_parquet(self.many(4), self.out, workers=1, partition=2,
                                        options=batch.ReadingOptions(reader="/missing.safetensors"))
        self.assertEqual(len(summary.failed), 2)
        for reason in summary.failed.values():
            self.assertIn("/missing.safetensors", reason)


class CommandLine(BatchTest):
    def run_batch(self, *arguments):
        done = subprocess.run([sys.executable, "-m", "lprnet.batch", *map(str, arguments)], capture_output=True, text=True,
                              cwd=self.folder, check=False, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def test_a_folder(self):
        shutil.copytree(SAMPLES / "photos", self.folder / "photos")
        status, out, err = self.run_batch("photos", "-o", "plates.parquet", "--workers", 1, "--partition", 5)
        self.assertEqual((status, out), (0, ""), err)
        self.assertRegex(err, r"12 pictures read, 1\d plates, 0 pictures with errors, 0 of 3 partitions were there, 0 failed")
        texts = sorted_table(self.out)["text"].to_pylist()
        self.assertLessEqual({pathlib.Path(name).stem for name in PHOTOS}, set(texts))
        status, _, err = self.run_batch("photos", "-o", "plates.parquet", "--workers", 1, "--partition", 5)
        self.assertIn("0 pictures read, 0 plates, 0 pictures with errors, 3 of 3 partitions were there", err)

    def test_mistakes(self):
        for arguments, says in ((("-o", "x"), "no inputs"), (("nothing*.jpg", "-o", "x"), "no picture is there"),
                                ((PHOTOS[0], "-o", "x", "--model", "missing"), "missing"),
                                ((PHOTOS[0], "-o", "x", "--partition", 0), "expected at least 1")):
            with self.subTest(arguments=arguments):
                status, _, err = self.run_batch(*arguments)
                self.assertEqual(status, 2)
                self.assertIn(says, err)
                self.assertNotIn("Traceback", err)


if __name__ == "__main__":
    unittest.main()
