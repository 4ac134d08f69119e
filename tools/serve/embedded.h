#pragma once

#include <string_view>

namespace lprnet::serve {

// Files that are part of the program, see embed.cmake.
extern const std::string_view kPageHtml;
extern const std::string_view kOpenApiJson;

}  // namespace lprnet::serve
