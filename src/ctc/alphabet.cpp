#include "ctc/alphabet.h"

#include <utility>

#include "base/error_text.h"

namespace lprnet::ctc {

Alphabet::Alphabet(std::vector<std::string> tokens, int blank, int classes)
    : tokens_(std::move(tokens)), blank_(blank) {
  if (blank < 0 || blank >= classes) {
    base::fail(ErrorCode::kInvalidModel, "the blank is class ", blank, ", expected 0 to ",
               classes - 1);
  }
  const std::size_t expected = static_cast<std::size_t>(classes);
  if (blank == classes - 1 && tokens_.size() + 1 == expected) tokens_.emplace_back();
  if (tokens_.size() != expected) {
    base::fail(ErrorCode::kInvalidModel, "the alphabet has ", tokens_.size(),
               " tokens, expected one for each of the ", classes, " classes",
               blank == classes - 1 ? " (the last, the blank, may be left out)" : "");
  }
}

}  // namespace lprnet::ctc
