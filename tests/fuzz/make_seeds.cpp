// Writes the corpora that the fuzzers start from: make_fuzz_seeds FOLDER.
#include <filesystem>
#include <iostream>
#include <string>

#include "base/file_bytes.h"
#include "formats/grammar_json.h"
#include "formats/model_file.h"
#include "import/zip.h"
#include "lprnet/error.hpp"
#include "tests/evaluator/random_graph.h"
#include "tests/formats/small_model.h"
#include "tests/image/pictures.h"

namespace lprnet {
namespace {

constexpr std::size_t kLengthBytes = 8;

// Every operator with its attributes, over values that need not fit.
const char* const kOperators = R"([
  {"op": "conv2d", "weight": "w", "bias": "b", "stride": 1, "padding": [1, 0], "dilation": 1,
   "groups": 1},
  {"op": "linear", "weight": "w", "bias": null},
  {"op": "batch_norm", "weight": "w", "bias": "b", "running_mean": "m", "running_var": "v",
   "eps": 1e-5},
  {"op": "relu"}, {"op": "mish"}, {"op": "sigmoid"}, {"op": "tanh"}, {"op": "sqrt"},
  {"op": "relu6"}, {"op": "silu"}, {"op": "hardsigmoid"}, {"op": "hardswish"},
  {"op": "leaky_relu", "negative_slope": 0.01}, {"op": "prelu", "weight": "w"},
  {"op": "elu", "alpha": 1}, {"op": "gelu", "approximate": "tanh"}, {"op": "softmax", "dim": -1},
  {"op": "log_softmax", "dim": 1},
  {"op": "max_pool2d", "kernel_size": 3, "stride": [1, 2], "padding": 1, "dilation": 1,
   "ceil_mode": true},
  {"op": "max_pool3d", "kernel_size": [1, 3, 3], "stride": [2, 1, 2]},
  {"op": "avg_pool2d", "kernel_size": 2, "count_include_pad": false, "divisor_override": 3},
  {"op": "adaptive_avg_pool2d", "output_size": [null, 2]},
  {"op": "adaptive_max_pool2d", "output_size": 1},
  {"op": "concat", "dim": 1}, {"op": "slice", "dim": 2, "start": -2, "end": null, "step": 2},
  {"op": "reshape", "shape": [1, -1]}, {"op": "flatten", "start_dim": 1, "end_dim": -1},
  {"op": "permute", "dims": [0, 2, 1, 3]}, {"op": "squeeze", "dim": 0}, {"op": "squeeze"},
  {"op": "unsqueeze", "dim": -1}, {"op": "add", "other": 1}, {"op": "sub", "input": 1},
  {"op": "mul", "other": 0.5}, {"op": "div", "other": 2}, {"op": "pow", "other": 2},
  {"op": "sum", "dim": [1, 2], "keepdim": true}, {"op": "mean", "dim": 2}, {"op": "max"},
  {"op": "affine_grid", "size": [1, 3, 4, 4], "align_corners": true},
  {"op": "grid_sample", "mode": "nearest", "padding_mode": "border"},
  {"op": "constant", "value": "w"}, {"op": "dropout"}, {"op": "identity"}
])";

void write(const std::filesystem::path& folder, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(folder);
  base::write_file(folder / name, bytes);
}

