#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint_arguments.h"
#include "command.h"
#include "json_text.h"
#include "limit_arguments.h"
#include "model_search.h"
#include "output.h"
#include "safe_text.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

struct InspectArguments {
  Limits limits;
  std::string model;
  CheckpointArguments checkpoint;
  bool json = false;
  bool steps = false;
  bool as_written = false;
};

std::string bracketed(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : ",") + std::to_string(size);
  return "[" + text + "]";
}

Json rounded_list(const std::array<float, 3>& values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(rounded(static_cast<double>(value), 9));
  return list;
}

Json to_json(const NodeSummary& node) {
  return {{"name", node.name},         {"op", node.op},
          {"shape", node.shape},       {"parameters", node.parameters},
          {"macs", node.macs},         {"operations", node.operations},
          {"in_place", node.in_place}, {"fused_into", node.fused_into},
          {"note", node.note}};
}

Json to_json(const StepSummary& step) {
  return {{"name", step.name},
          {"op", step.op},
          {"shape", step.shape},
          {"macs", step.macs},
          {"operations", step.operations},
          {"in_place", step.in_place}};
}

template <typename Summary>
Json to_json(const std::vector<Summary>& summaries) {
  Json list = Json::array();
  for (const Summary& summary : summaries) list.push_back(to_json(summary));
  return list;
}

Json preprocess_json(const Preprocessing& preprocessing) {
  Json json = {{"channel_order", name_of(preprocessing.channel_order)},
               {"mean", rounded_list(preprocessing.mean)},
               {"scale", rounded_list(preprocessing.scale)},
               {"resize", name_of(preprocessing.resize)}};
  if (preprocessing.letterbox) json["letterbox"] = rounded_list(*preprocessing.letterbox);
  return json;
}

double plain(float value) { return rounded(static_cast<double>(value), 6); }

Json to_json(const PlateDetector& detector) {
  Json maps = Json::array();
  for (const DetectorMap& map : detector.maps) {
    maps.push_back({{"stride", map.stride},
                    {"smallest", plain(map.smallest)},
                    {"largest", plain(map.largest)}});
  }
  Json json = {{"multiple", detector.multiple},
               {"maps", std::move(maps)},
               {"reach", plain(detector.reach)},
               {"least_confidence", plain(detector.least_confidence)},
               {"most_overlap", plain(detector.most_overlap)},
               {"border", detector.border}};
  if (const auto& look = detector.second_look) {
    Json sizes = Json::array();
    for (const float size : look->plate_sizes) sizes.push_back(plain(size));
    json["second_look"] = {{"width", look->width},
                           {"height", look->height},
                           {"plate_sizes", std::move(sizes)},
                           {"largest_zoom", plain(look->largest_zoom)},
                           {"first_confidence", plain(look->first_confidence)},
                           {"least_confidence", plain(look->least_confidence)},
                           {"least_overlap", plain(look->least_overlap)}};
  }
  return json;
}

Json to_json(const Part& part) {
  return {{"left", plain(part.left)},
          {"top", plain(part.top)},
          {"right", plain(part.right)},
          {"bottom", plain(part.bottom)}};
}

Json to_json(const TwoLines& two) {
  return {{"aspect", plain(two.aspect)},
          {"widest", plain(two.widest)},
          {"upper", to_json(two.upper)},
          {"lower", to_json(two.lower)},
          {"upper_share", plain(two.upper_share)}};
}

Json to_json(const FurtherLooks& further) {
  Json looks = Json::array();
  for (const Look& look : further.looks) {
    Json json = to_json(static_cast<const Part&>(look));
    json["turn"] = plain(look.turn);
    json["lines"] = look.lines;
    looks.push_back(std::move(json));
  }
  return {{"sure", plain(further.sure)},
          {"aspect", plain(further.aspect)},
          {"looks", std::move(looks)},
          {"upside_down", further.upside_down},
          {"mirrored", further.mirrored},
          {"two_lines", further.two_lines ? to_json(*further.two_lines) : Json()}};
}

std::string mode_of(const PlateReader& reader) {
  return reader.grammar_mode == GrammarMode::kStrict ? "strict" : "soft";
}

