#include "formats/safetensors.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <optional>
#include <string>

#include "lprnet/error.hpp"
#include "tests/formats/small_model.h"

namespace lprnet::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Safetensors read(const std::string& bytes) { return read_safetensors(bytes_of(bytes), "file"); }

std::string refusal_of_file(const std::string& bytes, ErrorCode code = ErrorCode::kFormat) {
  try {
    read(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

graph::RawTensor raw(graph::DType dtype, const tensor::Shape& shape, const std::string& bytes) {
  return {dtype, shape, bytes_of(bytes)};
}

TEST(Safetensors, ReadsTheFormatsOwnLayout) {
  // Metadata first, the widest element first, spaces behind the header, as the library of that
  // name.
  const auto content = read(container(
      R"({"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("w":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]}}   )",
      std::string("\x07\0\0\0\0\0\0\0\0\0\x80\x3F\0\0\0\x40", 16)));
  EXPECT_EQ(content.metadata.at("format"), "pt");
  ASSERT_EQ(content.tensors.size(), 2U);
  EXPECT_EQ(content.tensors.at("n").dtype, graph::DType::kI64);
  EXPECT_EQ(content.tensors.at("n").shape, tensor::Shape{});
  EXPECT_THAT(graph::to_float(content.tensors.at("n")).to_vector(), ElementsAre(7));
  EXPECT_EQ(content.tensors.at("w").shape, (tensor::Shape{2, 1}));
  EXPECT_THAT(graph::to_float(content.tensors.at("w")).to_vector(), ElementsAre(1, 2));
}

TEST(Safetensors, TensorsShareTheFilesBytes) {
  graph::WeightMap tensors;
  tensors["w"] = raw(graph::DType::kF32, {1}, std::string("\0\0\x80\x3F", 4));
  const auto file = bytes_of(write_safetensors(tensors, {}, "file"));
  const auto content = read_safetensors(file, "file");
  EXPECT_EQ(content.tensors.at("w").bytes.data, file.data + file.size - 4);
  EXPECT_EQ(content.tensors.at("w").bytes.keeper, file.keeper);
}

TEST(Safetensors, NoTensorsIsAFile) {
  EXPECT_TRUE(read(container("{}", "")).tensors.empty());
  EXPECT_TRUE(read(write_safetensors({}, {}, "file")).tensors.empty());
}

TEST(Safetensors, WritesTheSameBytesForTheSameContent) {
  graph::WeightMap tensors;
  tensors["b"] = raw(graph::DType::kU8, {3}, "abc");
  tensors["c"] = raw(graph::DType::kF32, {1}, "ffff");
  tensors["a"] = raw(graph::DType::kI64, {1}, "iiiiiiii");
  tensors["d"] = raw(graph::DType::kF32, {1}, "gggg");
  const std::string bytes = write_safetensors(tensors, {{"k", "v \"京\""}}, "file");
  const std::string data = "iiiiiiiiffffggggabc";
  ASSERT_GT(bytes.size(), data.size());
  EXPECT_EQ((bytes.size() - data.size()) % 64, 0U);
  EXPECT_EQ(bytes.substr(bytes.size() - data.size()), data) << "the widest first, then by name";

  const auto content = read(bytes);
  EXPECT_EQ(content.metadata, (std::map<std::string, std::string>{{"k", "v \"京\""}}));
  EXPECT_EQ(write_safetensors(content.tensors, content.metadata, "file"), bytes);
}

TEST(Safetensors, EveryLengthOfHeaderIsAligned) {
  for (std::size_t length = 0; length < 70; ++length) {
    const auto bytes = write_safetensors({}, {{"k", std::string(length, 'x')}}, "file");
    EXPECT_EQ(bytes.size() % 64, 0U);
    EXPECT_EQ(read(bytes).metadata.at("k").size(), length);
  }
}

TEST(Safetensors, OnlySafetensorsLookLikeIt) {
  EXPECT_TRUE(looks_like_safetensors(bytes_of(container("{}", ""))));
  EXPECT_TRUE(looks_like_safetensors(bytes_of(container(std::string(0x7B, ' '), ""))))
      << "a length that begins with the byte of a brace";
  EXPECT_FALSE(looks_like_safetensors(bytes_of("{\"a\": 1}")));
  EXPECT_FALSE(looks_like_safetensors(bytes_of("short")));
}

TEST(Safetensors, WhatCannotBeWrittenIsRefused) {
  graph::WeightMap tensors;
  tensors["\xFF"] = raw(graph::DType::kU8, {1}, "a");
  EXPECT_THROW(write_safetensors(tensors, {}, "file"), Error);
  tensors.clear();
  tensors["__metadata__"] = raw(graph::DType::kU8, {1}, "a");
  EXPECT_THROW(write_safetensors(tensors, {}, "file"), Error);
}

TEST(Safetensors, CutFilesAreRefused) {
  EXPECT_THAT(refusal_of_file("1234567"), HasSubstr("has 7 bytes, too few"));
  EXPECT_THAT(refusal_of_file(container("{}", "").substr(0, 9)),
              HasSubstr("its header takes 2 bytes, but only 1 are there"));
  EXPECT_THAT(refusal_of_file(std::string(16, '\xFF')),
              HasSubstr("its header takes 18446744073709551615 bytes, but only 8 are there"));
}

TEST(Safetensors, HeadersBeyondTheLimitAreRefused) {
  EXPECT_THAT(
      refusal_of_file(container(std::string((1U << 25) + 1, ' '), ""), ErrorCode::kUnsupported),
      HasSubstr("more than the limit"));
}