std::string text_of(const base::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

void make_seeds(const std::filesystem::path& folder) {
  const auto model = formats::small_model_json();
  const std::string text = model.dump();
  const std::string file = formats::write_model_file(formats::parse(text));
  write(folder / "model_file", "small.json", text);
  write(folder / "model_file", "small.safetensors", file);

  std::size_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(file[i]);
  }
  const std::string header = file.substr(kLengthBytes, length);
  const std::string data = file.substr(kLengthBytes + length);
  write(folder / "safetensors", "small", header + '\0' + data);

  auto detector = model;
  detector.erase("decode");
  detector["version"] = 2;
  detector["requires"] = {"detect"};
  detector["detect"] = nlohmann::json::parse(R"({
    "multiple": 32, "reach": 4, "least_confidence": 0.5, "most_overlap": 0.25, "border": 127,
    "maps": [{"stride": 8, "smallest": 10, "largest": 100}],
    "second_look": {"width": 192, "height": 128, "plate_sizes": [88], "largest_zoom": 4,
                    "first_confidence": 0.2, "least_confidence": 0.1, "least_overlap": 0.3}})");
  write(folder / "model_file", "detector.json", detector.dump());

  auto graph = model;
  graph.erase("weights");
  write(folder / "graph_json", "small", graph.dump());
  int index = 0;
  for (auto node : nlohmann::json::parse(kOperators)) {
    const std::string name = std::to_string(index++) + "-" + node["op"].get<std::string>();
    node["name"] = "steps";
    node["inputs"] = {"input"};
    auto one = graph;
    one["nodes"] = {node};
    write(folder / "graph_json", name, one.dump());
    one["weights"] = model["weights"];
    write(folder / "model_file", name, one.dump());
  }
}

// Random graphs as model files, and the decisions that make others.
void make_random_graph_seeds(const std::filesystem::path& folder) {
  constexpr std::size_t kSmall = 8192;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const std::string name = "random" + std::to_string(seed);
    const std::string text = test::json_of(test::random_graph(test::Choices(seed)).file);
    if (text.size() <= kSmall) write(folder / "model_file", name + ".json", text);
    test::Choices choices(seed);
    std::string decisions;
    for (int i = 0; i < 100; ++i) decisions.push_back(static_cast<char>(choices.below(256)));
    write(folder / "random_graph", name, decisions);
  }
}

void make_picture_seeds(const std::filesystem::path& folder) {
  using namespace image;
  const auto picture = [&](const std::string& name, const FileBytes& file) {
    write(folder / "image", name, {file.begin(), file.end()});
  };
  const FileBytes gray = pattern(6, 5, 1);
  const FileBytes rgb = pattern(6, 5, 3);
  picture("color.png", png_of(6, 5, 3, rgb));
  for (const auto& [depth, type] : {std::pair{1, 0},
                                    {2, 0},
                                    {4, 0},
                                    {8, 0},
                                    {16, 0},
                                    {8, 2},
                                    {16, 2},
                                    {1, 3},
                                    {2, 3},
                                    {4, 3},
                                    {8, 3},
                                    {8, 4},
                                    {16, 4},
                                    {8, 6},
                                    {16, 6}}) {
    for (const bool interlaced : {false, true}) {
      const FileBytes png =
          raw_png(6, 5, depth, type, png_rows(6, 5, depth, type, interlaced), interlaced);
      picture("kind" + std::to_string(type) + "-" + std::to_string(depth) +
                  (interlaced ? "-interlaced.png" : ".png"),
              type == 3 ? with_chunk(png, "PLTE", palette_of(2)) : png);
    }
  }
  picture("turned.png", with_chunk(png_of(6, 5, 1, gray), "eXIf", exif_of(6, true)));
  picture("color.bmp", bmp_of(6, 5, 3, rgb));
  picture("alpha.bmp", bmp_of(6, 5, 4, pattern(6, 5, 4)));
  picture("color.ppm", bytes_of("P6 6 5 255 ") + rgb);
  picture("plain.pgm", bytes_of("P2 2 2 15\n1 2 3 15\n"));
  picture("color.jpg", jpeg_of(6, 5, 3, rgb));
  picture("progressive.jpg", progressive_jpeg());
#ifdef LPRNET_WITH_WEBP
  picture("lossless.webp", lossless_webp());
  picture("lossy.webp", lossy_webp());
  picture("alpha.webp", webp_with_alpha());
  picture("turned.webp", webp_with_exif());
#endif
#ifdef LPRNET_WITH_TIFF
  picture("color.tif", tiff_of(6, 5, 3, rgb));
  picture("gray16.tif", tiff_of(6, 5, 1, pattern(12, 5, 1), {.bits = 16, .kind = 1}));
  picture("tiles.tif", tiff_of(18, 5, 3, pattern(32, 16, 3), {.tile = 16, .big_endian = true}));
  picture("palette.tif", tiff_of(6, 5, 1, FileBytes(15, 0x1e), {.bits = 4, .kind = 3}));
#endif
  picture("turned.jpg", with_segment(jpeg_of(6, 5, 1, gray), 0xE1, exif_segment(8, false)));
}

