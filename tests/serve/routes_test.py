"""Every route of the service and what it answers, right and wrong."""

import base64
import json
import os
import re
import subprocess
import unittest

from pictures import PHOTOGRAPH, crop, multipart, texts
from service import ROOT, ServiceTest

try:
    import jsonschema
except ImportError:
    jsonschema = None
try:
    import openapi_spec_validator
except ImportError:
    openapi_spec_validator = None

PROGRAM = os.environ.get("LPRNET_PROGRAM")


class Routes(ServiceTest):
    def check_error(self, answer, status, kind):
        found, headers, body = answer
        self.assertEqual((found, body["kind"]), (status, kind), body)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["X-Request-Id"], body["request_id"])
        self.assertTrue(body["error"])
        return body["error"]

    def test_health_ready_and_version(self):
        self.assertEqual(self.service.ask_json("GET", "/health")[::2], (200, {"status": "ok"}))
        self.assertEqual(self.service.ask_json("GET", "/ready")[::2], (200, {"status": "ready"}))
        status, headers, answer = self.service.ask_json("GET", "/version")
        version = re.search(r'VERSION_STRING "(.*)"', (ROOT / "include/lprnet/version.hpp").read_text(encoding="utf-8"))[1]
        self.assertEqual((status, answer["version"], answer["reader"], answer["detector"]),
                         (200, version, "colours", "bright squares"))
        self.assertEqual((headers["X-Content-Type-Options"], headers["Cache-Control"]), ("nosniff", "no-store"))

    def test_head(self):
        status, headers, body = self.service.ask("HEAD", "/health")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 0)

    def test_the_page_may_ask_this_service_alone(self):
        answers = [self.service.ask("GET", "/") for _ in range(2)]
        nonces = []
        for status, headers, body in answers:
            self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
            policy = headers["Content-Security-Policy"]
            nonce = re.search(r"script-src 'nonce-([0-9a-f]{32})'; style-src 'nonce-\1'", policy)[1]
            self.assertIn("default-src 'none'", policy)
            page = body.decode()
            self.assertEqual(re.findall(r'<(?:script|style) nonce="(\w+)"', page), [nonce, nonce])
            self.assertNotIn("NONCE", page)
            self.assertEqual(re.findall(r"(?:src|href)=\"(?!data:)|https?://|style=|\son\w+=", page), [])
            nonces.append(nonce)
        self.assertNotEqual(*nonces)

    def test_unknown_routes_and_methods(self):
        self.check_error(self.service.ask_json("GET", "/nothing"), 404, "not_found")
        self.check_error(self.service.ask_json("POST", "/nothing", b"x" * 100000), 404, "not_found")
        self.check_error(self.service.ask_json("GET", "/v1/read"), 405, "bad_method")
        status, headers, _ = self.service.ask("POST", "/health", b"")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
            status, headers, _ = self.service.ask(method, "/v1/read", b"")
            self.assertEqual((status, headers["Allow"]), (405, "POST"))

    def test_a_picture_as_the_body(self):
        for content_type in ("image/x-portable-pixmap", "application/octet-stream", "application/x-www-form-urlencoded", ""):
            with self.subTest(type=content_type):
                headers = {"Content-Type": content_type} if content_type else {}
                status, _, answer = self.service.ask_json("POST", "/v1/read", PHOTOGRAPH, headers)
                self.assertEqual(status, 200)
                self.assertEqual((answer["file"], answer["width"], answer["height"]), ("body", 96, 64))
                self.assertEqual(sorted(texts(answer)), ["G", "R"])
        status, _, answer = self.service.ask_json("POST", "/v1/recognize?name=%E8%93%9D.ppm", crop())
        self.assertEqual((status, answer["file"], answer["text"]), (200, "蓝.ppm", "蓝RG"))

    @unittest.skipUnless(PROGRAM, "the program is not named")
    def test_answers_are_those_of_the_program(self):
        for name, data, command in (("a.ppm", PHOTOGRAPH, "read"), ("b.ppm", crop(), "recognize")):
            (self.folder / name).write_bytes(data)
            detector = ["--detector", self.folder / "squares.safetensors"] if command == "read" else []
            said = subprocess.run([PROGRAM, command, "--model", self.folder / "colours.safetensors", *detector, "--top", "2",
                                   "--format", "ndjson", name], cwd=self.folder, capture_output=True, check=True).stdout
            _, _, answer = self.service.ask_json("POST", f"/v1/{command}?top=2&name={name}", data)
            expected = json.loads(said)
            self.assertEqual(list(answer), list(expected))
            del answer["milliseconds"], expected["milliseconds"]
            self.assertEqual(answer, expected)

    def test_several_pictures_by_multipart(self):
        body, headers = multipart([("a", "first.ppm", PHOTOGRAPH), ("b", "broken.jpg", b"no picture"),
                                   ("image", None, PHOTOGRAPH), ("empty", "e.jpg", b""), ("a", 'q\\"uote.ppm', PHOTOGRAPH)])
        status, _, answer = self.service.ask_json("POST", "/v1/read", body, headers)
        self.assertEqual(status, 200)
        self.assertEqual([one["file"] for one in answer], ["first.ppm", "broken.jpg", "image", "e.jpg", 'q"uote.ppm'])
        self.assertEqual(["error" in one for one in answer], [False, True, False, True, False])
        for i in (0, 2, 4):
            self.assertEqual(sorted(texts(answer[i])), ["G", "R"])

    def test_pictures_in_json(self):
        code = base64.b64encode(PHOTOGRAPH).decode()
        for request, names in (({"images": [code, {"data": code}, {"name": "x", "data": code.rstrip("=")}]},
                                ["images[0]", "images[1]", "x"]),
                               ({"image": code}, ["image"]), ({"image": {"name": "y", "data": code}}, ["y"])):
            status, _, answer = self.service.ask_json("POST", "/v1/read", json.dumps(request),
                                                      {"Content-Type": "application/json; charset=utf-8"})
            self.assertEqual((status, [one["file"] for one in answer]), (200, names))
            self.assertTrue(all(sorted(texts(one)) == ["G", "R"] for one in answer))
        lines = "\r\n".join(code[i:i + 76] for i in range(0, len(code), 76))  # as MIME breaks them
        status, _, answer = self.service.ask_json("POST", "/v1/read", json.dumps({"image": lines}), {"Content-Type": "Application/JSON"})
        self.assertEqual((status, sorted(texts(answer[0]))), (200, ["G", "R"]))

    def test_options(self):
        def read(query, path="/v1/read", body=PHOTOGRAPH):
            status, _, answer = self.service.ask_json("POST", path + "?" + query, body)
            self.assertEqual(status, 200, answer)
            return answer
        self.assertEqual(len(texts(read("max-plates=1"))), 1)
        self.assertEqual(texts(read("region=0,0,48,32")), ["G"])
        self.assertEqual(texts(read("region=-8,-8,48,40")), ["G"])
        self.assertEqual(texts(read("min-confidence=1")), [])
        self.assertEqual(read("top=2&decoder=beam&beam-width=4&grammar=none&temperature=2.5&one-look&lines=1")["plates"][0]["text"] in "GR", True)
        self.assertNotIn("alternatives", read("")["plates"][0])
        doubtful = crop("BB?.RG..")
        self.assertEqual(len(read("top=3", "/v1/recognize", doubtful)["alternatives"]), 2)
        self.assertEqual(read("min-confidence=0.5", "/v1/recognize", crop())["accepted"], True)
        self.assertNotIn("accepted", read("", "/v1/recognize", crop()))
        cold = read("temperature=0.5&decoder=greedy", "/v1/recognize", doubtful)["confidence"]
        self.assertGreater(cold, read("temperature=50&decoder=greedy", "/v1/recognize", doubtful)["confidence"])

    def test_probabilities(self):
        for columns, expected in (("BB..RG..", "蓝蓝  RG  "), ("G.G.G.G.", "G G G G ")):
            answer = self.service.ask_json("POST", "/v1/recognize?probabilities=1", crop(columns))[2]
            found = answer["probabilities"]
            self.assertEqual((found["tokens"], found["blank"], len(found["steps"])), (["蓝", "G", "R", ""], 3, 8))
            best = ""
            for step in found["steps"]:
                self.assertAlmostEqual(sum(step), 1, places=3)
                best += found["tokens"][step.index(max(step))] or " "
            self.assertEqual(best, expected)
        # Logits of 20 and 10, one of each column; divided by the temperature.
        hot = self.service.ask_json("POST", "/v1/recognize?probabilities=1&temperature=10", crop())[2]["probabilities"]["steps"][0]
        self.assertAlmostEqual(hot[0] / hot[3], 2.718, places=2)
        self.assertNotIn("probabilities", self.service.ask_json("POST", "/v1/recognize?probabilities=0", crop())[2])
        self.assertEqual(self.service.ask("POST", "/v1/read?probabilities=1", PHOTOGRAPH)[0], 400)

    def test_wrong_options(self):
        for query, words in (("tops=3", "there is no option 'tops'"), ("top=0", "from 1 to 256"), ("top=x", "'x', expected a number"),
                             ("top=1&top=2", "given twice"), ("top=", "expected"), ("decoder=best", "greedy or beam"),
                             ("min-confidence=1.1", "from 0 to 1"), ("min-confidence=nan", "from 0 to 1"), ("lines=3", "auto, 1 or 2"),
                             ("region=1,2,3", "width and height"), ("region=1,2,3,0", "at least 1"), ("region=1,2,3,4,5", "width"),
                             ("grammar=/etc/passwd", "one of none"), ("grammar-mode=hard", "strict"), ("one-look=maybe", "1 or 0"),
                             ("temperature=0", "from 0.01"), ("max-plates=999999999999", "512"), ("name=", "1 to 1024"),
                             ("%00=1", "there is no option"), ("beam-width=3&top=4", "candidates"), ("grammar=cn", "alphabet")):
            with self.subTest(query=query):
                error = self.check_error(self.service.ask_json("POST", "/v1/read?" + query, PHOTOGRAPH), 400, "bad_option")
                self.assertIn(words, error)
        self.check_error(self.service.ask_json("POST", "/v1/recognize?max-plates=2", crop()), 400, "bad_option")
        self.check_error(self.service.ask_json("GET", "/health?x=1"), 400, "bad_option")

    def test_wrong_bodies(self):
        picture = base64.b64encode(PHOTOGRAPH).decode()
        as_json = {"Content-Type": "application/json"}
        deep = "[" * 100000
        for body, headers, status, kind in (
                (b"", {}, 400, "bad_body"), (b"hello", {"Content-Type": "text/plain"}, 415, "not_a_picture"),
                (b"hello", {"Content-Type": "image/png"}, 415, "not_a_picture"),
                (PHOTOGRAPH[:500], {}, 422, "bad_picture"), (b"\xff\xd8\xff\xe0broken", {}, 422, "bad_picture"),
                (b"P6\n100000 100000\n255\n", {}, 413, "picture_too_large"),
                ("{", as_json, 400, "bad_body"), ("[]", as_json, 400, "bad_body"), ("{}", as_json, 400, "bad_body"),
                (b"\xff\xfe", as_json, 400, "bad_body"), (deep, as_json, 400, "bad_body"), ('{"images":' + deep, as_json, 400, "bad_body"),
                ('{"images": []}', as_json, 400, "bad_body"), ('{"images": ["%%%"]}', as_json, 400, "bad_body"),
                (json.dumps({"image": picture, "top": 3}), as_json, 400, "bad_body"),
                (json.dumps({"image": {"data": picture, "else": "x"}}), as_json, 400, "bad_body"),
                (json.dumps({"image": {"name": 3, "data": picture}}), as_json, 400, "bad_body"),
                (json.dumps({"images": [0] * 1000000}), as_json, 400, "bad_body"),
                (json.dumps({"images": [picture] * 17}), as_json, 413, "too_many_pictures"),
                (b"--a--", {"Content-Type": "multipart/form-data"}, 400, "bad_body"),
                (b"--a--", {"Content-Type": "multipart/form-data; boundary=" + "a" * 71}, 400, "bad_body"),
                (b"--a--", {"Content-Type": "multipart/form-data; boundary=a"}, 400, "bad_body"),
                (b"--b--", {"Content-Type": "multipart/form-data; boundary=a"}, 400, "bad_body"),
                (*multipart([("top", None, b"3")]), 400, "bad_body"),
                (*multipart([("a", "b", b"x")] * 17), 413, "too_many_pictures"),
                (multipart([("a", "b", PHOTOGRAPH)])[0][:-9], multipart([])[1], 400, "bad_body")):
            with self.subTest(body=body[:40], headers=headers):
                self.check_error(self.service.ask_json("POST", "/v1/read", body, headers), status, kind)

    def test_request_ids(self):
        for given, kept in (("abc-1.2_X", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("é", False), ("", False)):
            with self.subTest(id=given):
                found = self.service.ask("GET", "/health", headers={"X-Request-Id": given.encode()})[1]["X-Request-Id"]
                self.assertEqual(found == given, kept)
                self.assertRegex(found, r"^[A-Za-z0-9._-]{1,64}$")
        ids = {self.service.ask("GET", "/health")[1]["X-Request-Id"] for _ in range(5)}
        self.assertEqual(len(ids), 5)

    def test_access_log(self):
        self.service.ask("POST", "/v1/read?name=a", PHOTOGRAPH, {"X-Request-Id": "log-1"})
        line = self.service.access("log-1")
        self.assertRegex(line.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreater(line.pop("seconds"), 0)
        self.assertGreater(line.pop("bytes_out"), 100)
        self.assertEqual(line, {"request_id": "log-1", "client": "127.0.0.1", "method": "POST", "path": "/v1/read", "status": 200,
                                "bytes_in": len(PHOTOGRAPH)})
        self.service.ask("GET", "/%22%0Ax", headers={"X-Request-Id": "log-2"})
        line = self.service.access("log-2")
        self.assertEqual((line["path"], line["status"], line["error"]), ('/"\nx', 404, "not_found"))

    def test_metrics(self):
        before = self.service.metric("lprnet_plates_total"), self.service.metric("lprnet_pictures_total")
        self.service.ask("POST", "/v1/read", PHOTOGRAPH)
        self.service.ask("POST", "/v1/read", b"broken")
        after = self.service.metric("lprnet_plates_total"), self.service.metric("lprnet_pictures_total")
        self.assertEqual((after[0] - before[0], after[1] - before[1]), (2, 1))
        status, headers, body = self.service.ask("GET", "/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        text = body.decode()
        described, values = set(), {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                described.add(line.split()[2])
            elif not line.startswith("#"):
                name, value = re.fullmatch(r'([a-z_]+(?:\{(?:[a-z]+="[^"\\\n]*",?)+\})?) (\S+)', line).groups()
                self.assertNotIn(name, values)
                values[name] = float(value)
        for name in values:
            self.assertIn(re.sub(r"(_bucket|_sum|_count)?(\{.*)?$", "", name), described)
        self.assertGreater(values['lprnet_requests_total{route="/v1/read",status="200"}'], 0)
        self.assertGreater(values['lprnet_errors_total{kind="not_a_picture"}'], 0)
        buckets = [value for name, value in values.items() if name.startswith('lprnet_request_seconds_bucket{route="/v1/read"')]
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(buckets[-1], values['lprnet_request_seconds_count{route="/v1/read"}'])
        self.assertEqual(values["lprnet_queue_depth"], 0)
        self.assertEqual(values["lprnet_waiting_bytes"], 0)

    def test_a_connection_serves_many_requests(self):
        connection = self.service.connect()
        for i in range(20):
            status, _, answer = self.service.ask_json("POST", f"/v1/read?name={i}", PHOTOGRAPH, connection=connection)
            self.assertEqual((status, answer["file"]), (200, str(i)))
        connection.close()

    def test_a_refusal_keeps_the_connection(self):
        """A client that sends its whole body first sees why it was refused."""
        connection = self.service.connect()
        for _ in range(3):
            self.check_error(self.service.ask_json("POST", "/v1/read?x=1", b"x" * 3000000, connection=connection), 400, "bad_option")
            self.assertEqual(self.service.ask("GET", "/health", connection=connection)[0], 200)
        connection.close()

    def test_who_waits_with_the_body_is_refused_at_once(self):
        connection = self.service.connect()
        connection.putrequest("POST", "/nothing")
        connection.putheader("Content-Length", "1000000")
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 404)
        connection.close()


class OpenApi(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.service.ask_json("GET", "/openapi.json")[2]

    def test_it_names_what_the_service_has(self):
        routes = {"/", "/health", "/ready", "/version", "/openapi.json", "/metrics", "/v1/read", "/v1/recognize"}
        self.assertEqual(set(self.document["paths"]), routes)
        self.assertEqual(self.document["info"]["version"], self.service.ask_json("GET", "/version")[2]["version"])
        for path, methods in self.document["paths"].items():
            for method in ("get", "post"):
                status = self.service.ask(method.upper(), path, b"" if method == "post" else None)[0]
                self.assertEqual(status != 405, method in methods, path)

    def test_options_are_those_of_the_service(self):
        for path in ("/v1/read", "/v1/recognize"):
            error = self.service.ask_json("POST", path + "?x=", b"")[2]["error"]
            said = set(re.split(r", | and ", error.split("there are ")[1]))
            parameters = [self.resolve(parameter) for parameter in self.document["paths"][path]["post"]["parameters"]]
            self.assertEqual({parameter["name"] for parameter in parameters}, said)
            for parameter in parameters:
                schema = parameter["schema"]
                for value in schema.get("enum", [schema.get(key) for key in ("minimum", "maximum") if key in schema]):
                    error = self.service.ask_json("POST", f"{path}?{parameter['name']}={value}", b"")[2]["error"]
                    self.assertIn("the body is empty", error, parameter)
        error = self.service.ask_json("POST", "/v1/read?grammar=x", b"")[2]["error"]
        self.assertEqual(error.split("one of ")[1].split(", "), self.document["components"]["parameters"]["grammar"]["schema"]["enum"])

    def resolve(self, value):
        while "$ref" in value:
            found = self.document
            for key in value["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            value = found
        return value

    def schema_of(self, path, method, status, content_type="application/json"):
        response = self.resolve(self.document["paths"][path][method]["responses"][str(status)])
        return {**response["content"][content_type]["schema"], "components": self.document["components"]}

    @unittest.skipUnless(jsonschema, "Python's jsonschema is not here")
    def test_answers_are_as_it_says(self):
        body, headers = multipart([("a", "a", PHOTOGRAPH), ("b", "b", b"broken")])
        as_json = {"Content-Type": "application/json"}
        for path, method, data, sent in (
                ("/health", "get", None, {}), ("/ready", "get", None, {}), ("/version", "get", None, {}),
                ("/v1/read", "post", PHOTOGRAPH, {}), ("/v1/read?top=3", "post", body, headers),
                ("/v1/recognize?top=3&min-confidence=0.9&probabilities", "post", crop(), {}),
                ("/v1/recognize", "post", json.dumps({"image": base64.b64encode(crop()).decode()}), as_json),
                ("/v1/read?x", "post", b"", {}), ("/v1/read", "post", b"", {}), ("/v1/read", "post", b"text", {}),
                ("/v1/read", "post", PHOTOGRAPH[:100], {}), ("/v1/recognize", "post", b"P6 99999 99999 255 ", {})):
            with self.subTest(path=path, data=(data or b"")[:10]):
                status, _, answer = self.service.ask_json(method.upper(), path, data, sent)
                schema = self.schema_of(path.split("?")[0], method, status)
                jsonschema.Draft4Validator(schema).validate(answer)

    @unittest.skipUnless(openapi_spec_validator, "Python's openapi-spec-validator is not here")
    def test_it_is_openapi(self):
        openapi_spec_validator.validate(self.document)
        with self.assertRaises(Exception):
            openapi_spec_validator.validate({**self.document, "paths": {"health": {}}})

    def test_each_reference_leads_somewhere(self):
        def look(value):
            if isinstance(value, dict):
                if "$ref" in value:
                    self.resolve(value)
                for part in value.values():
                    look(part)
            elif isinstance(value, list):
                for part in value:
                    look(part)
        look(self.document)
        self.assertEqual(self.document["openapi"], "3.0.3")


if __name__ == "__main__":
    unittest.main()
