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

// A kind of model, and how a user names one.
struct Kind {
  const char* what;
  const char* option;
  const char* variable;
  const char* shipped;
};
constexpr Kind kReader{"model", "--model", "LPRNET_MODEL", "lprnet-cn.safetensors"};
constexpr Kind kDetector{"detector", "--detector", "LPRNET_DETECTOR", "lprnet-detect.safetensors"};

std::vector<fs::path> shipped_places(const char* name) {
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
    const fs::path place = folder / name;
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  return places;
}

std::string find(const std::string& named, const Kind& kind) {
  if (!named.empty()) return named;
  const char* from_environment = std::getenv(kind.variable);
  const bool is_set = from_environment != nullptr && *from_environment != '\0';
  if (is_set) return from_environment;
  std::string looked = "$" + std::string(kind.variable) + " (not set)";
  for (const fs::path& place : shipped_places(kind.shipped)) {
    std::error_code error;
    if (fs::exists(place, error)) return place.string();
    looked += ", " + place.string();
  }
  throw Error(ErrorCode::kNotFound, "no " + std::string(kind.what) + ": name one with " +
                                        kind.option + " FILE, or put " + kind.shipped +
                                        " where it is looked for: " + looked);
}

}  // namespace

void declare_model(Arguments& arguments, std::string* model) {
  arguments.text("--model", "FILE", model, "Model file; else $LPRNET_MODEL, else the shipped one");
}

void declare_isa(Arguments& arguments, std::string* isa) {
  arguments.text("--isa", "NAME", isa,
                 "Instruction set; else $LPRNET_ISA, else the machine's best");
}

void declare_detector(Arguments& arguments, std::string* model) {
  arguments.text("--detector", "FILE", model,
                 "Model file that finds plates; else $LPRNET_DETECTOR, else the shipped one");
}

std::string find_model(const std::string& named) { return find(named, kReader); }
std::string find_detector(const std::string& named) { return find(named, kDetector); }

std::shared_ptr<const Model> load_model(const std::string& named, const ModelOptions& options) {
  return Model::load(find_model(named), options);
}

}  // namespace lprnet::cli
