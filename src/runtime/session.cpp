#include "lprnet/session.hpp"

#include <optional>
#include <utility>

#include "base/aligned_buffer.h"
#include "base/error_text.h"
#include "ctc/greedy.h"
#include "image/preprocess.h"
#include "runtime/model_impl.h"
#include "tensor/copy.h"

namespace lprnet {
struct Session::Impl {
  explicit Impl(std::shared_ptr<const Model> shared)
      : model(std::move(shared)), plan(model->impl_->plan), arena(plan.arena_floats()) {
    plan.initialise(arena.data());
    if (model->impl_->alphabet) {
      const auto& shape = model->input_shape();
      preprocessor.emplace(model->description().preprocessing, static_cast<int>(shape[3]),
                           static_cast<int>(shape[2]));
    }
  }

  std::shared_ptr<const Model> model;
  const plan::Plan& plan;
  base::AlignedBuffer arena;
  std::optional<image::Preprocessor> preprocessor;  // of a plate reader

  void expect_plate_reader() const {
    if (!preprocessor) {
      base::fail(ErrorCode::kInvalidArgument, model->impl_->file.where, ": is not a plate reader");
    }
  }
};

Session::Session(std::shared_ptr<const Model> model) {
  if (model == nullptr)
    base::fail(ErrorCode::kInvalidArgument, "a session needs a model, found null");
  impl_ = std::make_unique<Impl>(std::move(model));
}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const Model& Session::model() const noexcept { return *impl_->model; }

Plate Session::recognize(const ImageView& image) {
  preprocess(image);
  infer();
  return decode();
}

void Session::preprocess(const ImageView& image) {
  impl_->expect_plate_reader();
  if (image.data == nullptr || image.width < 1 || image.height < 1) {
    base::fail(ErrorCode::kInvalidArgument, "the image is ", image.width, "x", image.height,
               image.data == nullptr ? " without pixels" : "", ", expected at least 1x1");
  }
  const tensor::View input = impl_->plan.input(0, impl_->arena.data());
  impl_->preprocessor->run(image, input.data, input.layout.stride(2), input.layout.stride(3),
                           input.layout.stride(1));
}

void Session::set_input(const float* values) noexcept {
  const tensor::View input = impl_->plan.input(0, impl_->arena.data());
  tensor::copy({values, tensor::Layout::row_major(input.shape())}, input);
}

void Session::infer() noexcept { impl_->plan.run(impl_->arena.data()); }

void Session::copy_output(float* values) const noexcept {
  const tensor::ConstView output = impl_->plan.output(impl_->arena.data());
  tensor::copy(output, {values, tensor::Layout::row_major(output.shape())});
}

Plate Session::decode() const {
  impl_->expect_plate_reader();
  const tensor::ConstView output = impl_->plan.output(impl_->arena.data());
  return ctc::greedy_decode(
      {output.data, static_cast<int>(output.shape()[1]), static_cast<int>(output.shape()[2]),
       output.layout.stride(1), output.layout.stride(2)},
      *impl_->model->impl_->alphabet);
}

}  // namespace lprnet
