#include "formats/pickle.h"

#include <cstring>
#include <utility>

#include "base/error_text.h"
#include "formats/json_document.h"
#include "formats/little_endian.h"
#include "formats/pickle_globals.h"
#include "formats/pickle_opcodes.h"
#include "formats/pickle_stack.h"
#include "formats/utf8.h"

namespace lprnet::formats {
namespace {

using Kind = PickleValue::Kind;

constexpr std::uint8_t kNewestProtocol = 5;
constexpr std::size_t kMaxGlobalName = 512;
constexpr const char* kAdvice =
    "; nothing was run; in Python, save the weights alone: torch.save(model.state_dict(), "
    "'weights.pth')";

}  // namespace

class PickleReader {
 public:
  PickleReader(const base::Bytes& bytes, const std::string& where) : where_(where) {
    pickle_.bytes_ = bytes;
    pickle_.values_.emplace_back();  // what an unset reference means
    is_class_.push_back(false);
  }

  Pickle read() {
    try {
      while (step()) continue;
    } catch (const PickleFault& fault) {
      refuse(fault.text);
    }
    refuse_unknown_names();
    pickle_.size_ = position_;
    return std::move(pickle_);
  }

 private:
  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    base::fail(ErrorCode::kFormat, where_, ": damaged pickle: byte ", opcode_position_, ": ",
               parts...);
  }
  template <typename... Parts>
  [[noreturn]] void forbid(const Parts&... parts) const {
    base::fail(ErrorCode::kUnsupported, where_, ": byte ", opcode_position_, ": ", parts...,
               kAdvice);
  }

  // The bytes.
  std::string_view take(std::uint64_t count) {
    const std::size_t left = pickle_.bytes_.size - position_;
    if (count > left) refuse("needs ", count, " more bytes, but ", left, " are left");
    const auto* begin = reinterpret_cast<const char*>(pickle_.bytes_.data) + position_;
    position_ += static_cast<std::size_t>(count);
    return {begin, static_cast<std::size_t>(count)};
  }
  template <typename T>
  T number() {
    return read_little_endian<T>(reinterpret_cast<const std::uint8_t*>(take(sizeof(T)).data()));
  }
  std::string_view line() {
    const std::string_view rest = take(pickle_.bytes_.size - position_);
    const std::size_t end = rest.substr(0, kMaxGlobalName).find('\n');
    if (end == std::string_view::npos) refuse("a global's name has no end");
    position_ -= rest.size() - end - 1;
    return rest.substr(0, end);
  }

  // The values.
  PickleValue& value(PickleRef ref) { return pickle_.values_[ref]; }
  PickleValue& make(Kind kind) {
    if (pickle_.values_.size() >= kMaxPickleValues) {
      refuse("has more than the limit of ", kMaxPickleValues, " values");
    }
    stack_.push(static_cast<PickleRef>(pickle_.values_.size()));
    is_class_.push_back(false);
    PickleValue& made = pickle_.values_.emplace_back();
    made.kind = kind;
    return made;
  }
  void make_integer(std::int64_t integer) { make(Kind::kInteger).integer = integer; }
  void make_text(std::uint64_t size) {
    const std::string_view text = take(size);
    if (!is_utf8(text)) refuse("a text is not UTF-8");
    make(Kind::kText).text = text;
  }
  void make_bytes(std::uint64_t size) {
    const std::string_view text = take(size);
    make(Kind::kBytes).text = text;
  }
  // Python 2 strings; UTF-8 ones serve as text.
  void make_string(std::uint64_t size) {
    const std::string_view text = take(size);
    make(is_utf8(text) ? Kind::kText : Kind::kBytes).text = text;
  }
  void make_long(std::uint64_t size) {
    const std::string_view bytes = take(size);
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
    const std::string_view bytes = take(8);
    std::uint64_t bits = 0;
    for (const char byte : bytes) bits = (bits << 8) | static_cast<unsigned char>(byte);
    std::memcpy(&make(Kind::kFloat).number, &bits, sizeof bits);
  }

  void make_from(Kind kind, std::vector<PickleRef> items) {
    if (kind == Kind::kDict && items.size() % 2 != 0) refuse("a key has no value");
    make(kind).items = std::move(items);
  }

