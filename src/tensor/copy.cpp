#include "tensor/copy.h"

#include "tensor/loop_nest.h"

namespace lprnet::tensor {

void copy(const ConstView& from, const View& to) noexcept {
  const LoopNest<2> loops({from.layout, to.layout});
  loops.for_each_inner([&](const auto& offsets) {
    for (std::int64_t i = 0; i < loops.inner_size(); ++i) {
      to.data[offsets[1] + i * loops.inner_stride(1)] =
          from.data[offsets[0] + i * loops.inner_stride(0)];
    }
  });
}

}  // namespace lprnet::tensor
