// The zip reader: what PyTorch and others write, and every lie that a directory can tell.
#include "import/zip.h"

#include <gmock/gmock.h>

#include <string>

#include "lprnet/error.hpp"
#include "tests/import/torch_writer.h"

namespace lprnet::importer {
namespace {

using test::little_endian;
using test::zip_file;
using testing::HasSubstr;

std::map<std::string, std::string> read_content(const std::string& file) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(file.data());
  std::map<std::string, std::string> content;
  for (const auto& [name, bytes] : read_zip({data, file.size(), nullptr}, "a.zip")) {
    content[name].assign(reinterpret_cast<const char*>(bytes.data), bytes.size);
  }
  return content;
}

std::string refusal(const std::string& file, ErrorCode code = ErrorCode::kFormat) {
  try {
    read_content(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(std::string(error.what()).rfind("a.zip: ", 0), 0U) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "was read";
  return "";
}

// With the `size` bytes at `offset` behind the last place of `signature` set to `number`.
std::string patched(std::string file, const std::string& signature, std::size_t offset,
                    std::uint64_t number, int size) {
  const std::size_t place = file.rfind(signature);
  EXPECT_NE(place, std::string::npos);
  return file.replace(place + offset, static_cast<std::size_t>(size), little_endian(number, size));
}

const std::string kLocal = "PK\x03\x04";
const std::string kCentral = "PK\x01\x02";
const std::string kEnd = "PK\x05\x06";

std::string two_entries() { return zip_file({{"m/a", "first"}, {"m/b", "second"}}); }

// The end record as PyTorch writes it: a 64-bit one and its locator stand before it.
std::string with_zip64(const std::string& file, std::uint64_t count, std::uint64_t size,
                       std::uint64_t offset) {
  const std::size_t end = file.rfind(kEnd);
  const std::string end64 = "PK\x06\x06" + little_endian(44, 8) + little_endian(0, 12) +
                            little_endian(count, 8) + little_endian(count, 8) +
                            little_endian(size, 8) + little_endian(offset, 8);
  const std::string locator =
      "PK\x06\x07" + little_endian(0, 4) + little_endian(end, 8) + little_endian(1, 4);
  return file.substr(0, end) + end64 + locator + file.substr(end);
}

std::size_t directory_size(const std::string& file) {
  return file.rfind(kEnd) - file.find(kCentral);
}

TEST(Zip, EntriesByName) {
  EXPECT_EQ(read_content(two_entries()),
            (std::map<std::string, std::string>{{"m/a", "first"}, {"m/b", "second"}}));
  EXPECT_TRUE(read_content(zip_file({})).empty());
}

TEST(Zip, ExtraFieldsOfPaddingAndACommentAreSkipped) {
  std::string file = zip_file({{"m/a", "first"}});
  file = patched(file, kLocal, 28, 6, 2);
  file.insert(kLocal.size() + 26 + 3, "FB\x02\x00ZZ", 6);
  file = patched(file, kEnd, 16, file.find(kCentral), 4);
  file = patched(file, kEnd, 20, 7, 2) + "comment";
  EXPECT_EQ(read_content(file).at("m/a"), "first");
}

TEST(Zip, Zip64RecordsAgreeOrStandForFullNumbers) {
  const std::string file = two_entries();
  const std::string wide = with_zip64(file, 2, directory_size(file), file.find(kCentral));
  EXPECT_EQ(read_content(wide).size(), 2U);
  const std::string full =
      patched(patched(patched(patched(wide, kEnd, 8, 0xFFFF, 2), kEnd, 10, 0xFFFF, 2), kEnd, 12,
                      0xFFFFFFFF, 4),
              kEnd, 16, 0xFFFFFFFF, 4);
  EXPECT_EQ(read_content(full).size(), 2U);
}

TEST(Zip, SizesFromAZip64Field) {
  std::string file = zip_file({{"m/a", "first"}});
  const std::size_t central = file.find(kCentral);
  file = patched(patched(file, kCentral, 20, 0xFFFFFFFF, 4), kCentral, 24, 0xFFFFFFFF, 4);
  file = patched(file, kCentral, 30, 20, 2);
  file.insert(central + 46 + 3, little_endian(1, 2) + little_endian(16, 2) + little_endian(5, 8) +
                                    little_endian(5, 8));
  file = patched(file, kEnd, 12, 46 + 3 + 20, 4);
  EXPECT_EQ(read_content(file).at("m/a"), "first");
  const std::string huge = patched(file, little_endian(1, 2) + little_endian(16, 2), 4, ~0ULL, 8);
  EXPECT_THAT(refusal(huge), HasSubstr("claims"));
}

TEST(Zip, Zip64LiesAreRefused) {
  const std::string file = two_entries();
  const std::size_t size = directory_size(file);
  const std::size_t offset = file.find(kCentral);
  EXPECT_THAT(refusal(with_zip64(file, 3, size, offset)), HasSubstr("contradict"));
  EXPECT_THAT(refusal(with_zip64(file, 2, size, offset - 1)), HasSubstr("contradict"));
  std::string wide = with_zip64(file, 2, size, offset);
  EXPECT_THAT(refusal(patched(wide, "PK\x06\x07", 8, ~0ULL, 8)), HasSubstr("no ZIP64 end record"));
  EXPECT_THAT(refusal(patched(wide, "PK\x06\x07", 8, 1, 8)), HasSubstr("no ZIP64 end record"));
  wide = patched(patched(wide, kEnd, 12, 0xFFFFFFFF, 4), kEnd, 16, 0xFFFFFFFF, 4);
  for (const std::uint64_t lie :
       {~0ULL, 1ULL << 63, static_cast<unsigned long long>(file.size())}) {
    EXPECT_THAT(refusal(patched(wide, "PK\x06\x06", 40, lie, 8)), HasSubstr("does not end before"));
    EXPECT_THAT(refusal(patched(wide, "PK\x06\x06", 48, lie, 8)), HasSubstr("does not end before"));
  }
  EXPECT_THAT(refusal(patched(file, kEnd, 16, 0xFFFFFFFF, 4)),
              HasSubstr("ZIP64 end record is missing"));
  const std::string counts = patched(
      patched(patched(patched(wide, "PK\x06\x06", 24, ~0ULL, 8), "PK\x06\x06", 32, ~0ULL, 8), kEnd,
              8, 0xFFFF, 2),
      kEnd, 10, 0xFFFF, 2);
  EXPECT_THAT(refusal(counts), HasSubstr("cannot hold 18446744073709551615 entries"));
}

TEST(Zip, CutAnywhereIsRefused) {
  const std::string file = two_entries();
  for (std::size_t size = 0; size < file.size(); ++size) refusal(file.substr(0, size));
}

TEST(Zip, OverlappingEntriesAreRefused) {
  const std::string file = zip_file({{"m/a", "first"}, {"m/a", "other"}});
  EXPECT_THAT(refusal(file), HasSubstr("'m/a' stands twice"));
  // The second record of the directory shows the first entry's header and data.
  const std::string same = patched(patched(two_entries(), kCentral, 42, 0, 4), "m/b", 0, 'm', 1);
  EXPECT_THAT(refusal(same), HasSubstr("contradicts the directory"));
  // An entry of the first one's data: its header and data lie inside.
  const std::string inner = kLocal + little_endian(0, 14) + little_endian(2, 4) +
                            little_endian(2, 4) + little_endian(3, 2) + little_endian(0, 2) +
                            "m/bhi";
  std::string nested = zip_file({{"m/a", inner}, {"m/b", "hi"}});
  nested = patched(nested, kCentral, 42, 30 + 3, 4);
  EXPECT_THAT(refusal(nested), HasSubstr("'m/a' and 'm/b' overlap"));
}

TEST(Zip, EntriesOutsideOfTheirPlaceAreRefused) {
  const std::string file = two_entries();
  EXPECT_THAT(refusal(patched(file, kCentral, 42, 0xFFFFFFF0, 4)), HasSubstr("has no header"));
  EXPECT_THAT(refusal(patched(file, kCentral, 42, 1, 4)), HasSubstr("has no header"));
  const std::string larger =
      patched(patched(file, kCentral, 20, 0x7FFFFFFF, 4), kCentral, 24, 0x7FFFFFFF, 4);
  EXPECT_THAT(refusal(larger), HasSubstr("reaches beyond the entries' end"));
  EXPECT_THAT(refusal(patched(file, kCentral, 20, 1, 4)), HasSubstr("has 1 bytes, but claims 6"));
  EXPECT_THAT(refusal(patched(file, kCentral, 28, 0xFFFF, 2)), HasSubstr("is cut"));
  EXPECT_THAT(refusal(patched(file, kLocal, 22, 5, 4)), HasSubstr("contradicts the directory"));
  EXPECT_THAT(refusal(patched(file, kEnd, 8, 0x00010001, 4)), HasSubstr("behind its last entry"));
}

TEST(Zip, NamesThatLeaveTheFileAreRefused) {
  for (const char* name : {"../a", "m/../a", "m/..", "/a", "m\\a", "..", "m/\x01", ""}) {
    EXPECT_THAT(refusal(zip_file({{name, "x"}})), HasSubstr("is not a path inside the file"));
  }
  EXPECT_EQ(read_content(zip_file({{"m/..a", "x"}, {"m/.data/a", "y"}})).size(), 2U);
}

TEST(Zip, CompressionEncryptionAndPartsAreRefused) {
  const std::string file = two_entries();
  constexpr auto kUnsupported = ErrorCode::kUnsupported;
  EXPECT_THAT(refusal(patched(file, kCentral, 10, 8, 2), kUnsupported),
              HasSubstr("'m/b' is compressed"));
  EXPECT_THAT(refusal(patched(file, kCentral, 8, 1, 2), kUnsupported),
              HasSubstr("'m/b' is encrypted"));
  EXPECT_THAT(refusal(patched(file, kEnd, 4, 1, 2), kUnsupported), HasSubstr("in several"));
}

}  // namespace
}  // namespace lprnet::importer
