#include <cstddef>
#include <string>
#include <string_view>

#include "c_api/objects.h"
#include "c_api/sized.h"
#include "c_api/status.h"

namespace lprnet::c_api {
namespace {

constexpr std::size_t kFirstModelOptions = sizeof(lprnet_model_options);

ModelOptions options_of(const lprnet_model_options* callers) {
  const auto known = sized_or_default(callers, kFirstModelOptions, "lprnet_model_options");
  ModelOptions options;
  if (known.isa != nullptr) options.isa = known.isa;
  if (known.profile != nullptr) options.checkpoint.profile = known.profile;
  set_limit(options.limits.file_bytes, known.max_file_bytes, "max_file_bytes");
  set_limit(options.limits.load_bytes, known.max_load_bytes, "max_load_bytes");
  set_limit(options.limits.arena_bytes, known.max_arena_bytes, "max_arena_bytes");
  set_limit(options.limits.operations, known.max_operations, "max_operations");
  if (known.input_width != 0 || known.input_height != 0) {
    options.input_size = InputSize{known.input_width, known.input_height};
  }
  return options;
}

}  // namespace
}  // namespace lprnet::c_api

lprnet_status lprnet_model_load(const char* path, const lprnet_model_options* options,
                                lprnet_model** model) {
  using namespace lprnet;
  return c_api::guarded(model, "model", [&] {
    const char* const file = &c_api::required(path, "path");
    return new lprnet_model{Model::load(file, c_api::options_of(options))};
  });
}

lprnet_status lprnet_model_parse(const void* bytes, size_t size, const char* name,
                                 const lprnet_model_options* options, lprnet_model** model) {
  using namespace lprnet;
  return c_api::guarded(model, "model", [&] {
    const char* const first = &c_api::required(static_cast<const char*>(bytes), "bytes");
    return new lprnet_model{Model::parse(std::string_view(first, size), c_api::options_of(options),
                                         name == nullptr ? "model" : name)};
  });
}

void lprnet_model_free(lprnet_model* model) { delete model; }

const char* lprnet_model_name(const lprnet_model* model) {
  return model == nullptr ? "" : model->model->description().name.c_str();
}
