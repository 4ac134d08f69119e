#include "heap.h"

#include <cstdint>
#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace lprnet::cli {

void prepare_heap() {
#if defined(__GLIBC__)
  constexpr int kMiB = 1 << 20;
  // Freed memory is used again instead of being given back and faulted in anew.
  constexpr int kRoom = 16 * kMiB;
  mallopt(M_TOP_PAD, kRoom);
  mallopt(M_TRIM_THRESHOLD, 4 * kRoom);
  mallopt(M_MMAP_THRESHOLD, 2 * kRoom);
  // The heap grows now, so that its address is known. Volatile, or the pair is optimised away.
  void* volatile block = std::malloc(kMiB / 4);
  std::free(block);
  // Three huge pages instead of 1,500 small ones, for the shipped model; more would stay empty.
  constexpr std::uintptr_t kHugePage = std::uintptr_t{2} * kMiB;
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0));
  const std::uintptr_t first = (end - kRoom + kHugePage - 1) / kHugePage * kHugePage;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a page within the heap.
  madvise(reinterpret_cast<void*>(first), 3 * kHugePage, MADV_HUGEPAGE);
#endif
}

}  // namespace lprnet::cli
