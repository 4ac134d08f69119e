// Broken model files: each is refused with a message or is a model file after all; none crashes,
// and none makes the reader allocate much more than the file is long.
#include "formats/model_file.h"

#include <gmock/gmock.h>

#include <random>
#include <string>

#include "formats/safetensors.h"
#include "graph/graph.h"
#include "lprnet/error.hpp"
#include "tests/formats/small_model.h"
#include "tests/hostile/allocations.h"
#include "tests/hostile/mutations.h"

namespace lprnet::formats {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMessage = 1500;
constexpr std::size_t kMaxAllocated = 400 * 1024;  // for files of about 4 KiB

// Parses and validates; true when the model is accepted.
bool survive(const std::string& text, const std::string& name) {
  bool accepted = false;
  hostile::reset_allocated_bytes();
  try {
    const ModelFile file = parse(text, name);
    graph::validate(file.graph, file.weights, file.where);
    accepted = true;
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.rfind("no-such-folder/", 0), 0U) << "names the file: " << message;
    EXPECT_LT(message.size(), kMaxMessage) << message;
  }
  EXPECT_LT(hostile::allocated_bytes(), kMaxAllocated);
  return accepted;
}

// The small model as a .safetensors file, taken apart.
struct Parts {
  std::string bytes = write_model_file(parse(small_model_json().dump()));
  std::size_t header_size =
      static_cast<unsigned char>(bytes[0]) + 256U * static_cast<unsigned char>(bytes[1]);
  json header = json::parse(bytes.substr(8, header_size));
  std::string data = bytes.substr(8 + header_size);
};

TEST(HostileModelFile, TheUnbrokenModelIsAccepted) {
  EXPECT_TRUE(survive(small_model_json().dump(), "model.json"));
  EXPECT_TRUE(survive(Parts().bytes, "model.safetensors"));
}

TEST(HostileModelFile, JsonCutAnywhereIsRefused) {
  const std::string text = small_model_json().dump();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(survive(text.substr(0, size), "model.json")) << "cut to " << size << " bytes";
  }
}

TEST(HostileModelFile, SafetensorsCutAnywhereIsRefused) {
  const std::string bytes = Parts().bytes;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(survive(bytes.substr(0, size), "model.safetensors"))
        << "cut to " << size << " bytes";
  }
}

TEST(HostileModelFile, EveryFieldOfTheJsonBroken) {
  int accepted = 0;
  int refused = 0;
  hostile::each_mutation(small_model_json(), [&](const json& mutant, const std::string& change) {
    SCOPED_TRACE(change);
    ++(survive(mutant.dump(), "model.json") ? accepted : refused);
  });
  EXPECT_GT(refused, 5 * accepted) << accepted << " of " << accepted + refused << " accepted";
}

TEST(HostileModelFile, EveryFieldOfTheHeaderBroken) {
  const Parts parts;
  hostile::each_mutation(parts.header, [&](const json& mutant, const std::string& change) {
    SCOPED_TRACE(change);
    survive(container(mutant.dump(), parts.data), "model.safetensors");
  });
}

TEST(HostileModelFile, EveryByteChanged) {
  const std::string bytes = Parts().bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    SCOPED_TRACE(i);
    for (const char value : {'\0', '\x01', '\x7F', '\xFF', '"', '[', '{', '}', ',', '9', '-'}) {
      std::string broken = bytes;
      broken[i] = value;
      survive(broken, "model.safetensors");
    }
  }
}

TEST(HostileModelFile, RandomSplices) {
  const std::string bytes = Parts().bytes;
  const std::string text = small_model_json().dump();
  std::mt19937 random(20240601);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(round);
    for (const std::string* original : {&bytes, &text}) {
      std::string broken = *original;
      const auto splices = 1 + below(4);
      for (std::size_t i = 0; i < splices; ++i) {
        const std::string piece = original->substr(below(original->size()), below(64));
        broken.replace(below(broken.size()), below(64), piece);
      }
      survive(broken, original == &bytes ? "model.safetensors" : "model.json");
    }
  }
}

TEST(HostileModelFile, DeepNestingIsRefusedAtOnce) {
  for (const std::string bracket : {"[", "{\"a\":"}) {
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += bracket;
    hostile::reset_allocated_bytes();
    EXPECT_TRUE(refusal("{\"inputs\": " + deep));
    EXPECT_LT(hostile::allocated_bytes(), 8 * deep.size());
    EXPECT_TRUE(refusal(container("{\"a\": " + deep, "")));
  }
}

TEST(HostileModelFile, ClaimedSizesAreNotAllocated) {
  auto claims = small_model_json();
  claims["inputs"][0]["shape"] = {1, 3, 8192, 8192};
  claims["weights"]["tensors"]["conv.weight"]["shape"] = {1 << 28};
  EXPECT_FALSE(survive(claims.dump(), "model.json"));
  EXPECT_FALSE(survive(container(R"({"w":{"dtype":"F64","shape":[268435456],)"
                                 R"("data_offsets":[0,2147483648]}})",
                                 "data"),
                       "model.safetensors"));
}

}  // namespace
}  // namespace lprnet::formats
