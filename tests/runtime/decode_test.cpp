// How sessions decode: options, a model's own grammar and temperature, and what the result says.
#include "lprnet/decode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "base/file_bytes.h"
#include "lprnet/lprnet.hpp"
#include "tests/error_of.h"
#include "tests/formats/small_model.h"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

using nlohmann::json;
using test::error_of;
using testing::HasSubstr;

// A reader whose logits are its input: (1, 1, 4 classes, 3 steps), tokens A, B, 0 and the blank.
json copying_model() {
  return json::parse(R"({
    "format": "lprnet.graph", "version": 1, "name": "copy",
    "inputs": [{"name": "input", "shape": [1, 1, 4, 3]}],
    "output": "logits",
    "nodes": [{"name": "logits", "op": "reshape", "inputs": ["input"], "shape": [1, 4, 3]}],
    "preprocess": {"channel_order": "GRAY", "mean": [0], "scale": [1], "resize": "bilinear"},
    "decode": {"alphabet": ["A", "B", "0"], "blank": 3},
    "weights": {"tensors": {}}
  })");
}

const char* const kLetterDigit =
    R"({"format": "lprnet.grammar", "version": 1, "name": "letter, digit",
  "classes": {"letter": "AB", "digit": "0"},
  "patterns": [{"name": "pair", "is": ["letter", "digit"]}]})";

std::shared_ptr<const Model> model(const json& document = copying_model()) {
  return Model::parse(document.dump());
}

// Step by step the probabilities of A, B, 0 and the blank.
using Steps = std::array<std::array<double, 4>, 3>;
constexpr Steps kAbThenZero = {
    {{0.9, 0.06, 0.02, 0.02}, {0.01, 0.6, 0.37, 0.02}, {0.1, 0.1, 0.1, 0.7}}};

Plate decode(const std::shared_ptr<const Model>& model, const Steps& steps,
             const DecodeOptions& options = {}) {
  std::array<float, 12> input{};
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t c = 0; c < 4; ++c)
      input[c * 3 + t] = static_cast<float>(std::log(steps[t][c]));
  }
  Session session(model, 1, options);
  session.set_input(input.data());
  session.infer();
  return session.decode();
}

DecodeOptions with_grammar() {
  DecodeOptions options;
  options.decoder = Decoder::kBeam;
  options.grammar = Grammar::parse(kLetterDigit);
  return options;
}

// Probabilities as the scores, by the file's word or by a softmax over the classes at its end.
TEST(Decode, ProbabilitiesAreNotMadeAgain) {
  const Plate expected = decode(model(), kAbThenZero);
  json said = copying_model();
  said["version"] = 2;
  said["requires"] = json::array();
  said["decode"]["scores"] = "probabilities";
  json ending = copying_model();
  ending["nodes"].push_back({{"name", "p"}, {"op", "softmax"}, {"inputs", {"logits"}}, {"dim", 1}});
  ending["output"] = "p";
  json turned = copying_model();
  turned["nodes"] = json::parse(R"([
    {"name": "steps", "op": "reshape", "inputs": ["input"], "shape": [1, 4, 3]},
    {"name": "first", "op": "permute", "inputs": ["steps"], "dims": [0, 2, 1]},
    {"name": "p", "op": "softmax", "inputs": ["first"], "dim": -1},
    {"name": "same", "op": "identity", "inputs": ["p"]},
    {"name": "logits", "op": "permute", "inputs": ["same"], "dims": [0, 2, 1]}])");
  for (const json& document : {said, ending, turned}) {
    const auto probable = model(document);
    EXPECT_EQ(probable->description().plate_reader()->scores, Scores::kProbabilities);
    const test::TemporaryFolder folder;
    probable->save(folder.path() / "m.safetensors");
    EXPECT_EQ(Model::load(folder.path() / "m.safetensors")->description().plate_reader()->scores,
              Scores::kProbabilities);
    for (const Decoder decoder : {Decoder::kGreedy, Decoder::kBeam}) {
      DecodeOptions options;
      options.decoder = decoder;
      Steps steps = kAbThenZero;
      if (document == said) {
        for (auto& step : steps) {
          for (double& p : step) p = std::exp(p);
        }
      }
      const Plate plate = decode(probable, steps, options);
      EXPECT_EQ(plate.text, expected.text);
      EXPECT_NEAR(plate.confidence, expected.confidence, 1e-5);
    }
  }
  // Of the steps, not of the classes: what the classes share is not 1.
  json other = ending;
  other["nodes"].back()["dim"] = 2;
  EXPECT_EQ(model(other)->description().plate_reader()->scores, Scores::kLogits);
}

