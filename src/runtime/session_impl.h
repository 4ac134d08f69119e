#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "base/aligned_buffer.h"
#include "image/preprocess.h"
#include "lprnet/session.hpp"
#include "plan/plan.h"
#include "plan/team.h"
#include "runtime/line_joiner.h"
#include "runtime/model_impl.h"
#include "runtime/plate_decoder.h"

namespace lprnet {

enum class Turned { kUpsideDown, kMirrored };

struct Session::Impl {
  // REQUIRES: threads >= 1
  Impl(std::shared_ptr<const Model> shared, int threads, const DecodeOptions& options)
      : model(std::move(shared)), plan(model->impl_->plan), arena(plan.arena_floats(threads)) {
    plan.initialise(arena.data());
    if (threads > 1) team.emplace(plan, arena.data(), threads);
    if (const PlateReader* reader = model->description().plate_reader()) {
      const auto& shape = model->input_shape();
      preprocessor.emplace(reader->preprocessing, static_cast<int>(shape[3]),
                           static_cast<int>(shape[2]));
      decoder.emplace(*reader, *model->impl_->alphabet,
                      static_cast<int>(model->outputs()[0].shape[2]), options);
      lines = options.lines;
      if (const auto& looks = reader->further_looks) {
        if (options.further_looks) further_looks = &*looks;
        if (looks->two_lines) {
          joiner.emplace(*looks->two_lines, reader->preprocessing, static_cast<int>(shape[3]),
                         static_cast<int>(shape[2]));
        }
      }
    }
  }

  // What lies in the quadrilateral into the network's input. False where it is not convex.
  // REQUIRES: a plate reader, and a view that image::expect_picture() takes.
  bool show(const ImageView& image, const Quad& quad) noexcept;
  // The same for a plate with two lines. REQUIRES: also the
  // joiner.
  bool show_two_lines(const ImageView& image, const Quad& quad) noexcept;
  // The picture in the network's input, by 180 degrees or as a mirror shows it. REQUIRES: as
  // show().
  void turn_input(Turned turned) noexcept;

  std::shared_ptr<const Model> model;
  const plan::Plan& plan;
  base::AlignedBuffer arena;
  std::optional<plan::Team> team;                   // where several threads work on a plate
  std::optional<image::Preprocessor> preprocessor;  // of a plate reader
  std::optional<PlateDecoder> decoder;              // of a plate reader
  const FurtherLooks* further_looks = nullptr;      // the model's; null: none are taken
  std::optional<LineJoiner> joiner;                 // where the model says how two lines are read
  std::optional<int> lines;                         // on each plate, as the options say
};

}  // namespace lprnet
