// Third-party checkpoints as they are published, against PyTorch's answers; see the README files of
// the shared folder. Both are outside of the project.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "lprnet/lprnet.hpp"
#include "tests/runtime/numpy_file.h"
#include "tests/shared_data.h"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

const std::filesystem::path kShared = LPRNET_SHARED_DIR;
constexpr double kBound = 1e-4;  // of the largest logit

struct Checkpoint {
  std::string name;     // of its answers
  std::string profile;  // that must be the default choice for it
  bool behind_transformer = false;
};

void PrintTo(const Checkpoint& checkpoint, std::ostream* out) { *out << checkpoint.name; }

std::filesystem::path file_of(const Checkpoint& checkpoint) {
  return kShared / "checkpoints" / (checkpoint.name + "-lprnet.pth");
}

std::shared_ptr<const Model> load(const Checkpoint& checkpoint) {
  ModelOptions options;
  if (checkpoint.behind_transformer) {
    options.checkpoint.stn = kShared / "checkpoints" / (checkpoint.name + "-stn.pth");
  }
  return Model::load(file_of(checkpoint), options);
}

std::vector<float> logits_of(Session& session, const std::vector<std::int64_t>& shape) {
  std::vector<float> logits(static_cast<std::size_t>(shape[1] * shape[2]));
  session.infer();
  session.copy_output(logits.data());
  return logits;
}

// The largest difference of two answers over the largest magnitude of the second.
double relative_difference(const std::vector<float>& found, const float* expected) {
  double difference = 0;
  double largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double d = std::abs(double{found[i]} - double{expected[i]});
    difference = std::isnan(d) ? HUGE_VAL : std::max(difference, d);
    largest = std::max(largest, std::abs(double{expected[i]}));
  }
  return difference / largest;
}

class SharedCheckpoint : public testing::TestWithParam<Checkpoint> {
 protected:
  void SetUp() override { LPRNET_NEED_SHARED(file_of(GetParam())); }
};

class SharedPlateReader : public SharedCheckpoint {
 protected:
  void SetUp() override {
#ifdef LPRNET_WITH_LIBJPEG
    SharedCheckpoint::SetUp();
#else
    GTEST_SKIP() << "PyTorch saw libjpeg-turbo's grey levels, this build decodes with stb_image";
#endif
  }
};

TEST_P(SharedPlateReader, ReadsEveryPlateAsPyTorch) {
  const auto model = load(GetParam());
  Session session(model);
  std::size_t plates = 0;
  for (const std::string folder : {"ccpd-labelled", "green-labelled"}) {
    std::ifstream answers(kShared / "golden" / (GetParam().name + "." + folder + ".tsv"));
    ASSERT_TRUE(answers) << folder;
    for (std::string line; std::getline(answers, line); ++plates) {
      const std::size_t tab = line.find('\t');
      ASSERT_NE(tab, std::string::npos) << line;
      const Image image = Image::load(kShared / "plates" / folder / line.substr(0, tab));
      EXPECT_EQ(session.recognize(image).text, line.substr(tab + 1)) << folder << '/' << line;
    }
  }
  EXPECT_GE(plates, 500U);
}

TEST_P(SharedPlateReader, AnswersWithTheLogitsOfPyTorch) {
  const auto expected = test::parse_npy(base::read_file(
      kShared / "golden" / (GetParam().name + ".ccpd-labelled.first32.logits.npy")));
  const auto model = load(GetParam());
  ASSERT_EQ(model->outputs()[0].shape[1], expected.shape[1]);
  ASSERT_EQ(model->outputs()[0].shape[2], expected.shape[2]);
  std::vector<std::filesystem::path> plates;
  for (const auto& entry : std::filesystem::directory_iterator(kShared / "plates/ccpd-labelled")) {
    if (entry.path().extension() == ".jpg") plates.push_back(entry.path());
  }
  std::sort(plates.begin(), plates.end());
  ASSERT_GE(plates.size(), static_cast<std::size_t>(expected.shape[0]));
  Session session(model);
  double worst = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(expected.shape[0]); ++i) {
    session.preprocess(Image::load(plates[i]).view());
    const auto logits = logits_of(session, model->outputs()[0].shape);
    worst =
        std::max(worst, relative_difference(logits, expected.values.data() + i * logits.size()));
  }
  RecordProperty("largest_relative_difference", std::to_string(worst));
  EXPECT_LE(worst, kBound);
}