TEST(Decode, AModelFileWhoseScaleIsZeroIsRefused) {
  json document = copying_model();
  document["preprocess"]["scale"] = {0};
  EXPECT_THAT(error_of([&] { model(document); }, ErrorCode::kInvalidModel),
              HasSubstr("the scale of its preprocessing is 0"));
}

TEST(Decode, NanIsNoText) {
  Steps steps = kAbThenZero;
  steps[1][2] = std::nan("");
  for (const DecodeOptions& options : {DecodeOptions(), with_grammar()}) {
    const Plate plate = decode(model(), steps, options);
    EXPECT_EQ(plate.text, "");
    EXPECT_EQ(plate.confidence, 0);
    EXPECT_TRUE(plate.characters.empty());
    EXPECT_TRUE(plate.alternatives.empty());
    EXPECT_EQ(plate.grammar,
              options.grammar == nullptr ? GrammarMatch::kUnused : GrammarMatch::kUnmatched);
  }
}

TEST(Decode, GreedyIsTheDefaultAndGivesTheTextsProbability) {
  const Plate plate = decode(model(), kAbThenZero);
  EXPECT_EQ(plate.text, "AB");
  EXPECT_EQ(plate.grammar, GrammarMatch::kUnused);
  EXPECT_EQ(plate.pattern, "");
  EXPECT_TRUE(plate.alternatives.empty());
  // Paths of AB: A B -, A B B, A A B, A - B, - A B.
  const double expected =
      0.9 * 0.6 * 0.7 + 0.9 * 0.6 * 0.1 + 0.9 * 0.01 * 0.1 + 0.9 * 0.02 * 0.1 + 0.02 * 0.01 * 0.1;
  EXPECT_NEAR(plate.confidence, expected, 1e-5);
  ASSERT_EQ(plate.characters.size(), 2U);
  EXPECT_EQ(plate.characters[1].step, 1);
  EXPECT_GT(plate.characters[0].confidence, plate.characters[1].confidence);
}

TEST(Decode, ABeamWithoutAGrammarFindsTheNextBest) {
  DecodeOptions options;
  options.decoder = Decoder::kBeam;
  options.candidates = 3;
  const Plate plate = decode(model(), kAbThenZero, options);
  EXPECT_EQ(plate.text, "AB");
  ASSERT_EQ(plate.alternatives.size(), 2U);
  EXPECT_EQ(plate.alternatives[0].text, "A0");
  EXPECT_LT(plate.alternatives[0].confidence, plate.confidence);
  EXPECT_GE(plate.alternatives[0].confidence, plate.alternatives[1].confidence);
}

TEST(Decode, AStrictGrammarForbidsOtherTexts) {
  const Plate plate = decode(model(), kAbThenZero, with_grammar());
  EXPECT_EQ(plate.text, "A0");
  EXPECT_EQ(plate.grammar, GrammarMatch::kMatched);
  EXPECT_EQ(plate.pattern, "pair");
  EXPECT_GT(plate.confidence, 0.8F) << "among the grammar's texts";
}

TEST(Decode, NothingThatMatchesIsSaid) {
  const Steps no_zero = {{{0.9, 0.09, 1e-4, 0.01}, {0.04, 0.9, 1e-4, 0.06}, {0.3, 0.3, 1e-4, 0.4}}};
  const Plate plate = decode(model(), no_zero, with_grammar());
  EXPECT_EQ(plate.text, "");
  EXPECT_EQ(plate.confidence, 0.0F);
  EXPECT_EQ(plate.grammar, GrammarMatch::kUnmatched);
  EXPECT_TRUE(plate.characters.empty());
}

TEST(Decode, ASoftGrammarGivesWayToWhatIsMuchMoreProbable) {
  DecodeOptions options = with_grammar();
  options.grammar_mode = GrammarMode::kSoft;
  EXPECT_EQ(decode(model(), kAbThenZero, options).text, "A0");
  const Steps no_zero = {{{0.9, 0.09, 1e-5, 0.01}, {0.04, 0.9, 1e-5, 0.06}, {0.3, 0.3, 1e-5, 0.4}}};
  const Plate plate = decode(model(), no_zero, options);
  EXPECT_EQ(plate.text, "AB");
  EXPECT_EQ(plate.grammar, GrammarMatch::kUnmatched);
}

