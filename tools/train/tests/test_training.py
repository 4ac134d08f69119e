"""Quick tests of the training side: `python3 -m unittest discover tools/train/tests`.

They need torch and cv2, nothing of the plate pictures: bitmaps of characters are made up here.
"""

import sys
import tempfile
import unittest
import zipfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from alphabet import CHINESE, DIGITS, LETTERS, PROVINCES, SPECIAL, Alphabet  # noqa: E402
from augment import DRAWN, UNIT, vary  # noqa: E402
from average import average  # noqa: E402
from batches import Batches  # noqa: E402
from channels import changed, groups  # noqa: E402
from checkpoint import load_network, save_network  # noqa: E402
from crops import Crop, split, text_of  # noqa: E402
from cuts import Box, any_box, even, half_box, take  # noqa: E402
from evaluate import wilson  # noqa: E402
from label import agreed_text  # noqa: E402
from loose import LoosePlate, read_loose_pool, write_loose_pool  # noqa: E402
from lprnet_export.export import export_module  # noqa: E402
from lprnet_export.model_file import write_model  # noqa: E402
from measure_cuts import Marked, crop  # noqa: E402
from mixture import Mixed  # noqa: E402
from network import KINDS as COLOURS  # noqa: E402
from network import PUBLIC, SLIM, UPPER_SHARE, LPRNet, PlateReader, build, composed, count_macs  # noqa: E402
from photograph import Photographer  # noqa: E402
from picture import write_image  # noqa: E402
from prune import kept_channels, remove_channels  # noqa: E402
from standard import KINDS, PlateStandard, RealProvinces  # noqa: E402
from start import grow  # noqa: E402
from train import STRAIGHT, straightening  # noqa: E402
from train_on import COARSE, KIND, LINES, away, parts_of  # noqa: E402
from widen import add_channels, change_sizes, resampled  # noqa: E402

TINY = replace(
    SLIM, picture=(24, 94), plate=(24, 94), rows_3=1, tall=13, stem=8, inner_1=(4, 4, 4), block_1=12, inner_2=(6, 6, 6), block_2=10, inner_3=(6, 6, 6), block_3=14, wide=16, stn=(4, 6, 8)
)
FINE = changed(TINY, "picture=48/140,plate=28/110,rows_3=2,tall=8")


def fake_plates(folder: Path) -> Path:
    """Bitmaps with a number in place of each character, and blanks of one colour."""
    rng = np.random.default_rng(0)
    for name in ("glyphs", "blanks", "backgrounds"):
        (folder / name).mkdir()
    sets = {"140": PROVINCES + DIGITS + LETTERS + SPECIAL, "green": PROVINCES + DIGITS + LETTERS, "220": PROVINCES + DIGITS + "挂"}
    for series, characters in (*sets.items(), ("220_up", LETTERS), ("220_down", LETTERS)):
        for character in characters:
            picture = np.full((90, 45), 255, np.uint8)
            picture[20:70, 10:35] = rng.integers(0, 2, (50, 25)) * 255
            write_image(folder / "glyphs" / f"{series}_{character}.jpg", picture)
    single = ("blue_140", "yellow_140", "white_140", "white_army_140", "black_140", "black_shi_140", "green_car_140", "green_truck_140")
    for name in (*single, "yellow_220", "white_220"):
        write_image(folder / "blanks" / f"{name}.png", np.full((220 if name.endswith("220") else 140, 440, 3), 90, np.uint8))
        (folder / "blanks" / f"{name}.png").rename(folder / "blanks" / f"{name}.PNG")
    write_image(folder / "backgrounds" / "car.png", rng.integers(0, 255, (36, 136, 3)).astype(np.uint8))
    return folder


class AlphabetTest(unittest.TestCase):
    def test_every_token_survives_encoding_and_decoding(self) -> None:
        text = "".join(CHINESE.tokens[:-1])
        self.assertEqual(CHINESE.decode(CHINESE.encode(text)), text)
        self.assertEqual(CHINESE.blank, len(CHINESE) - 1)
        self.assertEqual(len(CHINESE), 31 + 10 + 24 + 7 + 5 + 1)

    def test_blank_separates_doubled_characters_and_repeats_collapse(self) -> None:
        alphabet = Alphabet("AB")
        self.assertEqual(alphabet.decode([0, 0, 2, 0, 1, 1, 2, 2]), "AAB")

    def test_doubled_token_and_blank_among_characters_are_refused(self) -> None:
        for characters in ("AA", "A-"):
            with self.assertRaises(ValueError):
                Alphabet(characters)


class SynthesisTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        plates = fake_plates(Path(folder.name))
        self.standard, self.photographer = PlateStandard(plates), Photographer(plates / "backgrounds")

    def test_same_seed_same_picture(self) -> None:
        def take(seed: int) -> tuple[np.ndarray, str]:
            rng = np.random.default_rng(seed)
            flat = self.standard.draw(rng)
            return self.photographer.take(rng, flat.image).image, flat.text

        first, again, other = take(5), take(5), take(6)
        self.assertEqual(first[1], again[1])
        np.testing.assert_array_equal(first[0], again[0])
        self.assertNotEqual(first[1], other[1])

    def test_numbers_of_every_kind_follow_the_standard(self) -> None:
        shape = {
            "green small": r"..[A-Z].\d{4}", "green large": r"..\d{5}[A-Z]", "police": r"..[A-Z\d]{4}警", "learner": r"..[A-Z\d]{4}学",
            "trailer": r"..[A-Z\d]{4}挂", "macao": r".Z[A-Z\d]{4}[港澳]", "consular": r"..\d{4}领", "embassy": r"使\d{6}|\d{6}使",
            "security": r".O[A-Z\d]{5}", "trailer double": r"..[A-Z\d]{4}挂", "learner double": r"..[A-Z\d]{4}学", "tractor": r".\d{7}",
            "army": r"[A-Z]{2}\d{5}", "army double": r"[A-Z]{2}\d{5}", "armed police": r"WJ(\d{7}|.\d{4}[A-Z\d]?)",
            "armed police double": r"WJ.\d{4}[A-Z\d]?", "aviation": r"民航[A-Z]\d{4}", "rescue": r".[XS]\d{4}应急",
        }  # fmt: skip
        rng = np.random.default_rng(1)
        for kind in KINDS:
            for _ in range(50):
                text = self.standard.text(rng, kind)
                self.assertTrue(CHINESE.can_encode(text))
                self.assertRegex(text, f"^({shape.get(kind, '..[A-Z0-9]{5}')})$")
                if kind.split()[0] not in ("embassy", "army", "armed", "aviation"):
                    self.assertIn(text[0], PROVINCES)
                    self.assertIn(text[1], {"tractor": DIGITS, "security": "O"}.get(kind, LETTERS))

    def test_every_kind_is_drawn_with_its_colour_and_lines(self) -> None:
        if not self.standard.has_font:
            self.skipTest("no font for 民航应急")
        rng = np.random.default_rng(3)
        for kind in KINDS:
            plate = self.standard.draw(rng, kind=kind)
            self.assertIn(plate.colour, COLOURS[:5])
            self.assertEqual(plate.image.shape[0], 132 if plate.lines == 2 else 84, kind)
        self.assertEqual(self.standard.draw(rng, kind="tractor").colour, "green")
        self.assertEqual(self.standard.draw(rng, kind="armed police").colour, "white")

    def test_real_provinces_are_parted_for_choosing(self) -> None:
        rng = np.random.default_rng(4)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "provinces.zip"
            with zipfile.ZipFile(file, "w") as archive:
                for i in range(30):
                    faint = i >= 20
                    grey = rng.integers(100, 110 if faint else 255, (32, 20)).astype(np.uint8)
                    archive.writestr(f"京/{i:04}.png", cv2.imencode(".png", grey)[1].tobytes())
            self.assertEqual((len(RealProvinces(file)), len(RealProvinces(file, held_out=True))), (18, 2))

    def test_asked_province_is_drawn(self) -> None:
        rng = np.random.default_rng(2)
        self.assertTrue(all(self.standard.draw(rng, "藏").text[0] == "藏" for _ in range(40)))


