#include "import/state_dict.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>
#include <string_view>

#include "base/error_text.h"
#include "base/text.h"
#include "import/torch_tensor.h"

namespace lprnet::importer {
namespace {

using Kind = PickleValue::Kind;
using NamedValues = std::vector<std::pair<std::string, const PickleValue*>>;

// Where the weights of an unknown network are looked for.
constexpr std::array<std::string_view, 8> kNestingKeys{
    "state_dict", "model_state_dict", "model_state", "model",
    "net",        "network",          "weights",     "params"};
constexpr std::array<std::string_view, 5> kWrappers{"module.", "_orig_mod.", "model.", "net.",
                                                    "network."};
constexpr std::string_view kOwnPrefix = "lprnet.";
// Entries looked at and bytes of names, for each byte of the pickle.
constexpr std::size_t kMaxWorkPerByte = 4;
constexpr std::size_t kShownKeys = 8;
constexpr const char* kAdvice =
    "; in Python, save the weights alone: torch.save(model.state_dict(), 'weights.pth')";

bool holds(const NamedValues& weights, std::string_view name) {
  return std::any_of(weights.begin(), weights.end(),
                     [name](const auto& weight) { return weight.first == name; });
}

// Takes the wrappers off, and says whose names these are.
void name_group(WeightGroup& group) {
  std::vector<std::string> names;
  names.reserve(group.weights.size());
  for (const auto& [name, value] : group.weights) names.push_back(name);
  const Renaming renamed(std::move(names));
  for (auto& [name, value] : group.weights) name = renamed(name);
  for (PickledModule& module : group.modules) {
    if (!module.path.empty()) module.path = renamed(module.path + ".");
    if (!module.path.empty()) module.path.pop_back();
  }
  const std::string own =
      holds(group.weights, std::string(kOwnPrefix) + "backbone.0.weight") ? "lprnet." : "";
  group.is_network = holds(group.weights, own + "backbone.0.weight") &&
                     (holds(group.weights, own + "container.0.weight") ||
                      holds(group.weights, own + "backbone.18.weight"));
  group.is_transformer = !holds(group.weights, own + "backbone.0.weight") &&
                         holds(group.weights, "localization.0.weight") &&
                         holds(group.weights, "fc_loc.0.weight");
}

class WeightFinder {
 public:
  WeightFinder(const Pickle& pickle, const std::string& where)
      : pickle_(pickle), where_(where), work_left_(kMaxWorkPerByte * pickle.size()) {}

  std::vector<WeightGroup> find() {
    std::vector<WeightGroup> known;
    std::optional<WeightGroup> other;  // the one with the most tensors
    std::deque<Place> waiting{{&pickle_.root(), "", true}};
    std::set<const PickleValue*> seen;
    while (!waiting.empty()) {
      const Place place = std::move(waiting.front());
      waiting.pop_front();
      if (!seen.insert(place.value).second) continue;
      WeightGroup group;
      group.key = place.key;
      if (module_state(*place.value) != nullptr) {
        of_module(*place.value, group);
      } else {
        group.weights = of_dict(*place.value);
        add_parts(place, waiting);
      }
      if (group.weights.empty()) continue;
      name_group(group);
      if (group.is_network || group.is_transformer) {
        known.push_back(std::move(group));
      } else if (place.usual && (!other || group.weights.size() > other->weights.size())) {
        other = std::move(group);
      }
    }
    if (known.empty() && !other) refuse_root();
    if (known.empty()) known.push_back(*std::move(other));
    return known;
  }

 private:
  struct Place {
    const PickleValue* value;
    std::string key;
    bool usual;  // at the top, or under usual keys alone
  };

  // What lies in a dict, a list or an object that is no tensor.
  void add_parts(const Place& place, std::deque<Place>& waiting) {
    const PickleValue& value = *place.value;
    const bool has_keys = value.kind == Kind::kDict || value.kind == Kind::kObject;
    if (is_tensor(pickle_, value)) return;
    if (value.kind == Kind::kObject) {
      waiting.push_back({&pickle_[value.state], place.key, false});
      spend(place.key.size());
    }
    if (!has_keys && value.kind != Kind::kList && value.kind != Kind::kTuple) return;
    spend(value.items.size());
    for (std::size_t i = has_keys ? 1 : 0; i < value.items.size(); i += has_keys ? 2 : 1) {
      const PickleValue& part = pickle_[value.items[i]];
      const bool has_parts = part.kind == Kind::kDict || part.kind == Kind::kList ||
                             part.kind == Kind::kTuple || part.kind == Kind::kObject;
      if (!has_parts || is_tensor(pickle_, part)) continue;
      const PickleValue* name = has_keys ? &pickle_[value.items[i - 1]] : nullptr;
      if (name != nullptr && name->kind != Kind::kText) continue;
      std::string key = place.key;
      if (!key.empty()) key += '.';
      key += name != nullptr ? std::string(name->text) : std::to_string(i);
      spend(key.size());
      const bool usual =
          place.usual && name != nullptr &&
          std::find(kNestingKeys.begin(), kNestingKeys.end(), name->text) != kNestingKeys.end();
      waiting.push_back({&part, std::move(key), usual});
    }
  }

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

