import csv
import io
import json
import os
import shutil
import socket
import stat
import subprocess
import unittest

import colours
from program import PROGRAM, ProgramTest


class Recognize(ProgramTest):
    def test_one_image(self):
        self.write("plate.png", colours.png("BB..RG.."))
        status, out, err = self.recognize("plate.png")
        path, text, confidence = out.rstrip("\n").split("\t")
        self.assertEqual((status, path, text, err), (0, "plate.png", "蓝RG", ""))
        self.assertRegex(confidence, r"^0\.99[0-9]{2}$")

    def test_every_image_format(self):
        self.write("a.png", colours.png("BB..RR..", scale=4))
        self.write("b.jpg", colours.JPEG)
        self.write("c.ppm", colours.ppm("BB..RR.."))
        self.write("d.bmp", colours.bmp("BB..RR.."))
        status, out, err = self.recognize("a.png", "b.jpg", "c.ppm", "d.bmp")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual([line.split("\t")[1] for line in out.splitlines()], ["蓝R"] * 4)

    def test_chinese_paths(self):
        self.write("车牌/京A12345.png", colours.png("GG.GG..."))
        status, out, _ = self.recognize("车牌")
        self.assertEqual((status, out.split("\t")[:2]), (0, ["车牌/京A12345.png", "GG"]))

    def test_paths_that_look_like_options_and_lists(self):
        self.write("--json", colours.ppm("BBBBBBBB"))
        self.write("[a,b]", colours.ppm("GGGGGGGG"))
        status, out, _ = self.recognize("[a,b]", "--", "--json")
        self.assertEqual(status, 0)
        self.assertEqual([line.split("\t")[:2] for line in out.splitlines()],
                         [["[a,b]", "G"], ["--json", "蓝"]])

    def test_folder_is_sorted_by_bytes_and_holds_its_images_only(self):
        for name in ["b.PNG", "a.png", "Z.png", "京.png", "é.png"]:
            self.write("plates/" + name, colours.png("R......."))
        self.write("plates/notes.txt", "not an image")
        self.write("plates/deeper/x.png", colours.png("R......."))
        status, out, err = self.recognize("plates")
        self.assertEqual((status, err), (0, "lprnet: note: skipped plates/notes.txt, which is no picture by its name\n"))
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()],
                         ["plates/" + n for n in ["Z.png", "a.png", "b.PNG", "é.png", "京.png"]])

    def test_files_without_an_ending_are_told_by_their_content(self):
        self.write("plates/京A12345", colours.png("R......."))
        self.write("plates/ppm", colours.ppm("GGGGGGGG"))
        self.write("plates/Makefile", "all:\n\ttrue\n")
        self.write("plates/empty", "")
        self.write("plates/picture.v2", colours.png("R......."))  # its ending says that it is something else
        self.write("plates/.hidden", colours.png("R......."))
        self.write("plates/.DS_Store", "")
        os.mkfifo(self.folder / "plates/fifo")
        for options in ([], ["--progress"]):  # which counts them before
            status, out, err = self.recognize("plates", *options)
            self.assertEqual(status, 0)
            self.assertEqual([line.split("\t")[0] for line in out.splitlines()], ["plates/ppm", "plates/京A12345"])
            self.assertEqual(err.splitlines()[-1], "lprnet: note: skipped 3 files that are no pictures by their names, "
                             "the first plates/Makefile")

    def test_pipes_and_devices_in_a_folder_are_passed_over(self):
        self.write("plates/a.png", colours.png("R......."))
        os.mkfifo(self.folder / "plates/fifo.png")
        (self.folder / "plates/zero.jpg").symlink_to("/dev/zero")
        (self.folder / "plates/lost.png").symlink_to("nowhere")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "plates/s.png"))
        status, out, err = self.recognize("plates")
        self.assertEqual((status, [line.split("\t")[0] for line in out.splitlines()]),
                         (1, ["plates/a.png"]))
        self.assertIn("lost.png: no such file", err)
        self.assertNotIn("zero.jpg", err)

    def test_pictures_from_pipes(self):
        picture = colours.png("BB..RG..")
        self.write("plate.png", picture)
        command = f'"{PROGRAM}" recognize --model "{self.model}" /dev/stdin'
        for source in ["< plate.png", "< <(cat plate.png)"]:
            done = subprocess.run(["bash", "-c", f"{command} {source}"], cwd=self.folder,
                                  capture_output=True, timeout=60, check=False)
            self.assertEqual(done.stdout.decode().split("\t")[:2], ["/dev/stdin", "蓝RG"])
        done = subprocess.run(["bash", "-c", command.replace("/dev/stdin", "<(cat plate.png)")],
                              cwd=self.folder, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.stdout.decode().split("\t")[1], "蓝RG")

    def test_recursive(self):
        for name in ["b/1.png", "a.png", "b/c/2.png"]:
            self.write("plates/" + name, colours.png("R......."))
        (self.folder / "plates/b/loop").symlink_to("..")
        status, out, _ = self.recognize("--recursive", "plates")
        self.assertEqual(status, 0)
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()],
                         ["plates/a.png", "plates/b/1.png", "plates/b/c/2.png"])

    def test_empty_folder(self):
        (self.folder / "empty").mkdir()
        status, out, err = self.recognize("empty")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("empty: no images in this folder", err)

    def test_folder_with_subfolders_only_hints_at_recursive(self):
        self.write("plates/a/1.png", colours.png("R......."))
        status, _, err = self.recognize("plates")
        self.assertEqual(status, 1)
        self.assertIn("--recursive", err)

    def test_list_on_standard_input(self):
        self.write("a.png", colours.png("B......."))
        self.write("b c.png", colours.png("G......."))
        status, out, _ = self.recognize("-", stdin="a.png\n\nb c.png\r\nb c.png")
        self.assertEqual(status, 0)
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()],
                         ["a.png", "b c.png", "b c.png"])

    def test_a_feeding_program_gets_each_answer_before_the_next_path(self):
        self.write("a.png", colours.png("B......."))
        for threads in ["1", "3"]:
            with self.subTest(threads=threads), subprocess.Popen(
                    [PROGRAM, "recognize", "--model", str(self.model), "--threads", threads, "-"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.folder) as process:
                for _ in range(20):
                    process.stdin.write(b"a.png\n")
                    process.stdin.flush()
                    self.assertTrue(process.stdout.readline().startswith(b"a.png\t"))
                process.stdin.close()
                self.assertEqual(process.wait(timeout=60), 0)

    def test_threads_keep_the_order_and_the_answers(self):
        names = []
        for i in range(60):
            columns = "".join("BGR."[(i >> (2 * k)) % 4] for k in range(4)) * 2
            names.append(f"{i:02}.png")
            # The larger pictures take longer, so threads finish out of order.
            self.write("plates/" + names[-1], colours.png(columns, scale=60 if i % 7 == 0 else 1))
        self.write("plates/30.png", "broken")
        expected = self.recognize("plates")
        self.assertEqual(expected[0], 1)
        for threads in ["2", "5", "0"]:
            with self.subTest(threads=threads):
                self.assertEqual(self.recognize("--threads", threads, "plates"), expected)

    def test_reader_that_goes_away(self):
        for i in range(300):
            self.write(f"plates/{i}.png", colours.png("B......."))
        command = f'"{PROGRAM}" recognize --model "{self.model}" --threads 2 plates | head -n 1'
        done = subprocess.run(["sh", "-c", command], cwd=self.folder, capture_output=True,
                              timeout=60, check=False)
        self.assertEqual((done.stdout.count(b"\n"), done.stderr), (1, b""))

    def test_output_that_cannot_be_written(self):
        self.write("a.png", colours.png("B......."))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "recognize", "--model", str(self.model), "a.png"],
                                  cwd=self.folder, stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot write", done.stderr)


