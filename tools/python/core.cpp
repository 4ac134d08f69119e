// lprnet._core: what the Python package needs of the library. lprnet/_core.pyi declares it.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "decoding.h"
#include "errors.h"
#include "image.h"
#include "lprnet/lprnet.hpp"
#include "path.h"
#include "picture.h"

namespace lprnet::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

std::shared_ptr<const Model> model_of(nb::handle source, const std::string& isa,
                                      const std::string& profile,
                                      const std::optional<std::pair<int, int>>& input_size = {}) {
  ModelOptions options;
  options.isa = isa;
  options.checkpoint.profile = profile;
  if (input_size) options.input_size = InputSize{input_size->first, input_size->second};
  if (PyBytes_Check(source.ptr()) != 0) {
    const auto bytes = nb::borrow<nb::bytes>(source);
    const nb::gil_scoped_release release;
    return Model::parse({static_cast<const char*>(bytes.data()), bytes.size()}, options, "bytes");
  }
  const std::string file = path_of(source);
  const nb::gil_scoped_release release;
  return Model::load(file, options);
}

// The recognizer with pictures as Python has them.
class PyRecognizer {
 public:
  PyRecognizer(nb::handle model, int threads, int threads_per_plate, const std::string& isa,
               const std::string& profile, const DecodeOptions* decoding)
      : recognizer_(model_of(model, isa, profile), threads, threads_per_plate,
                    decode_options_of(decoding)) {}

  Plate recognize(nb::handle object, const std::string& order) const {
    const Picture picture(object, order);
    const nb::gil_scoped_release release;
    return picture.has_pixels() ? recognizer_.recognize(picture.view())
                                : recognizer_.recognize(picture.load());
  }

  std::vector<Plate> recognize_batch(const nb::iterable& objects, const std::string& order) const {
    std::deque<Picture> pictures;  // which never move
    for (const nb::handle object : objects) pictures.emplace_back(object, order);
    const nb::gil_scoped_release release;
    const auto has_pixels = [](const Picture& picture) { return picture.has_pixels(); };
    if (!std::all_of(pictures.begin(), pictures.end(), has_pixels)) return load_batch(pictures);
    std::vector<ImageView> views;
    views.reserve(pictures.size());
    for (const Picture& picture : pictures) views.push_back(picture.view());
    return recognizer_.recognize_batch(views);
  }

  std::string name() const { return recognizer_.model().description().name; }
  std::string isa() const { return recognizer_.model().isa(); }
  std::vector<std::string> alphabet() const {
    return recognizer_.model().description().plate_reader()->alphabet;
  }
  int threads() const { return recognizer_.threads(); }

 private:
  // Files are read by the threads that recognize, as many at a time as these can use.
  std::vector<Plate> load_batch(const std::deque<Picture>& pictures) const {
    std::vector<Plate> plates;
    plates.reserve(pictures.size());
    std::size_t given = 0;
    recognizer_.recognize_stream(
        [&]() -> std::optional<StreamPicture> {
          if (given == pictures.size()) return std::nullopt;
          const Picture& picture = pictures[given++];
          return StreamPicture{"", [&picture] { return picture.load(); }};
        },
        [&](StreamReading reading) {
          if (reading.error) std::rethrow_exception(reading.error);
          plates.push_back(std::move(reading.plate));
        });
    return plates;
  }

  Recognizer recognizer_;
};

// Photographs as Python has them.
class PyPhotoReader {
 public:
  using Area = std::tuple<int, int, int, int>;  // x, y, width, height

  PyPhotoReader(nb::handle detector, nb::handle reader, int threads, int max_plates,
                std::optional<float> least_confidence, bool second_look, bool keep_unread,
                const std::optional<Area>& region, float margin,
                const std::optional<std::pair<int, int>>& input_size, const std::string& isa,
                const DecodeOptions* decoding)
      : reader_(model_of(detector, isa, "", input_size), model_of(reader, isa, ""),
                options_of(max_plates, least_confidence, second_look, keep_unread, region, margin,
                           decoding),
                threads) {}

  std::vector<FoundPlate> read(nb::handle object, const std::string& order) const {
    const Picture picture(object, order);
    const nb::gil_scoped_release release;
    return picture.has_pixels() ? reader_.read(picture.view()) : reader_.read(picture.load());
  }

