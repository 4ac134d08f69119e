// Byte layout, all numbers little-endian: entries, each a local header with its name, extra field
// (PyTorch's padding to 64 bytes) and data; the central directory, one record for each entry; with
// ZIP64 an end record of 64-bit numbers and its locator; the end record, a comment.
#include "import/zip.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/text.h"
#include "import/little_endian.h"

namespace lprnet::importer {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocator64Signature = 0x07064b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kLocator64Size = 20;
constexpr std::size_t kMaxComment = 0xFFFF;
constexpr std::uint16_t kExtra64 = 1;
constexpr std::uint16_t kEncrypted = 1U << 0;
constexpr std::uint16_t kSizesFollow = 1U << 3;  // the local header's sizes are zero
constexpr std::uint16_t kFull16 = 0xFFFF;        // the number stands in a ZIP64 record
constexpr std::uint32_t kFull32 = 0xFFFFFFFF;

// Where the central directory stands.
struct Directory {
  std::uint64_t count = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct Entry {
  std::string name;
  std::uint16_t flags = 0;
  std::uint64_t size = 0;
  std::uint64_t header = 0;  // offset of the local header
  std::uint64_t end = 0;     // of the data
};

class ZipReader {
 public:
  ZipReader(const base::Bytes& file, const std::string& where) : file_(file), where_(where) {}

  std::map<std::string, base::Bytes> read() {
    const Directory directory = find_directory();
    std::map<std::string, base::Bytes> content;
    std::vector<Entry> entries = read_directory(directory);
    for (Entry& entry : entries) {
      const base::Bytes data = locate(entry, directory.offset);
      if (!content.emplace(entry.name, data).second) {
        refuse("the entry ", base::in_quotes(entry.name), " stands twice in the directory");
      }
    }
    expect_apart(std::move(entries));
    return content;
  }

 private:
  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    base::fail(ErrorCode::kFormat, where_, ": damaged zip file: ", parts...);
  }

  template <typename T>
  T at(std::size_t offset) const {
    return read_little_endian<T>(file_.data + offset);
  }

  // The last end record whose comment reaches exactly to the end of the file.
  std::size_t find_end() const {
    if (file_.size < kEndSize) refuse("has ", file_.size, " bytes, too few for its end record");
    const std::size_t last = file_.size - kEndSize;
    const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
    for (std::size_t offset = last + 1; offset-- > first;) {
      if (at<std::uint32_t>(offset) == kEndSignature &&
          at<std::uint16_t>(offset + 20) == last - offset) {
        return offset;
      }
    }
    refuse("its end record is missing; the file is cut or something follows it");
  }

  Directory find_directory() const {
    const std::size_t end = find_end();
    Directory directory{at<std::uint16_t>(end + 10), at<std::uint32_t>(end + 16),
                        at<std::uint32_t>(end + 12)};
    if (at<std::uint16_t>(end + 4) != 0 || at<std::uint16_t>(end + 6) != 0 ||
        at<std::uint16_t>(end + 8) != directory.count) {
      base::fail(ErrorCode::kUnsupported, where_, ": is one part of a zip file in several");
    }
    std::size_t limit = end;
    if (const auto end64 = find_end64(end)) {
      directory = merged(directory, *end64);
      limit = *end64;
    } else if (directory.count == kFull16 || directory.offset == kFull32 ||
               directory.size == kFull32) {
      refuse("its ZIP64 end record is missing");
    }
    if (directory.offset > limit || directory.size > limit - directory.offset) {
      refuse("its directory of ", directory.size, " bytes at ", directory.offset,
             " does not end before the end record at ", limit);
    }
    return directory;
  }

  // The offset of the ZIP64 end record, when a locator stands before the end record.
  std::optional<std::size_t> find_end64(std::size_t end) const {
    if (end < kLocator64Size) return std::nullopt;
    const std::size_t locator = end - kLocator64Size;
    if (at<std::uint32_t>(locator) != kLocator64Signature) return std::nullopt;
    const auto offset = at<std::uint64_t>(locator + 8);
    if (locator < kEnd64Size || offset > locator - kEnd64Size ||
        at<std::uint32_t>(static_cast<std::size_t>(offset)) != kEnd64Signature) {
      refuse("its ZIP64 locator points to byte ", offset, ", where there is no ZIP64 end record");
    }
    return static_cast<std::size_t>(offset);
  }

  Directory merged(const Directory& end, std::size_t end64) const {
    const Directory directory{at<std::uint64_t>(end64 + 32), at<std::uint64_t>(end64 + 48),
                              at<std::uint64_t>(end64 + 40)};
    if (at<std::uint32_t>(end64 + 16) != 0 || at<std::uint32_t>(end64 + 20) != 0 ||
        at<std::uint64_t>(end64 + 24) != directory.count) {
      base::fail(ErrorCode::kUnsupported, where_, ": is one part of a zip file in several");
    }
    const auto same = [](std::uint64_t number, std::uint64_t full, std::uint64_t number64) {
      return number == full || number == number64;
    };
    if (!same(end.count, kFull16, directory.count) ||
        !same(end.offset, kFull32, directory.offset) || !same(end.size, kFull32, directory.size)) {
      refuse("its end record and its ZIP64 end record contradict each other");
    }
    return directory;
  }

