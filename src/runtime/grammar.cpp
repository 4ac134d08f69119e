#include <algorithm>
#include <utility>

#include "base/error_text.h"
#include "base/file_bytes.h"
#include "formats/grammar_json.h"
#include "lprnet/decode.hpp"
#include "runtime/grammar_impl.h"

namespace lprnet {

Grammar::Grammar(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Grammar::~Grammar() = default;

std::shared_ptr<const Grammar> Grammar::load(const std::filesystem::path& path) {
  base::FileLimits limits;
  limits.max_bytes = formats::kMaxGrammarText;
  const base::Bytes bytes = base::read_file(path, limits);
  return parse({reinterpret_cast<const char*>(bytes.data), bytes.size}, base::text_of(path));
}

std::shared_ptr<const Grammar> Grammar::parse(std::string_view text, const std::string& name) {
  ctc::Grammar grammar = formats::read_grammar(text, name);
  return std::shared_ptr<const Grammar>(
      new Grammar(std::make_unique<const Impl>(Impl{std::string(text), std::move(grammar)})));
}

std::shared_ptr<const Grammar> Grammar::known(const std::string& name) {
  std::string names;
  for (const auto& known : formats::known_grammars()) {
    if (name == known.name) return parse(known.text, name);
    names.append(names.empty() ? "" : ", ").append(known.name);
  }
  base::fail(ErrorCode::kInvalidArgument, "there is no grammar '", name, "', expected one of ",
             names);
}

std::vector<std::string> Grammar::known_names() {
  std::vector<std::string> names;
  for (const auto& known : formats::known_grammars()) names.emplace_back(known.name);
  return names;
}

const std::string& Grammar::name() const noexcept { return impl_->grammar.name; }
const std::string& Grammar::text() const noexcept { return impl_->text; }

}  // namespace lprnet