class NetworkTest(unittest.TestCase):
    def test_public_widths_cost_and_answer_as_the_public_edition(self) -> None:
        torch.manual_seed(0)
        network = LPRNet(68, PUBLIC).eval()
        self.assertEqual(count_macs(network), 144_411_264)
        x = torch.randn(2, 3, 24, 94)
        with torch.no_grad():
            torch.testing.assert_close(network(x), self._with_max_pool_3d(network, x), rtol=1e-4, atol=1e-4)

    @staticmethod
    def _with_max_pool_3d(network: LPRNet, x: Tensor) -> Tensor:
        """As public code writes it, one plate at a time."""
        strides = {3: (1, 1, 1), 7: (2, 1, 2), 14: (4, 1, 2)}
        answers = []
        for plate in x.split(1):
            kept = []
            for index, layer in enumerate(network.backbone):
                plate = nn.MaxPool3d((1, 3, 3), strides[index])(plate[:, None])[:, 0] if index in strides else layer(plate)
                if index in (2, 6, 13, 22):
                    kept.append(plate)
            pools = (nn.AvgPool2d(5, 5), nn.AvgPool2d(5, 5), nn.AvgPool2d((4, 10), (4, 2)), nn.Identity())
            pooled = [pool(feature) for pool, feature in zip(pools, kept, strict=True)]
            scaled = [feature / torch.mean(torch.pow(feature, 2)) for feature in pooled]
            answers.append(torch.mean(network.container(torch.cat(scaled, 1)), dim=2))
        return torch.cat(answers)

    def test_answer_does_not_depend_on_neighbours(self) -> None:
        torch.manual_seed(1)
        network = build(10, TINY).eval()
        x = torch.randn(3, 3, 24, 94)
        with torch.no_grad():
            torch.testing.assert_close(network(x)[:1], network(x[:1]))

    def test_fresh_transformer_changes_nothing(self) -> None:
        network = PlateReader(10, TINY)
        x = torch.randn(1, 3, 24, 94)
        torch.testing.assert_close(network.stn(x), x, rtol=1e-4, atol=1e-4)

    def test_transformer_cuts_the_plate_out_of_the_fine_picture(self) -> None:
        network = PlateReader(10, FINE)
        x = torch.zeros(1, 3, 48, 140)
        x[..., 10:38, 15:125] = torch.randn(1, 3, 28, 110)  # its pixels are those of the plate
        theta = torch.tensor([[[110 / 140, 0.0, 0.0], [0.0, 28 / 48, 0.0]]])
        torch.testing.assert_close(network.stn.cut(x, theta), x[..., 10:38, 15:125], rtol=1e-4, atol=1e-4)

    def test_traces_without_data_dependent_control_flow(self) -> None:
        torch.manual_seed(2)
        for shape in (TINY, FINE):
            network = build(10, shape).eval()
            traced = torch.fx.symbolic_trace(network)
            x = torch.randn(1, 3, *shape.picture)
            with torch.no_grad():
                torch.testing.assert_close(traced(x), network(x))
            self.assertEqual(tuple(network(x).shape), (1, 10, shape.steps))
        self.assertEqual(TINY.steps, 18)

    def test_features_have_the_stated_sizes(self) -> None:
        network = build(10, FINE).eval()
        sizes: dict[int, tuple[int, ...]] = {}
        for index in (2, 6, 13, 22):
            network.lprnet.backbone[index].register_forward_hook(
                lambda _, __, output, index=index: sizes.update({index: tuple(output.shape[2:])})
            )
        network(torch.zeros(1, 3, *FINE.picture))
        self.assertEqual(list(sizes.values()), FINE.features)

    def test_changed_shape_names_what_it_does_not_know(self) -> None:
        self.assertEqual(changed(SLIM, ""), SLIM)
        self.assertEqual(changed(SLIM, "stem=24,plate=24/94"), replace(SLIM, stem=24, plate=(24, 94)))
        with self.assertRaisesRegex(ValueError, "no 'steps', only picture, plate"):
            changed(SLIM, "steps=18")

    def test_picture_and_plate_differ_only_behind_a_transformer(self) -> None:
        with self.assertRaisesRegex(ValueError, "without a transformer"):
            build(10, replace(FINE, stn=None))

    def test_slim_fits_its_budget(self) -> None:
        self.assertLessEqual(count_macs(build(len(CHINESE), SLIM)), 71_000_000)
        more = replace(SLIM, coarse=COARSE, lines=LINES, kinds=KIND)
        self.assertLessEqual(count_macs(build(len(CHINESE), more)), 80_000_000)


