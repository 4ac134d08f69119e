import json

import colours
from program import ProgramTest


class Eval(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("plates/蓝R_1.png", colours.png("BB..RR.."))    # right
        self.write("plates/蓝R-2.png", colours.png("BB..GG.."))    # R read as G
        self.write("plates/GGR.png", colours.png("GG..RR.."))      # a G is missing
        self.write("plates/R.png", colours.png("RR......"))        # right

    def eval(self, *arguments):
        return self.run_program("eval", "--model", self.model, *arguments)

    def eval_json(self, *arguments):
        status, out, err = self.eval("--format", "json", *arguments)
        return status, json.loads(out), err

    def test_numbers(self):
        status, result, err = self.eval_json("plates")
        self.assertEqual((status, err), (0, ""))
        plates = result["plates"]
        self.assertEqual((plates["right"], plates["total"], plates["accuracy"]), (2, 4, 0.5))
        # Wilson's interval of 2 of 4, from its formula with z = 1.959964.
        self.assertEqual(plates["interval_95"], [0.150039, 0.849961])
        characters = result["characters"]
        self.assertEqual((characters["right"], characters["total"]), (6, 8))
        self.assertEqual(result["character_error_rate"], 2 / 8)
        self.assertEqual([(p["right"], p["total"]) for p in result["by_position"]],
                         [(3, 4), (2, 3), (1, 1)])
        self.assertEqual([(p["length"], p["right"], p["total"]) for p in result["by_length"]],
                         [(1, 1, 1), (2, 1, 2), (3, 0, 1)])
        self.assertEqual([(p["character"], p["right"], p["total"])
                          for p in result["by_first_character"]],
                         [("G", 0, 1), ("R", 1, 1), ("蓝", 1, 2)])
        self.assertEqual({(c["label"], c["read"], c["count"]) for c in result["confusions"]},
                         {("R", "G", 1), ("G", "", 1)})
        self.assertEqual({(f["file"], f["label"], f["text"]) for f in result["failures"]},
                         {("plates/蓝R-2.png", "蓝R", "蓝G"), ("plates/GGR.png", "GGR", "GR")})

    def test_text(self):
        status, out, _ = self.eval("plates")
        self.assertEqual(status, 0)
        for words in ["50.00 %", "2  ", "15.00 to 85.00 %", "character error rate 25.00 %", "蓝G"]:
            self.assertIn(words, out)

    def test_threads_change_nothing(self):
        self.assertEqual(self.eval("--threads", "3", "plates"), self.eval("plates"))

    def test_labels_from_csv_with_heading(self):
        self.write("labels.csv", 'label,note,file\r\n蓝R,"a, ""b""",plates/蓝R_1.png\r\n'
                                 "蓝G,,蓝R-2.png\r\nGR,,GGR.png\r\nR,,R.png\r\n")
        status, result, _ = self.eval_json("--labels", "labels.csv", "plates")
        self.assertEqual((status, result["plates"]["right"]), (0, 4))

    def test_labels_from_tsv_without_heading(self):
        self.write("labels.tsv", "R.png\tR\nGGR.png\tGR\n")
        status, result, err = self.eval_json("--labels", "labels.tsv", "plates")
        self.assertEqual((status, result["plates"]["right"], result["plates"]["total"]), (1, 2, 2))
        self.assertEqual(len(result["errors"]), 2)
        self.assertIn("plates/蓝R_1.png: no label", err)

    def test_labels_that_cannot_be_used(self):
        self.write("narrow.csv", "a.png\n")
        for labels in ["nowhere.csv", "narrow.csv", "."]:
            with self.subTest(labels=labels):
                status, out, err = self.eval("--labels", labels, "plates")
                self.assertEqual((status, out), (2, ""))
                self.assertIn(labels, err)

    def right(self, *arguments):
        """(right, of) by the labels given, which are for all pictures."""
        status, result, err = self.eval_json(*arguments)
        self.assertEqual((status, err), (0, ""))
        return result["plates"]["right"], result["plates"]["total"]

    ROWS = "plates/蓝R_1.png,蓝R\nplates/蓝R-2.png,蓝G\nplates/GGR.png,GR\nplates/R.png,R\n"

    def test_labels_below_their_own_folder(self):
        for where in ("", "./", "../", str(self.folder) + "/"):
            with self.subTest(where=where):
                prefix = "../plates/" if where == "../" else where + "plates/"
                folder = "sets/" if where == "../" else ""
                self.write(folder + "labels.csv", self.ROWS.replace("plates/", prefix))
                self.assertEqual(self.right("--labels", folder + "labels.csv", "./plates"), (4, 4))
                self.assertEqual(self.right("--labels", self.folder / folder / "labels.csv",
                                            self.folder / "plates"), (4, 4))

    def test_labels_below_the_working_folder(self):
        self.write("elsewhere/labels.csv", self.ROWS)
        self.assertEqual(self.right("--labels", "elsewhere/labels.csv", "plates"), (4, 4))

    def test_the_folder_of_the_table_stands_first(self):
        self.write("R.png", colours.png("GG......"))
        self.write("labels.csv", "plates/R.png,R\nR.png,G\n")
        self.assertEqual(self.right("--labels", "labels.csv", "plates/R.png", "R.png"), (2, 2))

    def test_forms_of_tables(self):
        rows = self.ROWS.replace("plates/", "")
        for name, table in {
                "byte order mark": "\ufeff" + rows,
                "byte order mark and heading": "\ufeffFile,Text\n" + rows,
                "lines end in CR LF": rows.replace("\n", "\r\n"),
                "lines end in CR": rows.replace("\n", "\r"),
                "no end of the last line": rows.rstrip(),
                "spaces": rows.replace(",", " , ").replace("\n", " \u3000\xa0\r\n\r\n"),
                "quotes after spaces": rows.replace(",", ', "').replace("\n", '"\n'),
                "tabs": rows.replace(",", "\t"),
                "semicolons": rows.replace(",", ";")}.items():
            with self.subTest(name):
                self.write("labels.csv", table)
                self.assertEqual(self.right("--labels", "labels.csv", "plates"), (4, 4))

    def test_tables_that_are_not_utf8(self):
        for code, advice in (("gbk", "row 3: the text is not UTF-8; if it is GBK"),
                             ("utf-16", "is UTF-16, expected UTF-8; convert it with: iconv")):
            with self.subTest(code):
                self.write("labels.csv", ("file,text\nR.png,R\na.png,蓝R\n").encode(code))
                status, out, err = self.eval("--labels", "labels.csv", "plates")
                self.assertEqual((status, out), (2, ""))
                self.assertIn(advice, err)

    def test_a_file_with_two_labels(self):
        self.write("labels.csv", "R.png,R\n\nplates/R.png,R\n./R.png,R\n./R.png,G\n")
        status, out, err = self.eval("--labels", "labels.csv", "plates")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("labels.csv: row 5: ./R.png is G here and R in row 1", err)

    def test_pictures_of_one_name_are_named(self):
        for folder in ("a", "b", "c"):
            self.write(f"{folder}/1.png", colours.png("RR......"))
        self.write("labels.csv", "1.png,R\n")
        status, result, err = self.eval_json("--labels", "labels.csv", "a", "b", "c")
        self.assertEqual((status, result["plates"]["right"]), (0, 3))
        self.assertIn("share a row: a/1.png and b/1.png, and 1 more;", err)
        self.write("labels.csv", "a/1.png,R\nb/1.png,R\nc/1.png,G\n")
        self.assertEqual(self.right("--labels", "labels.csv", "a", "b", "c"), (2, 3))

    def test_names_that_are_no_plates(self):
        names = ["IMG-1234.png", "img20240131.png", "DSC00017.png", "Screenshot_1.png",
                 "holiday.png", "_.png"]
        for name in names:
            self.write("photos/" + name, colours.png("RR......"))
        gbk = "蓝R.png".encode("gbk").decode("utf-8", "surrogateescape")
        self.write("photos/" + gbk, colours.png("RR......"))
        status, result, err = self.eval_json("photos")
        self.assertEqual((status, result["plates"]["total"]), (1, 0))
        self.assertEqual(len(result["errors"]), len(names) + 1)
        self.assertIn("photos/IMG-1234.png: no label: its name begins with IMG, as cameras", err)
        self.assertIn("photos/holiday.png: no label: the model reads no character of holiday", err)
        self.assertIn("no label: its name is not UTF-8; if it is GBK", err)

    def test_labels_that_the_model_cannot_read(self):
        self.write("labels.csv", "R.png,R\nGGR.png,G·R\n蓝R_1.png,蓝r\n蓝R-2.png,蓝R\n")
        status, result, err = self.eval_json("--labels", "labels.csv", "plates")
        self.assertEqual((status, result["plates"]["right"]), (0, 1))
        self.assertIn("warning: 2 labels have characters that the model does not read, the first "
                      "is G·R of plates/GGR.png", err)

    def test_unreadable_image_is_reported_and_not_counted(self):
        self.write("plates/R_9.png", "broken")
        status, result, err = self.eval_json("plates")
        self.assertEqual((status, result["plates"]["total"]), (1, 4))
        self.assertEqual([e["file"] for e in result["errors"]], ["plates/R_9.png"])
        self.assertIn("R_9.png", err)

    def test_nothing_measured_is_not_zero_percent(self):
        self.write("labels.csv", "other.png,R\n")
        status, out, err = self.eval("--labels", "labels.csv", "plates")
        self.assertEqual((status, out), (1, "no plate was measured\n"))
        self.assertIn("no label", err)
        status, result, _ = self.eval_json("--labels", "labels.csv", "plates")
        self.assertEqual((status, result["plates"]["total"], result["plates"]["accuracy"]), (1, 0, None))

    def test_report(self):
        status, _, _ = self.eval("--report", "wrong/sheet", "plates")
        self.assertEqual(status, 0)
        page = (self.folder / "wrong/sheet/index.html").read_text(encoding="utf-8")
        self.assertIn("2 of 4 plates read wrong", page)
        self.assertEqual(page.count("data:image/bmp;base64,"), 2)
        self.assertIn("蓝<mark>R</mark>", page)
        self.assertIn("蓝<mark>G</mark>", page)

    def test_report_that_cannot_be_written(self):
        self.write("file", "in the way")
        status, _, err = self.eval("--report", "file/sheet", "plates")
        self.assertEqual(status, 2)
        self.assertIn("file/sheet", err)
