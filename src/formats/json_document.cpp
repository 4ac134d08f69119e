#include "formats/json_document.h"

#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/text.h"

namespace lprnet::formats {
namespace {

// Empties a value from the inside out: what is destroyed then holds nothing that nlohmann::json
// would need memory for. Not deeper than kMaxJsonDepth.
void empty(Json& json) noexcept {
  if (auto* list = json.get_ptr<Json::array_t*>()) {
    for (Json& element : *list) empty(element);
    list->clear();
  } else if (auto* members = json.get_ptr<Json::object_t*>()) {
    for (auto& member : *members) empty(member.second);
    members->clear();
  }
}

// Builds the document value by value. The parser itself keeps no stack but one bit for each level.
class DocumentBuilder final : public nlohmann::json_sax<Json> {
 public:
  DocumentBuilder(const std::string& where, const base::Ledger& ledger)
      : where_(where), ledger_(ledger) {}

  Document take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override {
    take(sizeof(string_t) + value.capacity());
    return add(std::move(value));
  }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& key) override {
    take(kMemberBytes + key.capacity());
    auto& members = open_.back()->get_ref<Json::object_t&>();
    const auto [member, is_new] = members.try_emplace(std::move(key));
    if (!is_new) {
      base::fail(ErrorCode::kFormat, where_, ": the key ", base::in_quotes(member->first),
                 " stands twice in one object");
    }
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    std::string_view reason = error.what();
    reason.remove_prefix(reason.find("] ") + 2);
    base::fail(ErrorCode::kFormat, where_, ": is not valid JSON at byte ", position, ": ",
               base::printable(reason, 2 * base::kMaxShownBytes));
  }

 private:
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json empty) {
    if (open_.size() == kMaxJsonDepth) {
      base::fail(ErrorCode::kFormat, where_, ": JSON is nested deeper than ", kMaxJsonDepth,
                 " levels");
    }
    take(sizeof(Json::object_t));
    open_.push_back(place(std::move(empty)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  // What lies on the heap, with room for the heap's own.
  static constexpr std::size_t kHeapBytes = 16;
  static constexpr std::size_t kMemberBytes =
      sizeof(Json::object_t::value_type) + 4 * sizeof(void*);
  // An array grows by doubling: the old and the new one are there at once.
  static constexpr std::size_t kValueBytes = 3 * sizeof(Json);

  void take(std::size_t bytes) {
    ledger_.take(static_cast<std::int64_t>(bytes + kHeapBytes), where_);
  }
  Json* place(Json value) {
    take(kValueBytes);
    if (open_.empty()) {
      root_.json() = std::move(value);
      return &root_.json();
    }
    if (open_.back()->is_array()) {
      return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    }
    *member_ = std::move(value);
    return member_;
  }

  const std::string& where_;
  const base::Ledger& ledger_;
  Document root_;
  std::vector<Json*> open_;  // from the root to the innermost object or array
  Json* member_ = nullptr;   // whose key was read last
};

}  // namespace

Document::~Document() { empty(json_); }

Document parse_json(std::string_view text, const std::string& where, const base::Ledger& ledger) {
  DocumentBuilder builder(where, ledger);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

void fail_not_utf8(const std::string& where) {
  base::fail(ErrorCode::kInvalidArgument, where, ": a name or text in it is not UTF-8");
}

}  // namespace lprnet::formats