TEST(Safetensors, HeadersThatAreNoObjectAreRefused) {
  EXPECT_THAT(refusal_of_file(container("[1]", "")),
              HasSubstr("its header is [1], expected an object"));
  EXPECT_THAT(refusal_of_file(container("{", "")), HasSubstr("is not valid JSON at byte 2"));
  EXPECT_THAT(refusal_of_file(container(R"({"a": 1})", "")),
              HasSubstr("tensor 'a': is 1, expected"));
  EXPECT_THAT(refusal_of_file(container(R"({"__metadata__": []})", "")),
              HasSubstr("'__metadata__' is [], expected an object"));
  EXPECT_THAT(refusal_of_file(container(R"({"__metadata__": {"k": 1}})", "")),
              HasSubstr("'__metadata__': 'k' is 1, expected a string"));
}

// One entry "a" of 4 bytes of data with some of its parts replaced.
struct Entry {
  std::string dtype = R"("F32")";
  std::string shape = "[1]";
  std::string offsets = "[0, 4]";
  std::string more = "";

  std::string file(const std::string& data = "aaaa") const {
    return container(R"({"a": {"dtype": )" + dtype + R"(, "shape": )" + shape +
                         R"(, "data_offsets": )" + offsets + more + "}}",
                     data);
  }
};

TEST(Safetensors, NamesAreChecked) {
  const auto named = [](const std::string& name) {
    return container("{\"" + name + R"(": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}})",
                     "a");
  };
  EXPECT_EQ(refusal_of_file(named(std::string(512, 'x'))), "no error");
  EXPECT_THAT(refusal_of_file(named(std::string(513, 'x'))),
              HasSubstr("no tensor can be named 'xxx"));
  EXPECT_THAT(refusal_of_file(named("")), HasSubstr("no tensor can be named ''"));
  EXPECT_THAT(refusal_of_file(named("a\\u001b")), HasSubstr("no tensor can be named 'a?'"));
}

TEST(Safetensors, EntriesAreChecked) {
  EXPECT_EQ(refusal_of_file(Entry{}.file()), "no error");
  EXPECT_THAT(refusal_of_file(Entry{.more = R"(, "x": 1)"}.file()),
              HasSubstr("file: tensor 'a': unknown key 'x'"));
  EXPECT_THAT(refusal_of_file(Entry{.dtype = "1"}.file()),
              HasSubstr("'dtype' is 1, expected a string"));
  EXPECT_THAT(refusal_of_file(Entry{.dtype = R"("F8_E5M2")"}.file(), ErrorCode::kUnsupported),
              HasSubstr("the element type 'F8_E5M2' is not supported"));
  EXPECT_THAT(refusal_of_file(Entry{.shape = "1"}.file()),
              HasSubstr("'shape' is 1, expected a list"));
  EXPECT_THAT(refusal_of_file(Entry{.shape = "[1.0]"}.file()),
              HasSubstr("'shape' is [1.0], expected"));
  EXPECT_THAT(refusal_of_file(Entry{.shape = "[18446744073709551615]"}.file()),
              HasSubstr("'shape' is"));
  for (const char* shape : {"[0]", "[-1]", "[4294967296, 4294967296]", "[1,1,1,1,1,1,1]",
                            "[268435457]", "[9223372036854775807, 9223372036854775807]"}) {
    EXPECT_THAT(refusal_of_file(Entry{.shape = shape}.file(), ErrorCode::kUnsupported),
                HasSubstr("is outside the limits"))
        << shape;
  }
}

TEST(Safetensors, OffsetsAreChecked) {
  for (const char* offsets : {"[]", "[0]", "[0, 4, 4]", "[4, 0]", "[-4, 0]", "[0, 5]", "[4, 8]",
                              "[9223372036854775803, 9223372036854775807]"}) {
    EXPECT_THAT(refusal_of_file(Entry{.offsets = offsets}.file()),
                HasSubstr("expected begin and end within the file's 4 bytes of data"))
        << offsets;
  }
  for (const char* offsets : {"null", "[0, 4.0]", "[0, 18446744073709551615]", R"(["0", "4"])"}) {
    EXPECT_THAT(refusal_of_file(Entry{.offsets = offsets}.file()), HasSubstr("'data_offsets' is "))
        << offsets;
  }
  EXPECT_THAT(refusal_of_file(Entry{.shape = "[2]"}.file()),
              HasSubstr("has 4 bytes of data, expected 8 for F32 [2]"));
  EXPECT_THAT(refusal_of_file(Entry{.shape = "[268435456]"}.file()),
              HasSubstr("expected 1073741824"));
  EXPECT_THAT(refusal_of_file(Entry{}.file("aaaab")),
              HasSubstr("has 5 bytes of data, but its tensors take 4"));
  EXPECT_THAT(refusal_of_file(container("{}", "a")), HasSubstr("has 1 bytes of data"));
}

TEST(Safetensors, EveryByteBelongsToOneTensor) {
  const auto two = [](const std::string& first, const std::string& second) {
    return container(R"({"a": {"dtype": "U8", "shape": [2], "data_offsets": )" + first +
                         R"(}, "b": {"dtype": "U8", "shape": [2], "data_offsets": )" + second +
                         "}}",
                     "12345");
  };
  EXPECT_THAT(refusal_of_file(two("[0, 2]", "[1, 3]")),
              HasSubstr("tensor 'b' begins at byte 1 of the data, expected 2: tensors overlap"));
  EXPECT_THAT(refusal_of_file(two("[0, 2]", "[0, 2]")), HasSubstr("tensors overlap"));
  EXPECT_THAT(refusal_of_file(two("[3, 5]", "[0, 2]")),
              HasSubstr("tensor 'a' begins at byte 3 of the data, expected 2: there is a gap"));
  EXPECT_THAT(refusal_of_file(two("[1, 3]", "[3, 5]")), HasSubstr("there is a gap"));
}

}  // namespace
}  // namespace lprnet::formats