// PyTorch's own files, and the pickles in them.
void make_checkpoint_seeds(const std::filesystem::path& folder) {
  const auto golden = std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden" / "pth";
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    if (entry.path().extension() != ".pth") continue;
    const std::string name = entry.path().stem().string();
    const base::Bytes file = base::read_file(entry.path());
    write(folder / "pth", name, text_of(file));
    if (!importer::looks_like_zip(file)) continue;
    for (const auto& [inner, bytes] : importer::read_zip(file, name)) {
      if (inner.ends_with("/data.pkl")) write(folder / "pickle", name, text_of(bytes));
    }
  }
}

// The grammars that come with the library, and each form by itself.
void make_grammar_seeds(const std::filesystem::path& folder) {
  for (const formats::KnownGrammar& known : formats::known_grammars()) {
    write(folder / "grammar", known.name, known.text);
  }
  int index = 0;
  for (const std::string form :
       {R"("letter")", R"(["letter", "digit", "any"])", R"({"text": "京A0"})",
        R"({"any_of": ["letter", {"weight": 0.5, "is": "digit"}]})",
        R"({"repeat": "digit", "times": 3})", R"({"repeat": ["letter"], "from": 0, "to": 4})"}) {
    write(folder / "grammar", "form" + std::to_string(index++),
          R"({"format": "lprnet.grammar", "version": 1, "name": "n",
              "classes": {"letter": "AB", "digit": ["0", "1"]},
              "patterns": [{"name": "p", "weight": 2, "is": )" +
              form + "}]}");
  }
}

// A Content-Type, a query and a body of each form, see fuzz_http_body.cpp.
void make_http_seeds(const std::filesystem::path& folder) {
  const std::string picture = "P6\n1 1\n255\nabc";
  const std::string all_options =
      "name=a&top=2&decoder=beam&beam-width=4&grammar=cn&grammar-mode=soft&temperature=1.5&one-"
      "look=1"
      "&lines=2&min-confidence=0.5";
  write(folder / "http_body", "picture",
        "image/jpeg\n" + all_options + "&max-plates=3&region=0,-1,20,10\n" + picture);
  write(folder / "http_body", "multipart",
        "multipart/form-data; boundary=\"a b\"\n" + all_options +
            "\npreamble\r\n--a b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\\\"c\""
            "\r\nContent-Type: image/jpeg\r\n\r\n" +
            picture + "\r\n--a b\r\nContent-Disposition: form-data; name=image\r\n\r\n\r\n--a b--");
  write(folder / "http_body", "json",
        "application/json\ndecoder=greedy&grammar=none\n{\"images\": [{\"name\": \"a\", \"data\": "
        "\"UDYKMSAxCjI1NQphYmM=\"}, \"YQ\"]}");
  write(folder / "http_body", "one", "application/json\n\n{\"image\": \"UDYK MSAx\\nCg==\"}");
}

}  // namespace
}  // namespace lprnet

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_fuzz_seeds FOLDER\n";
    return 2;
  }
  try {
    lprnet::make_seeds(argv[1]);
    lprnet::make_random_graph_seeds(argv[1]);
    lprnet::make_picture_seeds(argv[1]);
    lprnet::make_checkpoint_seeds(argv[1]);
    lprnet::make_grammar_seeds(argv[1]);
    lprnet::make_http_seeds(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
