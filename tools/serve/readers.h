#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "lprnet/photo_reader.hpp"
#include "lprnet/recognizer.hpp"
#include "reading_options.h"

namespace lprnet::serve {

// What is loaded at the start, and again by a reload.
struct Models {
  std::shared_ptr<const Model> detector;
  std::shared_ptr<const Model> reader;
  PhotoOptions defaults;
};

// The readers of one load of the models. Each set of options has a reader of its own, which is kept
// as long as it is among the `kKept` used last. Every function may be called from any thread.
class Readers {
 public:
  static constexpr std::size_t kKept = 4;  // for photographs, and as many for crops

  // Throws as PhotoReader and Recognizer, for the defaults.
  explicit Readers(Models models);

  const Models& models() const { return models_; }
  // Throw Error(kInvalidArgument) for options that do not fit each other or the model.
  std::shared_ptr<const PhotoReader> photo_reader(const ReadingOptions& options);
  std::shared_ptr<const Recognizer> recognizer(const ReadingOptions& options);

 private:
  template <typename Reader>
  using Cache = std::list<std::pair<std::string, std::shared_ptr<const Reader>>>;
  template <typename Reader>
  std::shared_ptr<const Reader> find(Cache<Reader>& cache, const std::string& key,
                                     const std::function<std::shared_ptr<const Reader>()>& make);

  const Models models_;
  std::mutex mutex_;  // guards what follows
  Cache<PhotoReader> photo_readers_;
  Cache<Recognizer> recognizers_;
};

}  // namespace lprnet::serve
