#include "formats/json_object.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error_text.h"
#include "base/text.h"

namespace lprnet::formats {

bool convert(const Json& json, bool& value) {
  const auto* found = json.get_ptr<const Json::boolean_t*>();
  if (found != nullptr) value = *found;
  return found != nullptr;
}

bool convert(const Json& json, std::int64_t& value) {
  if (const auto* natural = json.get_ptr<const Json::number_unsigned_t*>()) {
    if (*natural > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return false;
    }
    value = static_cast<std::int64_t>(*natural);
    return true;
  }
  const auto* integer = json.get_ptr<const Json::number_integer_t*>();
  if (integer != nullptr) value = *integer;
  return integer != nullptr;
}

bool convert(const Json& json, double& value) {
  if (!json.is_number()) return false;
  value = json.get<double>();
  return true;
}

bool convert(const Json& json, std::string& value) {
  const auto* found = json.get_ptr<const Json::string_t*>();
  if (found != nullptr) value = *found;
  return found != nullptr;
}

std::string shown(const Json& json) {
  if (json.is_string()) return base::in_quotes(json.get_ref<const Json::string_t&>());
  if (json.is_object()) return "an object";
  if (!json.is_array()) return json.dump();
  constexpr std::size_t kMaxElements = 8;
  const bool short_list = json.size() <= kMaxElements &&
                          std::none_of(json.begin(), json.end(), [](const Json& element) {
                            return element.is_string() || element.is_structured();
                          });
  return short_list ? json.dump() : base::cat("a list of ", json.size());
}

ObjectReader::ObjectReader(const Json& json, std::string where)
    : members_(json.get_ptr<const Json::object_t*>()), where_(std::move(where)) {
  if (members_ == nullptr) {
    base::fail(ErrorCode::kFormat, where_, ": is ", shown(json), ", expected an object");
  }
}

const Json* ObjectReader::find(const char* key) {
  known_.push_back(key);
  const auto member = members_->find(key);
  return member == members_->end() ? nullptr : &member->second;
}

const Json& ObjectReader::get(const char* key) {
  const Json* found = find(key);
  if (found == nullptr) base::fail(ErrorCode::kFormat, where_, ": '", key, "' is missing");
  return *found;
}

void ObjectReader::refuse_others() const {
  for (const auto& [key, value] : *members_) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      base::fail(ErrorCode::kFormat, where_, ": unknown key ", base::in_quotes(key));
    }
  }
}

void ObjectReader::refuse(const char* key, const Json& found, const std::string& expected) const {
  base::fail(ErrorCode::kFormat, where_, ": '", key, "' is ", shown(found), ", expected ",
             expected);
}

}  // namespace lprnet::formats
