#include "tests/faults/no_threads.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <limits>

namespace {

std::atomic<int> allowed{std::numeric_limits<int>::max()};

}  // namespace

// Found before the C library's by whoever starts a thread, std::thread too.
extern "C" [[gnu::visibility("default")]] int pthread_create(pthread_t* thread,
                                                             const pthread_attr_t* attributes,
                                                             void* (*start)(void*),
                                                             void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (allowed.fetch_sub(1) <= 0) {
    allowed.fetch_add(1);
    return EAGAIN;
  }
  return create(thread, attributes, start, argument);
}

namespace lprnet::faults {

void allow_threads(int count) { allowed = count; }
void allow_all_threads() { allowed = std::numeric_limits<int>::max(); }

}  // namespace lprnet::faults
