"""Tests of the detector's training side; they need torch and cv2, nothing of the photographs or plate bitmaps."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "export"))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from detect.camera import photographed  # noqa: E402
from detect.clutter import Clutter  # noqa: E402
from detect.compose import Composer, Mark, Sample, lay, mirrored, mirrored_quads, reflections, seen_plate, taken  # noqa: E402
from detect.decode import decode, letterboxed, one_each, peaks  # noqa: E402
from detect.decode import Plate as Found  # noqa: E402
from detect.export import exported  # noqa: E402
from detect.geometry import box, mapped, overlap, size_of, warp_matrix, width_of  # noqa: E402
from detect.measure import Tally, look_again  # noqa: E402
from detect.network import CHANNELS, HEADS, REACH, Detector, Shape, cells, count_macs  # noqa: E402
from detect.plates import FlatPlate  # noqa: E402
from detect.reservoir import Reservoir  # noqa: E402
from detect.scenes import Scene, hold_out, marks, read_scenes  # noqa: E402
from detect.targets import centres, loss_of, target_of  # noqa: E402
from picture import write_image  # noqa: E402

TINY = Shape(4, 8, 8, 8, 8)


def logit(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))


def answer(rows: int, columns: int, quads: list[tuple[np.ndarray, float, int]]) -> np.ndarray:
    """The output of a network that finds exactly these (quad, confidence, lines), at the head for their size."""
    output = np.full((CHANNELS, sum(h * w for h, w in cells(rows, columns))), 0.0, np.float32)
    output[0] = -12.0
    points, strides = centres(rows, columns)
    for quad, confidence, lines in quads:
        head = next(h for h in HEADS if size_of(quad) <= h.largest)
        of_head = np.nonzero(strides == head.stride)[0]
        cell = of_head[np.argmin(np.abs(points[of_head] - quad.mean(0)).max(1))]
        output[0, cell], output[1, cell] = logit(confidence), 1.0 if lines == 2 else -1.0
        output[2:, cell] = ((quad - points[cell]) / (REACH * head.stride)).ravel()
    return output


class ExportTest(unittest.TestCase):
    def test_the_file_holds_all_that_decoding_needs(self) -> None:
        model = exported(Detector(TINY), "tiny", "a test", "Apache-2.0", 0.4, 64, 96)
        self.assertEqual((model.document["version"], model.document["requires"]), (2, ["detect"]))
        self.assertEqual(model.document["inputs"][0]["shape"], [1, 3, 96, 64])
        part = model.document["detect"]
        self.assertEqual((part["multiple"], part["reach"], part["least_confidence"]), (32, REACH, 0.4))
        self.assertEqual([m["stride"] for m in part["maps"]], [h.stride for h in HEADS])
        rows, columns = part["second_look"]["height"], part["second_look"]["width"]
        self.assertEqual(list(model.tensors["self_test.input"].shape), [1, 3, rows, columns])
        self.assertEqual(model.tensors["self_test.logits"].shape[2], sum(h * w for h, w in cells(rows, columns)))


class NetworkTest(unittest.TestCase):
    def test_cost_and_output_of_the_shipped_shape(self) -> None:
        network = Detector()
        self.assertLess(count_macs(network, 384, 640), 150e6)
        for rows, columns in ((384, 640), (128, 192), (96, 32)):
            output = network.eval()(torch.zeros(1, 3, rows, columns))
            self.assertEqual(output.shape, (1, CHANNELS, sum(h * w for h, w in cells(rows, columns))))

    def test_sizes_that_do_not_divide_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "650x384"):
            cells(384, 650)

    def test_the_exporter_takes_every_operator(self) -> None:
        from lprnet_export.export import export_module

        document = export_module(Detector(TINY).eval(), [1, 3, 64, 96], name="detector", preprocess=None, decode=None, provenance={}, seed=1).document
        self.assertLessEqual({node["op"] for node in document["nodes"]}, {"conv2d", "batch_norm", "relu", "add", "flatten", "concat"})

    def test_every_head_sees_the_place_its_cells_stand_for(self) -> None:
        """A change of the picture changes the cells beside it, not those far away."""
        torch.manual_seed(0)
        network = Detector(TINY).eval()
        picture = torch.zeros(1, 3, 512, 1024)
        changed = picture.clone()
        changed[:, :, 240:256, 60:76] = 1.0
        moved = (network(changed) - network(picture)).detach().abs().amax((0, 1))
        points, strides = centres(512, 1024)
        for head in HEADS:
            mine = strides == head.stride
            distance = np.abs(points[mine] - [68, 248]).max(1)
            self.assertGreater(float(moved[torch.from_numpy(mine)][distance <= head.stride].max()), 0.0)
            self.assertEqual(float(moved[torch.from_numpy(mine)][distance > 800].max()), 0.0)


class DecodeTest(unittest.TestCase):
    def test_plates_of_every_size_come_back_with_corners_lines_and_confidence(self) -> None:
        quads = [
            (box(40, 40, 60, 47), 0.9, 1),
            (seen_plate(np.random.default_rng(1), np.array([300.0, 100.0]), 150, 3.1, 30.0), 0.8, 2),
            (seen_plate(np.random.default_rng(2), np.array([330.0, 270.0]), 420, 3.1, -20.0), 0.7, 1),
        ]
        found = decode(answer(384, 640, quads), 384, 640)
        self.assertEqual(len(found), 3)
        for plate, (quad, confidence, lines) in zip(found, quads, strict=True):
            np.testing.assert_allclose(plate.quad, quad, atol=1e-3)
            self.assertAlmostEqual(plate.confidence, confidence, places=5)
            self.assertEqual(plate.lines, lines)

    def test_a_colder_neighbour_and_a_plate_under_the_threshold_are_no_peaks(self) -> None:
        output = answer(64, 96, [(box(30, 20, 60, 30), 0.9, 1), (box(70, 50, 90, 56), 0.2, 1)])
        points, strides = centres(64, 96)
        beside = np.nonzero((strides == 8) & (np.abs(points - [52, 28]).max(1) < 1))[0]
        output[0, beside] = logit(0.8)
        self.assertEqual([round(p.confidence, 3) for p in peaks(output, 64, 96, 0.3)], [0.9])

    def test_two_heads_that_find_one_plate_give_one(self) -> None:
        quad = box(100, 100, 190, 130)
        kept = one_each([Found(quad, 0.6, 1), Found(quad + 3, 0.8, 1), Found(quad + 100, 0.5, 1)])
        self.assertEqual([p.confidence for p in kept], [0.8, 0.5])

    def test_quads_side_by_side_that_lean_are_two_plates(self) -> None:
        """Their upright boxes overlap; the plates do not."""
        leaning = np.array([[0, 0], [60, 60], [50, 80], [-10, 20]], np.float32)
        kept = one_each([Found(leaning, 0.9, 1), Found(leaning + [0, 30], 0.8, 1)])
        self.assertEqual(len(kept), 2)

    def test_letterbox_maps_corners_both_ways(self) -> None:
        image = np.zeros((300, 1000, 3), np.uint8)
        image[120:180, 400:600] = 255
        small, matrix = letterboxed(image, 640, 384)
        self.assertEqual(small.shape, (384, 640, 3))
        low, high = mapped(matrix, box(400, 120, 600, 180))[[0, 2]]
        ys, xs = np.nonzero(small[..., 0] > 200)
        self.assertAlmostEqual(xs.min(), low[0], delta=1)
        self.assertAlmostEqual(xs.max() + 1, high[0], delta=1)
        self.assertAlmostEqual(ys.min(), low[1], delta=1)
        self.assertAlmostEqual(ys.max() + 1, high[1], delta=1)


class TargetTest(unittest.TestCase):
    def targets(self, quad: np.ndarray, sure: bool = True, lines: int = 1):
        return target_of(quad[None], np.array([lines], np.float32), np.ones(1, np.float32), np.array([sure]), 384, 640)

    def test_a_perfect_answer_decodes_to_the_target(self) -> None:
        rng = np.random.default_rng(3)
        for width in (16, 40, 85, 150, 210, 400):
            quad = seen_plate(rng, np.array([320.0, 190.0]), width, 3.1, 10.0)
            target = self.targets(quad, lines=2)
            output = np.concatenate([
                np.where(target.heat == 1, 5.0, -8.0)[None], target.two_lines[None] - 0.5,
                target.corners / (REACH * centres(384, 640)[1]),
            ]).astype(np.float32)  # fmt: skip
            found = decode(output, 384, 640)
            self.assertEqual(len(found), 1, width)
            np.testing.assert_allclose(found[0].quad, quad, atol=1e-2)
            self.assertEqual(found[0].lines, 2)

    def test_an_unsure_plate_counts_neither_way(self) -> None:
        quad = box(300, 180, 360, 200)
        target = self.targets(quad, sure=False)
        self.assertEqual(target.heat.max(), 0.0)
        points, _ = centres(384, 640)
        inside = np.abs(points - quad.mean(0)) < [30, 10]
        self.assertEqual(target.counts[inside.all(1)].max(), 0.0)
        self.assertEqual(target.counts[np.abs(points - quad.mean(0)).max(1) > 120].min(), 1.0)

    def test_loss_is_least_at_the_target_and_doubtful_answers_are_free(self) -> None:
        target = self.targets(box(300, 180, 360, 200))
        strides = torch.from_numpy(centres(384, 640)[1])
        parts = (target.heat, target.counts, target.corners, target.weights, target.two_lines)
        heat, counts, corners, weights, lines = (torch.from_numpy(part)[None] for part in parts)
        right = torch.zeros(1, CHANNELS, heat.shape[1])
        right[:, 0] = torch.where(heat == 1, 6.0, -8.0)
        right[:, 1] = -6.0
        right[:, 2:] = corners / (REACH * strides)

        def loss(output: torch.Tensor, complete: bool = True) -> float:
            return float(loss_of(output, heat, counts, corners, weights, lines, strides, torch.tensor([complete])).total)

        least = loss(right)
        self.assertLess(least, 0.01)
        for change in (0, 1, 2, 9):
            wrong = right.clone()
            wrong[:, change, heat[0] == 1] -= 12.0 if change == 0 else -12.0 if change == 1 else 0.2
            self.assertGreater(loss(wrong), least + 0.05, change)
        elsewhere = right.clone()
        elsewhere[:, 0, 0] = 3.0
        self.assertGreater(loss(elsewhere), least + 0.5)
        self.assertAlmostEqual(loss(elsewhere, complete=False), least, places=4)


class PlainPlates:
    """White plates of one size in place of drawn ones."""

    def draw(self, rng: np.random.Generator) -> FlatPlate:
        return FlatPlate(np.full((84, 264, 3), 255, np.uint8), 1)




def covered(quad: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """How much of each pixel a quad covers."""
    y, x = (np.mgrid[: rows * 4, : columns * 4].astype(np.float32) + 0.5) / 4
    inside = np.ones(x.shape, bool)
    for one, two in zip(quad, np.roll(quad, -1, 0), strict=True):
        inside &= (two[0] - one[0]) * (y - one[1]) - (two[1] - one[1]) * (x - one[0]) >= 0
    return inside.reshape(rows, 4, columns, 4).mean((1, 3))


class GeometryTest(unittest.TestCase):
    def test_corners_follow_the_view(self) -> None:
        """A white quad in the scene: where its marks are mapped to is where it is in the picture."""
        rng = np.random.default_rng(5)
        for trial in range(8):
            quad = seen_plate(rng, np.array([240.0, 180.0]), 120, 3.0, rng.uniform(-40, 40))
            scene = np.repeat(np.round(255 * covered(quad, 360, 480))[..., None], 3, 2).astype(np.uint8)
            view, scale, _ = Composer._view(rng, scene, quad[None], (320, 256))
            picture = taken(scene, view, scale, (320, 256), cv2.BORDER_CONSTANT, (0, 0, 0))
            self.check(picture, mapped(view, quad), trial)

    def test_corners_follow_a_drawn_plate(self) -> None:
        rng = np.random.default_rng(6)
        for trial in range(8):
            picture = np.zeros((256, 320, 3), np.uint8)
            quad = seen_plate(rng, np.array([160.0, 128.0]), rng.uniform(30, 200), 3.1, rng.uniform(-40, 40))
            plate = np.full((84, 264, 3), 255, np.uint8)
            lay(_Plain(), picture, FlatPlate(plate, 1), quad, 1.0, 0.0)
            self.check(picture, quad, trial)

    def check(self, picture: np.ndarray, quad: np.ndarray, trial: int) -> None:
        """The white area is the quad: its centre and its edges to 0.3 pixel; enlarging blurs an edge over two pixels."""
        white = picture[..., 0].astype(float) / 255.0
        wanted = covered(quad, *picture.shape[:2])
        inside = wanted.sum()
        if inside < 30:
            return
        y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
        for axis in (x, y):
            self.assertAlmostEqual((axis * white).sum() / white.sum(), (axis * wanted).sum() / inside, delta=0.3, msg=str(trial))
        around = np.linalg.norm(quad - np.roll(quad, 1, 0), axis=1).sum()
        self.assertLess(abs(white.sum() - inside), 0.3 * around, trial)
        self.assertLess(np.abs(white - wanted).sum(), around, trial)

    def test_mirroring_keeps_the_order_of_corners(self) -> None:
        image = np.zeros((100, 200, 3), np.uint8)
        quad = np.array([[10, 20], [60, 30], [58, 50], [8, 40]], np.float32)
        turned = mirrored_quads(image, quad[None])[0]
        np.testing.assert_array_equal(turned, [[140, 30], [190, 20], [192, 40], [142, 50]])
        np.testing.assert_array_equal(mirrored(image, quad[None]), image)

    def test_reflections_are_where_the_border_shows_them(self) -> None:
        image = np.zeros((40, 60, 3), np.uint8)
        image[10:14, 20:30] = 255
        wide = cv2.copyMakeBorder(image, 40, 40, 60, 60, cv2.BORDER_REFLECT)
        for quad in reflections(box(20, 10, 30, 14)[None], (40, 60)):
            low, high = quad.min(0).astype(int) + [60, 40], quad.max(0).astype(int) + [60, 40]
            self.assertEqual(wide[low[1] : high[1], low[0] : high[0]].min(), 255)

    def test_overlap_of_quads(self) -> None:
        self.assertAlmostEqual(overlap(box(0, 0, 4, 2), box(2, 0, 6, 2)), 1 / 3, places=5)
        self.assertEqual(overlap(box(0, 0, 4, 2), box(5, 0, 9, 2)), 0.0)
        self.assertAlmostEqual(width_of(box(0, 0, 4, 2)), 4.0)

    def test_warp_matrix_moves_pixel_areas_not_centres(self) -> None:
        image = np.zeros((8, 8), np.uint8)
        image[2:4, 2:4] = 200
        large = cv2.warpPerspective(image, warp_matrix(np.diag([4.0, 4.0, 1.0])), (32, 32), flags=cv2.INTER_NEAREST)
        ys, xs = np.nonzero(large)
        self.assertEqual((xs.min(), xs.max(), ys.min(), ys.max()), (8, 15, 8, 15))


class _Plain:
    """A generator that never asks for a holder or a shadow."""

    def random(self) -> float:
        return 0.99


class SampleTest(unittest.TestCase):
    def composer(self) -> Composer:
        rng = np.random.default_rng(0)
        scenes = [
            Scene(f"{i}.jpg", source, rng.integers(0, 255, (200, 300, 3)).astype(np.uint8), box(100, 80, 160, 100)[None], source == "ccpd")
            for i, source in enumerate(("cars", "dashcam", "ccpd"))
        ]
        return Composer(scenes, {"cars": 1.0, "dashcam": 1.0, "ccpd": 1.0}, PlainPlates(), Clutter(None, texts=20))

    def test_samples_depend_on_the_seed_alone_and_marks_are_inside(self) -> None:
        composer = self.composer()
        for seed in range(20):
            one, two = (composer.sample(np.random.default_rng(seed), (160, 128)) for _ in range(2))
            np.testing.assert_array_equal(one.image, two.image)
            self.assertEqual(one.image.shape, (128, 160, 3))
            for mark in one.marks:
                if mark.sure:
                    self.assertTrue((mark.quad.mean(0) > -1).all() and (mark.quad.mean(0) < [161, 129]).all())
                    self.assertGreaterEqual(size_of(mark.quad), 11.0)

    def test_the_camera_changes_the_picture_not_its_shape(self) -> None:
        picture = np.random.default_rng(1).integers(0, 255, (64, 96, 3)).astype(np.uint8)
        seen = photographed(np.random.default_rng(2), picture)
        self.assertEqual((seen.shape, seen.dtype), (picture.shape, np.uint8))
        self.assertGreater(np.abs(seen.astype(int) - picture).max(), 0)

    def test_the_reservoir_gives_back_what_was_put_and_forgets_the_oldest(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = Reservoir(Path(folder), (32, 16), 3)
            for value in range(5):
                store.put(Sample(np.full((16, 32, 3), value, np.uint8), [Mark(box(1, 2, 9, 5) + value, 2, 0.25, False)], value % 2 == 0))
            again = Reservoir(Path(folder), (32, 16), 3)
            self.assertEqual((again.made, again.filled), (5, 3))
            rng = np.random.default_rng(0)
            seen = {}
            for _ in range(50):
                drawn = again.draw(rng)
                seen[int(drawn.image[0, 0, 0])] = drawn
            self.assertEqual(sorted(seen), [2, 3, 4])
            (mark,) = seen[3].marks
            np.testing.assert_array_equal(mark.quad, box(4, 5, 12, 8))
            self.assertEqual((mark.lines, mark.corners, mark.sure, seen[3].complete), (2, 0.25, False, False))
            self.assertEqual(again.drawn, 50)


class SceneTest(unittest.TestCase):
    def test_both_kinds_of_marks(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "x.tsv"
            table.write_text("a.jpg\t1\t2\t3\t4\na.jpg\t5\t6\t7\t8\nb.jpg\tblue\t京A12345\t1,2;5,3;5,5;1,4\n", encoding="utf-8")
            found = marks(table)
            self.assertEqual(len(found["a.jpg"]), 2)
            np.testing.assert_array_equal(found["a.jpg"][0], box(1, 2, 3, 4))
            np.testing.assert_array_equal(found["b.jpg"][0], [[1, 2], [5, 3], [5, 5], [1, 4]])

    def test_what_nobody_marked_is_given_with_the_scene(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "cars").mkdir()
            (Path(folder) / "cars.tsv").write_text("Cars44.jpg\t16\t190\t404\t340\nx.jpg\t1\t2\t30\t14\n", encoding="utf-8")
            for name in ("Cars44.jpg", "x.jpg"):
                write_image(Path(folder) / "cars" / name, np.zeros((416, 416, 3), np.uint8))
            one, two = read_scenes(Path(folder), "cars")
        self.assertEqual((one.image.shape[1], len(one.unmarked), len(two.unmarked)), (555, 1, 0))
        self.assertAlmostEqual(float(one.unmarked[0, 1, 0]), 394 * 555 / 416, delta=0.1)
        self.assertEqual(overlap(one.unmarked[0], one.quads[0]), 0.0)

    def test_pictures_that_look_alike_are_held_out_together(self) -> None:
        rng = np.random.default_rng(0)
        scenes = []
        for group in range(60):
            picture = cv2.resize(rng.integers(0, 255, (6, 6, 3)).astype(np.uint8), (60, 40), interpolation=cv2.INTER_CUBIC)
            for shade in (0, 3):
                lighter = np.clip(picture.astype(int) + shade, 0, 255).astype(np.uint8)
                scenes.append(Scene(f"{group}-{shade}.jpg", "cars", lighter, box(1, 1, 5, 5)[None], False))
        hold_out(scenes)
        pairs = [(a.held_out, b.held_out) for a, b in zip(scenes[::2], scenes[1::2], strict=True)]
        self.assertTrue(all(a == b for a, b in pairs))
        self.assertTrue(0.05 < np.mean([a for a, _ in pairs]) < 0.4)


class MeasureTest(unittest.TestCase):
    def test_found_missed_false_and_corner_error(self) -> None:
        tally = Tally()
        marked = np.stack([box(10, 10, 110, 40), box(200, 10, 300, 40)])
        off = marked[0].copy()
        off[2] += [6, 8]  # 10 pixels of 100
        tally.add("a", marked, [Found(off, 0.9, 1), Found(box(400, 200, 450, 220), 0.8, 1)], lines=[1, 1])
        self.assertEqual((tally.found, len(tally.missed), len(tally.false)), (1, 1, 1))
        self.assertAlmostEqual(tally.errors[0], 0.1, places=5)
        self.assertEqual((tally.share(0.12), tally.share(0.08)), (0.5, 0.0))

    def test_the_second_look_maps_back_to_the_picture(self) -> None:
        """A network that finds one plate in the middle of any cut-out."""

        class Middle(torch.nn.Module):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                rows, columns = x.shape[2:]
                quad = box(columns / 2 - 44, rows / 2 - 15, columns / 2 + 44, rows / 2 + 15)
                return torch.from_numpy(answer(rows, columns, [(quad, 0.9, 1)]))[None]

        image = np.zeros((600, 800, 3), np.uint8)
        # As large as is wanted; then three quarters of that, so that the second look finds a plate four thirds as wide.
        for sizes, expected in (((88.0,), 1.0), ((88.0, 66.0), (1 + 4 / 3) / 2)):
            for width in (30.0, 300.0):
                first = Found(box(400 - width / 2, 300 - width / 6, 400 + width / 2, 300 + width / 6), 0.7, 1)
                with mock.patch("detect.measure.SECOND_SIZES", sizes):
                    again = look_again(Middle(), image, first)
                self.assertAlmostEqual(again.confidence, 0.8, places=5)  # the mean of the first look's and of the others'
                np.testing.assert_allclose(again.quad.mean(0), [400, 300], atol=0.01 * width)
                self.assertAlmostEqual(width_of(again.quad) / width, expected, delta=0.02 * expected)


if __name__ == "__main__":
    unittest.main()
