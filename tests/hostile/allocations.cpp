#include "tests/hostile/allocations.h"

#include <cstdlib>
#include <new>

namespace {

std::size_t allocated = 0;

void* counted(std::size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace lprnet::hostile {

std::size_t allocated_bytes() { return allocated; }
void reset_allocated_bytes() { allocated = 0; }

}  // namespace lprnet::hostile