  // Files are read, and arrays copied, by the threads that read plates.
  std::vector<std::vector<FoundPlate>> read_batch(const nb::iterable& objects,
                                                  const std::string& order) const {
    std::deque<Picture> pictures;  // which never move
    for (const nb::handle object : objects) pictures.emplace_back(object, order);
    const nb::gil_scoped_release release;
    std::vector<std::vector<FoundPlate>> plates;
    std::size_t given = 0;
    reader_.read_stream(
        [&]() -> std::optional<StreamPicture> {
          if (given == pictures.size()) return std::nullopt;
          const Picture& picture = pictures[given++];
          return StreamPicture{"", [&picture] { return picture.load(); }};
        },
        [&](PhotoReading reading) {
          if (reading.error) std::rethrow_exception(reading.error);
          plates.push_back(std::move(reading.plates));
        });
    return plates;
  }

  int threads() const { return reader_.threads(); }

 private:
  static PhotoOptions options_of(int max_plates, std::optional<float> least_confidence,
                                 bool second_look, bool keep_unread,
                                 const std::optional<Area>& region, float margin,
                                 const DecodeOptions* decoding) {
    PhotoOptions options;
    options.max_plates = max_plates;
    options.least_confidence = least_confidence;
    options.second_look = second_look;
    options.keep_unread = keep_unread;
    if (region) {
      const auto& [x, y, width, height] = *region;
      options.region = Region{x, y, width, height};
    }
    options.margin = margin;
    options.decoding = decode_options_of(decoding);
    return options;
  }

  PhotoReader reader_;
};

nb::tuple corners_of(const FoundPlate& found) {
  const auto point = [&](std::size_t i) {
    return nb::make_tuple(found.corners.corners[i].x, found.corners.corners[i].y);
  };
  return nb::make_tuple(point(0), point(1), point(2), point(3));
}

std::string quoted(const std::string& text) {
  return nb::cast<std::string>(nb::repr(nb::cast(text)));
}

std::string number(float value) { return nb::cast<std::string>(nb::str("{:.4f}").format(value)); }

using CharacterState = std::tuple<std::string, float, int>;
using AlternativeState = std::tuple<std::string, float, int, std::string>;
using PlateState = std::tuple<std::string, float, std::vector<Character>, int, std::string,
                              std::vector<Alternative>, int>;

bool same(const Character& a, const Character& b) {
  return a.text == b.text && a.confidence == b.confidence && a.step == b.step;
}

bool same(const Alternative& a, const Alternative& b) {
  return a.text == b.text && a.confidence == b.confidence && a.grammar == b.grammar &&
         a.pattern == b.pattern;
}

template <typename Thing>
bool same(const std::vector<Thing>& a, const std::vector<Thing>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Thing& x, const Thing& y) { return same(x, y); });
}

bool same(const Plate& a, const Plate& b) {
  return a.text == b.text && a.confidence == b.confidence && a.grammar == b.grammar &&
         a.pattern == b.pattern && same(a.characters, b.characters) &&
         same(a.alternatives, b.alternatives) && a.lines == b.lines;
}

}  // namespace
}  // namespace lprnet::python

