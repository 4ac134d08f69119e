#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace lprnet::hostile {

// Calls `visit` with every document that differs from `json` in one place, whatever its depth: the
// member or element gone, or replaced by a value of another type, a negative, a huge, an empty one.
// `change` says what was done, for messages.
void each_mutation(
    const nlohmann::json& json,
    const std::function<void(const nlohmann::json& mutant, const std::string& change)>& visit);

}  // namespace lprnet::hostile
