#pragma once

namespace lprnet::base {

// Made with an object that has threads or locks: tells whether the process has been forked since.
// A child has none of its parent's other threads, and a lock that one of them held stays locked.
class ForkMark {
 public:
  // Throws std::bad_alloc.
  ForkMark();
  // True in a child that was forked after this object was made.
  bool is_in_child() const noexcept;

 private:
  unsigned forks_;
};

}  // namespace lprnet::base