  // The index is read first, so that it counts among the bytes before `position_`.
  void memoize(std::uint64_t index) { memo_.put(index, stack_.top(), position_); }

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
      refuse("adds elements to a value that takes none");
    }
  }
  void add_items(const std::vector<PickleRef>& items) {
    PickleValue& target = value(stack_.top());
    if (target.kind != Kind::kDict && target.kind != Kind::kObject) {
      refuse("sets items of a value that has none");
    }
    if (items.size() % 2 != 0) refuse("a key has no value");
    append(target.items, items);
  }

  // Globals and what is made with them.
  void make_global(std::string_view module, std::string_view name) {
    if (module.size() + name.size() > kMaxGlobalName || !is_utf8(module) || !is_utf8(name)) {
      refuse("a global's name is ill-formed");
    }
    make(Kind::kGlobal).text =
        pickle_.names_.emplace_back(std::string(module).append(".").append(name));
  }
  void make_stack_global() {
    const PickleRef name = stack_.pop();
    const PickleRef module = stack_.pop();
    if (value(name).kind != Kind::kText || value(module).kind != Kind::kText) {
      refuse("a global's name is no text");
    }
    make_global(value(module).text, value(name).text);
  }
  void reduce() {
    const PickleRef arguments = stack_.pop();
    const PickleRef function = stack_.pop();
    if (value(arguments).kind != Kind::kTuple) refuse("a call's arguments are no tuple");
    if (value(function).kind != Kind::kGlobal) forbid("calls a value that is no known function");
    const GlobalRule rule = rule_of_global(value(function).text);
    if (rule == GlobalRule::kMakeDict) {
      make_from(Kind::kDict, pairs_in(arguments));
    } else if (rule == GlobalRule::kCall) {
      make_object(function, arguments);
    } else {
      forbid("calls ", in_quotes(value(function).text),
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
          refuse("a dict is made of something else than pairs");
        }
        append(items, both.items);
        count_copy();
      }
    }
    return items;
  }
  // The same arguments can stand in many calls.
  void count_copy() {
    if (++copies_ > kMaxPickleValues) refuse("makes dicts of the same pairs too often");
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
      refuse("an object is made without a class or arguments");
    }
    const GlobalRule rule = rule_of_global(value(type).text);
    if (rule == GlobalRule::kClassOnly && !value(arguments).items.empty()) {
      forbid("makes a ", in_quotes(value(type).text),
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
      refuse("sets the state of a value that has none");
    }
    target.state = state;
  }
  void refuse_unknown_names() const {
    for (std::size_t i = 0; i < pickle_.values_.size(); ++i) {
      const PickleValue& value = pickle_.values_[i];
      if (value.kind == Kind::kGlobal && !is_class_[i] &&
          rule_of_global(value.text) == GlobalRule::kClassOnly) {
        base::fail(ErrorCode::kUnsupported, where_, ": refers to ", in_quotes(value.text),
                   ", which is not among the names that weights are made with", kAdvice);
      }
    }
  }

  // Reads one opcode; false at the end.
  bool step() {
    opcode_position_ = position_;
    const auto code = number<std::uint8_t>();
    switch (static_cast<Opcode>(code)) {
      case Opcode::kProto: {
        const auto protocol = number<std::uint8_t>();
        if (protocol > kNewestProtocol) {
          base::fail(ErrorCode::kUnsupported, where_, ": its pickle protocol is ", int{protocol},
                     ", the newest known is ", int{kNewestProtocol});
        }
        return true;
      }
      case Opcode::kFrame:
        if (number<std::uint64_t>() > pickle_.bytes_.size - position_) refuse("a frame is cut");
        return true;
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
        stack_.push(memo_.get(number<std::uint8_t>()));
        return true;
      case Opcode::kLongBinGet:
        stack_.push(memo_.get(number<std::uint32_t>()));
        return true;
      case Opcode::kBinPut:
        memoize(number<std::uint8_t>());
        return true;
      case Opcode::kLongBinPut:
        memoize(number<std::uint32_t>());
        return true;
      case Opcode::kMemoize:
        memoize(memo_.count());
        return true;
      case Opcode::kGlobal: {
        const std::string_view module = line();
        make_global(module, line());
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
        return make_integer(number<std::uint8_t>());
      case Opcode::kBinInt2:
        return make_integer(number<std::uint16_t>());
      case Opcode::kBinInt:
        return make_integer(static_cast<std::int32_t>(number<std::uint32_t>()));
      case Opcode::kLong1:
        return make_long(number<std::uint8_t>());
      case Opcode::kLong4:
        return make_long(number<std::uint32_t>());
      case Opcode::kBinFloat:
        return make_float();
      case Opcode::kShortBinUnicode:
        return make_text(number<std::uint8_t>());
      case Opcode::kBinUnicode:
        return make_text(number<std::uint32_t>());
      case Opcode::kBinUnicode8:
        return make_text(number<std::uint64_t>());
      case Opcode::kShortBinString:
        return make_string(number<std::uint8_t>());
      case Opcode::kBinString:
        return make_string(number<std::uint32_t>());
      case Opcode::kShortBinBytes:
        return make_bytes(number<std::uint8_t>());
      case Opcode::kBinBytes:
        return make_bytes(number<std::uint32_t>());
      case Opcode::kBinBytes8:
      case Opcode::kByteArray8:
        return make_bytes(number<std::uint64_t>());
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
      const std::string module(line());
      forbid("calls ", in_quotes(module + "." + std::string(line())),
             ", which is not among the functions that weights are made with");
    }
    constexpr std::string_view kOthers = "FILISVPopg";
    if ((code >= 0x82 && code <= 0x84) || code == 0x92 || code >= 0x97 ||
        kOthers.find(static_cast<char>(code)) != std::string_view::npos) {
      forbid("opcode ", int{code}, " is not among those that PyTorch writes");
    }
    refuse("there is no opcode ", int{code});
  }

  const std::string& where_;
  Pickle pickle_;
  std::size_t position_ = 0;
  std::size_t opcode_position_ = 0;
  PickleStack stack_;
  PickleMemo memo_;
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

Pickle read_pickle(const base::Bytes& bytes, const std::string& where) {
  return PickleReader(bytes, where).read();
}

}  // namespace lprnet::formats
