"""The page in headless Chromium: a picture goes in, its text comes out. Without Chromium it is skipped."""

import base64
import os
import pathlib
import shutil
import tempfile
import unittest

from service import ROOT, Service, ServiceTest

try:
    from selenium import webdriver
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

PHOTOGRAPHS = ROOT / "models/samples/photos"
SAMPLE = ROOT / "models/samples/皖CFX6006.jpg"
# A folder where the screenshots of tools/serve/README.md are written.
SCREENSHOTS = os.environ.get("LPRNET_SCREENSHOTS")


def chromium():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en",
                     "--window-size=1100,900", "--disable-background-networking"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options)


@unittest.skipUnless(webdriver and shutil.which("chromium") and shutil.which("chromedriver"),
                     "Chromium, its driver or Selenium are not here")
class Page(ServiceTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-serve-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.service = Service(folder=cls.folder, shipped=True)
        cls.addClassCleanup(cls.end)
        cls.browser = chromium()
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        self.browser.set_window_size(1100, 900)
        self.open(self.service)

    def tearDown(self):
        # What breaks the content security policy, or a script, is an error on the console.
        errors = [line for line in self.browser.get_log("browser") if line["level"] == "SEVERE" and "401" not in line["message"]]
        self.assertEqual(errors, [])

    def open(self, service):
        self.browser.get(f"http://127.0.0.1:{service.port}/")
        self.browser.execute_script("localStorage.clear()")
        self.browser.refresh()

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        # At once: the page may draw them anew between two questions.
        return self.browser.execute_script("return [...document.querySelectorAll(arguments[0])].map(one => one.innerText.trim())", selector)

    def wait(self, holds):
        WebDriverWait(self.browser, 30, 0.05, [StaleElementReferenceException]).until(lambda _: holds())

    def give(self, *files):
        self.find("#files").send_keys("\n".join(map(str, files)))

    def read(self, file, text):
        self.give(file)
        self.wait(lambda: self.texts("#plates .text") == [text])

    def screenshot(self, name):
        if SCREENSHOTS:
            shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "jpeg", "quality": 70})
            pathlib.Path(SCREENSHOTS, name).write_bytes(base64.b64decode(shot["data"]))

    def test_a_photograph(self):
        self.read(PHOTOGRAPHS / "皖U69168.jpg", "皖U69168")
        self.assertEqual(self.texts("#plates .characters b"), list("皖U69168"))
        self.assertEqual(len(self.texts("#plates table tr")), 4)
        # The plate is straightened: blue fills it.
        share = self.browser.execute_script("""
            const canvas = document.querySelector("#plates canvas");
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            let blue = 0;
            for (let i = 0; i < data.length; i += 4) blue += data[i + 2] > data[i] + 30;
            return blue * 4 / data.length;""")
        self.assertGreater(share, 0.5)
        # The photograph is marked in yellow.
        yellow = self.browser.execute_script("""
            const canvas = document.querySelector("#photo");
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            let count = 0;
            for (let i = 0; i < data.length; i += 4) count += data[i] > 240 && data[i + 1] > 200 && data[i + 2] < 40;
            return count;""")
        self.assertGreater(yellow, 100)
        self.screenshot("photograph.jpg")

    def test_a_crop(self):
        self.find("#task").send_keys("one plate each")
        self.read(SAMPLE, "皖CFX6006")
        self.screenshot("crop.jpg")

    def test_heat_map(self):
        self.read(PHOTOGRAPHS / "皖U69168.jpg", "皖U69168")
        self.find("#plates summary").click()
        self.wait(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#plates details canvas[role=img]"))
        # A row for each token and the blank, a column for each step; the tokens are where something is painted.
        height = self.browser.execute_script("return document.querySelector('#plates details canvas').height")
        self.assertGreaterEqual(height / 18, len(set("皖U69168")))
        self.browser.execute_script("document.querySelector('#plates details').scrollIntoView({block: 'end'})")
        self.screenshot("heat.jpg")

    def test_history_by_keyboard(self):
        self.give(PHOTOGRAPHS / "冀QFZ0154.jpg", PHOTOGRAPHS / "皖U69168.jpg")
        self.wait(lambda: len(self.texts("#history button")) == 2)
        self.assertEqual(self.texts("#plates .text"), ["皖U69168"])
        self.find("body").send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(self.texts("#plates .text"), ["冀QFZ0154"])
        self.assertEqual(self.texts("#history button[aria-pressed=true] span")[0], "冀QFZ0154")
        self.browser.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
        self.assertEqual(self.texts("#plates .text"), ["皖U69168"])
        self.find("#history button:last-child").click()
        self.assertEqual(self.texts("#plates .text"), ["冀QFZ0154"])

    def test_drop_and_paste(self):
        for event, member in (("drop", "dataTransfer"), ("paste", "clipboardData")):
            with self.subTest(event=event):
                self.browser.execute_async_script("""
                    const [event, member, done] = arguments;
                    const canvas = document.createElement("canvas");
                    canvas.width = canvas.height = 64;
                    canvas.toBlob(blob => {
                      const data = new DataTransfer();
                      data.items.add(new File([blob], event + ".webp", {type: "image/webp"}));
                      const happens = event === "drop" ? new DragEvent(event, {[member]: data, bubbles: true})
                                                       : new ClipboardEvent(event, {[member]: data, bubbles: true});
                      document.body.dispatchEvent(happens);
                      done();
                    }, "image/webp");""", event, member)
                self.wait(lambda: event + ".webp: no plate was found" in self.find("#state").text)  # pylint: disable=cell-var-from-loop

    def test_copies(self):
        self.read(PHOTOGRAPHS / "皖U69168.jpg", "皖U69168")
        self.browser.execute_script("""
            Object.defineProperty(navigator, "clipboard", {value: {writeText: async text => { window.copied = text; }}});""")
        self.find("#json").click()
        self.wait(lambda: "Copied" in self.find("#state").text)
        copied = self.browser.execute_script("return JSON.parse(window.copied)")
        self.assertEqual((copied["file"], copied["plates"][0]["text"]), ("皖U69168.jpg", "皖U69168"))
        self.find("#csv").click()
        heading, row = self.browser.execute_script("return window.copied").strip().split("\n")
        self.assertEqual(row.split(",")[:2], ["皖U69168.jpg", "皖U69168"])
        self.assertEqual(heading.count(","), row.count(","))

    def test_language_and_colours(self):
        self.read(PHOTOGRAPHS / "皖U69168.jpg", "皖U69168")
        self.find("#language").click()
        self.assertEqual(self.find("label[for=files]").text, "选择图片")
        self.assertEqual(self.find("html").get_attribute("lang"), "zh-CN")
        before = self.find("body").value_of_css_property("background-color")
        self.find("#theme").click()
        self.assertNotEqual(self.find("body").value_of_css_property("background-color"), before)
        self.screenshot("chinese.jpg")
        self.browser.refresh()  # both are remembered
        self.assertEqual(self.find("label[for=files]").text, "选择图片")

    def test_a_narrow_screen(self):
        self.browser.set_window_size(500, 900)
        self.read(PHOTOGRAPHS / "皖U69168.jpg", "皖U69168")
        wide = self.browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.assertLessEqual(wide, 0)
        above, below = self.find("#photo").rect, self.find("#plates").rect
        self.assertGreater(below["y"], above["y"] + above["height"])
        self.screenshot("narrow.jpg")

    def test_what_is_no_picture(self):
        file = self.folder / "notes.jpg"
        file.write_text("no picture")
        self.give(file)
        self.wait(lambda: "no JPEG" in self.find("#state").text)
        self.assertEqual(self.find("#state").get_attribute("class"), "error")
        self.assertFalse(self.find("#view").is_displayed())
        # The browser says this of an answer that is an error; nothing else is.
        self.assertEqual([line for line in self.browser.get_log("browser") if "415" not in line["message"]], [])

    def test_a_token(self):
        service = self.own_service(shipped=True, environment={"LPRNET_TOKEN": "0123456789abcdef"})
        self.open(service)
        self.give(PHOTOGRAPHS / "皖U69168.jpg")
        self.wait(lambda: self.find("#token").is_displayed())
        self.find("#token").send_keys("0123456789abcdef", Keys.ENTER)
        self.wait(lambda: self.texts("#plates .text") == ["皖U69168"])
        self.assertFalse(self.find("#token").is_displayed())


if __name__ == "__main__":
    unittest.main()
