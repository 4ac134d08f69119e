#include "import/pickle_globals.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lprnet::importer {
namespace {

using Rule = std::pair<std::string_view, GlobalRule>;

// What checkpoints are made of, and the values that stand beside weights in them. Sorted.
constexpr std::array kGlobals{
    Rule{"__builtin__.bytearray", GlobalRule::kCall},
    Rule{"__builtin__.complex", GlobalRule::kCall},
    Rule{"__builtin__.frozenset", GlobalRule::kCall},
    Rule{"__builtin__.list", GlobalRule::kName},
    Rule{"__builtin__.object", GlobalRule::kName},
    Rule{"__builtin__.set", GlobalRule::kCall},
    Rule{"_codecs.encode", GlobalRule::kCall},
    Rule{"builtins.bytearray", GlobalRule::kCall},
    Rule{"builtins.complex", GlobalRule::kCall},
    Rule{"builtins.frozenset", GlobalRule::kCall},
    Rule{"builtins.list", GlobalRule::kName},
    Rule{"builtins.object", GlobalRule::kName},
    Rule{"builtins.set", GlobalRule::kCall},
    Rule{"collections.Counter", GlobalRule::kMakeDict},
    Rule{"collections.OrderedDict", GlobalRule::kMakeDict},
    Rule{"collections.defaultdict", GlobalRule::kMakeDict},
    Rule{"datetime.date", GlobalRule::kCall},
    Rule{"datetime.datetime", GlobalRule::kCall},
    Rule{"datetime.timedelta", GlobalRule::kCall},
    Rule{"numpy._core.multiarray._reconstruct", GlobalRule::kCall},
    Rule{"numpy._core.multiarray.scalar", GlobalRule::kCall},
    Rule{"numpy.core.multiarray._reconstruct", GlobalRule::kCall},
    Rule{"numpy.core.multiarray.scalar", GlobalRule::kCall},
    Rule{"numpy.dtype", GlobalRule::kCall},
    Rule{"numpy.ndarray", GlobalRule::kName},
    Rule{"pathlib.Path", GlobalRule::kCall},
    Rule{"pathlib.PosixPath", GlobalRule::kCall},
    Rule{"pathlib.PurePosixPath", GlobalRule::kCall},
    Rule{"pathlib.PureWindowsPath", GlobalRule::kCall},
    Rule{"pathlib.WindowsPath", GlobalRule::kCall},
    Rule{"torch.BFloat16Storage", GlobalRule::kName},
    Rule{"torch.BoolStorage", GlobalRule::kName},
    Rule{"torch.ByteStorage", GlobalRule::kName},
    Rule{"torch.CharStorage", GlobalRule::kName},
    Rule{"torch.DoubleStorage", GlobalRule::kName},
    Rule{"torch.FloatStorage", GlobalRule::kName},
    Rule{"torch.HalfStorage", GlobalRule::kName},
    Rule{"torch.IntStorage", GlobalRule::kName},
    Rule{"torch.LongStorage", GlobalRule::kName},
    Rule{"torch.ShortStorage", GlobalRule::kName},
    Rule{"torch.Size", GlobalRule::kCall},
    Rule{"torch.Tensor", GlobalRule::kName},
    Rule{"torch._C._nn.gelu", GlobalRule::kName},
    Rule{"torch._tensor._rebuild_from_type_v2", GlobalRule::kCall},
    Rule{"torch._utils._rebuild_parameter", GlobalRule::kCall},
    Rule{"torch._utils._rebuild_parameter_with_state", GlobalRule::kCall},
    Rule{"torch._utils._rebuild_tensor", GlobalRule::kCall},
    Rule{"torch._utils._rebuild_tensor_v2", GlobalRule::kCall},
    Rule{"torch._utils._rebuild_tensor_v3", GlobalRule::kCall},
    Rule{"torch.bfloat16", GlobalRule::kName},
    Rule{"torch.bool", GlobalRule::kName},
    Rule{"torch.cuda.BFloat16Storage", GlobalRule::kName},
    Rule{"torch.cuda.BoolStorage", GlobalRule::kName},
    Rule{"torch.cuda.ByteStorage", GlobalRule::kName},
    Rule{"torch.cuda.CharStorage", GlobalRule::kName},
    Rule{"torch.cuda.DoubleStorage", GlobalRule::kName},
    Rule{"torch.cuda.FloatStorage", GlobalRule::kName},
    Rule{"torch.cuda.HalfStorage", GlobalRule::kName},
    Rule{"torch.cuda.IntStorage", GlobalRule::kName},
    Rule{"torch.cuda.LongStorage", GlobalRule::kName},
    Rule{"torch.cuda.ShortStorage", GlobalRule::kName},
    Rule{"torch.device", GlobalRule::kCall},
    Rule{"torch.float16", GlobalRule::kName},
    Rule{"torch.float32", GlobalRule::kName},
    Rule{"torch.float64", GlobalRule::kName},
    Rule{"torch.int16", GlobalRule::kName},
    Rule{"torch.int32", GlobalRule::kName},
    Rule{"torch.int64", GlobalRule::kName},
    Rule{"torch.int8", GlobalRule::kName},
    Rule{"torch.nn.functional.elu", GlobalRule::kName},
    Rule{"torch.nn.functional.gelu", GlobalRule::kName},
    Rule{"torch.nn.functional.leaky_relu", GlobalRule::kName},
    Rule{"torch.nn.functional.mish", GlobalRule::kName},
    Rule{"torch.nn.functional.relu", GlobalRule::kName},
    Rule{"torch.nn.parameter.Parameter", GlobalRule::kName},
    Rule{"torch.serialization._get_layout", GlobalRule::kCall},
    Rule{"torch.storage.UntypedStorage", GlobalRule::kName},
    Rule{"torch.storage._UntypedStorage", GlobalRule::kName},
    Rule{"torch.torch.Size", GlobalRule::kCall},
    Rule{"torch.uint8", GlobalRule::kName},
};

constexpr bool comes_before(const Rule& a, const Rule& b) { return a.first < b.first; }
static_assert(std::is_sorted(kGlobals.begin(), kGlobals.end(), comes_before));

}  // namespace

GlobalRule rule_of_global(std::string_view name) {
  const auto found = std::lower_bound(kGlobals.begin(), kGlobals.end(),
                                      Rule{name, GlobalRule::kClassOnly}, comes_before);
  return found != kGlobals.end() && found->first == name ? found->second : GlobalRule::kClassOnly;
}

}  // namespace lprnet::importer