TEST(Decode, GreedyWithAGrammarOnlySaysWhetherItMatches) {
  DecodeOptions options = with_grammar();
  options.decoder = Decoder::kGreedy;
  const Plate plate = decode(model(), kAbThenZero, options);
  EXPECT_EQ(plate.text, "AB");
  EXPECT_EQ(plate.grammar, GrammarMatch::kUnmatched);
}

TEST(Decode, ATemperatureChangesConfidenceAlone) {
  for (const Decoder decoder : {Decoder::kGreedy, Decoder::kBeam}) {
    DecodeOptions options;
    options.decoder = decoder;
    const Plate plain = decode(model(), kAbThenZero, options);
    options.temperature = 3.0;
    const Plate warm = decode(model(), kAbThenZero, options);
    EXPECT_EQ(warm.text, plain.text);
    EXPECT_LT(warm.confidence, plain.confidence);
  }
}

TEST(Decode, ATemperatureOfAStrictGrammarChangesConfidenceAlone) {
  DecodeOptions options = with_grammar();
  const Plate plain = decode(model(), kAbThenZero, options);
  options.temperature = 4;
  const Plate flat = decode(model(), kAbThenZero, options);
  EXPECT_EQ(flat.text, plain.text);
  EXPECT_LT(flat.confidence, plain.confidence);
  EXPECT_GT(flat.confidence, 1.0F / 3) << "the best of A0, B0 and what is outside the grammar";
}

TEST(Decode, SpellingsOfATextAddUp) {
  json document = copying_model();
  document["decode"]["alphabet"] = {"A", "A", "0"};
  const Plate plate = decode(model(document),
                             {{{0.5, 0.4, 0.05, 0.05}, {0.1, 0.1, 0.7, 0.1}, {0.1, 0.1, 0.1, 0.7}}},
                             with_grammar());
  EXPECT_EQ(plate.text, "A0");
  EXPECT_GT(plate.confidence, 0.95F);
}

TEST(Decode, OneBadTextIsNotSureBecauseItIsTheOnlyOne) {
  // A and a 0 that is there only with 5 %.
  constexpr Steps kHardlyZero = {
      {{0.999, 1e-9, 1e-9, 0.001}, {1e-9, 1e-9, 0.05, 0.95}, {1e-9, 1e-9, 1e-9, 1}}};
  const Plate plate = decode(model(), kHardlyZero, with_grammar());
  EXPECT_EQ(plate.text, "A0");
  const double inside = 0.999 * 0.05;
  EXPECT_NEAR(plate.confidence, inside / (inside + 0.03 * (1 - inside)), 1e-4);
}

TEST(Decode, AGrammarAloneIsUsed) {
  DecodeOptions options = with_grammar();
  options.decoder = Decoder::kModel;
  EXPECT_EQ(decode(model(), kAbThenZero, options).text,
            decode(model(), kAbThenZero, with_grammar()).text);
}

json model_with_grammar() {
  json document = copying_model();
  document["version"] = 2;
  document["requires"] = json::array();
  document["decode"]["grammar"] = json::parse(kLetterDigit);
  document["decode"]["temperature"] = 2.0;
  return document;
}

TEST(Decode, AModelMayCarryItsGrammarAndTemperature) {
  const auto own = model(model_with_grammar());
  ASSERT_NE(own->description().plate_reader(), nullptr);
  EXPECT_EQ(own->description().plate_reader()->temperature, 2);
  EXPECT_EQ(decode(own, kAbThenZero).text, "A0");
  DecodeOptions greedy;
  greedy.decoder = Decoder::kGreedy;
  EXPECT_EQ(decode(own, kAbThenZero, greedy).text, "AB");
  DecodeOptions ignoring;
  ignoring.ignore_grammar = true;
  EXPECT_EQ(decode(own, kAbThenZero, ignoring).text, "AB");
  EXPECT_EQ(decode(own, kAbThenZero, ignoring).grammar, GrammarMatch::kUnused);
}

