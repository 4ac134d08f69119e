#include "import/pickle.h"

#include <cstring>
#include <utility>

#include "base/error_text.h"
#include "base/text.h"
#include "import/pickle_cursor.h"
#include "import/pickle_globals.h"
#include "import/pickle_opcodes.h"
#include "import/pickle_stack.h"

namespace lprnet::importer {
namespace {

using Kind = PickleValue::Kind;

constexpr std::uint8_t kNewestProtocol = 5;

}  // namespace

class PickleReader {
 public:
  PickleReader(const base::Bytes& bytes, const std::string& where, const base::Ledger& ledger)
      : in_(bytes, where), where_(where), ledger_(ledger) {
    pickle_.bytes_ = bytes;
    pickle_.values_.emplace_back();  // what an unset reference means
    is_class_.push_back(false);
  }

  Pickle read() {
    try {
      while (step()) continue;
    } catch (const PickleFault& fault) {
      in_.refuse(fault.text);
    }
    refuse_unknown_names();
    pickle_.size_ = in_.position();
    return std::move(pickle_);
  }

 private:
  // The values.
  PickleValue& value(PickleRef ref) { return pickle_.values_[ref]; }
  // The list of values grows by doubling, and others refer to each by lists of their own.
  static constexpr std::int64_t kValueBytes = 4 * sizeof(PickleValue);
  PickleValue& make(Kind kind) {
    if (pickle_.values_.size() >= kMaxPickleValues) {
      in_.refuse("has more than the limit of ", kMaxPickleValues, " values");
    }
    ledger_.take(kValueBytes, where_);
    stack_.push(static_cast<PickleRef>(pickle_.values_.size()));
    is_class_.push_back(false);
    PickleValue& made = pickle_.values_.emplace_back();
    made.kind = kind;
    return made;
  }
  void make_integer(std::int64_t integer) { make(Kind::kInteger).integer = integer; }
  void make_text(std::uint64_t size) {
    const std::string_view text = in_.take(size);
    if (!base::is_utf8(text)) in_.refuse("a text is not UTF-8");
    make(Kind::kText).text = text;
  }
  void make_bytes(std::uint64_t size) {
    const std::string_view text = in_.take(size);
    make(Kind::kBytes).text = text;
  }
  // Python 2 strings; UTF-8 ones serve as text.
  void make_string(std::uint64_t size) {
    const std::string_view text = in_.take(size);
    make(base::is_utf8(text) ? Kind::kText : Kind::kBytes).text = text;
  }
  void make_long(std::uint64_t size) {
    const std::string_view bytes = in_.take(size);
    if (bytes.size() > 8) {
      make(Kind::kBigInteger).text = bytes;
      return;
    }
    std::uint64_t bits = !bytes.empty() && (bytes.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
      bits = (bits << 8) | static_cast<unsigned char>(bytes[i]);
    }
    make_integer(static_cast<std::int64_t>(bits));
  }
  void make_float() {
    const std::string_view bytes = in_.take(8);
    std::uint64_t bits = 0;
    for (const char byte : bytes) bits = (bits << 8) | static_cast<unsigned char>(byte);
    std::memcpy(&make(Kind::kFloat).number, &bits, sizeof bits);
  }

  void make_from(Kind kind, std::vector<PickleRef> items) {
    if (kind == Kind::kDict && items.size() % 2 != 0) in_.refuse("a key has no value");
    make(kind).items = std::move(items);
  }

  // The index is read first, so that it counts among the bytes read.
  void memoize(std::uint64_t index) { memo_.put(index, stack_.top(), in_.position()); }

