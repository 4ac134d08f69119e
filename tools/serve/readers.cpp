#include "readers.h"

#include <algorithm>

namespace lprnet::serve {

Readers::Readers(Models models) : models_(std::move(models)) {
  photo_reader(reading_options(Task::kRead, {}, models_.defaults));
  recognizer(reading_options(Task::kRecognize, {}, models_.defaults));
}

template <typename Reader>
std::shared_ptr<const Reader> Readers::find(
    Cache<Reader>& cache, const std::string& key,
    const std::function<std::shared_ptr<const Reader>()>& make) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(cache.begin(), cache.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  if (found != cache.end()) {
    cache.splice(cache.begin(), cache, found);
    return found->second;
  }
  cache.emplace_front(key, make());
  if (cache.size() > kKept) cache.pop_back();
  return cache.front().second;
}

std::shared_ptr<const PhotoReader> Readers::photo_reader(const ReadingOptions& options) {
  return find<PhotoReader>(photo_readers_, options.key, [&] {
    return std::make_shared<const PhotoReader>(models_.detector, models_.reader, options.photo);
  });
}

std::shared_ptr<const Recognizer> Readers::recognizer(const ReadingOptions& options) {
  return find<Recognizer>(recognizers_, options.key, [&] {
    return std::make_shared<const Recognizer>(models_.reader, 1, 1, options.photo.decoding);
  });
}

}  // namespace lprnet::serve