NB_MODULE(_core, module) {
  using namespace lprnet;
  using namespace lprnet::python;
  translate_errors();
  bind_decoding(module);
  bind_image(module);
  module.attr("__version__") = LPRNET_VERSION_STRING;

  nb::class_<Character>(module, "Character")
      .def_ro("text", &Character::text)
      .def_ro("confidence", &Character::confidence)
      .def_ro("step", &Character::step)
      .def("__eq__",
           [](const Character& self, const Character& other) { return same(self, other); })
      .def("__eq__", [](const Character&, nb::handle) { return nb::borrow(Py_NotImplemented); })
      .def("__hash__", [](const Character& self) { return nb::hash(nb::cast(self.text)); })
      .def("__repr__",
           [](const Character& self) {
             return "Character(text=" + quoted(self.text) +
                    ", confidence=" + number(self.confidence) +
                    ", step=" + std::to_string(self.step) + ")";
           })
      .def("__getstate__",
           [](const Character& self) {
             return CharacterState(self.text, self.confidence, self.step);
           })
      .def("__setstate__", [](Character& self, CharacterState state) {
        new (&self)
            Character{std::move(std::get<0>(state)), std::get<1>(state), std::get<2>(state)};
      });
  nb::class_<Alternative>(module, "Alternative")
      .def_ro("text", &Alternative::text)
      .def_ro("confidence", &Alternative::confidence)
      .def_prop_ro("grammar", [](const Alternative& self) { return word_for(self.grammar); })
      .def_ro("pattern", &Alternative::pattern)
      .def("__eq__",
           [](const Alternative& self, const Alternative& other) { return same(self, other); })
      .def("__eq__", [](const Alternative&, nb::handle) { return nb::borrow(Py_NotImplemented); })
      .def("__hash__", [](const Alternative& self) { return nb::hash(nb::cast(self.text)); })
      .def("__repr__",
           [](const Alternative& self) {
             return "Alternative(text=" + quoted(self.text) +
                    ", confidence=" + number(self.confidence) + ")";
           })
      .def("__getstate__",
           [](const Alternative& self) {
             return AlternativeState(self.text, self.confidence, static_cast<int>(self.grammar),
                                     self.pattern);
           })
      .def("__setstate__", [](Alternative& self, AlternativeState state) {
        new (&self) Alternative{std::move(std::get<0>(state)), std::get<1>(state),
                                static_cast<GrammarMatch>(std::get<2>(state)),
                                std::move(std::get<3>(state))};
      });
  nb::class_<Plate>(module, "Plate")
      .def_ro("text", &Plate::text)
      .def_ro("confidence", &Plate::confidence)
      .def_prop_ro("characters",
                   [](const Plate& self) { return nb::tuple(nb::cast(self.characters)); })
      .def_prop_ro("grammar", [](const Plate& self) { return word_for(self.grammar); })
      .def_ro("pattern", &Plate::pattern)
      .def_prop_ro("alternatives",
                   [](const Plate& self) { return nb::tuple(nb::cast(self.alternatives)); })
      .def_ro("lines", &Plate::lines)
      .def("__eq__", [](const Plate& self, const Plate& other) { return same(self, other); })
      .def("__eq__", [](const Plate&, nb::handle) { return nb::borrow(Py_NotImplemented); })
      .def("__hash__", [](const Plate& self) { return nb::hash(nb::cast(self.text)); })
      .def("__repr__",
           [](const Plate& self) {
             return "Plate(text=" + quoted(self.text) + ", confidence=" + number(self.confidence) +
                    ")";
           })
      .def("__getstate__",
           [](const Plate& self) {
             return PlateState(self.text, self.confidence, self.characters,
                               static_cast<int>(self.grammar), self.pattern, self.alternatives,
                               self.lines);
           })
      .def("__setstate__", [](Plate& self, PlateState state) {
        auto* plate = new (&self) Plate;
        plate->text = std::move(std::get<0>(state));
        plate->confidence = std::get<1>(state);
        plate->characters = std::move(std::get<2>(state));
        plate->grammar = static_cast<GrammarMatch>(std::get<3>(state));
        plate->pattern = std::move(std::get<4>(state));
        plate->alternatives = std::move(std::get<5>(state));
        plate->lines = std::get<6>(state);
      });
  nb::class_<FoundPlate>(module, "FoundPlate")
      .def_prop_ro("corners", &corners_of)
      .def_ro("confidence", &FoundPlate::confidence)
      .def_ro("lines", &FoundPlate::lines)
      .def_ro("plate", &FoundPlate::plate)
      .def_prop_ro("text", [](const FoundPlate& self) { return self.plate.text; })
      .def("__repr__", [](const FoundPlate& self) {
        return "FoundPlate(text=" + quoted(self.plate.text) +
               ", confidence=" + number(self.confidence) +
               ", corners=" + nb::cast<std::string>(nb::repr(corners_of(self))) + ")";
      });
  nb::class_<PyPhotoReader>(module, "PhotoReader")
      .def(nb::init<nb::handle, nb::handle, int, int, std::optional<float>, bool, bool,
                    const std::optional<PyPhotoReader::Area>&, float,
                    const std::optional<std::pair<int, int>>&, const std::string&,
                    const DecodeOptions*>(),
           "detector"_a, "reader"_a, "threads"_a, "max_plates"_a, "least_confidence"_a.none(),
           "second_look"_a, "keep_unread"_a, "region"_a.none(), "margin"_a, "input_size"_a.none(),
           "isa"_a, "decoding"_a.none())
      .def("read", &PyPhotoReader::read, "photo"_a, "order"_a)
      .def("read_batch", &PyPhotoReader::read_batch, "photos"_a, "order"_a)
      .def_prop_ro("threads", &PyPhotoReader::threads);
  nb::class_<PyRecognizer>(module, "Recognizer")
      .def(nb::init<nb::handle, int, int, const std::string&, const std::string&,
                    const DecodeOptions*>(),
           "model"_a, "threads"_a, "threads_per_plate"_a, "isa"_a, "profile"_a, "decoding"_a.none())
      .def("recognize", &PyRecognizer::recognize, "picture"_a, "order"_a)
      .def("recognize_batch", &PyRecognizer::recognize_batch, "pictures"_a, "order"_a)
      .def_prop_ro("name", &PyRecognizer::name)
      .def_prop_ro("isa", &PyRecognizer::isa)
      .def_prop_ro("alphabet", &PyRecognizer::alphabet)
      .def_prop_ro("threads", &PyRecognizer::threads);
  module.def("instruction_sets", &Model::instruction_sets);
  module.def("vote", &vote, "readings"_a);
}