class SharedNetwork : public SharedCheckpoint {};

TEST_P(SharedNetwork, AnswersRandomInputAsPyTorch) {
  const auto archive = kShared / "golden" / (GetParam().name + ".random.npz");
  const auto input = test::read_npz(archive, "input");
  const auto expected = test::read_npz(archive, "logits");
  const auto model = load(GetParam());
  Session session(model);
  const auto count = static_cast<std::size_t>(input.shape[0]);
  for (std::size_t i = 0; i < count; ++i) {
    session.set_input(input.values.data() + i * (input.values.size() / count));
    const auto logits = logits_of(session, model->outputs()[0].shape);
    ASSERT_EQ(logits.size() * count, expected.values.size());
    EXPECT_LE(relative_difference(logits, expected.values.data() + i * logits.size()), kBound) << i;
  }
}

TEST_P(SharedCheckpoint, IsGivenItsProfile) {
  EXPECT_EQ(load(GetParam())->description().provenance.at("profile"), GetParam().profile);
}

TEST_P(SharedCheckpoint, BecomesAModelFileWithTheSameLogits) {
  const auto model = load(GetParam());
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  model->save(path);
  const auto again = Model::load(path);
  EXPECT_EQ(again->description().plate_reader()->alphabet,
            model->description().plate_reader()->alphabet);
  const Verification verification = again->verify();
  EXPECT_NE(verification.origin.find("evaluator"), std::string::npos);
  EXPECT_TRUE(verification.passed) << verification.max_relative;

  const auto& shape = model->input_shape();
  std::vector<float> input(static_cast<std::size_t>(shape[1] * shape[2] * shape[3]));
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<float>(i * 7919 % 255) / 127.5F - 1.0F;
  }
  Session first(model);
  Session second(again);
  first.set_input(input.data());
  second.set_input(input.data());
  EXPECT_EQ(logits_of(first, model->outputs()[0].shape),
            logits_of(second, again->outputs()[0].shape));
}

#if defined(NDEBUG)
// Milliseconds that this thread has computed: on a machine at work on other things, loading takes
// longer, but not more work.
double computed() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

TEST_P(SharedCheckpoint, LoadsInTwentyMilliseconds) {
  constexpr int kRounds = 10;
  double best = HUGE_VAL;
  for (int i = 0; i < kRounds; ++i) {
    const double begin = computed();
    load(GetParam());
    best = std::min(best, computed() - begin);
  }
  RecordProperty("milliseconds", std::to_string(best));
  EXPECT_LT(best, 20.0);
}
#endif

const Checkpoint kSirius{"sirius", "sirius"};
const Checkpoint kFinetuned{"finetuned", "sirius"};
const Checkpoint kPair{"stnpair", "stnpair", true};
const Checkpoint kInside{"stninside", "stninside"};
const Checkpoint kLeaky{"leaky", "leaky"};
const Checkpoint kSmall{"small", "small"};

std::string name_of(const testing::TestParamInfo<Checkpoint>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(All, SharedCheckpoint,
                         testing::Values(kSirius, kFinetuned, kPair, kInside, kLeaky, kSmall),
                         name_of);
INSTANTIATE_TEST_SUITE_P(All, SharedPlateReader,
                         testing::Values(kSirius, kFinetuned, kPair, kInside), name_of);
INSTANTIATE_TEST_SUITE_P(All, SharedNetwork, testing::Values(kLeaky, kSmall), name_of);

}  // namespace
}  // namespace lprnet
