#include "limit_arguments.h"

#include <algorithm>
#include <limits>
#include <string>

namespace lprnet::cli {

void declare_limits(Arguments& arguments, Limits* limits) {
  arguments.heading("What a model may cost at most");
  for (const LimitField& field : limit_fields()) {
    std::string option = std::string("--max-") + field.name;
    std::replace(option.begin(), option.end(), '_', '-');
    arguments.number(
        option, "N", &(limits->*field.member), std::int64_t{0},
        std::numeric_limits<std::int64_t>::max(),
        std::string(1, static_cast<char>(field.what[0] - 'a' + 'A')) + (field.what + 1));
  }
  arguments.heading("Options");
}

}  // namespace lprnet::cli
