"""Parts of the page by themselves, called in the browser as the page calls them."""

import random
import subprocess
import tempfile
import unittest
from pathlib import Path

from browser import Browser
from serving import BINARY, Server

INDICATORS = ("c2 at hxxps://user@evil[.]example.com:8443/a.b?q=1, 203.0.113.7:8080, [2001:db8::1]:443, 10.0.0.0/8, bob@evil.example.com, "
              "evil.example.org www.evil.example.net/x.php CVE-2021-31207 d41d8cd98f00b204e9800998ecf8427e\n")


class PartsTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.browser.open(cls.server.origin)

    def call(self, module: str, function: str, *arguments: object) -> object:
        """A function of a script of the page."""
        result = self.browser.driver.execute_async_script("""
            const [module, name, values, done] = arguments;
            import(new URL(module, location.href)).then((all) => done({ value: all[name](...values) }), (error) => done({ error: String(error) }));
            """, module, function, list(arguments))
        self.assertNotIn("error", result)
        return result["value"]

    def test_layout_keeps_every_character_and_every_mark(self) -> None:
        chance = random.Random(6)
        for _ in range(150):
            length = chance.randrange(0, 60)
            text = "".join(chance.choice("ab \n") for _ in range(length))

            def ranges(count: int, longest: int) -> list[dict]:
                starts = [chance.randrange(length) for _ in range(count if length else 0)]
                return [{"start": start, "end": min(length, start + chance.randrange(1, longest)), "id": at} for at, start in enumerate(starts)]

            marks, passages = ranges(chance.randrange(8), 9), ranges(chance.randrange(5), 30)
            lines = self.call("layout.js", "layout", text, marks, passages)
            pieces = [piece for line in lines for piece in line]
            self.assertEqual("".join(piece["text"] for piece in pieces), text)
            position = 0
            for piece in pieces:
                end = position + len(piece["text"])
                if piece["mark"]:
                    self.assertEqual((piece["mark"]["start"], piece["mark"]["end"]), (position, end))
                else:
                    self.assertNotIn("\n", piece["text"][:-1])
                    inside = [each["id"] for each in passages if each["start"] <= position and end <= each["end"]]
                    self.assertEqual(sorted(each["id"] for each in piece["passages"]), inside)
                position = end
            drawn = [piece["mark"] for piece in pieces if piece["mark"]]
            for mark in marks:
                overlaps = [each for each in drawn if each["start"] < mark["end"] and mark["start"] < each["end"]]
                self.assertTrue(overlaps, "a mark is left out only for another one")

    def test_defanged_as_the_command_line_does(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "text.txt"
            file.write_text(INDICATORS, encoding="utf-8")

            def lines(*options: str) -> list[str]:
                done = subprocess.run([BINARY, "indicators", *options, str(file)], check=True, capture_output=True, text=True)
                return sorted(line.split("\t")[1] for line in done.stdout.splitlines())

            defanged, plain = lines("--defang"), lines()
        self.assertGreater(len(plain), 7)
        browser = self.browser
        browser.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
        browser.fill("#report-text", INDICATORS)
        browser.click("#report-run")
        browser.until_shown("#results")
        browser.click("#tab-indicators")
        for button, expected in (("Defanged", defanged), ("As they are", plain)):
            next(each for each in browser.all("#indicators .all button") if each.text == button).click()
            browser.until(lambda: browser.is_shown(".copy.done"), "it is copied")
            copied = browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](String(error)))")
            self.assertEqual(sorted(copied.split("\n")), expected)


if __name__ == "__main__":
    unittest.main()