class Formats(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write('a,"b".png', colours.png("BB.BB.RR"))
        self.write("broken.jpg", "this is a text, named .jpg")

    def check_objects(self, good, bad):
        self.assertEqual(list(good), ["file", "text", "confidence", "lines", "characters", "milliseconds"])
        self.assertEqual((good["file"], good["text"]), ('a,"b".png', "蓝蓝R"))
        self.assertTrue(0.99 < good["confidence"] < 1)
        self.assertEqual([(c["text"], c["step"]) for c in good["characters"]],
                         [("蓝", 0), ("蓝", 3), ("R", 6)])
        for character in good["characters"]:
            self.assertTrue(0.99 < character["confidence"] <= 1)
        self.assertGreater(good["milliseconds"], 0)
        self.assertEqual(list(bad), ["file", "error"])
        self.assertEqual(bad["file"], "broken.jpg")
        self.assertIn("broken.jpg", bad["error"])

    def test_ndjson(self):
        status, out, err = self.recognize("--format", "ndjson", 'a,"b".png', "broken.jpg")
        self.assertEqual(status, 1)
        self.check_objects(*map(json.loads, out.splitlines()))
        self.assertIn("1 of 2 inputs", err)

    def test_json(self):
        status, out, _ = self.recognize("--format", "json", 'a,"b".png', "broken.jpg")
        self.assertEqual(status, 1)
        self.check_objects(*json.loads(out))

    def test_json_of_nothing_is_an_array(self):
        status, out, _ = self.recognize("--format", "json", "-", stdin="")
        self.assertEqual((status, json.loads(out)), (0, []))

    def test_csv(self):
        status, out, _ = self.recognize("--format", "csv", 'a,"b".png', "broken.jpg")
        self.assertEqual(status, 1)
        good, bad = csv.DictReader(io.StringIO(out))
        self.assertEqual((good["file"], good["text"], good["error"]), ('a,"b".png', "蓝蓝R", ""))
        self.assertTrue(0.99 < float(good["confidence"]) < 1)
        self.assertGreater(float(good["milliseconds"]), 0)
        self.assertEqual((bad["file"], bad["text"]), ("broken.jpg", ""))
        self.assertIn("broken.jpg", bad["error"])

    def test_text_puts_errors_on_standard_error(self):
        status, out, err = self.recognize("broken.jpg", 'a,"b".png')
        self.assertEqual((status, out.count("\n")), (1, 1))
        self.assertIn("lprnet: broken.jpg", err)


class Trouble(ProgramTest):
    def check_error(self, path, *words):
        status, out, err = self.recognize(path)
        self.assertEqual((status, out), (1, ""), err)
        for word in words:
            self.assertIn(word, err)

    def test_missing_file(self):
        self.check_error("nowhere.jpg", "nowhere.jpg")

    def test_empty_path(self):
        self.check_error("", "an empty path names no image")

    def test_empty_file(self):
        self.write("empty.png", b"")
        self.check_error("empty.png", "empty.png")

    def test_text_named_jpg(self):
        self.write("text.jpg", "hello\n" * 100)
        self.check_error("text.jpg", "text.jpg")

    def test_cut_png(self):
        self.write("cut.png", colours.png("BB..RG..", scale=8)[:-30])
        self.check_error("cut.png", "cut.png")

    def test_one_pixel(self):
        self.write("dot.png", colours.black_png(1, 1))
        self.assertEqual(self.recognize("dot.png")[:2], (0, "dot.png\t\t0.9989\n"))

    def test_huge_image_is_refused_and_others_go_on(self):
        self.write("huge.png", colours.black_png(20000, 20000))
        self.write("good.png", colours.png("B......."))
        status, out, err = self.recognize("huge.png", "good.png")
        self.assertEqual((status, out.split("\t")[:2]), (1, ["good.png", "蓝"]))
        self.assertIn("20000", err)

    def test_files_without_an_end_are_refused_by_their_first_bytes(self):
        self.check_error("/dev/zero", "/dev/zero: is of no known type")
        with open(self.folder / "sparse.jpg", "wb") as sparse:
            sparse.truncate(1 << 40)
        self.check_error("sparse.jpg", "sparse.jpg: is 1099511627776 bytes or more, the limit is 536870912")
        status, _, err = self.run_program("recognize", "--model", "/dev/zero", "a.png")
        self.assertEqual(status, 2)
        self.assertIn("/dev/zero: is neither a model file", err)

    def test_pixel_limit_of_the_user(self):
        self.write("a.png", colours.black_png(100, 11))
        self.assertEqual(self.recognize("--max-pixels", "1100", "a.png")[0], 0)
        status, out, err = self.recognize("--max-pixels", "1099", "a.png")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("a.png: is 100x11, more than the limit of 1099 pixels", err)
        for wrong in ["0", "268435457", "many"]:
            self.assertEqual(self.recognize("--max-pixels", wrong, "a.png")[0], 2)

    def test_missing_permission(self):
        self.write("shut/a.png", colours.png("B......."))
        self.write("shut.png", colours.png("B.......")).chmod(0)
        (self.folder / "shut").chmod(0)
        self.addCleanup((self.folder / "shut").chmod, stat.S_IRWXU)
        options = {}
        if os.geteuid() == 0:  # nothing is shut to root, so somebody else runs a copy
            options = {"user": 65534, "group": 65534, "extra_groups": [],
                       "program": str(self.folder / "lprnet")}
            shutil.copy(PROGRAM, self.folder / "lprnet")
        status, out, err = self.recognize("shut", "shut.png", **options)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("shut: cannot list this folder: Permission denied", err)
        self.assertIn("shut.png", err)
        self.assertIn("2 of 2", err)


class Usage(ProgramTest):
    def check_usage_error(self, *arguments):
        status, out, err = self.run_program(*arguments)
        self.assertEqual((status, out), (2, ""))
        self.assertIn("--help", err)

    def test_wrong_usage(self):
        for arguments in [[], ["read"], ["recognize"], ["recognize", "--threads", "-1", "x"],
                          ["recognize", "--threads", "two", "x"], ["recognize", "--format", "xml", "x"],
                          ["recognize", "--colour", "x"], ["inspect", "a", "b"], ["trace", "a", "b"]]:
            with self.subTest(arguments=arguments):
                self.check_usage_error(*arguments)

    def test_an_unknown_command_is_named_and_the_known_ones_listed(self):
        status, _, err = self.run_program("see", "plate.jpg")
        self.assertEqual(status, 2)
        self.assertIn("there is no command 'see'", err)
        self.assertIn("the commands are read, recognize, inspect, verify", err)

    def test_what_is_written_is_named_for_what_it_is(self):
        for arguments in [["convert", self.model], ["trace", self.model, "plate.jpg"]]:
            with self.subTest(arguments=arguments):
                self.check_usage_error(*arguments, "-o", "out.json")
                err = self.run_program(*arguments, "-o", "out.json")[2]
                self.assertIn("out.json does not end in .safetensors", err)

    def test_version(self):
        status, out, _ = self.run_program("--version")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^lprnet \d+\.\d+\.\d+\n$")

    def test_help_has_examples(self):
        status, out, _ = self.run_program("--help")
        self.assertEqual(status, 0)
        commands = [line.split()[0] for line in out.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
        self.assertIn("recognize", commands)
        for command in commands:
            with self.subTest(command=command):
                status, out, err = self.run_program(command, "--help")
                if command in ("serve", "watch") and command not in os.environ["LPRNET_SEPARATE"].split():
                    self.assertEqual(status, 2)
                    self.assertIn(f"{command} needs the program lprnet-{command}", err)
                    continue
                self.assertEqual(status, 0)
                self.assertIn("lprnet " + command, out.split("Examples:\n")[1])
