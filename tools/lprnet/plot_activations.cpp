#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "drawing.h"
#include "encoded_picture.h"
#include "folder.h"
#include "json_text.h"
#include "lprnet/model.hpp"
#include "lprnet/output_file.hpp"
#include "lprnet/session.hpp"
#include "output.h"
#include "safe_text.h"
#include "signals.h"
#include "text_table.h"
#include "utf8.h"

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

constexpr Colour kPaper{255, 255, 255};
constexpr Colour kInk{40, 40, 40};
constexpr Colour kFaintInk{120, 120, 120};
constexpr Colour kGrid{228, 228, 228};
constexpr Colour kAxis{150, 150, 150};
constexpr Colour kFunction{190, 90, 20};
constexpr Colour kDerivative{20, 110, 230};

constexpr int kReach = 5;           // from -kReach to kReach
constexpr int kSamplesOfOne = 100;  // between two whole numbers
constexpr int kSamples = 2 * kReach * kSamplesOfOne + 1;

struct Plotted {
  const char* file;  // without its ending, and the node's name
  const char* title;
  const char* detail;  // its parameter
  const char* node;    // what the model file says of it: operator and attributes
  double low, high;    // what is shown of its values
};

// In the order of the sheet.
constexpr Plotted kPlotted[] = {
    {"relu", "ReLU", "", R"("op":"relu")", -1.5, 5},
    {"leaky_relu", "Leaky ReLU", "slope 0.1", R"("op":"leaky_relu","negative_slope":0.1)", -1.5, 5},
    {"prelu", "PReLU", "learned slope 0.25", R"("op":"prelu","weight":"slope")", -1.5, 5},
    {"elu", "ELU", "alpha 1", R"("op":"elu")", -1.5, 5},
    {"gelu", "GELU", "", R"("op":"gelu")", -1.5, 5},
    {"sigmoid", "sigmoid", "", R"("op":"sigmoid")", -0.5, 1.5},
    {"tanh", "tanh", "", R"("op":"tanh")", -1.5, 1.5},
    {"hardsigmoid", "Hardsigmoid", "", R"("op":"hardsigmoid")", -0.5, 1.5},
    {"silu", "SiLU", "", R"("op":"silu")", -1.5, 5},
    {"mish", "Mish", "", R"("op":"mish")", -1.5, 5},
    {"hardswish", "Hardswish", "", R"("op":"hardswish")", -1.5, 5},
    {"softplus", "Softplus", "", R"("op":"softplus")", -1.5, 5},
};

// A graph that gives each function of its input.
std::string document() {
  Json outputs = Json::array();
  Json nodes = Json::array();
  for (const Plotted& one : kPlotted) {
    Json node = Json::parse("{" + std::string(one.node) + "}");
    node["name"] = one.file;
    node["inputs"] = {"x"};
    nodes.push_back(node);
    outputs.push_back({{"name", one.file}, {"value", one.file}});
  }
  const Json input = {{"name", "x"}, {"shape", {1, 1, 1, kSamples}}};
  const Json slope = {{"dtype", "F32"}, {"shape", {1}}, {"data", {0.25}}};
  return Json{{"format", "lprnet.graph"},
              {"version", 2},
              {"requires", {"outputs"}},
              {"name", "activations"},
              {"inputs", Json::array({input})},
              {"outputs", outputs},
              {"nodes", nodes},
              {"weights", {{"tensors", {{"slope", slope}}}}}}
      .dump();
}

double place_of(std::size_t sample) { return static_cast<double>(sample) / kSamplesOfOne - kReach; }

// The values of all functions, by the kernels that networks run on.
std::vector<std::vector<float>> values_of_all() {
  const std::string text = document();
  Session session(Model::parse(text, {}, "activations.json"));
  std::vector<float> x(kSamples);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(place_of(i));
  session.set_input(x.data());
  session.infer();
  std::vector<std::vector<float>> values(std::size(kPlotted), x);
  for (std::size_t i = 0; i < values.size(); ++i) session.copy_output(values[i].data(), i);
  return values;
}

// One function in a part of a picture.
class Plot {
 public:
  Plot(Image& image, const Region& cell, const Plotted& what)
      : image_(image),
        cell_(cell),
        what_(what),
        inside_{cell.x + kLeft, cell.y + kTop, cell.width - kLeft - kRight,
                cell.height - kTop - kBottom} {}

  void draw(const std::vector<float>& values) {
    draw_title();
    draw_axes();
    std::vector<Point> function;
    std::vector<Point> derivative;
    for (std::size_t i = 0; i < values.size(); ++i) {
      function.push_back(at(place_of(i), values[i]));
      if (i == 0) continue;
      const double rise = static_cast<double>(values[i]) - values[i - 1];
      derivative.push_back(at(place_of(i) - 0.5 / kSamplesOfOne, rise * kSamplesOfOne));
    }
    draw_curve(image_, derivative, kThickness, kDerivative, inside_);
    draw_curve(image_, function, kThickness, kFunction, inside_);
    draw_legend();
  }

