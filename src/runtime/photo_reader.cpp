#include "lprnet/photo_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/error_text.h"
#include "image/preprocess.h"
#include "lprnet/session.hpp"
#include "runtime/crew.h"
#include "runtime/model_impl.h"
#include "runtime/plate_finder.h"
#include "runtime/stream.h"

namespace lprnet {
namespace {

std::shared_ptr<const Model> plate_detector(std::shared_ptr<const Model> model) {
  if (model == nullptr) base::fail(ErrorCode::kInvalidArgument, "the detector is null");
  if (model->description().plate_detector() == nullptr) {
    base::fail(ErrorCode::kInvalidArgument, model->description().name,
               ": the model file describes no detector, so it cannot find plates");
  }
  return model;
}

const PhotoOptions& checked(const PhotoOptions& options) {
  const auto share = [](const char* name, float value) {
    if (value >= 0 && value <= 1) return;  // not a NaN
    base::fail(ErrorCode::kInvalidArgument, "PhotoOptions: ", name, " is ", value,
               ", expected 0 to 1");
  };
  if (options.least_confidence) share("least_confidence", *options.least_confidence);
  share("margin", options.margin);
  if (options.max_plates < 1) {
    base::fail(ErrorCode::kInvalidArgument, "PhotoOptions: max_plates is ", options.max_plates,
               ", expected at least 1");
  }
  if (options.region && (options.region->width < 1 || options.region->height < 1)) {
    base::fail(ErrorCode::kInvalidArgument, "PhotoOptions: the region is ", options.region->width,
               "x", options.region->height, ", expected at least 1x1");
  }
  return options;
}

// What of the region lies in the picture; sizes below 1: nothing.
Region clipped(const Region& region, const ImageView& picture) {
  const auto low = [](int from) { return std::max(from, 0); };
  const auto high = [](int from, int size, int most) {
    return static_cast<int>(std::min(std::int64_t{from} + size, std::int64_t{most}));
  };
  const Region part{low(region.x), low(region.y),
                    high(region.x, region.width, picture.width) - low(region.x),
                    high(region.y, region.height, picture.height) - low(region.y)};
  return part;
}

// Each corner further out by `margin` of the two edges that meet there.
Quad with_margin(const Quad& quad, float margin) {
  Quad wider;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point& corner = quad.corners[i];
    const Point& before = quad.corners[(i + 3) % 4];
    const Point& after = quad.corners[(i + 1) % 4];
    wider.corners[i] = {corner.x + margin * (2 * corner.x - before.x - after.x),
                        corner.y + margin * (2 * corner.y - before.y - after.y)};
  }
  return wider;
}

}  // namespace

// Both networks with the memory for one photograph at a time.
class PhotoSession {
 public:
  PhotoSession(const std::shared_ptr<const Model>& detector,
               const std::shared_ptr<const Model>& closer,
               const std::shared_ptr<const Model>& reader, const PhotoOptions& options)
      : options_(options),
        least_confidence_(options.least_confidence.value_or(
            detector->description().plate_detector()->least_confidence)),
        finder_(detector, closer),
        session_(reader, 1, options.decoding),
        reads_two_lines_(reader->description().plate_reader()->reads_two_lines()) {}

  std::vector<FoundPlate> read(const ImageView& picture) {
    image::expect_picture(picture);
    const Region part =
        clipped(options_.region.value_or(Region{0, 0, picture.width, picture.height}), picture);
    std::vector<FoundPlate> plates;
    if (part.width < 1 || part.height < 1) return plates;
    ImageView view = picture;
    view.data += part.y * picture.row_bytes + std::ptrdiff_t{part.x} * channels_of(picture.format);
    view.width = part.width;
    view.height = part.height;
    for (const detect::Found& found : finder_.find(view, least_confidence_, options_.max_plates)) {
      FoundPlate plate{found.quad, found.lines, found.confidence, {}};
      for (Point& corner : plate.corners.corners) {
        corner.x += static_cast<float>(part.x);
        corner.y += static_cast<float>(part.y);
      }
      plate.plate = read_plate(picture, plate.corners, plate.lines);
      if (plate.plate.text.empty() && !options_.keep_unread) continue;
      if (reads_two_lines_ && !plate.plate.text.empty()) plate.lines = plate.plate.lines;
      plates.push_back(std::move(plate));
    }
    if (may_be_crop(view)) consider_crop(view, part, plates);
    return plates;
  }