  // The tensors and modules of a whole pickled one.
  void of_module(const PickleValue& root, WeightGroup& group) {
    struct Module {
      const PickleValue* object;
      const PickleValue* state;
      std::string prefix;
    };
    NamedValues& weights = group.weights;
    std::vector<Module> waiting{{&root, module_state(root), ""}};
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
      add_module(*module.object, *module.state, module.prefix, !children.empty(), group);
      for (auto child = children.rbegin(); child != children.rend(); ++child) {
        const PickleValue* state = module_state(*child->second);
        if (state == nullptr) continue;
        waiting.push_back({child->second, state, module.prefix + std::string(child->first) + "."});
        spend(waiting.back().prefix.size());
      }
    }
    if (weights.empty() && hidden_.empty()) hidden_ = pickle_[root.type].text;
  }

  void add_module(const PickleValue& object, const PickleValue& state, const std::string& prefix,
                  bool has_children, WeightGroup& group) {
    if (group.modules.size() == kMaxModules) {
      base::fail(ErrorCode::kUnsupported, where_, ": holds a pickled network of more than ",
                 kMaxModules, " modules", kAdvice);
    }
    PickledModule& module = group.modules.emplace_back();
    module.path = prefix.substr(0, prefix.size() - (prefix.empty() ? 0 : 1));
    module.type = pickle_[object.type].text;
    module.has_children = has_children;
    spend(state.items.size());
    module.settings = settings_in(pickle_, state);
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
    if (!hidden_.empty()) {
      base::fail(ErrorCode::kUnsupported, where_, ": holds a whole pickled ",
                 base::in_quotes(hidden_),
                 " whose weights cannot be found without running its code", kAdvice);
    }
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
               "), expected the tensors of a known LPRNet in any of them, or of another network "
               "under 'state_dict', 'model' or 'net'");
  }

  const Pickle& pickle_;
  const std::string& where_;
  std::size_t work_left_;
  std::string hidden_;  // the class of a pickled module without tensors
};

bool all_begin_with(const std::vector<std::string>& names, std::string_view prefix) {
  return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.size() > prefix.size() && name.starts_with(prefix);
  });
}

std::string with_our_names(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kNetworks{
      {{"STNet.", "stn."}, {"LPRNet.", kOwnPrefix}}};
  for (const auto& [theirs, ours] : kNetworks) {
    if (name.starts_with(theirs)) return std::string(ours) + name.substr(theirs.size());
  }
  return name;
}

void remove_prefix(std::vector<std::string>& names, std::size_t size) {
  for (std::string& name : names) name.erase(0, size);
}

}  // namespace

Renaming::Renaming(std::vector<std::string> names) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::string_view wrapper : kWrappers) {
      if (!all_begin_with(names, wrapper)) continue;
      remove_prefix(names, wrapper.size());
      prefix_ += wrapper;
      changed = true;
    }
  }
  for (std::string& name : names) name = with_our_names(name);
  for (const std::string_view ours : {std::string_view("stn."), kOwnPrefix}) {
    if (all_begin_with(names, ours)) ours_ = ours;
  }
}

std::string Renaming::operator()(const std::string& name) const {
  const std::string bare = name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
  std::string own = with_our_names(bare);
  if (own.starts_with(ours_)) own.erase(0, ours_.size());
  constexpr std::string_view kBare = "container.";
  const std::size_t place = own.rfind(kBare);
  const bool is_last_layer = place == 0 || (place != std::string::npos && own[place - 1] == '.');
  if (is_last_layer && (own.substr(place + kBare.size()) == "weight" ||
                        own.substr(place + kBare.size()) == "bias")) {
    own.insert(place + kBare.size(), "0.");
  }
  return own;
}

std::vector<WeightGroup> find_weights(const Pickle& pickle, const std::string& where) {
  return WeightFinder(pickle, where).find();
}

}  // namespace lprnet::importer
