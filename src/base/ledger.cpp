#include "base/ledger.h"

#include <algorithm>

#include "base/checked.h"
#include "base/error_text.h"

namespace lprnet {

const std::vector<LimitField>& limit_fields() {
  static const std::vector<LimitField> fields = {
      {"file_bytes", "bytes of a file", &Limits::file_bytes},
      {"nodes", "nodes and inputs of a graph", &Limits::nodes},
      {"value_elements", "elements of a value", &Limits::value_elements},
      {"weight_elements", "elements of all weights", &Limits::weight_elements},
      {"arena_bytes", "bytes of a session's arena", &Limits::arena_bytes},
      {"operations", "operations of one run", &Limits::operations},
      {"load_bytes", "bytes taken by loading", &Limits::load_bytes},
  };
  return fields;
}

}  // namespace lprnet

namespace lprnet::base {
namespace {

// Sums of a few of them, and products with the sizes of elements, do not overflow.
constexpr std::int64_t kMost = std::int64_t{1} << 48;

[[noreturn]] void exceed(const LimitField& field, std::int64_t limit, std::int64_t found,
                         const std::string& where) {
  std::string option = std::string("--max-") + field.name;
  std::replace(option.begin(), option.end(), '_', '-');
  fail(ErrorCode::kLimit, where, ": ", found, " ", field.what, ", more than the limit of ", limit,
       "; for a file that you trust, raise Limits::", field.name, " (", option, ")");
}

}  // namespace

void expect_within(const Limits& limits, std::int64_t Limits::*limit, std::int64_t found,
                   const std::string& where) {
  if (found <= limits.*limit) return;
  const auto& fields = limit_fields();
  const auto field = std::find_if(fields.begin(), fields.end(),
                                  [limit](const LimitField& f) { return f.member == limit; });
  exceed(*field, limits.*limit, found, where);
}

Ledger::Ledger(const Limits& limits) : limits_(limits), taken_(std::make_shared<std::int64_t>(0)) {
  for (const LimitField& field : limit_fields()) {
    limits_.*field.member = std::min(limits_.*field.member, kMost);
  }
}

void Ledger::take(std::int64_t bytes, const std::string& where) const {
  const std::int64_t sum = saturating_add(*taken_, bytes);
  expect_within(limits_, &Limits::load_bytes, sum, where);
  *taken_ = sum;
}

}  // namespace lprnet::base
