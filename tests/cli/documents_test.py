"""The manual's pages and what completes the command line, both made by the program of its own help."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

from program import ProgramTest

OPTION = re.compile(r"^  (-[^ ]+)(?: ([^ \n]+))?", re.MULTILINE)


FORMATS = ["text", "json", "ndjson", "csv", "openalpr"]


class Documents(ProgramTest):
    def help(self, *arguments):
        status, out, err = self.run_program("help", *arguments)
        self.assertEqual((status, err), (0, ""))
        return out

    def commands(self):
        return re.findall(r"^  ([\w-]+) ", self.help().split("Commands:")[1].split("\n\n")[0], re.MULTILINE)

    def options(self, *command):
        """The names of each option in the help, and what stands for its value."""
        return [(names.split(","), value.split("=")[0]) for names, value in OPTION.findall(self.help(*command).split("Examples:")[0])]


class Manual(Documents):
    def test_the_help_lists_what_is_compared_below(self):
        self.assertEqual({"read", "recognize", "eval", "help"} - set(self.commands()), set())
        self.assertIn((["-o", "--output"], "FILE"), self.options("convert"))
        self.assertIn((["--format"], "|".join(FORMATS)), self.options("recognize"))

    def pages(self):
        return {"lprnet": self.help("--man")} | {
            "lprnet-" + command: self.help("--man", command) for command in self.commands()}

    @unittest.skipUnless(shutil.which("groff"), "there is no groff here")
    def test_groff_has_no_warnings(self):
        for name, page in self.pages().items():
            with self.subTest(page=name):
                done = subprocess.run(["groff", "-k", "-man", "-wall", "-Tutf8", "-P-cbou"], input=page.encode(),
                                      capture_output=True, check=True, env={**self.environment, "LC_ALL": "C.UTF-8"})
                self.assertEqual(done.stderr.decode(), "")
                shown = done.stdout.decode()
                for command in self.commands() if name == "lprnet" else [name.split("-", 1)[1]]:
                    self.assertIn(command, shown)
                # Long words are broken; nothing else is different from the help.
                said = re.sub(r"[\s‐-]", "", shown)
                for names, _ in self.options(*name.split("-", 1)[1:]):
                    self.assertIn(re.sub(r"[\s-]", "", ",".join(names)), said)

    def test_every_option_and_every_example_is_there(self):
        for command in self.commands():
            page = self.help("--man", command).replace("\\-", "-").replace("\\(aq", "'").replace("\\(ti", "~")
            for names, value in self.options(command):
                with self.subTest(command=command, names=names):
                    entry = ", ".join(f"\\fB{name}\\fR" for name in names)
                    self.assertIn(f".TP\n{entry}{f' {chr(92)}fI{value}{chr(92)}fR' if value else ''}\n", page)
            for line in self.help(command).split("Examples:\n")[1].splitlines():
                self.assertIn("\n" + line.strip() + "\n", page)

    def test_headings_stand_once(self):
        page = self.help("--man", "eval")
        for heading in (".SH OPTIONS", ".SS How plates are decoded", ".SS What a model may cost at most"):
            self.assertEqual(page.count(heading + "\n"), 1, heading)

    def test_every_variable_is_explained(self):
        text = "".join(self.help(command) for command in self.commands())
        variables = set(re.findall(r"\$(LPRNET_\w+)", text))
        self.assertEqual(variables, set(re.findall(r"\\fB(LPRNET_\w+)", self.help("--man"))))

    def test_unknown_commands(self):
        status, out, err = self.run_program("help", "--man", "recognise")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("did you mean recognize?", err)


# The values that some options complete to, and the files of setUp() beside them.
VALUES = [("recognize --format ", set(FORMATS)),
          ("recognize --grammar cn", {"cn", "cn2.json"}),
          ("eval --report c", {"crops/"}),
          ("help ver", {"verify"}),
          ("help --completion ", {"bash", "zsh", "fish"}),
          ("read two", {"two words.jpg"}),
          ("profiles --js", {"--json"}),
          ("ver", {"verify"})]


class Completion(Documents):
    def setUp(self):
        super().setUp()
        self.write("two words.jpg", b"")
        self.write("crops/plate.png", b"")
        self.write("cn2.json", b"")
        for shell in ("bash", "zsh", "fish"):
            self.write(f"completion.{shell}", self.help("--completion", shell))
        # What is completed is shown, not run.
        self.write("bin/lprnet", "#!/bin/sh\nprintf '<%s>' \"$@\"\necho .\n").chmod(0o755)
        self.environment["PATH"] = f"{self.folder}/bin:{self.environment['PATH']}"
        self.environment["HOME"] = str(self.folder)

    def run_shell(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=self.environment,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return done.stdout

    def bash(self, line):
        words = re.findall(r"=|[^ =]+", "lprnet " + line) + ([""] if line.endswith(" ") or not line else [])
        return set(self.run_shell("bash", "-c", 'source completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
                                  '_lprnet; ((${#COMPREPLY[@]} == 0)) || printf "%s\\n" "${COMPREPLY[@]}"',
                                  "bash", *words).splitlines())

    def fish(self, line):
        out = self.run_shell("fish", "--no-config", "-c", "source completion.fish; complete -C $argv", "lprnet " + line)
        return {line.split("\t")[0].replace("\\ ", " ") for line in out.splitlines()}

    def typed(self, shell, lines):
        """What `lprnet` is called with when a person types each of these; a tab stands for what follows."""
        terminal, end = pty.openpty()
        start = {"bash": "PS1=; source completion.bash",
                 "zsh": "PS1=; autoload -Uz compinit; compinit -u -D; source completion.zsh"}[shell]
        options = ["--norc", "--noprofile"] if shell == "bash" else ["-f"]
        with subprocess.Popen([shell, *options, "-i"], stdin=end, stdout=end, stderr=end, cwd=self.folder,
                              env={**self.environment, "TERM": "dumb", "LC_ALL": "C.UTF-8"}, start_new_session=True) as process:
            os.close(end)
            self.until(terminal, start + "; echo rea''dy\n", "ready")
            shown = [self.until(terminal, f"lprnet {line}\n", ">.") for line in lines]
            process.kill()
        os.close(terminal)
        # Zsh writes --option=value, and no slash behind a folder.
        return [re.findall("<([^>]*?)/?>", re.sub("<(--[^>=]*)=", r"<\1><", text)) for text in shown]

    def until(self, terminal, keys, mark):
        os.write(terminal, keys.encode())
        shown = ""
        limit = time.monotonic() + 30
        while mark not in shown:
            ready, _, _ = select.select([terminal], [], [], max(limit - time.monotonic(), 0))
            self.assertTrue(ready, f"{keys!r} shows {shown!r}")
            shown += os.read(terminal, 4096).decode(errors="replace")
        return shown

    def check_everything(self, complete):
        """`complete` gives every command, and every option of each."""
        self.assertEqual(complete(""), set(self.commands()))
        for command in self.commands():
            with self.subTest(command=command):
                names = {name for names, _ in self.options(command) for name in names}
                # Some complete to long options alone until a second dash is there, others to both.
                long = {name for name in names if name.startswith("--")}
                self.assertEqual(complete(command + " --"), long)
                self.assertEqual(complete(command + " -") - names, set())

    @unittest.skipUnless(shutil.which("bash"), "there is no bash here")
    def test_bash(self):
        self.check_everything(self.bash)
        for line, found in VALUES:
            with self.subTest(line=line):
                self.assertEqual(self.bash(line), {word.rstrip("/") for word in found})
        # Bash gives the word behind the sign alone.
        self.assertEqual(self.bash("recognize --format=nd"), {"ndjson"})
        self.assertEqual(self.bash("recognize --format="), set(FORMATS))
        self.assertEqual(self.bash("recognize -- two"), {"two words.jpg"})
        self.assertEqual(self.bash("swim "), set())

    @unittest.skipUnless(shutil.which("bash"), "there is no bash here")
    def test_typed_in_bash(self):
        self.check_typed("bash")

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh here")
    def test_typed_in_zsh(self):
        self.check_typed("zsh")

    def check_typed(self, shell):
        self.assertEqual(self.typed(shell, ["recog\t--threads 2 --fo\tndj\ttwo\t", "ev\t--rep\tcr\t", "help pro\t"]),
                         [["recognize", "--threads", "2", "--format", "ndjson", "two words.jpg"],
                          ["eval", "--report", "crops"], ["help", "profiles"]])

    @unittest.skipUnless(shutil.which("fish"), "there is no fish here")
    def test_fish(self):
        self.check_everything(self.fish)
        for line, found in VALUES:
            with self.subTest(line=line):
                # It offers names that hold the word elsewhere too.
                self.assertEqual({name for name in self.fish(line) if name.startswith(line.split(" ")[-1])}, found)