TEST(Decode, ASavedModelKeepsThem) {
  const test::TemporaryFolder folder;
  const auto plain = model();
  Description description = plain->description();
  auto& reader = std::get<PlateReader>(description.purpose);
  reader.grammar = kLetterDigit;
  reader.grammar_mode = GrammarMode::kSoft;
  reader.temperature = 0.5;
  const auto path = folder.path() / "m.safetensors";
  plain->save(path, description);
  const auto loaded = Model::load(path);
  const PlateReader& again = *loaded->description().plate_reader();
  EXPECT_EQ(json::parse(again.grammar), json::parse(kLetterDigit));
  EXPECT_EQ(again.grammar_mode, GrammarMode::kSoft);
  EXPECT_EQ(again.temperature, 0.5);
  EXPECT_TRUE(plain->description().plate_reader()->grammar.empty()) << "the model is as it was";

  reader.grammar = "{}";
  EXPECT_THROW(plain->save(path, description), Error);
  reader.grammar.clear();
  reader.temperature = std::nan("");
  EXPECT_THROW(plain->save(path, description), Error);
  description.purpose = PlainNetwork{};
  EXPECT_THROW(plain->save(path, description), Error);
}

TEST(Decode, AWrongGrammarInAModelIsRefused) {
  json document = model_with_grammar();
  document["decode"]["grammar"]["patterns"][0]["is"] = "digits";
  EXPECT_THAT(error_of([&] { model(document); }, ErrorCode::kFormat),
              HasSubstr("'grammar': /patterns/0/is: there is no class 'digits'"));
  document = model_with_grammar();
  document["decode"]["grammar"]["classes"]["digit"] = "9";
  EXPECT_THAT(error_of([&] { model(document); }, ErrorCode::kInvalidModel),
              HasSubstr("no text of the grammar can be written"));
  document = model_with_grammar();
  document["decode"]["temperature"] = 0;
  EXPECT_THAT(error_of([&] { model(document); }, ErrorCode::kInvalidModel),
              HasSubstr("the temperature is 0"));
  document = model_with_grammar();
  document["version"] = 1;
  document.erase("requires");
  EXPECT_THAT(error_of([&] { model(document); }, ErrorCode::kFormat), HasSubstr("grammar"));
}

TEST(Decode, OptionsOutOfRangeAreRefused) {
  const auto refused = [](const std::function<void(DecodeOptions&)>& change) {
    DecodeOptions options;
    change(options);
    return error_of([&] { Session(model(), 1, options); }, ErrorCode::kInvalidArgument);
  };
  EXPECT_THAT(refused([](auto& o) { o.beam_width = 0; }), HasSubstr("beam width"));
  EXPECT_THAT(refused([](auto& o) { o.beam_width = 257; }), HasSubstr("beam width"));
  EXPECT_THAT(refused([](auto& o) { o.classes_per_step = 0; }), HasSubstr("classes_per_step"));
  EXPECT_THAT(refused([](auto& o) { o.candidates = 9; }), HasSubstr("candidates"));
  EXPECT_THAT(refused([](auto& o) { o.temperature = 0; }), HasSubstr("temperature"));
  EXPECT_THAT(refused([](auto& o) { o.temperature = std::nan(""); }), HasSubstr("temperature"));
  EXPECT_THAT(refused([](auto& o) { o.outside_weight = 0; }), HasSubstr("outside"));
}

TEST(Decode, RecognizersTakeTheOptions) {
  const Recognizer recognizer(model(), 1, 1, with_grammar());
  const std::vector<std::uint8_t> pixels(12, 0);
  const Plate plate = recognizer.recognize(ImageView{pixels.data(), 3, 4, 3, PixelFormat::kGray});
  EXPECT_NE(plate.grammar, GrammarMatch::kUnused);
}

TEST(Decode, NanLeavesNoConfidence) {
  Steps steps = kAbThenZero;
  steps[1][0] = std::nan("");
  EXPECT_EQ(decode(model(), steps).confidence, 0.0F);
  EXPECT_EQ(decode(model(), steps, with_grammar()).confidence, 0.0F);
}

TEST(Grammars, ComeWithTheLibrary) {
  for (const std::string& name : Grammar::known_names()) {
    EXPECT_FALSE(Grammar::known(name)->name().empty());
  }
  EXPECT_THAT(error_of([] { Grammar::known("xx"); }, ErrorCode::kInvalidArgument),
              HasSubstr("expected one of cn, de, any"));
  EXPECT_EQ(Grammar::load(LPRNET_SOURCE_DIR "/models/grammars/cn.json")->text(),
            Grammar::known("cn")->text());
  EXPECT_THAT(error_of([] { Grammar::load("no-such-file"); }, ErrorCode::kNotFound),
              HasSubstr("no-such-file"));
}

}  // namespace
}  // namespace lprnet
