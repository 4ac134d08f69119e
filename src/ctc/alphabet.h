#pragma once

#include <string>
#include <vector>

namespace lprnet::ctc {

// The tokens that classes stand for, and the class that stands for nothing. A value.
class Alphabet {
 public:
  // `tokens` by class, in UTF-8; one may occur twice. The blank is any class; its token is never
  // emitted and may be missing when it is the last. Throws Error(kInvalidModel) when the blank is
  // not a class or the tokens do not match the number of classes.
  Alphabet(std::vector<std::string> tokens, int blank, int classes);

  int classes() const noexcept { return static_cast<int>(tokens_.size()); }
  int blank() const noexcept { return blank_; }
  // REQUIRES: 0 <= index < classes().
  const std::string& token(int index) const noexcept {
    return tokens_[static_cast<std::size_t>(index)];
  }

 private:
  std::vector<std::string> tokens_;  // one for each class
  int blank_;
};

}  // namespace lprnet::ctc
