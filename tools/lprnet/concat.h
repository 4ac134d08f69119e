#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace lprnet::cli {

// The parts behind each other, in less code than additions of strings.
std::string concat(std::initializer_list<std::string_view> parts);

}  // namespace lprnet::cli