 private:
  // Takes the whole part for one plate where the reader makes more of it than of what was found.
  void consider_crop(const ImageView& view, const Region& part, std::vector<FoundPlate>& plates) {
    // Of 2,500 crops of plates, tight, loose and turned, most were read right with this share: less
    // lets loose crops be misread, more lets the detector cut plates that it sees too large.
    constexpr float kReadable = 0.8F;
    constexpr float kReadableAlone = 0.5F;
    constexpr double kLeastOverlap = 0.1;
    const Quad whole = rectangle(static_cast<float>(part.x), static_cast<float>(part.y),
                                 static_cast<float>(part.width), static_cast<float>(part.height));
    if (plates.size() > 1) return;  // a scene
    const FoundPlate* found = plates.empty() ? nullptr : &plates.front();
    if (found != nullptr && overlap(found->corners, whole) < kLeastOverlap) return;
    FoundPlate crop{whole, 1, 0, session_.recognize(view)};
    crop.lines = crop.plate.lines;
    const float sure = crop.plate.confidence;
    if (crop.plate.text.empty()) return;
    if (found == nullptr) {
      if (sure < std::max(kReadableAlone, least_confidence_)) return;
      crop.confidence = sure;
    } else {
      if (sure < std::min(kReadable, found->plate.confidence)) return;
      crop.confidence = found->confidence;
    }
    plates.clear();
    plates.push_back(std::move(crop));
  }

  // REQUIRES: a convex quadrilateral.
  Plate read_plate(const ImageView& picture, const Quad& corners, int lines) {
    const Quad wider = with_margin(corners, options_.margin);
    // Outward a strong perspective may turn over; the plate itself does not.
    const bool turned = !image::from_rectangle(1, 1, wider);
    return session_.recognize(picture, turned ? corners : wider, lines);
  }

  PhotoOptions options_;
  float least_confidence_;
  PlateFinder finder_;
  Session session_;
  bool reads_two_lines_;
};

struct PhotoReader::Impl {
  const std::shared_ptr<const Model> detector;
  const std::shared_ptr<const Model> closer;  // the detector at the second look's size, or null
  const std::shared_ptr<const Model> reader;
  const int threads;
  Crew<PhotoSession> crew;

  Impl(std::shared_ptr<const Model> finds, std::shared_ptr<const Model> reads,
       const PhotoOptions& options, int thread_count)
      : detector(std::move(finds)),
        closer(closer_look(*detector, options)),
        reader(std::move(reads)),
        threads(thread_count),
        crew([this, options] { return PhotoSession(detector, closer, reader, options); }) {}

  static std::shared_ptr<const Model> closer_look(const Model& detector,
                                                  const PhotoOptions& options) {
    const auto& look = detector.description().plate_detector()->second_look;
    if (!options.second_look || !look) return nullptr;
    return detector.resized({look->width, look->height});
  }
};

PhotoReader::PhotoReader(std::shared_ptr<const Model> detector, std::shared_ptr<const Model> reader,
                         const PhotoOptions& options, int threads)
    : impl_(std::make_unique<Impl>(plate_detector(std::move(detector)),
                                   expect_reader(std::move(reader), "the reader"), checked(options),
                                   thread_count(threads))) {}
PhotoReader::PhotoReader(PhotoReader&&) noexcept = default;
PhotoReader& PhotoReader::operator=(PhotoReader&&) noexcept = default;
PhotoReader::~PhotoReader() = default;

const Model& PhotoReader::detector() const noexcept { return *impl_->detector; }
const Model& PhotoReader::reader() const noexcept { return *impl_->reader; }
int PhotoReader::threads() const noexcept { return impl_->threads; }

std::vector<FoundPlate> PhotoReader::read(const ImageView& image) const {
  Crew<PhotoSession>::Lease lease(impl_->crew);
  return lease.worker().read(image);
}

std::vector<std::vector<FoundPlate>> PhotoReader::read_batch(
    const std::vector<ImageView>& images) const {
  for (std::size_t i = 0; i < images.size(); ++i) {
    image::expect_picture(images[i], base::cat("image ", i, " of the batch"));
  }
  std::vector<std::vector<FoundPlate>> plates(images.size());
  impl_->crew.for_each(images.size(), threads(), [&](PhotoSession& session, std::size_t i) {
    plates[i] = session.read(images[i]);
  });
  return plates;
}

void PhotoReader::read_stream(const std::function<std::optional<StreamPicture>()>& next,
                              const std::function<void(PhotoReading)>& consume) const {
  const Stream<PhotoReading>::Read read = [this](const Image& image, PhotoReading& reading) {
    reading.plates = this->read(image);
  };
  Stream<PhotoReading> stream(next, read, threads());
  impl_->crew.run(stream, threads(), consume);
}

}  // namespace lprnet