MORE = replace(TINY, coarse=(4, 5, 6, 7), lines=3, kinds=5)


class GrowingTest(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(6)
        self.small, self.large = Alphabet("AB"), Alphabet("ABCD")
        self.network = build(3, TINY).eval()
        nn.init.normal_(self.network.stn.fc_loc[2].weight, std=0.01)
        self.x = torch.rand(2, 3, 24, 94) * 2 - 1

    def test_growing_keeps_the_answers(self) -> None:
        grown = grow(self.network, self.small, TINY, self.large, MORE)
        with torch.no_grad():
            old, new = self.network(self.x), grown(self.x)
        torch.testing.assert_close(new[:, [0, 1, 4]], old, rtol=1e-2, atol=1e-2)
        self.assertEqual(self.small.decode(old.argmax(1)[0].tolist()), self.large.decode(new.argmax(1)[0].tolist()))

    def test_everything_new_can_learn(self) -> None:
        grown = grow(self.network, self.small, TINY, self.large, MORE)
        for parameter in (grown.stn.coarse.fc[2].weight, grown.stn.lines.gate[2].weight):
            nn.init.normal_(parameter, std=0.01)
        answer = grown.answer(self.x, torch.full((2, 1), 0.5))
        (answer.logits.square().sum() + answer.kinds.square().sum() + answer.first.square().sum() + answer.lines.square().sum()).backward()
        still = {name for name, p in grown.named_parameters() if p.grad is None or p.grad.abs().sum() == 0.0}
        self.assertLessEqual({name for name in still if name.startswith(("stn", "kind"))}, {"stn.lines.upper.weight", "stn.lines.lower.weight"})

    def test_another_alphabet_or_shape_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "does not begin"):
            grow(self.network, self.small, TINY, Alphabet("BAC"), MORE)
        with self.assertRaisesRegex(ValueError, "only coarse"):
            grow(self.network, self.small, TINY, self.large, replace(MORE, wide=99))

    def test_two_looks_are_one_map(self) -> None:
        first, second = torch.randn(3, 2, 3), torch.randn(3, 2, 3)
        point = torch.tensor([0.3, -0.2, 1.0])
        inner = torch.cat([second @ point, torch.ones(3, 1)], 1)
        torch.testing.assert_close(composed(first, second) @ point, (first @ inner[..., None])[..., 0])

    def test_gate_lays_the_upper_line_before_the_lower(self) -> None:
        network = PlateReader(3, replace(MORE, picture=(64, 96), plate=(32, 96), stn=(4, 6, 8), rows_3=2, tall=9))
        x = torch.zeros(1, 3, 64, 96)
        x[:, 0, :28] = 1.0  # above
        x[:, 1, 28:] = 1.0  # below
        theta = torch.tensor([[[1.0, 0, 0], [0, 1.0, 0]]])
        one, two = (network.stn.cut(x, theta, torch.full((1, 1), v)) for v in (0.0, 1.0))
        border = round(96 * UPPER_SHARE)
        self.assertGreater(two[0, 0, 4:28, : border - 1].mean(), 0.9)
        self.assertGreater(two[0, 1, 14:, border + 1 :].mean(), 0.95)
        torch.testing.assert_close(one[0, 0, :, 2], one[0, 0, :, -3])

    def test_a_model_file_gives_the_network_again(self) -> None:
        network = grow(self.network, self.small, TINY, self.large, replace(MORE, kinds=0))
        decode = {"alphabet": self.large.tokens, "blank": self.large.blank}
        preprocess = {"channel_order": "BGR", "mean": [127.5] * 3, "scale": [0.0078125] * 3, "resize": "bilinear"}
        exported = export_module(network, [1, 3, 24, 94], name="tiny", preprocess=preprocess, decode=decode, provenance={})
        with tempfile.TemporaryDirectory() as folder:
            write_model(Path(folder) / "n.safetensors", exported.document, exported.tensors)
            again, alphabet, shape = load_network(Path(folder) / "n.safetensors")
        self.assertEqual((alphabet.tokens, shape), (self.large.tokens, network.shape))
        with torch.no_grad():
            torch.testing.assert_close(again(self.x), network(self.x))


class CutsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.corners = np.array([[130, 60], [260, 60], [260, 100], [130, 100]], np.float32)
        self.image = np.zeros((152, 392, 3), np.uint8)
        cv2.rectangle(self.image, (130, 60), (259, 99), (255, 255, 255), -1)

    def test_a_box_without_margin_is_the_plate_alone(self) -> None:
        out, at = take(self.image, self.corners, even(0.0), (64, 192))
        self.assertGreater(out.mean(), 250.0)
        np.testing.assert_allclose(at, UNIT, atol=1e-3)

    def test_margins_are_shares_of_the_plate_and_corners_follow(self) -> None:
        for box in (even(0.5), even(0.3, 25.0), Box(0.2, -0.1, 0.7, 0.4)):
            out, at = take(self.image, self.corners, box, (64, 192))
            mask = np.zeros((64, 192), np.uint8)
            cv2.fillConvexPoly(mask, np.round(at * (192, 64) - 0.5).astype(np.int32), 255)
            self.assertLess(np.abs(mask.astype(float) - out[..., 0]).mean(), 12.0, box)
        _, at = take(self.image, self.corners, even(0.5), (64, 192))
        np.testing.assert_allclose(at[0], (0.25, 0.25), atol=1e-3)

    def test_half_of_a_plate_lacks_a_third_at_least(self) -> None:
        rng = np.random.default_rng(1)
        for _ in range(200):
            box = half_box(rng)
            self.assertLessEqual(min(box.left, box.right, box.top, box.bottom), -0.36)

    def test_any_box_keeps_nearly_all_of_the_plate(self) -> None:
        rng = np.random.default_rng(2)
        boxes = [any_box(rng) for _ in range(500)]
        self.assertGreaterEqual(min(min(b.left, b.right, b.top, b.bottom) for b in boxes), -0.15)
        self.assertGreater(max(b.left for b in boxes), 0.7)
        self.assertGreater(max(abs(b.turn) for b in boxes), 30.0)

    def test_distance_is_in_shares_of_the_plate(self) -> None:
        """The same error of the map weighs more for a plate that is small in the picture."""
        large, tiny = torch.from_numpy(UNIT)[None], torch.from_numpy(UNIT * 0.4 + 0.3)[None]
        for corners in (large, tiny):
            self.assertEqual(away(straightening(corners), corners, STRAIGHT).item(), 0.0)
        off = torch.tensor([[[0.0, 0, 0.1], [0, 0, 0]]])
        self.assertGreater(away(straightening(tiny) + off, tiny, STRAIGHT), 2 * away(straightening(large) + off, large, STRAIGHT))

    def test_parts_of_a_batch_have_their_own_texts(self) -> None:
        batch = Mixed(
            torch.zeros(3, 2, 2, 3), torch.tensor([1, 2, 3]), torch.tensor([2, 0, 1]), torch.zeros(3, 4, 2), torch.ones(3), torch.ones(3), torch.zeros(3)
        )
        parts = parts_of(batch, 2)
        self.assertEqual([p.targets.tolist() for p in parts], [[1, 2], [3]])
        self.assertEqual([p.lengths.tolist() for p in parts], [[2, 0], [1]])

    def test_loose_pool_gives_back_what_was_written(self) -> None:
        plate = LoosePlate(self.image, self.corners, "京A12345", "blue", 1)
        with tempfile.TemporaryDirectory() as folder:
            write_loose_pool(Path(folder), [plate, replace(plate, text="京B", lines=2)])
            pool = read_loose_pool(Path(folder))
            self.assertEqual((pool[1].text, pool[1].lines, len(pool)), ("京B", 2, 2))
            self.assertLess(np.abs(pool[0].image.astype(float) - self.image).mean(), 2.0)

    def test_a_turned_picture_keeps_the_plate_in_the_upright_box(self) -> None:
        for turn in (-30.0, 30.0):
            out = crop(Marked(self.image, "A", self.corners), even(0.0, turn))
            self.assertAlmostEqual(out.shape[1], 130 * np.cos(np.pi / 6) + 40 * 0.5, delta=2)
            share = (out[..., 0] > 127).mean()
            self.assertAlmostEqual(share, 130 * 40 / (out.shape[0] * out.shape[1]), delta=0.02)