  std::vector<Entry> read_directory(const Directory& directory) const {
    if (directory.count > directory.size / kCentralSize) {
      refuse("its directory of ", directory.size, " bytes cannot hold ", directory.count,
             " entries");
    }
    std::vector<Entry> entries;
    entries.reserve(static_cast<std::size_t>(directory.count));
    auto offset = static_cast<std::size_t>(directory.offset);
    const std::size_t end = offset + static_cast<std::size_t>(directory.size);
    for (std::uint64_t i = 0; i < directory.count; ++i) {
      if (end - offset < kCentralSize || at<std::uint32_t>(offset) != kCentralSignature) {
        refuse("entry ", i, " of its directory is missing");
      }
      const std::size_t name_size = at<std::uint16_t>(offset + 28);
      const std::size_t extra_size = at<std::uint16_t>(offset + 30);
      const std::size_t record =
          kCentralSize + name_size + extra_size + at<std::uint16_t>(offset + 32);
      if (end - offset < record) refuse("entry ", i, " of its directory is cut");
      entries.push_back(read_record(offset, name_size, extra_size));
      offset += record;
    }
    if (offset != end) refuse("its directory has ", end - offset, " bytes behind its last entry");
    return entries;
  }

  Entry read_record(std::size_t offset, std::size_t name_size, std::size_t extra_size) const {
    Entry entry;
    entry.name.assign(reinterpret_cast<const char*>(file_.data) + offset + kCentralSize, name_size);
    check_name(entry.name);
    entry.flags = at<std::uint16_t>(offset + 8);
    if (at<std::uint16_t>(offset + 10) != 0 || (entry.flags & kEncrypted) != 0) {
      base::fail(ErrorCode::kUnsupported, where_, ": the entry ", base::in_quotes(entry.name),
                 " is ", (entry.flags & kEncrypted) != 0 ? "encrypted" : "compressed",
                 "; PyTorch stores entries as they are");
    }
    std::uint64_t packed = at<std::uint32_t>(offset + 20);
    entry.size = at<std::uint32_t>(offset + 24);
    entry.header = at<std::uint32_t>(offset + 42);
    // The numbers that do not fit, in this order.
    std::vector<std::uint64_t*> wide;
    for (std::uint64_t* number : {&entry.size, &packed, &entry.header}) {
      if (*number == kFull32) wide.push_back(number);
    }
    if (!wide.empty())
      read_extra64(offset + kCentralSize + name_size, extra_size, wide, entry.name);
    if (packed != entry.size) {
      refuse("the stored entry ", base::in_quotes(entry.name), " has ", packed,
             " bytes, but claims ", entry.size);
    }
    return entry;
  }

  void read_extra64(std::size_t offset, std::size_t size,
                    const std::vector<std::uint64_t*>& numbers, const std::string& name) const {
    while (size >= 4) {
      const auto id = at<std::uint16_t>(offset);
      const std::size_t field = at<std::uint16_t>(offset + 2);
      offset += 4;
      size -= 4;
      if (field > size) break;
      if (id == kExtra64 && field >= 8 * numbers.size()) {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          *numbers[i] = at<std::uint64_t>(offset + 8 * i);
        }
        return;
      }
      offset += field;
      size -= field;
    }
    refuse("the entry ", base::in_quotes(name), " has no ZIP64 field with its 64-bit numbers");
  }

  void check_name(std::string_view name) const {
    bool plain = !name.empty() && name.front() != '/';
    for (const char c : name) plain = plain && static_cast<unsigned char>(c) >= 0x20U && c != '\\';
    for (std::size_t begin = 0; plain && begin <= name.size();) {
      const std::size_t end = std::min(name.find('/', begin), name.size());
      plain = name.substr(begin, end - begin) != "..";
      begin = end + 1;
    }
    if (!plain) refuse("the entry name ", base::in_quotes(name), " is not a path inside the file");
  }

  // The entry's data, between its local header and the directory at `limit`.
  base::Bytes locate(Entry& entry, std::uint64_t limit) const {
    if (entry.header > limit || limit - entry.header < kLocalSize ||
        at<std::uint32_t>(static_cast<std::size_t>(entry.header)) != kLocalSignature) {
      refuse("the entry ", base::in_quotes(entry.name), " has no header at byte ", entry.header);
    }
    const auto header = static_cast<std::size_t>(entry.header);
    const std::size_t name_size = at<std::uint16_t>(header + 26);
    const std::size_t skipped = kLocalSize + name_size + at<std::uint16_t>(header + 28);
    if (limit - header < skipped || limit - header - skipped < entry.size) {
      refuse("the entry ", base::in_quotes(entry.name), " of ", entry.size, " bytes at ", header,
             " reaches beyond the entries' end at ", limit);
    }
    const auto* name = reinterpret_cast<const char*>(file_.data) + header + kLocalSize;
    const std::uint64_t size = at<std::uint32_t>(header + 22);
    const bool size_known = (entry.flags & kSizesFollow) == 0 && size != kFull32;
    if (std::string_view(name, name_size) != entry.name || (size_known && size != entry.size)) {
      refuse("the header of the entry ", base::in_quotes(entry.name), " contradicts the directory");
    }
    entry.end = entry.header + skipped + entry.size;
    return file_.part(header + skipped, static_cast<std::size_t>(entry.size));
  }

  void expect_apart(std::vector<Entry> entries) const {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.header < b.header; });
    for (std::size_t i = 1; i < entries.size(); ++i) {
      if (entries[i].header < entries[i - 1].end) {
        refuse("the entries ", base::in_quotes(entries[i - 1].name), " and ",
               base::in_quotes(entries[i].name), " overlap");
      }
    }
  }

  const base::Bytes& file_;
  const std::string& where_;
};

}  // namespace

bool looks_like_zip(const base::Bytes& file) {
  return file.size >= 4 && read_little_endian<std::uint32_t>(file.data) == kLocalSignature;
}

std::map<std::string, base::Bytes> read_zip(const base::Bytes& file, const std::string& where) {
  return ZipReader(file, where).read();
}

}  // namespace lprnet::importer
