#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_bytes.h"

namespace lprnet::importer {

// An index into Pickle's values. Values refer to each other by index alone: they can form cycles,
// and neither copying nor destroying them recurses.
using PickleRef = std::uint32_t;

struct PickleValue {
  enum class Kind : std::uint8_t {
    kNone,
    kBool,        // integer
    kInteger,     // integer
    kBigInteger,  // text: two's complement, least significant byte first
    kFloat,       // number
    kText,        // text, UTF-8
    kBytes,       // text
    kTuple,       // items
    kList,        // items
    kSet,         // items
    kDict,        // items: key, value, key, value, ...
    kGlobal,      // text: "module.name"
    kObject,      // type, arguments, state; items as a dict's, elements as a list's
    kPersistent,  // arguments: what the pickle says of an object that is stored elsewhere
  };

  Kind kind = Kind::kNone;
  std::int64_t integer = 0;
  double number = 0;
  std::string_view text;
  std::vector<PickleRef> items;
  std::vector<PickleRef> elements;
  PickleRef type = 0;  // a kGlobal: what the pickle calls to make the object
  PickleRef arguments = 0;
  PickleRef state = 0;  // as are all: 0 is a kNone
};

// What a pickle says, as data.
class Pickle {
 public:
  const PickleValue& operator[](PickleRef ref) const { return values_[ref]; }
  const PickleValue& root() const { return values_[root_]; }
  std::size_t value_count() const noexcept { return values_.size(); }
  // Bytes that the pickle took.
  std::size_t size() const noexcept { return size_; }

  // The value of a text key in a kDict or a kObject's items, the last one as in Python; null when
  // there is none.
  const PickleValue* find(const PickleValue& dict, std::string_view key) const;

 private:
  friend class PickleReader;
  std::vector<PickleValue> values_;
  std::deque<std::string> names_;  // of the globals
  base::Bytes bytes_;              // texts are parts of them
  PickleRef root_ = 0;
  std::size_t size_ = 0;
};

inline constexpr std::size_t kMaxPickleValues = std::size_t{1} << 20;

// Reads the pickle that begins at the first byte (protocols 2 to 5; bytes may follow it). Nothing
// is ever run: a call is recorded as an object with its arguments, and only the functions that
// pickle_globals.h lists may be called; a class that is not listed there may have instances made
// without arguments, whose state is data. `where` begins every message. Time and memory are bounded
// by the pickle's size, and by kMaxPickleValues, and memory is counted.
// Throws Error: kFormat for a pickle that is cut or contradicts itself, kUnsupported with the name
// of whatever is not allowed, kLimit.
Pickle read_pickle(const base::Bytes& bytes, const std::string& where,
                   const base::Ledger& ledger = base::Ledger());

}  // namespace lprnet::importer