  // Containers that grow.
  static void append(std::vector<PickleRef>& to, const std::vector<PickleRef>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }
  void add_elements(const std::vector<PickleRef>& elements, Kind kind) {
    PickleValue& target = value(stack_.top());
    if (target.kind == Kind::kObject) {
      append(target.elements, elements);
    } else if (target.kind == kind) {
      append(target.items, elements);
    } else {
      in_.refuse("adds elements to a value that takes none");
    }
  }
  void add_items(const std::vector<PickleRef>& items) {
    PickleValue& target = value(stack_.top());
    if (target.kind != Kind::kDict && target.kind != Kind::kObject) {
      in_.refuse("sets items of a value that has none");
    }
    if (items.size() % 2 != 0) in_.refuse("a key has no value");
    append(target.items, items);
  }

  // Globals and what is made with them.
  void make_global(std::string_view module, std::string_view name) {
    if (module.size() + name.size() > PickleCursor::kMaxLine || !base::is_utf8(module) ||
        !base::is_utf8(name)) {
      in_.refuse("a global's name is ill-formed");
    }
    make(Kind::kGlobal).text =
        pickle_.names_.emplace_back(std::string(module).append(".").append(name));
  }
  void make_stack_global() {
    const PickleRef name = stack_.pop();
    const PickleRef module = stack_.pop();
    if (value(name).kind != Kind::kText || value(module).kind != Kind::kText) {
      in_.refuse("a global's name is no text");
    }
    make_global(value(module).text, value(name).text);
  }
  void reduce() {
    const PickleRef arguments = stack_.pop();
    const PickleRef function = stack_.pop();
    if (value(arguments).kind != Kind::kTuple) in_.refuse("a call's arguments are no tuple");
    if (value(function).kind != Kind::kGlobal) {
      in_.forbid("calls a value that is no known function");
    }
    const GlobalRule rule = rule_of_global(value(function).text);
    if (rule == GlobalRule::kMakeDict) {
      make_from(Kind::kDict, pairs_in(arguments));
    } else if (rule == GlobalRule::kCall) {
      make_object(function, arguments);
    } else if (value(function).text.ends_with("._rebuild_qtensor")) {
      in_.refuse_quantised();
    } else {
      in_.forbid("calls ", base::in_quotes(value(function).text),
                 ", which is not among the functions that weights are made with");
    }
  }
  // The argument of OrderedDict in old files: a list of pairs.
  std::vector<PickleRef> pairs_in(PickleRef arguments) {
    std::vector<PickleRef> items;
    for (const PickleRef argument : value(arguments).items) {
      count_copy();
      if (value(argument).kind != Kind::kList) continue;
      for (const PickleRef pair : value(argument).items) {
        const PickleValue& both = value(pair);
        if ((both.kind != Kind::kList && both.kind != Kind::kTuple) || both.items.size() != 2) {
          in_.refuse("a dict is made of something else than pairs");
        }
        append(items, both.items);
        count_copy();
      }
    }
    return items;
  }
  // The same arguments can stand in many calls.
  void count_copy() {
    if (++copies_ > kMaxPickleValues) in_.refuse("makes dicts of the same pairs too often");
  }
  void make_object(PickleRef type, PickleRef arguments) {
    PickleValue& object = make(Kind::kObject);
    object.type = type;
    object.arguments = arguments;
  }
  void make_instance() {
    const PickleRef arguments = stack_.pop();
    const PickleRef type = stack_.pop();
    if (value(arguments).kind != Kind::kTuple || value(type).kind != Kind::kGlobal) {
      in_.refuse("an object is made without a class or arguments");
    }
    const GlobalRule rule = rule_of_global(value(type).text);
    if (rule == GlobalRule::kClassOnly && !value(arguments).items.empty()) {
      in_.forbid("makes a ", base::in_quotes(value(type).text),
                 " with arguments, which is not among the classes that weights are made with");
    }
    is_class_[type] = true;
    make_object(type, arguments);
  }
  // ("module", class, file, source) is how old files wrap the class of a pickled module.
  void make_persistent() {
    const PickleRef id = stack_.pop();
    const auto& parts = value(id).items;
    const bool wraps_class = value(id).kind == Kind::kTuple && parts.size() >= 2 &&
                             value(parts[0]).kind == Kind::kText &&
                             value(parts[0]).text == "module";
    if (wraps_class) {
      stack_.push(parts[1]);
    } else {
      make(Kind::kPersistent).arguments = id;
    }
  }
  void build() {
    const PickleRef state = stack_.pop();
    PickleValue& target = value(stack_.top());
    if (target.kind != Kind::kObject && target.kind != Kind::kDict && target.kind != Kind::kSet) {
      in_.refuse("sets the state of a value that has none");
    }
    target.state = state;
  }
  void refuse_unknown_names() const {
    for (std::size_t i = 0; i < pickle_.values_.size(); ++i) {
      const PickleValue& value = pickle_.values_[i];
      if (value.kind == Kind::kGlobal && !is_class_[i] &&
          rule_of_global(value.text) == GlobalRule::kClassOnly) {
        base::fail(
            ErrorCode::kUnsupported, in_.where(), ": refers to ", base::in_quotes(value.text),
            ", which is not among the names that weights are made with", PickleCursor::kAdvice);
      }
    }
  }

