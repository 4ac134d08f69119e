// Checkpoints that want something to be run, or more memory than they have bytes: each is refused
// with a message that names the file, nothing is run, and little is allocated.
#include "import/pth.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "lprnet/error.hpp"
#include "tests/hostile/allocations.h"
#include "tests/import/torch_writer.h"
#include "tests/temporary_folder.h"

namespace lprnet::importer {
namespace {

using test::Storage;
using test::pickled::call;
using test::pickled::dict;
using test::pickled::global;
using test::pickled::integer;
using test::pickled::list;
using test::pickled::numbers;
using test::pickled::storage;
using test::pickled::tensor;
using test::pickled::text;
using test::pickled::tuple;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t kMaxMessage = 1500;
// A byte of a pickle can become a value of about 100 bytes, in a vector that doubles.
constexpr std::size_t kAllocatedPerByte = 400;
constexpr std::size_t kAllocatedAtLeast = 64 * 1024;

// The message; empty when the file is read after all.
std::string answer_to(const std::string& file) {
  const base::Bytes bytes{reinterpret_cast<const std::uint8_t*>(file.data()), file.size(), nullptr};
  const auto begin = std::chrono::steady_clock::now();
  hostile::reset_allocated_bytes();
  std::string message;
  try {
    read_pth(bytes, "x.pth");
  } catch (const Error& error) {
    message = error.what();
    EXPECT_EQ(message.rfind("x.pth: ", 0), 0U) << message;
    EXPECT_LT(message.size(), kMaxMessage) << message;
  }
  EXPECT_LT(hostile::allocated_bytes(), kAllocatedAtLeast + kAllocatedPerByte * file.size());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  return message;
}

std::vector<Storage> floats(std::size_t count) {
  return {{"0", count, std::string(4 * count, '\0')}};
}

std::string good_value() {
  return dict({{"a.weight", tensor(storage("FloatStorage", "0", 4), 0, {2, 2}, {1, 2})},
               {"b.weight", tensor(storage("FloatStorage", "0", 4), 0, {4}, {1})}});
}

class HostilePth : public testing::TestWithParam<bool> {
 protected:
  static std::string file(const std::string& value, const std::vector<Storage>& storages = {}) {
    return GetParam() ? test::torch_zip(value, storages) : test::torch_stream(value, storages);
  }
};

INSTANTIATE_TEST_SUITE_P(Both, HostilePth, testing::Bool(), [](const auto& test) {
  return test.param ? std::string("Zip") : std::string("Stream");
});

TEST_P(HostilePth, TheUnbrokenFileIsRead) {
  EXPECT_EQ(answer_to(file(good_value(), floats(4))), "");
}

TEST_P(HostilePth, CallsAreRefusedByNameAndNotMade) {
  const test::TemporaryFolder folder;
  const auto proof = folder.path() / "ran";
  const std::string command = text("touch " + proof.string());
  const struct {
    const char* module;
    const char* name;
  } functions[] = {{"os", "system"},
                   {"posix", "system"},
                   {"nt", "system"},
                   {"builtins", "eval"},
                   {"__builtin__", "exec"},
                   {"builtins", "getattr"},
                   {"subprocess", "Popen"},
                   {"torch", "load"},
                   {"torch.hub", "load"},
                   {"operator", "attrgetter"},
                   {"some.unknown", "function"},
                   {"torch._utils", "_rebuild_sparse_tensor"},
                   {"torch", "ComplexFloatStorage"}};
  for (const auto& [module, name] : functions) {
    const std::string full = "'" + std::string(module) + "." + name + "'";
    const std::string function = global(module, name);
    const std::vector<std::string> ways{
        call(function, {command}),                                    // GLOBAL, REDUCE
        function + tuple({command}) + "\x81",                         // NEWOBJ
        "(" + command + "i" + module + "\n" + name + "\n",            // INST
        text(module) + text(name) + "\x93" + tuple({command}) + "R",  // STACK_GLOBAL
        function + "q\x01" + "0h\x01" + tuple({command}) + "R",       // by the memo
        call(global("torch._tensor", "_rebuild_from_type_v2"),
             {function, global("torch", "Tensor"), tuple({command}), dict({})}),
        function,  // only named
    };
    for (const std::string& way : ways) {
      EXPECT_THAT(answer_to(file(dict({{"a.weight", way}}))),
                  AllOf(HasSubstr(full), HasSubstr("nothing was run")));
      EXPECT_THAT(answer_to(file(way)), HasSubstr(full));
    }
  }
  EXPECT_FALSE(std::filesystem::exists(proof));
}

TEST_P(HostilePth, OtherWaysToCallAreRefused) {
  // OBJ, EXT1, PERSID, NEXT_BUFFER, NEWOBJ_EX
  for (const char* code : {"o", "\x82\x01", "Px\n", "\x97", "\x92"}) {
    EXPECT_THAT(answer_to(file(std::string("(") + code)), HasSubstr("is not among those"));
  }
  EXPECT_THAT(answer_to(file("\x01")), HasSubstr("there is no opcode 1"));
  EXPECT_THAT(answer_to(file(integer(1) + tuple({}) + "R")), HasSubstr("no known function"));
  // A state for what has none.
  EXPECT_THAT(answer_to(file(global("torch", "Tensor") + dict({}) + "b")),
              HasSubstr("sets the state"));
}

TEST_P(HostilePth, MemoBombsStaySmall) {
  // Each list holds the one before ten times: ten to the power of a thousand, written out.
  std::string bomb = "]q\x01";
  for (int i = 0; i < 1000; ++i)
    bomb +=
        "](h\x01h\x01h\x01h\x01h\x01h\x01h\x01h\x01h\x01h\x01"
        "eq\x01";
  EXPECT_NE(answer_to(file(bomb)), "");
  EXPECT_NE(answer_to(file(dict({{"state_dict", bomb}}))), "");
  // A list that holds itself, and a dict under its own usual key.
  EXPECT_NE(answer_to(file("]q\x01h\x01"
                           "a")),
            "");
  EXPECT_NE(answer_to(file("}q\x01" + text("state_dict") + "h\x01s")), "");
  // An index of the memo far beyond what the file can have put there.
  EXPECT_THAT(answer_to(file("]r" + test::little_endian(0x7FFFFFFF, 4))), HasSubstr("memo"));
  EXPECT_THAT(answer_to(file("j" + test::little_endian(0x7FFFFFFF, 4))), HasSubstr("memo"));
  // One list as the argument of many calls.
  std::string pairs = list(std::vector<std::string>(2000, tuple({text("k"), "N"})));
  std::string calls = pairs +
                      "q\x01"
                      "0(";
  for (int i = 0; i < 2000; ++i) calls += global("collections", "OrderedDict") + "(h\x01tR";
  EXPECT_NE(answer_to(file(calls + "l")), "");
}

TEST_P(HostilePth, OneValueUsedManyTimesCostsLittle) {
  constexpr int kTimes = 100000;
  const auto times = [](const std::string& piece) {
    std::string all;
    for (int i = 0; i < kTimes; ++i) all += piece;
    return all;
  };
  const std::string long_text = text(std::string(1 << 20, 'x'));
  const std::string small = tensor(storage("FloatStorage", "0", 4), 0, {4}, {1});
  // A key of a megabyte for each of many tensors.
  const std::string keys = long_text +
                           "q\x01"
                           "0" +
                           small +
                           "q\x02"
                           "0}(" +
                           times("h\x01h\x02") + "u";
  EXPECT_THAT(answer_to(file(keys, floats(4))), HasSubstr("names too long"));
  // A storage's key of a megabyte, in many references.
  const std::string head = text("storage") +
                           "q\x01"
                           "0" +
                           global("torch", "FloatStorage") +
                           "q\x02"
                           "0" +
                           long_text +
                           "q\x03"
                           "0" +
                           integer(4) +
                           "q\x04"
                           "0";
  EXPECT_THAT(
      answer_to(file(head + "(" + times("(h\x01h\x02h\x03Nh\x04tQ") + "l" + "0" +
                         dict({{"a.weight", call(global("torch._utils", "_rebuild_tensor_v2"),
                                                 {"(h\x01h\x02h\x03Nh\x04tQ", integer(0),
                                                  numbers({4}), numbers({1}), "\x89", "N"})}}),
                     floats(4))),
      HasSubstr("is no storage"));
  // A shape of very many dimensions, and a tuple of arguments in very many calls.
  const std::string tuple_of_many = "N(" + times("K\x01") +
                                    "tq\x05"
                                    "0"
                                    "0";
  EXPECT_THAT(
      answer_to(
          file(tuple_of_many + dict({{"a.weight", call(global("torch._utils", "_rebuild_tensor_v2"),
                                                       {storage("FloatStorage", "0", 4), integer(0),
                                                        "h\x05", "h\x05", "\x89", "N"})}}),
               floats(4))),
      HasSubstr("100000 dimensions, more than the limit"));
  EXPECT_THAT(answer_to(file(tuple_of_many + global("collections", "OrderedDict") +
                             "q\x06"
                             "0(" +
                             times("h\x06h\x05R") + "l")),
              HasSubstr("too often"));
}

TEST_P(HostilePth, ModulesThatContainThemselvesEnd) {
  const std::string head = global("m", "Net") + ")\x81q\x01";
  const auto state = [](const std::string& modules) {
    return dict({{"_parameters", dict({})}, {"_buffers", dict({})}, {"_modules", modules}}) + "b";
  };
  EXPECT_THAT(answer_to(file(head + state(dict({{"again", "h\x01"}})))), HasSubstr("nested"));
  // Two to the power of a thousand names.
  std::string module = head + state(dict({}));
  for (int i = 0; i < 1000; ++i) {
    module +=
        "q\x01"
        "0" +
        global("m", "Net") + ")\x81" + state(dict({{"left", "h\x01"}, {"right", "h\x01"}}));
  }
  EXPECT_THAT(answer_to(file(module)), HasSubstr("nested"));
}

TEST_P(HostilePth, DeepNestingEnds) {
  constexpr std::size_t kDepth = 300000;
  EXPECT_NE(answer_to(file(std::string(kDepth, ']') + std::string(kDepth - 1, 'a'))), "");
  EXPECT_NE(answer_to(file(std::string(kDepth, '(') + std::string(kDepth, 't'))), "");
  EXPECT_NE(answer_to(file(std::string(kDepth, '('))), "");
  EXPECT_NE(answer_to(file("N" + std::string(kDepth, '\x85'))), "");
  std::string dicts;
  for (std::size_t i = 0; i < kDepth / 20; ++i) dicts += "}" + text("state_dict");
  EXPECT_NE(answer_to(file(dicts + "N" + std::string(kDepth / 20, 's'))), "");
}

TEST_P(HostilePth, MoreValuesThanTheLimitAreRefused) {
  EXPECT_THAT(answer_to(file("(" + std::string(2'000'000, 'N') + "t")), HasSubstr("limit"));
  EXPECT_THAT(answer_to(file("N(" + std::string(2'000'000, '2') + "t")), testing::Ne(""));
}

TEST_P(HostilePth, SizesThatContradictTheBytesAreRefused) {
  using test::little_endian;
  for (const std::string& code :
       {"X" + little_endian(0xFFFFFFFF, 4), "\x8d" + little_endian(~0ULL, 8),
        "\x8e" + little_endian(1ULL << 62, 8), "T" + little_endian(0x7FFFFFFF, 4),
        "\x8b" + little_endian(0xFFFFFFFF, 4), "\x95" + little_endian(1ULL << 40, 8)}) {
    EXPECT_NE(answer_to(file(code)), "");
  }
}

TEST(HostileZip, AFrameOfOneByteMoreThanThereIsIsRefused) {
  const auto framed = [](std::size_t more) {
    const std::size_t rest = good_value().size() + 1;  // and the end
    return test::torch_zip("\x95" + test::little_endian(rest + more, 8) + good_value(), floats(4));
  };
  EXPECT_EQ(answer_to(framed(0)), "");
  EXPECT_THAT(answer_to(framed(1)), HasSubstr("a frame is cut"));
}

struct Layout {
  std::int64_t count;  // of the storage
  std::int64_t offset;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

TEST_P(HostilePth, TensorsOutsideOfTheirStorageAreRefused) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  const std::vector<Layout> layouts{
      {4, 0, {5}, {1}},
      {4, 1, {4}, {1}},
      {4, -1, {2}, {1}},
      {4, 0, {-2}, {1}},
      {4, 0, {2}, {-1}},
      {4, 0, {kLeast}, {1}},
      {4, kHuge, {2}, {1}},
      {4, 0, {2}, {kHuge}},
      {4, 0, {3, 3}, {kHuge, kHuge}},
      {4, 0, {kHuge, kHuge}, {1, 1}},
      {4, 0, {2, 2}, {1}},
      {4, 0, {0}, {1}},
      {4, 0, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}},
      {-4, 0, {2}, {1}},
      {5, 0, {2}, {1}},
      {3, 0, {2}, {1}},
      {kHuge, 0, {2}, {1}},
  };
  for (const Layout& layout : layouts) {
    const auto value = dict({{"a.weight", tensor(storage("FloatStorage", "0", layout.count),
                                                 layout.offset, layout.shape, layout.strides)}});
    EXPECT_NE(answer_to(file(value, floats(4))), "")
        << layout.count << ' ' << layout.offset << ' ' << testing::PrintToString(layout.shape)
        << testing::PrintToString(layout.strides);
  }
}

TEST_P(HostilePth, AnElementRepeatedWithoutEndIsRefused) {
  const auto repeated = [](std::int64_t count) {
    return tensor(storage("FloatStorage", "0", 4), 0, {count}, {0});
  };
  EXPECT_EQ(answer_to(file(dict({{"a.weight", repeated(16)}}), floats(4))), "");
  EXPECT_THAT(answer_to(file(dict({{"a.weight", repeated(1 << 27)}}), floats(4))),
              HasSubstr("more than four times the file's size"));
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 1000; ++i)
    many.emplace_back("m" + std::to_string(i) + ".weight", repeated(4000));
  EXPECT_THAT(answer_to(file(dict(many), floats(4))), HasSubstr("four times"));
}