// What the model file says about decoding beside the alphabet.
void add_decoding(Json& json, const PlateReader& reader) {
  json["grammar"] = reader.grammar.empty() ? Json() : Json::parse(reader.grammar);
  json["grammar_mode"] = mode_of(reader);
  json["temperature"] = reader.temperature;
  json["scores"] = reader.scores == Scores::kProbabilities ? "probabilities" : "logits";
  json["further_looks"] = reader.further_looks ? to_json(*reader.further_looks) : Json();
}

std::string decoding_of(const PlateReader& reader) {
  std::string text =
      reader.grammar.empty()
          ? "no grammar"
          : "grammar '" + shown(Grammar::parse(reader.grammar)->name()) + "', " + mode_of(reader);
  text += formatted("; temperature %g", reader.temperature);
  if (reader.scores == Scores::kProbabilities) text += "; the network gives probabilities";
  if (const auto& further = reader.further_looks) {
    text += formatted("; looks up to %zu times at what it reads with less confidence than %g",
                      further->looks.size() + 1, static_cast<double>(further->sure));
    if (further->upside_down) text += ", and upside down";
    if (further->mirrored) text += ", and mirrored";
    if (further->two_lines) text += "; joins the lines of plates that have two";
  }
  return text + "\n";
}

std::string to_text(const PlateDetector& detector) {
  std::string text = "finds plates";
  for (const DetectorMap& map : detector.maps) {
    text += formatted(", %g to %g pixels wide at stride %d", static_cast<double>(map.smallest),
                      static_cast<double>(map.largest), map.stride);
  }
  text += formatted("\ninput sides are multiples of %d; least confidence %g", detector.multiple,
                    static_cast<double>(detector.least_confidence));
  if (const auto& look = detector.second_look) {
    text += formatted("; looks again in %dx%d, %zu times", look->width, look->height,
                      look->plate_sizes.size());
  }
  return text + "\n";
}

Json to_json(const std::string& file, const Model& model, const ModelSummary& summary) {
  const Description& description = model.description();
  Json json = {{"file", file},
               {"name", description.name},
               {"input_shape", model.input_shape()},
               {"outputs", Json::array()},
               {"reads_plates", description.plate_reader() != nullptr},
               {"finds_plates", description.plate_detector() != nullptr}};
  for (const ModelOutput& output : model.outputs()) {
    json["outputs"].push_back({{"name", output.name}, {"shape", output.shape}});
  }
  if (const PlateReader* reader = description.plate_reader()) {
    json["preprocess"] = preprocess_json(reader->preprocessing);
    json["alphabet"] = reader->alphabet;
    json["blank"] = reader->blank;
    add_decoding(json, *reader);
  }
  if (const PlateDetector* detector = description.plate_detector()) {
    json["preprocess"] = preprocess_json(detector->preprocessing);
    json["detect"] = to_json(*detector);
  }
  json["provenance"] = description.provenance;
  json["isa"] = summary.isa;
  json["parameters"] = summary.parameters;
  json["macs"] = summary.macs;
  json["macs_run"] = summary.macs_run;
  json["operations"] = summary.operations;
  json["operations_run"] = summary.operations_run;
  json["load_bytes"] = summary.load_bytes;
  json["arena_bytes"] = summary.arena_bytes;
  json["arena_bytes_no_reuse"] = summary.arena_bytes_no_reuse;
  json["nodes"] = to_json(summary.nodes);
  json["steps"] = to_json(summary.steps);
  return json;
}

double kibibytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1024; }

std::string remarks(const NodeSummary& node) {
  std::string text;
  auto add = [&text](const std::string& remark) { text += (text.empty() ? "" : "; ") + remark; };
  if (!node.fused_into.empty()) add("in " + node.fused_into);
  if (node.in_place) add("in place");
  if (!node.note.empty()) add(node.note);
  return text;
}

std::string remarks(const StepSummary& step) { return step.in_place ? "in place" : ""; }

std::string parameters(const NodeSummary& node) {
  return node.parameters == 0 ? "" : grouped(node.parameters);
}
std::string parameters(const StepSummary& /*step*/) { return ""; }

