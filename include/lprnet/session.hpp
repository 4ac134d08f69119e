#pragma once

#include <cstddef>
#include <memory>

#include "lprnet/decode.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/plate.hpp"
#include "lprnet/quad.hpp"

namespace lprnet {

// Scratch memory for one plate at a time. All memory is allocated when it is made: infer()
// allocates nothing, takes no lock and does not throw. Movable; use from one thread at a time.
//
// fork(): the child may use and destroy a Session that no other thread was using. It works alone
// there, without helper threads.
class LPRNET_API Session {
 public:
  // Throws Error(kInvalidArgument) for a null model, one that does not have exactly one input, or a
  // number of threads out of range, Error(kLimit) when the threads' memory together is beyond
  // Limits::arena_bytes of the model. `threads`, 1 to 64, work together on a plate, the caller's
  // among them, but no more than there are cores and than the system gives; the answer is the same
  // to the bit. The others spin for up to some 20 microseconds when they find nothing to do, then
  // sleep. While other programs keep the cores busy, most plates are worked on by the caller alone,
  // so that threads cost little where they gain nothing. Worth it where one plate's time matters;
  // many plates go faster with a session for each thread.
  //
  // `options` say how plates are decoded. Throws Error(kInvalidArgument) for options out of range,
  // a grammar that the model's alphabet cannot write, or two lines with a model that does not say
  // how these are read.
  explicit Session(std::shared_ptr<const Model> model, int threads = 1,
                   const DecodeOptions& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  const Model& model() const noexcept;

  // Image to text, by further looks where the model has them and the first is not sure. Throws
  // Error(kInvalidArgument) for an empty view or a model that does not read plates.
  Plate recognize(const ImageView& image);
  Plate recognize(const Image& image) { return recognize(image.view()); }

  // What lies in a quadrilateral of the image, such as a plate seen from the side. Leave a margin
  // of some percent around the plate. `lines` of text, 1 or 2, as far as is known;
  // DecodeOptions::lines stands before it. It is read by one look so; by a model that reads two
  // lines, and where that look is not sure, also by the looks for two lines, if the plate is narrow
  // enough to have them, and as one line, if it was taken to have two.
  // Throws Error(kInvalidArgument) also for corners that are not a convex quadrilateral in Quad's
  // order.
  Plate recognize(const ImageView& image, const Quad& quad, int lines = 1);

  // The same by its stages, for benchmarks and tests.
  //
  // Resizes and normalises into the network's input. Throws as recognize().
  void preprocess(const ImageView& image);
  void preprocess(const ImageView& image, const Quad& quad);
  // Sets the network's input from floats, row-major as the input's shape (1, C, H, W).
  void set_input(const float* values) noexcept;
  // Runs the network on the input that is set.
  void infer() noexcept;
  // Runs one of Model::summary().steps, on one thread; all of them in order do what infer() does.
  // REQUIRES: there is such a step.
  void infer_step(std::size_t step) noexcept;
  // Copies one of Model::outputs(), row-major as its shape. REQUIRES: there is an output `index`.
  void copy_output(float* values, std::size_t index = 0) const noexcept;
  // Decodes the output as the options say. Throws Error(kInvalidArgument) for a model that does not
  // read plates.
  Plate decode() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lprnet