 private:
  static constexpr int kLeft = 46;
  static constexpr int kRight = 16;
  static constexpr int kTop = 38;
  static constexpr int kBottom = 32;
  static constexpr double kThickness = 2.5;
  static constexpr double kTitle = 0.9;  // scales of texts
  static constexpr double kText = 0.75;

  Point at(double x, double y) const {
    const double from_left = (x + kReach) / (2 * kReach);
    const double from_top = (what_.high - y) / (what_.high - what_.low);
    return {static_cast<float>(inside_.x + from_left * inside_.width),
            static_cast<float>(inside_.y + from_top * inside_.height)};
  }

  void draw_title() {
    const double y = cell_.y + 8;
    draw_text(image_, characters_of(what_.title), inside_.x, y, kTitle, kInk);
    const double left = inside_.x + text_width(characters_of(what_.title), kTitle) + 12;
    draw_text(image_, characters_of(what_.detail), left, y + 3, kText, kFaintInk);
  }

  void draw_axes() {
    for (int x = -kReach + 1; x < kReach; ++x) {
      draw_line(image_, at(x, what_.low), at(x, what_.high), 1, x == 0 ? kAxis : kGrid);
      if (x % 2 == 0) label(std::to_string(x), at(x, what_.low), true);
    }
    const double step = what_.high - what_.low > 4 ? 1 : 0.5;
    for (int i = static_cast<int>(std::ceil(what_.low / step)); i * step <= what_.high; ++i) {
      const double y = i * step;
      draw_line(image_, at(-kReach, y), at(kReach, y), 1, i == 0 ? kAxis : kGrid);
      label(formatted("%g", y), at(-kReach, y), false);
    }
  }

  // Below a place, or to the left of it.
  void label(const std::string& text, const Point& place, bool below) {
    const double width = text_width(characters_of(text), kText);
    const double x = below ? place.x - width / 2 : place.x - width - 6;
    const double y = below ? place.y + 6 : place.y - 10;
    draw_text(image_, characters_of(text), x, y, kText, kFaintInk);
  }

  void draw_legend() {
    const double x = inside_.x + 10;
    double y = inside_.y + 6;
    tint(image_, x - 4, y, x + 114, y + 42, kPaper, 0.85);
    for (const auto& [text, colour] :
         {std::pair{"function", kFunction}, std::pair{"derivative", kDerivative}}) {
      const auto middle = static_cast<float>(y + 10);
      draw_line(image_, {static_cast<float>(x), middle}, {static_cast<float>(x + 22), middle},
                kThickness, colour);
      draw_text(image_, characters_of(text), x + 30, y, kText, kInk);
      y += 21;
    }
  }

  Image& image_;
  Region cell_;
  const Plotted& what_;
  Region inside_;  // the axes' rectangle
};

Image paper(int width, int height) {
  Image image(width, height);
  std::fill_n(image.data(), std::ptrdiff_t{3} * width * height, kPaper[0]);
  return image;
}

void write_png(const fs::path& path, const Image& image) {
  const HeldSignals held;
  OutputFile file(path);
  file.write(png_of(image));
  file.finish();
}

int plot_activations(const std::string& folder) {
  constexpr int kWidth = 420;
  constexpr int kHeight = 320;
  constexpr int kColumns = 3;
  constexpr int kRows = (static_cast<int>(std::size(kPlotted)) + kColumns - 1) / kColumns;
  const fs::path target = made_folder(folder);
  const std::vector<std::vector<float>> values = values_of_all();
  Image sheet = paper(kColumns * kWidth, kRows * kHeight);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Plotted& one = kPlotted[i];
    Image image = paper(kWidth, kHeight);
    Plot(image, {0, 0, kWidth, kHeight}, one).draw(values[i]);
    write_png(target / (std::string(one.file) + ".png"), image);
    const auto cell = static_cast<int>(i);
    Plot(sheet, {cell % kColumns * kWidth, cell / kColumns * kHeight, kWidth, kHeight}, one)
        .draw(values[i]);
  }
  write_png(target / "activations.png", sheet);
  print(shown(folder) + ": activations.png with all, and " + std::to_string(values.size()) +
        " pictures of one each\n");
  return kAllDone;
}

}  // namespace

Command plot_activations_command() {
  return {"plot-activations", "Draw the activation functions and their derivatives",
          "  lprnet plot-activations -o curves\n"
          "  lprnet plot-activations -o curves && xdg-open curves/activations.png",
          [](Arguments& arguments) -> std::function<int()> {
            auto folder = std::make_shared<std::string>();
            arguments.text("-o,--output", "DIR", folder.get(),
                           "Where to write the pictures, as PNG; made, if it is not there",
                           Arguments::Presence::kRequired);
            return [folder] { return plot_activations(*folder); };
          }};
}

}  // namespace lprnet::cli