template <typename Summary>
std::string table(const std::string& heading, const std::vector<Summary>& nodes) {
  TextTable rows({kLeft, kLeft, kLeft, kRight, kRight, kRight, kLeft});
  rows.add({heading, "operator", "output", "parameters", "MMACs", "Mops", "remarks"});
  for (const Summary& node : nodes) {
    rows.add({node.name, node.op, bracketed(node.shape), parameters(node),
              node.macs == 0 ? "" : formatted("%.3f", millions(node.macs)),
              node.operations == 0 ? "" : formatted("%.3f", millions(node.operations)),
              remarks(node)});
  }
  return rows.to_string();
}

std::string to_text(const std::string& file, const Model& model, const ModelSummary& summary,
                    bool steps) {
  const Description& description = model.description();
  std::string text = shown(description.name) + " (" + shown(file) + ")\n";
  text += "input " + bracketed(model.input_shape());
  const PlateReader* reader = description.plate_reader();
  if (const Preprocessing* preprocessing = description.preprocessing()) {
    const Preprocessing& p = *preprocessing;
    text += ", " + name_of(p.channel_order) + ", " + name_of(p.resize) + " resize";
    if (p.letterbox) text += " in a letterbox";
    const bool same = p.mean == std::array{p.mean[0], p.mean[0], p.mean[0]} &&
                      p.scale == std::array{p.scale[0], p.scale[0], p.scale[0]};
    const std::size_t channels = same || p.channel_order == ChannelOrder::kGray ? 1 : 3;
    for (std::size_t c = 0; c < channels; ++c) {
      text += formatted(", (x - %g) * %g", static_cast<double>(p.mean[c]),
                        static_cast<double>(p.scale[c]));
    }
  }
  text += "\n";
  for (const ModelOutput& output : model.outputs()) {
    text += "output " + shown(output.name) + " " + bracketed(output.shape) + "\n";
  }
  if (reader != nullptr) {
    text += "alphabet of " + std::to_string(reader->alphabet.size()) + ":";
    for (const std::string& token : reader->alphabet) text += " " + shown(token);
    text += "\nblank is class " + std::to_string(reader->blank) + "\n" + decoding_of(*reader);
  }
  if (const PlateDetector* detector = description.plate_detector()) text += to_text(*detector);
  for (const auto& [key, value] : description.provenance)
    text += shown(key) + ": " + shown(value) + "\n";
  text += "\n" + table("node", summary.nodes);
  if (steps) text += "\n" + table("step", summary.steps);
  text += formatted("\n%zu nodes, %s parameters, %.2f MMACs a picture\n", summary.nodes.size(),
                    grouped(summary.parameters).c_str(), millions(summary.macs));
  text += formatted("%zu steps run %.2f MMACs on %s\n", summary.steps.size(),
                    millions(summary.macs_run), summary.isa.c_str());
  text += formatted("operations of every kind: %.2f million a picture, %.2f million run\n",
                    millions(summary.operations), millions(summary.operations_run));
  text += formatted("activations: %.0f KiB a session, %.0f KiB if no memory were used twice\n",
                    kibibytes(summary.arena_bytes), kibibytes(summary.arena_bytes_no_reuse));
  text += formatted("loading: %.0f KiB at most\n", kibibytes(summary.load_bytes));
  return text;
}

int inspect(const InspectArguments& options) {
  const std::string file = find_model(options.model);
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.optimize = !options.as_written;
  model_options.checkpoint = options.checkpoint.options();
  const std::shared_ptr<const Model> model = Model::load(file, model_options);
  const ModelSummary summary = model->summary();
  print(options.json ? json_page(to_json(file, *model, summary))
                     : to_text(file, *model, summary, options.steps));
  return kAllDone;
}

}  // namespace

Command inspect_command() {
  return {"inspect", "Show a model's layers, cost, alphabet and origin",
          "  lprnet inspect model.safetensors\n"
          "  lprnet inspect --steps            the shipped model, and what runs of it\n"
          "  lprnet inspect --json model.safetensors | jq .macs_run",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<InspectArguments>();
            arguments.text("MODEL", "", &options->model,
                           "Model file; else the one that recognize uses");
            declare_checkpoint(arguments, &options->checkpoint);
            arguments.flag("--json", &options->json, "One JSON object");
            arguments.flag("--steps", &options->steps, "Show the steps that run, too");
            arguments.flag("--as-written", &options->as_written, "Without the graph's passes");
            declare_limits(arguments, &options->limits);
            return [options] { return inspect(*options); };
          }};
}

}  // namespace lprnet::cli
