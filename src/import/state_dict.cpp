#include "import/state_dict.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <string_view>

#include "base/error_text.h"
#include "base/text.h"
#include "import/torch_tensor.h"

namespace lprnet::importer {
namespace {

using Kind = PickleValue::Kind;
using NamedValues = std::vector<std::pair<std::string, const PickleValue*>>;

constexpr std::array<std::string_view, 8> kNestingKeys{
    "state_dict", "model_state_dict", "model_state", "model",
    "net",        "network",          "weights",     "params"};
constexpr std::array<std::string_view, 5> kWrappers{"module.", "_orig_mod.", "model.", "net.",
                                                    "network."};
// Entries looked at and bytes of names, for each byte of the pickle.
constexpr std::size_t kMaxWorkPerByte = 4;
constexpr std::size_t kShownKeys = 8;
constexpr const char* kAdvice =
    "; in Python, save the weights alone: torch.save(model.state_dict(), 'weights.pth')";

class WeightFinder {
 public:
  WeightFinder(const Pickle& pickle, const std::string& where)
      : pickle_(pickle), where_(where), work_left_(kMaxWorkPerByte * pickle.size()) {}

  NamedValues find() {
    std::deque<const PickleValue*> waiting{&pickle_.root()};
    std::set<const PickleValue*> seen;
    while (!waiting.empty()) {
      const PickleValue& value = *waiting.front();
      waiting.pop_front();
      if (!seen.insert(&value).second) continue;
      if (module_state(value) != nullptr) return of_module(value);
      if (NamedValues weights = of_dict(value); !weights.empty()) return weights;
      for (const std::string_view key : kNestingKeys) {
        if (const PickleValue* nested = pickle_.find(value, key)) waiting.push_back(nested);
      }
    }
    refuse_root();
  }

 private:
  // The attributes of a pickled nn.Module; null for anything else.
  const PickleValue* module_state(const PickleValue& value) {
    if (value.kind != Kind::kObject) return nullptr;
    const PickleValue& state = pickle_[value.state];
    spend(state.items.size());
    return state.kind == Kind::kDict && pickle_.find(state, "_parameters") != nullptr ? &state
                                                                                      : nullptr;
  }

  // The tensors of a dict that is a state_dict; else none.
  NamedValues of_dict(const PickleValue& dict) {
    NamedValues tensors;
    bool has_weight = false;
    bool only_tensors = true;
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      if (dict.kind != Kind::kDict && dict.kind != Kind::kObject) return {};
      const PickleValue& key = pickle_[dict.items[i]];
      const PickleValue& value = pickle_[dict.items[i + 1]];
      if (key.kind != Kind::kText || !is_tensor(pickle_, value)) {
        only_tensors = false;
        continue;
      }
      has_weight = has_weight || key.text.ends_with("weight");
      spend(key.text.size());
      tensors.emplace_back(key.text, &value);
    }
    if (!only_tensors && !has_weight) return {};
    return tensors;
  }

  NamedValues of_module(const PickleValue& root) {
    struct Module {
      const PickleValue* state;
      std::string prefix;
    };
    NamedValues weights;
    std::vector<Module> waiting{{module_state(root), ""}};
    while (!waiting.empty()) {
      const Module module = std::move(waiting.back());
      waiting.pop_back();
      const std::set<std::string_view> not_saved = not_saved_in(*module.state);
      for (const char* kind : {"_parameters", "_buffers"}) {
        for (const auto& [name, value] : entries(*module.state, kind)) {
          if (!is_tensor(pickle_, *value) || not_saved.contains(name)) continue;
          weights.emplace_back(module.prefix + std::string(name), value);
          spend(weights.back().first.size());
        }
      }
      const auto children = entries(*module.state, "_modules");
      for (auto child = children.rbegin(); child != children.rend(); ++child) {
        const PickleValue* state = module_state(*child->second);
        if (state == nullptr) continue;
        waiting.push_back({state, module.prefix + std::string(child->first) + "."});
        spend(waiting.back().prefix.size());
      }
    }
    if (weights.empty()) {
      base::fail(ErrorCode::kUnsupported, where_, ": holds a whole pickled ",
                 base::in_quotes(pickle_[root.type].text),
                 " whose weights cannot be found without running its code", kAdvice);
    }
    return weights;
  }