class PruningTest(unittest.TestCase):
    def test_removing_dead_channels_keeps_the_answers(self) -> None:
        torch.manual_seed(3)
        network = build(10, TINY).eval()
        nn.init.normal_(network.stn.fc_loc[2].weight, std=0.01)
        smaller = changed(TINY, "stem=5,inner_1=3/2/4,block_1=9,block_2=7,inner_3=4/4/4,block_3=11,wide=10,stn=3/4/5")
        scores = {}
        with torch.no_grad():
            for key, group in groups(TINY).items():
                producer = network.get_submodule(group.producer)
                field, _, place = key.partition(".")
                width = getattr(smaller, field)
                dead = torch.randperm(producer.weight.shape[0])[width[int(place)] if place else width :]
                scores[key] = torch.ones(producer.weight.shape[0]).index_fill(0, dead, 0.0)
                last = network.get_submodule(group.norm) if group.norm else producer
                last.weight[dead] = 0.0
                last.bias[dead] = -1.0
            small = remove_channels(network, 10, TINY, kept_channels(scores, smaller), smaller)
            x = torch.randn(2, 3, 24, 94)
            torch.testing.assert_close(small(x), network(x), rtol=1e-3, atol=1e-3)
        self.assertLess(count_macs(small), count_macs(network))

    def test_added_channels_keep_the_answers_and_can_learn(self) -> None:
        torch.manual_seed(4)
        network = build(10, TINY, 0.0).eval()
        nn.init.normal_(network.stn.fc_loc[2].weight, std=0.01)
        larger = changed(TINY, "stem=9,inner_1=5/4/6,block_1=14,inner_2=8/8/8,block_2=12,inner_3=9/7/8,block_3=20,wide=18,stn=5/7/9")
        wide = add_channels(network, 10, TINY, larger)
        x = torch.randn(2, 3, 24, 94)
        with torch.no_grad():
            torch.testing.assert_close(wide(x), network(x), rtol=1e-2, atol=1e-2)
        self.assertGreater(count_macs(wide), count_macs(network))
        wide.train()(x).square().sum().backward()
        for key, group in groups(larger).items():
            for name, at in group.consumers:
                before = network.get_submodule(group.producer).weight.shape[0] * group.cells
                after = wide.get_submodule(group.producer).weight.shape[0] * group.cells
                fresh = wide.get_submodule(name).weight.grad[:, at + before : at + after]
                self.assertTrue(before == after or fresh.abs().sum().item() > 0.0, key)

    def test_resampled_weights_answer_alike_to_a_smooth_picture(self) -> None:
        def ramp(rows: int, columns: int) -> Tensor:
            return torch.linspace(0, 1, rows)[:, None] + torch.linspace(0, 2, columns)[None]

        weight = ramp(8, 12)[None, None] ** 2
        at_other_size = (resampled(weight, 11, 9) * ramp(11, 9)).sum()
        torch.testing.assert_close(at_other_size, (weight * ramp(8, 12)).sum(), rtol=0.05, atol=0.0)

    def test_other_sizes_keep_the_channels(self) -> None:
        torch.manual_seed(5)
        network = build(10, TINY).eval()
        moved, shape = change_sizes(network, 10, TINY, changed(FINE, "stem=20"))
        self.assertEqual((shape.picture, shape.plate, shape.stem), (FINE.picture, FINE.plate, TINY.stem))
        self.assertEqual(tuple(moved(torch.zeros(1, 3, *FINE.picture)).shape), (1, 10, FINE.steps))
        same, _ = change_sizes(network, 10, TINY, TINY)
        x = torch.randn(1, 3, *TINY.picture)
        with torch.no_grad():
            torch.testing.assert_close(same(x), network(x))

    def test_narrower_widening_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "wide has 16"):
            add_channels(build(10, TINY), 10, TINY, changed(TINY, "wide=12"))

    def test_network_that_drops_channels_while_pooling_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            groups(PUBLIC)


