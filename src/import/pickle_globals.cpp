#include "import/pickle_globals.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lprnet::importer {
namespace {

using Entry = std::pair<std::string_view, GlobalRule>;

// What checkpoints are made of, and the values that stand beside weights in them. Sorted.
constexpr std::array kGlobals{
    Entry{"__builtin__.bytearray", GlobalRule::kCall},
    Entry{"__builtin__.complex", GlobalRule::kCall},
    Entry{"__builtin__.frozenset", GlobalRule::kCall},
    Entry{"__builtin__.list", GlobalRule::kName},
    Entry{"__builtin__.object", GlobalRule::kName},
    Entry{"__builtin__.set", GlobalRule::kCall},
    Entry{"_codecs.encode", GlobalRule::kCall},
    Entry{"builtins.bytearray", GlobalRule::kCall},
    Entry{"builtins.complex", GlobalRule::kCall},
    Entry{"builtins.frozenset", GlobalRule::kCall},
    Entry{"builtins.list", GlobalRule::kName},
    Entry{"builtins.object", GlobalRule::kName},
    Entry{"builtins.set", GlobalRule::kCall},
    Entry{"collections.Counter", GlobalRule::kMakeDict},
    Entry{"collections.OrderedDict", GlobalRule::kMakeDict},
    Entry{"collections.defaultdict", GlobalRule::kMakeDict},
    Entry{"datetime.date", GlobalRule::kCall},
    Entry{"datetime.datetime", GlobalRule::kCall},
    Entry{"datetime.timedelta", GlobalRule::kCall},
    Entry{"numpy._core.multiarray._reconstruct", GlobalRule::kCall},
    Entry{"numpy._core.multiarray.scalar", GlobalRule::kCall},
    Entry{"numpy.core.multiarray._reconstruct", GlobalRule::kCall},
    Entry{"numpy.core.multiarray.scalar", GlobalRule::kCall},
    Entry{"numpy.dtype", GlobalRule::kCall},
    Entry{"numpy.ndarray", GlobalRule::kName},
    Entry{"pathlib.Path", GlobalRule::kCall},
    Entry{"pathlib.PosixPath", GlobalRule::kCall},
    Entry{"pathlib.PurePosixPath", GlobalRule::kCall},
    Entry{"pathlib.PureWindowsPath", GlobalRule::kCall},
    Entry{"pathlib.WindowsPath", GlobalRule::kCall},
    Entry{"torch.BFloat16Storage", GlobalRule::kName},
    Entry{"torch.BoolStorage", GlobalRule::kName},
    Entry{"torch.ByteStorage", GlobalRule::kName},
    Entry{"torch.CharStorage", GlobalRule::kName},
    Entry{"torch.DoubleStorage", GlobalRule::kName},
    Entry{"torch.FloatStorage", GlobalRule::kName},
    Entry{"torch.HalfStorage", GlobalRule::kName},
    Entry{"torch.IntStorage", GlobalRule::kName},
    Entry{"torch.LongStorage", GlobalRule::kName},
    Entry{"torch.ShortStorage", GlobalRule::kName},
    Entry{"torch.Size", GlobalRule::kCall},
    Entry{"torch.Tensor", GlobalRule::kName},
    Entry{"torch._C._nn.gelu", GlobalRule::kName},
    Entry{"torch._tensor._rebuild_from_type_v2", GlobalRule::kCall},
    Entry{"torch._utils._rebuild_parameter", GlobalRule::kCall},
    Entry{"torch._utils._rebuild_parameter_with_state", GlobalRule::kCall},
    Entry{"torch._utils._rebuild_tensor", GlobalRule::kCall},
    Entry{"torch._utils._rebuild_tensor_v2", GlobalRule::kCall},
    Entry{"torch._utils._rebuild_tensor_v3", GlobalRule::kCall},
    Entry{"torch.bfloat16", GlobalRule::kName},
    Entry{"torch.bool", GlobalRule::kName},
    Entry{"torch.cuda.BFloat16Storage", GlobalRule::kName},
    Entry{"torch.cuda.BoolStorage", GlobalRule::kName},
    Entry{"torch.cuda.ByteStorage", GlobalRule::kName},
    Entry{"torch.cuda.CharStorage", GlobalRule::kName},
    Entry{"torch.cuda.DoubleStorage", GlobalRule::kName},
    Entry{"torch.cuda.FloatStorage", GlobalRule::kName},
    Entry{"torch.cuda.HalfStorage", GlobalRule::kName},
    Entry{"torch.cuda.IntStorage", GlobalRule::kName},
    Entry{"torch.cuda.LongStorage", GlobalRule::kName},
    Entry{"torch.cuda.ShortStorage", GlobalRule::kName},
    Entry{"torch.device", GlobalRule::kCall},
    Entry{"torch.float16", GlobalRule::kName},
    Entry{"torch.float32", GlobalRule::kName},
    Entry{"torch.float64", GlobalRule::kName},
    Entry{"torch.int16", GlobalRule::kName},
    Entry{"torch.int32", GlobalRule::kName},
    Entry{"torch.int64", GlobalRule::kName},
    Entry{"torch.int8", GlobalRule::kName},
    Entry{"torch.nn.functional.elu", GlobalRule::kName},
    Entry{"torch.nn.functional.gelu", GlobalRule::kName},
    Entry{"torch.nn.functional.leaky_relu", GlobalRule::kName},
    Entry{"torch.nn.functional.mish", GlobalRule::kName},
    Entry{"torch.nn.functional.relu", GlobalRule::kName},
    Entry{"torch.nn.parameter.Parameter", GlobalRule::kName},
    Entry{"torch.serialization._get_layout", GlobalRule::kCall},
    Entry{"torch.storage.UntypedStorage", GlobalRule::kName},
    Entry{"torch.storage._UntypedStorage", GlobalRule::kName},
    Entry{"torch.torch.Size", GlobalRule::kCall},
    Entry{"torch.uint8", GlobalRule::kName},
};

constexpr bool comes_before(const Entry& a, const Entry& b) { return a.first < b.first; }
static_assert(std::is_sorted(kGlobals.begin(), kGlobals.end(), comes_before));

}  // namespace

GlobalRule rule_of_global(std::string_view name) {
  const auto found = std::lower_bound(kGlobals.begin(), kGlobals.end(),
                                      Entry{name, GlobalRule::kClassOnly}, comes_before);
  return found != kGlobals.end() && found->first == name ? found->second : GlobalRule::kClassOnly;
}

}  // namespace lprnet::importer
