#pragma once

namespace lprnet::faults {

// From now on the system starts this many threads and refuses every other, as it does at a limit. A
// test program that links this defines pthread_create.
void allow_threads(int count);
void allow_all_threads();

}  // namespace lprnet::faults
