#pragma once

namespace lprnet::cli {

// Makes memory cheap for a program that loads one model, reads a plate and ends: half of its time
// would go into the kernel's handing out of pages, a fault for each. Call before anything large is
// allocated. Does nothing where the C library is not glibc.
void prepare_heap();

}  // namespace lprnet::cli