  // Reads one opcode; false at the end.
  bool step() {
    const std::uint8_t code = in_.opcode();
    switch (static_cast<Opcode>(code)) {
      case Opcode::kProto: {
        const auto protocol = in_.number<std::uint8_t>();
        if (protocol > kNewestProtocol) {
          base::fail(ErrorCode::kUnsupported, in_.where(), ": its pickle protocol is ",
                     int{protocol}, ", the newest known is ", int{kNewestProtocol});
        }
        return true;
      }
      case Opcode::kFrame: {
        const auto size = in_.number<std::uint64_t>();
        if (size > in_.left()) in_.refuse("a frame is cut");
        return true;
      }
      case Opcode::kStop:
        pickle_.root_ = stack_.pop();
        return false;
      case Opcode::kMark:
        stack_.push_mark();
        return true;
      case Opcode::kPop:
        stack_.pop_any();
        return true;
      case Opcode::kPopMark:
        stack_.pop_to_mark();
        return true;
      case Opcode::kDup:
        stack_.push(stack_.top());
        return true;
      case Opcode::kBinGet:
        stack_.push(memo_.get(in_.number<std::uint8_t>()));
        return true;
      case Opcode::kLongBinGet:
        stack_.push(memo_.get(in_.number<std::uint32_t>()));
        return true;
      case Opcode::kBinPut:
        memoize(in_.number<std::uint8_t>());
        return true;
      case Opcode::kLongBinPut:
        memoize(in_.number<std::uint32_t>());
        return true;
      case Opcode::kMemoize:
        memoize(memo_.count());
        return true;
      case Opcode::kGlobal: {
        const std::string_view module = in_.line();
        make_global(module, in_.line());
        return true;
      }
      case Opcode::kStackGlobal:
        make_stack_global();
        return true;
      case Opcode::kReduce:
        reduce();
        return true;
      case Opcode::kNewObj:
        make_instance();
        return true;
      case Opcode::kBuild:
        build();
        return true;
      case Opcode::kBinPersId:
        make_persistent();
        return true;
      default:
        make_data(code);
        return true;
    }
  }

