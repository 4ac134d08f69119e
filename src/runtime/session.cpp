#include "lprnet/session.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/checked.h"
#include "base/error_text.h"
#include "image/homography.h"
#include "runtime/agreement.h"
#include "runtime/session_impl.h"
#include "tensor/copy.h"

namespace lprnet {
namespace {

// More would only wait for each other: a step is tens of microseconds of work.
constexpr int kMaxThreads = 64;

// The part of a picture that a look sees.
Quad part_of(const ImageView& picture, const Look& look, float aspect) {
  const auto width = static_cast<float>(picture.width);
  const auto height = static_cast<float>(picture.height);
  const float left = look.left * width;
  const float top = look.top * height;
  const float part_width = look.right * width - left;
  const float part_height = look.bottom * height - top;
  if (look.turn == 0) return rectangle(left, top, part_width, part_height);
  const double angle = static_cast<double>(look.turn) * std::numbers::pi / 180;
  const auto cosine = static_cast<float>(std::cos(angle));
  const auto sine = static_cast<float>(std::sin(angle));
  const float across = part_width / (std::abs(cosine) + std::abs(sine) / aspect) / 2;
  const float down = across / aspect;
  const Point middle{left + part_width / 2, top + part_height / 2};
  const auto corner = [&](float x, float y) {
    return Point{middle.x + cosine * x - sine * y, middle.y + sine * x + cosine * y};
  };
  return {
      {corner(-across, -down), corner(across, -down), corner(across, down), corner(-across, down)}};
}

Quad whole(const ImageView& picture) {
  return rectangle(0, 0, static_cast<float>(picture.width), static_cast<float>(picture.height));
}

// Whether a picture may show a plate with as many lines as the look looks for.
bool suits(const Look& look, const ImageView& picture, const TwoLines* two_lines) {
  if (look.lines == 1) return true;
  return two_lines != nullptr && static_cast<float>(picture.width) <=
                                     two_lines->widest * static_cast<float>(picture.height);
}

// Of the mean edges. REQUIRES: a convex quadrilateral.
float aspect_of(const Quad& quad) {
  const auto& c = quad.corners;
  const auto length = [](const Point& a, const Point& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
  };
  return (length(c[0], c[1]) + length(c[3], c[2])) / (length(c[0], c[3]) + length(c[1], c[2]));
}

// What the network's input shows, as `lines` lines.
Plate read(Session& session, int lines) {
  session.infer();
  Plate plate = session.decode();
  plate.lines = lines;
  return plate;
}

// Throws Error(kInvalidArgument) for lines that plates do not have or the model does not read.
void expect_lines(const PlateReader& reader, const std::string& where,
                  const DecodeOptions& options) {
  if (!options.lines) return;
  if (*options.lines != 1 && *options.lines != 2) {
    base::fail(ErrorCode::kInvalidArgument, "plates of ", *options.lines,
               " lines, expected 1 or 2");
  }
  if (*options.lines == 2 && !reader.reads_two_lines()) {
    base::fail(ErrorCode::kInvalidArgument, where,
               ": the model file does not say how two lines are read, expected 'two_lines' in its "
               "'further_looks'; lprnet convert --looks writes them");
  }
}

[[noreturn]] void refuse_corners() {
  base::fail(ErrorCode::kInvalidArgument,
             "the corners are not a convex quadrilateral, expected top left, top right, bottom "
             "right, bottom left");
}

// What is answered where nothing can be read. `grammar`: of the reading that does not hold.
Plate nothing(GrammarMatch grammar) {
  Plate plate;
  const bool has_grammar = grammar != GrammarMatch::kUnused;
  plate.grammar = has_grammar ? GrammarMatch::kUnmatched : GrammarMatch::kUnused;
  return plate;
}

}  // namespace

Session::Session(std::shared_ptr<const Model> model, int threads, const DecodeOptions& options) {
  if (model == nullptr)
    base::fail(ErrorCode::kInvalidArgument, "a session needs a model, found null");
  if (threads < 1 || threads > kMaxThreads) {
    base::fail(ErrorCode::kInvalidArgument, "a session of ", threads, " threads, expected 1 to ",
               kMaxThreads);
  }
  const Model::Impl& parts = *model->impl_;
  auto bytes = static_cast<std::int64_t>(parts.plan.arena_floats(threads) * sizeof(float));
  if (const PlateReader* reader = parts.file.description.plate_reader()) {
    const auto& shape = parts.outputs[0].shape;
    bytes = base::saturating_add(bytes, PlateDecoder::bytes(*reader, shape[1], shape[2], options));
    expect_lines(*reader, parts.file.where, options);
  }
  base::expect_within(parts.ledger.limits(), &Limits::arena_bytes, bytes,
                      base::cat(parts.file.where, ": a session of ", threads, " threads"));
  // More than cores would only take turns; 0 stands for a number that is not known.
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  impl_ = std::make_unique<Impl>(std::move(model), cores > 0 ? std::min(threads, cores) : threads,
                                 options);
}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const Model& Session::model() const noexcept { return *impl_->model; }

Plate Session::recognize(const ImageView& image) {
  const TwoLines* two_lines = impl_->joiner ? &impl_->joiner->how() : nullptr;
  const bool as_two = impl_->lines == 2;
  if (as_two) {
    image::expect_picture(image);
    impl_->show_two_lines(image, whole(image));
  } else {
    preprocess(image);
  }
  Plate first = read(*this, as_two ? 2 : 1);
  const FurtherLooks* further = impl_->further_looks;
  if (further == nullptr || first.confidence >= further->sure) return first;
  Agreement agreement(std::move(first));
  for (const Look& look : further->looks) {
    const bool two = look.lines == 2;
    if (impl_->lines ? look.lines != *impl_->lines : !suits(look, image, two_lines)) continue;
    const Quad part = part_of(image, look, two ? two_lines->aspect : further->aspect);
    if (!(two ? impl_->show_two_lines(image, part) : impl_->show(image, part))) continue;
    agreement.add(read(*this, look.lines));
    if (agreement.confidence() >= further->sure) break;
  }
  Plate answer = std::move(agreement).answer();
  for (const Turned turned : {Turned::kUpsideDown, Turned::kMirrored}) {
    const bool is_wanted = turned == Turned::kMirrored ? further->mirrored : further->upside_down;
    if (!is_wanted || answer.text.empty()) continue;
    preprocess(image);
    impl_->turn_input(turned);
    const Plate other = read(*this, 1);
    if (!other.text.empty() && other.confidence >= further->sure &&
        other.confidence > answer.confidence) {
      answer = nothing(answer.grammar);
    }
  }
  return answer;
}

void Session::Impl::turn_input(Turned turned) noexcept {
  const tensor::View input = plan.input(0, arena.data());
  const auto& shape = input.shape();
  const std::int64_t rows = shape[2];
  const std::int64_t columns = shape[3];
  // Each pixel changes places with the one that it is to be; those on the way back are left out.
  for (std::int64_t y = 0; y < rows; ++y) {
    const std::int64_t other_y = turned == Turned::kUpsideDown ? rows - 1 - y : y;
    for (std::int64_t x = 0; x < columns; ++x) {
      const std::int64_t other_x = columns - 1 - x;
      if (other_y * columns + other_x <= y * columns + x) continue;
      for (std::int64_t c = 0; c < shape[1]; ++c) {
        const auto at = [&](std::int64_t row, std::int64_t column) -> float& {
          return input.data[c * input.layout.stride(1) + row * input.layout.stride(2) +
                            column * input.layout.stride(3)];
        };
        std::swap(at(y, x), at(other_y, other_x));
      }
    }
  }
}

Plate Session::recognize(const ImageView& image, const Quad& quad, int lines) {
  if (lines != 1 && lines != 2) {
    base::fail(ErrorCode::kInvalidArgument, "a plate of ", lines, " lines, expected 1 or 2");
  }
  impl_->model->impl_->expect_plate_reader();
  image::expect_picture(image);
  const TwoLines* two_lines = impl_->joiner ? &impl_->joiner->how() : nullptr;
  const int first_lines = two_lines != nullptr ? impl_->lines.value_or(lines) : 1;
  const auto show = [&](const Quad& part, int count) {
    return count == 2 ? impl_->show_two_lines(image, part) : impl_->show(image, part);
  };
  if (!show(quad, first_lines)) refuse_corners();
  Plate first = read(*this, first_lines);
  const FurtherLooks* further = impl_->further_looks;
  if (two_lines == nullptr || further == nullptr || first.confidence >= further->sure) return first;
  // Who gives one line may not have looked.
  const bool may_be_two = !impl_->lines && aspect_of(quad) <= two_lines->widest;
  if (first_lines == 1 && !may_be_two) return first;
  Agreement agreement(std::move(first));
  for (const Look& look : further->looks) {
    if (look.lines != 2 || look.turn != 0) continue;  // the corners say how it is turned
    const std::optional<Quad> part = image::part_of(quad, look);
    if (!part || !impl_->show_two_lines(image, *part)) continue;
    agreement.add(read(*this, 2));
    if (agreement.confidence() >= further->sure) break;
  }
  Plate answer = std::move(agreement).answer();
  if (first_lines == 1 || impl_->lines || answer.confidence >= further->sure) return answer;
  if (!show(quad, 1)) return answer;
  Plate one_line = read(*this, 1);
  return one_line.confidence > answer.confidence ? one_line : answer;
}

void Session::preprocess(const ImageView& image, const Quad& quad) {
  impl_->model->impl_->expect_plate_reader();
  image::expect_picture(image);
  if (!impl_->show(image, quad)) refuse_corners();
}

bool Session::Impl::show_two_lines(const ImageView& image, const Quad& quad) noexcept {
  const tensor::View input = plan.input(0, arena.data());
  return joiner->run(image, quad, input.data, input.layout.stride(2), input.layout.stride(3),
                     input.layout.stride(1));
}

bool Session::Impl::show(const ImageView& image, const Quad& quad) noexcept {
  const tensor::View input = plan.input(0, arena.data());
  return preprocessor->run(image, quad, input.data, input.layout.stride(2), input.layout.stride(3),
                           input.layout.stride(1));
}

void Session::preprocess(const ImageView& image) {
  impl_->model->impl_->expect_plate_reader();
  image::expect_picture(image);
  const tensor::View input = impl_->plan.input(0, impl_->arena.data());
  impl_->preprocessor->run(image, input.data, input.layout.stride(2), input.layout.stride(3),
                           input.layout.stride(1));
}

void Session::set_input(const float* values) noexcept {
  const tensor::View input = impl_->plan.input(0, impl_->arena.data());
  tensor::copy({values, tensor::Layout::row_major(input.shape())}, input);
}

void Session::infer() noexcept {
  if (impl_->team) {
    impl_->team->run();
  } else {
    impl_->plan.run(impl_->arena.data());
  }
}

void Session::infer_step(std::size_t step) noexcept {
  impl_->plan.run_step(step, impl_->arena.data());
}

void Session::copy_output(float* values, std::size_t index) const noexcept {
  const tensor::ConstView output = impl_->plan.output(impl_->arena.data(), index);
  tensor::copy(output, {values, tensor::Layout::row_major(output.shape())});
}

Plate Session::decode() const {
  impl_->model->impl_->expect_plate_reader();
  const tensor::ConstView output = impl_->plan.output(impl_->arena.data());
  return impl_->decoder->decode({output.data, static_cast<int>(output.shape()[1]),
                                 static_cast<int>(output.shape()[2]), output.layout.stride(1),
                                 output.layout.stride(2)});
}

}  // namespace lprnet