  std::vector<std::pair<std::string_view, const PickleValue*>> entries(const PickleValue& state,
                                                                       const char* key) {
    std::vector<std::pair<std::string_view, const PickleValue*>> found;
    const PickleValue* dict = pickle_.find(state, key);
    if (dict == nullptr || dict->kind != Kind::kDict) return found;
    spend(dict->items.size());
    for (std::size_t i = 0; i + 1 < dict->items.size(); i += 2) {
      const PickleValue& name = pickle_[dict->items[i]];
      if (name.kind == Kind::kText) found.emplace_back(name.text, &pickle_[dict->items[i + 1]]);
    }
    return found;
  }

  // The buffers that state_dict() leaves out: a set, or the call of one with a list.
  std::set<std::string_view> not_saved_in(const PickleValue& state) {
    std::set<std::string_view> names;
    const PickleValue* set = pickle_.find(state, "_non_persistent_buffers_set");
    if (set == nullptr) return names;
    if (set->kind == Kind::kObject && !pickle_[set->arguments].items.empty()) {
      set = &pickle_[pickle_[set->arguments].items[0]];
    }
    spend(set->items.size());
    for (const PickleRef ref : set->items) names.insert(pickle_[ref].text);
    return names;
  }

  // Modules may share parts or contain themselves, and many keys be one text, so that the work and
  // the names could multiply.
  void spend(std::size_t work) {
    if (work >= work_left_) {
      base::fail(ErrorCode::kUnsupported, where_,
                 ": its modules are nested too deeply, or its names too long");
    }
    work_left_ -= work + 1;
  }

  [[noreturn]] void refuse_root() const {
    const PickleValue& root = pickle_.root();
    if (root.kind == Kind::kObject) {
      base::fail(ErrorCode::kUnsupported, where_, ": holds a ",
                 base::in_quotes(pickle_[root.type].text), ", not a dict of weights", kAdvice);
    }
    if (root.kind != Kind::kDict) {
      base::fail(ErrorCode::kInvalidModel, where_, ": holds no dict of weights", kAdvice);
    }
    std::string keys;
    for (std::size_t i = 0; i + 1 < root.items.size() && i < 2 * kShownKeys; i += 2) {
      keys += (keys.empty() ? "" : ", ") + base::in_quotes(pickle_[root.items[i]].text);
    }
    base::fail(ErrorCode::kInvalidModel, where_, ": no weights among its ", root.items.size() / 2,
               " keys (", keys,
               "), expected tensors, or a dict of them under 'state_dict', 'model' "
               "or 'net'");
  }

  const Pickle& pickle_;
  const std::string& where_;
  std::size_t work_left_;
};

bool all_begin_with(const std::vector<std::string>& names, std::string_view prefix) {
  return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.size() > prefix.size() && name.starts_with(prefix);
  });
}

void remove_prefix(std::vector<std::string>& names, std::size_t size) {
  for (std::string& name : names) name.erase(0, size);
}

}  // namespace

void without_wrappers(std::vector<std::string>& names) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::string_view wrapper : kWrappers) {
      if (!all_begin_with(names, wrapper)) continue;
      remove_prefix(names, wrapper.size());
      changed = true;
    }
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kNetworks{
      {{"STNet.", "stn."}, {"LPRNet.", "lprnet."}}};
  for (const auto& [theirs, ours] : kNetworks) {
    for (std::string& name : names) {
      if (name.starts_with(theirs)) name.replace(0, theirs.size(), ours);
    }
    if (all_begin_with(names, ours)) remove_prefix(names, ours.size());
  }
}

std::vector<std::pair<std::string, const PickleValue*>> find_weights(const Pickle& pickle,
                                                                     const std::string& where) {
  NamedValues weights = WeightFinder(pickle, where).find();
  std::vector<std::string> names;
  names.reserve(weights.size());
  for (auto& [name, value] : weights) names.push_back(std::move(name));
  without_wrappers(names);
  for (std::size_t i = 0; i < names.size(); ++i) weights[i].first = std::move(names[i]);
  return weights;
}

}  // namespace lprnet::importer
