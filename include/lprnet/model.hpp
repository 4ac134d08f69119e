#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lprnet/checkpoint.hpp"
#include "lprnet/description.hpp"
#include "lprnet/error.hpp"
#include "lprnet/export.hpp"
#include "lprnet/image.hpp"
#include "lprnet/limits.hpp"

namespace lprnet {

// Width and height in pixels.
struct InputSize {
  int width = 0;
  int height = 0;
};

// How a model is made ready to run.
struct ModelOptions {
  // Instruction set: "avx512", "avx2", ..., one of Model::instruction_sets(); empty: what
  // LPRNET_ISA in the environment names, else the best that the machine has.
  std::string isa;
  // Graph passes (BatchNorm folding, constant channels, algebra). Off: every node runs as written.
  bool optimize = true;
  // For files that hold weights alone.
  CheckpointOptions checkpoint{};
  // What the model may cost at most.
  Limits limits{};
  // Of the input, instead of the size in the file: for networks that take any, such as plate
  // detectors.
  std::optional<InputSize> input_size{};
};

// A dense row-major float32 tensor: values.size() is the product of the shape.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// Writes a .safetensors file with these tensors under their names, as OutputFile does. Throws
// Error: kIo, kInvalidArgument (a name twice, a shape that does not fit the values).
LPRNET_API void save_tensors(const std::filesystem::path& path,
                             const std::vector<NamedTensor>& tensors);

// What a network gives.
struct ModelOutput {
  std::string name;
  std::vector<std::int64_t> shape;  // a plate reader's first: (1, classes, steps)
};

// A node of the graph as its file has it, before the passes.
struct NodeSummary {
  std::string name;
  std::string op;
  std::vector<std::int64_t> shape;  // of the output
  std::int64_t parameters = 0;      // weights' elements
  std::int64_t macs = 0;            // multiply-accumulates for one plate
  std::int64_t operations = 0;      // of every kind for one plate, see Limits::operations
  // What became of it: whether a step of its name writes over its input's memory, the step that
  // does its work beside its own (empty: none), and what the passes did ("removed 31 of 64
  // channels", ...).
  bool in_place = false;
  std::string fused_into;
  std::string note;
};

// A step that runs: what the passes and the planner made of one node or more, or added.
struct StepSummary {
  std::string name;  // of the node that it computes, or for which it copies or clears
  std::string op;    // its kernel: "conv2d (winograd)", "copy", ...
  std::vector<std::int64_t> shape;  // of the output
  std::int64_t macs = 0;            // as NodeSummary has them
  std::int64_t operations = 0;
  bool in_place = false;  // writes over its input's memory
};

struct ModelSummary {
  std::vector<NodeSummary> nodes;  // in the file's order
  std::vector<StepSummary> steps;  // in the order in which they run
  std::int64_t parameters = 0;
  std::int64_t macs = 0;            // of the file's graph
  std::int64_t macs_run = 0;        // of what is left to run after the passes
  std::int64_t operations = 0;      // of the file's graph
  std::int64_t operations_run = 0;  // of what is left to run after the passes
  std::int64_t load_bytes = 0;      // what loading took at most, see Limits::load_bytes
  std::int64_t arena_bytes = 0;     // activation memory of one session; decoding adds a little
  std::int64_t arena_bytes_no_reuse = 0;  // what it would be if no memory were used twice
  std::string isa;
};

// The self-test replayed: the network's answer beside the one that the model file holds.
struct Verification {
  std::string origin;       // who computed the stored answer: "PyTorch 1.13.1"
  double max_absolute = 0;  // max |difference|
  double max_relative = 0;  // max |difference| / max |stored|, of the worst output
  double tolerance = 0;     // bound on max_relative
  bool passed = false;
};

// A loaded network with its alphabet and preprocessing. Immutable: share it between threads, one
// Session for each.
class LPRNET_API Model {
 public:
  // Reads a model file (.safetensors, .json; see models/FORMAT.md), a PyTorch checkpoint, or a
  // .safetensors file of weights alone; see models/CHECKPOINTS.md. Throws Error; kLimit for a file
  // that costs more than `options.limits` allow.
  static std::shared_ptr<const Model> load(const std::filesystem::path& path,
                                           const ModelOptions& options = {});

  // The same from the bytes of such a file, copied; `name` stands for the path in messages. A
  // .json model whose weights lie in another file is refused: the bytes are in no folder. Throws
  // Error as load() does for what is in the file.
  static std::shared_ptr<const Model> parse(std::string_view bytes,
                                            const ModelOptions& options = {},
                                            const std::string& name = "model");

  // The same model made ready for another size of its input, with the options that it was loaded
  // with. Shares the file's bytes. Throws as load(): kInvalidArgument for a size that the network
  // cannot take.
  std::shared_ptr<const Model> resized(const InputSize& size) const;

  // The instruction sets that this build and machine have, best first.
  static std::vector<std::string> instruction_sets();

  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Description& description() const noexcept;
  const std::vector<std::int64_t>& input_shape() const noexcept;  // (1, C, H, W)
  const std::vector<ModelOutput>& outputs() const noexcept;       // at least one
  std::string isa() const;                                        // of the kernels that run it

  ModelSummary summary() const;
  // Replays the self-test, in the size of input that it has. Throws Error(kInvalidModel) when the
  // file has none.
  Verification verify() const;
  // Every value of the network for one image, inputs first, under the file's names. Slow: runs each
  // node as written, without passes or reuse of memory. Throws as Session::recognize(); kLimit when
  // that takes more than Limits::arena_bytes.
  std::vector<NamedTensor> trace(const ImageView& image) const;
  // Writes a .safetensors model file with the same graph, weights, description and self-test. A
  // model without a self-test gets one, computed in double precision by plain loops that share
  // nothing with what runs the model. Written as OutputFile does: whole or not at all. Throws
  // Error(kIo).
  void save(const std::filesystem::path& path) const;
  // The same with another description, such as description() with a grammar or a temperature.
  // Throws also Error(kInvalidArgument) for one of another purpose, Error(kInvalidModel) for one
  // that does not fit the network, kFormat for a grammar that is none.
  void save(const std::filesystem::path& path, const Description& description) const;

 private:
  friend class PlateFinder;
  friend class Session;
  struct Impl;
  explicit Model(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace lprnet