class DataTest(unittest.TestCase):
    def test_label_ends_at_the_first_mark(self) -> None:
        names = ("皖A12345_2.jpg", "皖A12345-x.jpg", "皖A12345.jpg")
        self.assertEqual({text_of(Path(name)) for name in names}, {"皖A12345"})

    def test_a_label_needs_the_plain_picture_and_enough_varied_ones(self) -> None:
        self.assertEqual(agreed_text(["A1", "A1", "B1", "A1"], 2), "A1")
        self.assertEqual(agreed_text(["A1", "A1", "B1", "A1"], 3), "")
        self.assertEqual(agreed_text(["B1", "A1", "A1", "A1"], 2), "")

    def test_pictures_of_one_plate_never_part(self) -> None:
        image = np.zeros((24, 94, 3), np.uint8)
        crops = [Crop(image, f"A{i // 2}", str(i)) for i in range(400)]
        training, validation = split(crops)
        self.assertFalse({c.text for c in training} & {c.text for c in validation})
        self.assertTrue(10 < len(validation) < 90)

    def test_corners_move_with_the_picture(self) -> None:
        image = np.zeros((48, 188, 3), np.uint8)
        corners = np.array([[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]], np.float32)
        cv2.rectangle(image, (56, 14), (131, 33), (255, 255, 255), -1)
        still = replace(DRAWN, dark=0.0, blur=0.0, noise=0.0, small=0.0)
        out, moved = vary(np.random.default_rng(4), image, corners, (24, 94), still)
        bright = np.argwhere(out.mean(2) > out.max() / 2)
        low, high = bright.min(0)[::-1] / (94, 24), (bright.max(0)[::-1] + 1) / (94, 24)
        np.testing.assert_allclose(moved.min(0), low, atol=0.06)
        np.testing.assert_allclose(moved.max(0), high, atol=0.06)

    def test_a_small_picture_loses_its_detail_but_not_its_place(self) -> None:
        image = np.zeros((96, 376, 3), np.uint8)
        image[:, ::2] = 255  # stripes that 94 columns cannot hold
        image[:, 200:] = 0
        still = replace(DRAWN, shift=0.0, margin=(0.0, 0.0), bend=0.0, angle=0.0, dark=0.0, blur=0.0, noise=0.0)
        fine, coarse = (
            vary(np.random.default_rng(4), image, UNIT, (96, 376), replace(still, small=small))[0].mean((0, 2)) for small in (0.0, 1.0)
        )
        self.assertGreater(np.abs(np.diff(fine[:180])).mean(), 50.0)
        self.assertLess(np.abs(np.diff(coarse[:180])).mean(), 50.0)
        self.assertLess(max(fine[210:].max(), coarse[210:].max()), 20.0)

    def test_straightening_puts_the_corners_where_it_says(self) -> None:
        theta = straightening(torch.from_numpy(UNIT)[None])
        corner = theta[0] @ torch.tensor([-STRAIGHT, -STRAIGHT, 1.0])
        torch.testing.assert_close(corner, torch.tensor([-1.0, -1.0]))

    def test_resumed_run_sees_the_batches_it_would_have_seen(self) -> None:
        image = np.random.default_rng(5).integers(0, 255, (24, 94, 3)).astype(np.uint8)
        source = Batches(Alphabet("AB"), [], [Crop(image, "AB", "a"), Crop(image, "BA", "b")], (24, 94), 4, 1.0, seed=1)
        straight = source.start_at(0)
        next(straight)
        torch.testing.assert_close(next(straight).inputs, next(source.start_at(1)).inputs)

    def test_saved_network_answers_the_same(self) -> None:
        network = build(3, TINY).eval()
        with tempfile.TemporaryDirectory() as folder:
            save_network(Path(folder) / "n.pth", network, TINY, Alphabet("AB"), {})
            again, alphabet, shape = load_network(Path(folder) / "n.pth")
        x = torch.randn(1, 3, 24, 94)
        with torch.no_grad():
            torch.testing.assert_close(again(x), network(x))
        self.assertEqual((alphabet.tokens, shape), (["A", "B", "-"], TINY))

    def test_average_of_states_by_their_shares(self) -> None:
        states = [{"w": torch.tensor([1.0, 2.0])}, {"w": torch.tensor([3.0, 10.0])}]
        torch.testing.assert_close(average(states, [1.0, 1.0])["w"], torch.tensor([2.0, 6.0]))
        torch.testing.assert_close(average(states, [0.25, 0.75])["w"], torch.tensor([2.5, 8.0]))

    def test_wilson_interval_of_a_known_case(self) -> None:
        low, high = wilson(493, 500)
        self.assertAlmostEqual(low, 0.9714, places=3)
        self.assertAlmostEqual(high, 0.9932, places=3)


if __name__ == "__main__":
    unittest.main()