  // The opcodes of plain data.
  void make_data(std::uint8_t code) {
    switch (static_cast<Opcode>(code)) {
      case Opcode::kNone:
        make(Kind::kNone);
        return;
      case Opcode::kNewTrue:
        make(Kind::kBool).integer = 1;
        return;
      case Opcode::kNewFalse:
        make(Kind::kBool);
        return;
      case Opcode::kBinInt1:
        return make_integer(in_.number<std::uint8_t>());
      case Opcode::kBinInt2:
        return make_integer(in_.number<std::uint16_t>());
      case Opcode::kBinInt:
        return make_integer(static_cast<std::int32_t>(in_.number<std::uint32_t>()));
      case Opcode::kLong1:
        return make_long(in_.number<std::uint8_t>());
      case Opcode::kLong4:
        return make_long(in_.number<std::uint32_t>());
      case Opcode::kBinFloat:
        return make_float();
      case Opcode::kShortBinUnicode:
        return make_text(in_.number<std::uint8_t>());
      case Opcode::kBinUnicode:
        return make_text(in_.number<std::uint32_t>());
      case Opcode::kBinUnicode8:
        return make_text(in_.number<std::uint64_t>());
      case Opcode::kShortBinString:
        return make_string(in_.number<std::uint8_t>());
      case Opcode::kBinString:
        return make_string(in_.number<std::uint32_t>());
      case Opcode::kShortBinBytes:
        return make_bytes(in_.number<std::uint8_t>());
      case Opcode::kBinBytes:
        return make_bytes(in_.number<std::uint32_t>());
      case Opcode::kBinBytes8:
      case Opcode::kByteArray8:
        return make_bytes(in_.number<std::uint64_t>());
      case Opcode::kEmptyTuple:
        return make_from(Kind::kTuple, {});
      case Opcode::kTuple1:
        return make_from(Kind::kTuple, stack_.pop(1));
      case Opcode::kTuple2:
        return make_from(Kind::kTuple, stack_.pop(2));
      case Opcode::kTuple3:
        return make_from(Kind::kTuple, stack_.pop(3));
      case Opcode::kTuple:
        return make_from(Kind::kTuple, stack_.pop_to_mark());
      case Opcode::kEmptyList:
        return make_from(Kind::kList, {});
      case Opcode::kList:
        return make_from(Kind::kList, stack_.pop_to_mark());
      case Opcode::kEmptyDict:
        return make_from(Kind::kDict, {});
      case Opcode::kDict:
        return make_from(Kind::kDict, stack_.pop_to_mark());
      case Opcode::kEmptySet:
        return make_from(Kind::kSet, {});
      case Opcode::kFrozenSet:
        return make_from(Kind::kSet, stack_.pop_to_mark());
      case Opcode::kAppend:
        return add_elements(stack_.pop(1), Kind::kList);
      case Opcode::kAppends:
        return add_elements(stack_.pop_to_mark(), Kind::kList);
      case Opcode::kAddItems:
        return add_elements(stack_.pop_to_mark(), Kind::kSet);
      case Opcode::kSetItem:
        return add_items(stack_.pop(2));
      case Opcode::kSetItems:
        return add_items(stack_.pop_to_mark());
      default:
        refuse_opcode(code);
    }
  }

  [[noreturn]] void refuse_opcode(std::uint8_t code) {
    if (code == 'i') {  // INST looks up a class and calls it
      const std::string module(in_.line());
      in_.forbid("calls ", base::in_quotes(module + "." + std::string(in_.line())),
                 ", which is not among the functions that weights are made with");
    }
    constexpr std::string_view kOthers = "FILISVPopg";
    if ((code >= 0x82 && code <= 0x84) || code == 0x92 || code >= 0x97 ||
        kOthers.find(static_cast<char>(code)) != std::string_view::npos) {
      in_.forbid("opcode ", int{code}, " is not among those that PyTorch writes");
    }
    in_.refuse("there is no opcode ", int{code});
  }

  PickleCursor in_;
  Pickle pickle_;
  PickleStack stack_;
  PickleMemo memo_;
  const std::string& where_;
  const base::Ledger& ledger_;
  std::size_t copies_ = 0;
  std::vector<bool> is_class_;  // by value: a global that objects were made of
};

const PickleValue* Pickle::find(const PickleValue& dict, std::string_view key) const {
  for (std::size_t i = dict.items.size(); i >= 2; i -= 2) {
    const PickleValue& found = values_[dict.items[i - 2]];
    if (found.kind == Kind::kText && found.text == key) return &values_[dict.items[i - 1]];
  }
  return nullptr;
}

Pickle read_pickle(const base::Bytes& bytes, const std::string& where, const base::Ledger& ledger) {
  return PickleReader(bytes, where, ledger).read();
}

}  // namespace lprnet::importer