TEST_P(HostilePth, StoragesThatAreNotThereAreRefused) {
  const auto other = dict({{"a.weight", tensor(storage("FloatStorage", "../0", 4), 0, {4}, {1})}});
  EXPECT_THAT(answer_to(file(other, floats(4))), HasSubstr("storage"));
  const auto no_storage =
      dict({{"a.weight", call(global("torch._utils", "_rebuild_tensor_v2"),
                              {integer(1), integer(0), numbers({1}), numbers({1}), "\x89", "N"})}});
  EXPECT_THAT(answer_to(file(no_storage)), HasSubstr("refers to something that is no storage"));
  const auto few = dict({{"a.weight", call(global("torch._utils", "_rebuild_tensor_v2"), {})}});
  EXPECT_THAT(answer_to(file(few)), HasSubstr("too few arguments"));
}

TEST_P(HostilePth, CutAnywhereIsRefused) {
  const std::string whole = file(good_value(), floats(4));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(answer_to(whole.substr(0, size)), "") << "cut to " << size << " bytes";
  }
}

TEST_P(HostilePth, AnyByteMayBeWrong) {
  const std::string whole = file(good_value(), floats(4));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int wrong : {0x00, 0x01, 0x28, 0x7F, 0x80, 0xFF}) {
      std::string mutant = whole;
      mutant[i] = static_cast<char>(wrong);
      answer_to(mutant);
    }
  }
}

TEST_P(HostilePth, RandomBytesBehindAGoodBeginning) {
  std::mt19937 random(1);
  const std::string whole = file(good_value(), floats(4));
  for (int round = 0; round < 2000; ++round) {
    std::string mutant = whole;
    for (int i = 0; i < 8; ++i) {
      mutant[random() % mutant.size()] = static_cast<char>(random() & 0xFFU);
    }
    answer_to(mutant);
  }
}

}  // namespace
}  // namespace lprnet::importer
