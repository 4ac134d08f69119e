#include "model_search.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "lprnet/error.hpp"

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kShippedModel = "lprnet-cn.safetensors";

std::vector<fs::path> shipped_places() {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path here = program.parent_path();
    folders = {here, here.parent_path() / "share" / "lprnet"};
  }
  folders.emplace_back(LPRNET_INSTALLED_MODELS);
  // build/release/lprnet in the source tree
  if (!error) folders.push_back(program.parent_path().parent_path().parent_path() / "models");

  std::vector<fs::path> places;
  for (const fs::path& folder : folders) {
    const fs::path place = folder / kShippedModel;
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  return places;
}

}  // namespace

void declare_model(Arguments& arguments, std::string* model) {
  arguments.text("--model", "FILE", model, "Model file; else $LPRNET_MODEL, else the shipped one");
}

void declare_isa(Arguments& arguments, std::string* isa) {
  arguments.text("--isa", "NAME", isa,
                 "Instruction set; else $LPRNET_ISA, else the machine's best");
}

std::string find_model(const std::string& named) {
  if (!named.empty()) return named;
  const char* from_environment = std::getenv("LPRNET_MODEL");
  const bool is_set = from_environment != nullptr && *from_environment != '\0';
  if (is_set) return from_environment;
  std::string looked = "$LPRNET_MODEL (not set)";
  for (const fs::path& place : shipped_places()) {
    std::error_code error;
    if (fs::exists(place, error)) return place.string();
    looked += ", " + place.string();
  }
  throw Error(ErrorCode::kNotFound, "no model: name one with --model FILE, or put " +
                                        std::string(kShippedModel) +
                                        " where it is looked for: " + looked);
}

std::shared_ptr<const Model> load_model(const std::string& named, const ModelOptions& options) {
  return Model::load(find_model(named), options);
}

}  // namespace lprnet::cli
