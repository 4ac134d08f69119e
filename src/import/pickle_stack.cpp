#include "import/pickle_stack.h"

#include <limits>

#include "base/error_text.h"

namespace lprnet::importer {
namespace {

constexpr PickleRef kUnset = std::numeric_limits<PickleRef>::max();

template <typename... Parts>
[[noreturn]] void fault(const Parts&... parts) {
  throw PickleFault{base::cat(parts...)};
}

void expect_room(std::uint64_t size) {
  if (size >= kMaxPickleValues) fault("has more than the limit of ", kMaxPickleValues, " values");
}

}  // namespace

void PickleStack::push(PickleRef ref) {
  expect_room(values_.size());
  values_.push_back(ref);
}

void PickleStack::push_mark() {
  expect_room(marks_.size());
  marks_.push_back(values_.size());
}

std::size_t PickleStack::above_mark() const {
  return values_.size() - (marks_.empty() ? 0 : marks_.back());
}

PickleRef PickleStack::top() const {
  if (above_mark() == 0) fault("takes a value from an empty stack");
  return values_.back();
}

PickleRef PickleStack::pop() {
  const PickleRef ref = top();
  values_.pop_back();
  return ref;
}

std::vector<PickleRef> PickleStack::pop(std::size_t count) {
  if (above_mark() < count) fault("takes ", count, " values from a stack of ", above_mark());
  const auto begin = values_.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<PickleRef> popped(begin, values_.end());
  values_.erase(begin, values_.end());
  return popped;
}

std::vector<PickleRef> PickleStack::pop_to_mark() {
  if (marks_.empty()) fault("there is no mark on the stack");
  auto popped = pop(above_mark());
  marks_.pop_back();
  return popped;
}

void PickleStack::pop_any() {
  if (above_mark() == 0 && !marks_.empty()) {
    marks_.pop_back();
  } else {
    pop();
  }
}

void PickleMemo::put(std::uint64_t index, PickleRef ref, std::size_t position) {
  if (index >= position) fault("puts a value into place ", index, " of its memo");
  expect_room(index);
  if (index >= places_.size()) places_.resize(static_cast<std::size_t>(index) + 1, kUnset);
  PickleRef& place = places_[static_cast<std::size_t>(index)];
  if (place == kUnset) count_ += 1;
  place = ref;
}

PickleRef PickleMemo::get(std::uint64_t index) const {
  if (index >= places_.size() || places_[static_cast<std::size_t>(index)] == kUnset) {
    fault("takes place ", index, " of its memo, where nothing is");
  }
  return places_[static_cast<std::size_t>(index)];
}

}  // namespace lprnet::importer
