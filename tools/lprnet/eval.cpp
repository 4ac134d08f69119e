#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "calibration.h"
#include "checkpoint_arguments.h"
#include "command.h"
#include "decode_arguments.h"
#include "failure_sheet.h"
#include "inputs.h"
#include "json_text.h"
#include "labels.h"
#include "limit_arguments.h"
#include "lprnet/error.hpp"
#include "marks.h"
#include "model_search.h"
#include "output.h"
#include "photo_arguments.h"
#include "photo_scores.h"
#include "reading.h"
#include "scores.h"
#include "text_table.h"
#include "utf8.h"

namespace lprnet::cli {
namespace {

struct EvalArguments {
  PhotoArguments photo;  // both models; the reader alone where crops are measured
  InputArguments input;
  std::string labels;
  std::string marks;
  std::string format = "text";
  std::string report;
};

struct Unread {
  std::string file;
  std::string error;
};

// Labels with characters that the model cannot read: another form of the text, or another model's.
class UnreadableLabels {
 public:
  explicit UnreadableLabels(const Description& reader) {
    const PlateReader* plates = reader.plate_reader();
    if (plates == nullptr) return;
    for (const std::string& token : plates->alphabet) {
      for (std::string& character : characters_of(token)) readable_.insert(std::move(character));
    }
  }

  bool has_none_readable(const std::string& label) const { return unreadable_in(label) == kAll; }

  void add(const std::string& file, const std::string& label) {
    if (unreadable_in(label) != kNone && ++count_ == 1) first_ = label + " of " + file;
  }

  void complain_of_them() const {
    if (count_ == 0) return;
    complain("warning: " + std::to_string(count_) + (count_ == 1 ? " label has" : " labels have") +
             " characters that the model does not read, " + (count_ == 1 ? "" : "the first is ") +
             first_);
  }

 private:
  enum Share { kNone, kSome, kAll };
  Share unreadable_in(const std::string& label) const {
    const std::vector<std::string> characters = characters_of(label);
    const auto unreadable = static_cast<std::size_t>(
        std::count_if(characters.begin(), characters.end(),
                      [&](const std::string& one) { return readable_.count(one) == 0; }));
    if (unreadable == 0) return kNone;
    return unreadable == characters.size() ? kAll : kSome;
  }

  std::set<std::string> readable_;
  std::size_t count_ = 0;
  std::string first_;
};

// Right readings below are shown: an application would likely refuse them.
constexpr double kSure = 0.5;

struct Evaluation {
  TextScores scores;
  std::vector<Failure> failures;  // the most confident first
  std::vector<Failure> unsure;    // right, but below kSure; the least confident first
  std::vector<Judged> judged;     // all that are in the scores
  std::size_t unmatched = 0;      // of them, those that the grammar did not match
  std::vector<Unread> unread;     // no picture or no label; not in the scores
};

Evaluation evaluate(const EvalArguments& options) {
  Labels labels = options.labels.empty() ? Labels() : Labels(options.labels);
  ModelOptions model_options;
  model_options.limits = options.photo.limits;
  model_options.checkpoint = options.photo.checkpoint.options();
  const std::shared_ptr<const Model> model = load_model(options.photo.reader, model_options);
  const Recognizer recognizer(model, options.input.threads, 1, options.photo.decoding.options());
  UnreadableLabels unreadable(model->description());
  Evaluation result;
  read_in_order(recognizer, options.input, [&](const Reading& reading) {
    if (!reading.warning.empty()) complain("warning: " + reading.warning);
    Label label = labels.of(reading.file);
    if (label.missing.empty() && options.labels.empty() &&
        unreadable.has_none_readable(label.text)) {
      label.missing = "no label: the model reads no character of " + label.text +
                      " in its name; give the plates with --labels";
    }
    if (!reading.error.empty()) {
      result.unread.push_back({reading.file, reading.error});
    } else if (!label.missing.empty()) {
      result.unread.push_back({reading.file, reading.file + ": " + label.missing});
    } else {
      unreadable.add(reading.file, label.text);
      result.scores.add(label.text, reading.plate.text);
      const bool is_right = label.text == reading.plate.text;
      const auto confidence = static_cast<double>(reading.plate.confidence);
      result.judged.push_back({confidence, is_right});
      result.unmatched += reading.plate.grammar == GrammarMatch::kUnmatched ? 1 : 0;
      const Failure found{reading.file, label.text, reading.plate.text, confidence};
      if (!is_right) result.failures.push_back(found);
      if (is_right && confidence < kSure) result.unsure.push_back(found);
    }
  });
  if (!labels.shared_rows().empty()) complain("warning: " + labels.shared_rows());
  unreadable.complain_of_them();
  std::stable_sort(result.failures.begin(), result.failures.end(),
                   [](const Failure& a, const Failure& b) { return a.confidence > b.confidence; });
  std::stable_sort(result.unsure.begin(), result.unsure.end(),
                   [](const Failure& a, const Failure& b) { return a.confidence < b.confidence; });
  return result;
}

// Confusions, the most frequent first.
std::vector<std::pair<Edit, std::size_t>> ranked_confusions(const TextScores& scores) {
  std::vector<std::pair<Edit, std::size_t>> ranked;
  for (const auto& [pair, count] : scores.confusions) {
    ranked.push_back({Edit{pair.first, pair.second}, count});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return ranked;
}

Json to_json(const Share& share) {
  const Interval interval = wilson(share);
  return {{"right", share.right},
          {"total", share.total},
          {"accuracy", share.total == 0 ? Json() : Json(rounded(share.value(), 6))},
          {"interval_95", {rounded(interval.low, 6), rounded(interval.high, 6)}}};
}

template <typename Key>
Json to_json(const std::map<Key, Share>& shares, const char* key_name) {
  Json list = Json::array();
  for (const auto& [key, share] : shares) {
    Json entry = {{key_name, key}};
    entry.update(to_json(share));
    list.push_back(std::move(entry));
  }
  return list;
}

Json to_json(const std::vector<Failure>& readings) {
  Json list = Json::array();
  for (const Failure& one : readings) {
    list.push_back({{"file", one.file},
                    {"label", one.label},
                    {"text", one.read},
                    {"confidence", rounded(one.confidence, 6)}});
  }
  return list;
}

Json to_json(const Calibration& calibration) {
  Json bins = Json::array();
  for (const CalibrationBin& bin : calibration.bins) {
    bins.push_back({{"from", bin.low},
                    {"to", bin.high},
                    {"total", bin.total},
                    {"right", bin.right},
                    {"confidence", rounded(bin.confidence, 6)}});
  }
  Json thresholds = Json::array();
  for (const ThresholdRow& row : calibration.thresholds) {
    thresholds.push_back(
        {{"min_confidence", row.threshold}, {"accepted", row.accepted}, {"wrong", row.wrong}});
  }
  return {{"auroc", std::isnan(calibration.auroc) ? Json() : Json(rounded(calibration.auroc, 6))},
          {"expected_calibration_error", rounded(calibration.error, 6)},
          {"bins", std::move(bins)},
          {"thresholds", std::move(thresholds)}};
}

Json to_json(const Evaluation& evaluation) {
  const TextScores& scores = evaluation.scores;
  Json json = {{"plates", to_json(scores.plates)},
               {"characters", to_json(scores.characters)},
               {"character_error_rate", rounded(scores.error_rate(), 6)}};
  Json positions = Json::array();
  for (const Share& share : scores.by_position) positions.push_back(to_json(share));
  json["by_position"] = std::move(positions);
  json["by_length"] = to_json(scores.by_length, "length");
  json["by_first_character"] = to_json(scores.by_first, "character");
  Json confusions = Json::array();
  for (const auto& [edit, count] : ranked_confusions(scores)) {
    confusions.push_back({{"label", edit.label}, {"read", edit.read}, {"count", count}});
  }
  json["confusions"] = std::move(confusions);
  json["calibration"] = to_json(calibration_of(evaluation.judged));
  json["unmatched"] = evaluation.unmatched;
  json["failures"] = to_json(evaluation.failures);
  json["unsure"] = to_json(evaluation.unsure);
  Json unread = Json::array();
  for (const Unread& one : evaluation.unread) {
    unread.push_back({{"file", one.file}, {"error", one.error}});
  }
  json["errors"] = std::move(unread);
  return json;
}

std::string percent(double value) { return formatted("%.2f %%", 100 * value); }

std::vector<std::string> cells(const std::string& name, const Share& share) {
  const Interval interval = wilson(share);
  return {name, percent(share.value()), std::to_string(share.right), std::to_string(share.total),
          formatted("%.2f to %.2f %%", 100 * interval.low, 100 * interval.high)};
}

TextTable share_table(const std::string& heading) {
  TextTable table({kLeft, kRight, kRight, kRight, kRight});
  table.add({heading, "right", "", "of", "95 % interval"});
  return table;
}

std::string of_all(std::size_t part, std::size_t all) {
  return all == 0 ? "" : percent(static_cast<double>(part) / static_cast<double>(all));
}

std::string calibration_text(const Calibration& calibration, std::size_t plates) {
  std::string text;
  if (!std::isnan(calibration.auroc)) {
    text += formatted("a right reading is more confident than a wrong one (AUROC): %.4f\n",
                      calibration.auroc);
  }
  text += "expected calibration error " + percent(calibration.error) + "\n\n";
  TextTable bins({kLeft, kRight, kRight, kRight});
  bins.add({"confidence", "plates", "mean", "right"});
  for (const CalibrationBin& bin : calibration.bins) {
    if (bin.total == 0) continue;
    bins.add({formatted("%.1f to %.1f", bin.low, bin.high), std::to_string(bin.total),
              percent(bin.confidence), of_all(bin.right, bin.total)});
  }
  text += bins.to_string() + "\n";
  TextTable thresholds({kLeft, kRight, kRight, kRight});
  thresholds.add({"--min-confidence", "accepted", "wrong", "of accepted"});
  for (const ThresholdRow& row : calibration.thresholds) {
    thresholds.add({formatted("%g", row.threshold), of_all(row.accepted, plates),
                    std::to_string(row.wrong), of_all(row.wrong, row.accepted)});
  }
  return text + thresholds.to_string();
}

std::string reading_table(const std::vector<Failure>& readings) {
  TextTable table({kLeft, kLeft, kRight, kLeft});
  table.add({"label", "read", "confidence", "file"});
  for (const Failure& one : readings) {
    table.add({one.label, one.read, formatted("%.4f", one.confidence), one.file});
  }
  return table.to_string();
}

std::string to_text(const Evaluation& evaluation) {
  const TextScores& scores = evaluation.scores;
  if (scores.plates.total == 0) return "no plate was measured\n";
  TextTable whole = share_table("");
  whole.add(cells("plates", scores.plates));
  whole.add(cells("characters", scores.characters));
  std::string text = whole.to_string();
  text += "character error rate " + percent(scores.error_rate()) + "\n";
  if (evaluation.unmatched > 0) {
    text += "no text that matches the grammar: " + std::to_string(evaluation.unmatched) + "\n";
  }
  text += "\n" + calibration_text(calibration_of(evaluation.judged), scores.plates.total);

  TextTable positions = share_table("position");
  for (std::size_t i = 0; i < scores.by_position.size(); ++i) {
    positions.add(cells(std::to_string(i + 1), scores.by_position[i]));
  }
  text += "\n" + positions.to_string();
  TextTable lengths = share_table("length");
  for (const auto& [length, share] : scores.by_length) {
    lengths.add(cells(std::to_string(length), share));
  }
  text += "\n" + lengths.to_string();
  TextTable firsts = share_table("first");
  for (const auto& [character, share] : scores.by_first) firsts.add(cells(character, share));
  text += "\n" + firsts.to_string();

  constexpr std::size_t kShownConfusions = 20;
  auto confusions = ranked_confusions(scores);
  if (confusions.size() > kShownConfusions) confusions.resize(kShownConfusions);
  if (!confusions.empty()) {
    TextTable table({kLeft, kLeft, kRight});
    table.add({"label", "read", "times"});
    for (const auto& [edit, count] : confusions) {
      table.add({edit.label.empty() ? "(none)" : edit.label,
                 edit.read.empty() ? "(none)" : edit.read, std::to_string(count)});
    }
    text += "\n" + table.to_string();
  }
  if (!evaluation.failures.empty()) text += "\n" + reading_table(evaluation.failures);
  if (!evaluation.unsure.empty()) {
    text += "\nright, but unsure\n" + reading_table(evaluation.unsure);
  }
  return text;
}

struct PhotoEvaluation {
  PhotoScores scores;
  std::vector<Unread> unread;  // no picture or no marks; not in the scores
};

PhotoEvaluation evaluate_photographs(const EvalArguments& options) {
  Marks marks(options.marks);
  const PhotoReader reader = photo_reader(options.photo, options.input.threads);
  const std::vector<std::int64_t>& input = reader.detector().input_shape();
  UnreadableLabels unreadable(reader.reader().description());
  PhotoEvaluation result{{static_cast<int>(input[3]), static_cast<int>(input[2])}, {}};
  read_in_order(reader, options.input, false, [&](const PhotoResult& photograph) {
    if (!photograph.warning.empty()) complain("warning: " + photograph.warning);
    const std::vector<Mark>* of_this = marks.of(photograph.file);
    if (!photograph.error.empty()) {
      result.unread.push_back({photograph.file, photograph.error});
    } else if (of_this == nullptr) {
      result.unread.push_back({photograph.file, photograph.file + ": not in the table of marks"});
    } else {
      for (const Mark& mark : *of_this) unreadable.add(photograph.file, mark.text);
      result.scores.add(photograph, *of_this);
    }
  });
  if (!marks.shared_rows().empty()) complain("warning: " + marks.shared_rows());
  unreadable.complain_of_them();
  return result;
}

std::string size_name(std::size_t group) {
  const double low = PhotoScores::kEdges[group];
  const double high = PhotoScores::kEdges[group + 1];
  if (group + 2 == PhotoScores::kEdges.size()) return formatted("%.0f and more", low);
  return formatted("%.0f to %.0f", low, high);
}

Json to_json(const PhotoScores::Group& group) {
  return {{"found", to_json(group.found)},
          {"within_12_percent", to_json(group.within_12)},
          {"within_8_percent", to_json(group.within_8)},
          {"text", to_json(group.text)}};
}

Json to_json(const PhotoEvaluation& evaluation) {
  const PhotoScores& scores = evaluation.scores;
  Json json = {{"photographs", scores.photographs}, {"false_plates", scores.false_plates}};
  json["plates"] = to_json(scores.all);
  json["by_width"] = Json::array();
  for (std::size_t i = 0; i < scores.by_size.size(); ++i) {
    Json entry = {{"width", size_name(i)}};
    entry.update(to_json(scores.by_size[i]));
    json["by_width"].push_back(std::move(entry));
  }
  json["troubles"] = Json::array();
  for (const PhotoScores::Trouble& trouble : scores.troubles) {
    Json corners = Json::array();
    for (const Point& corner : trouble.corners.corners) {
      corners.push_back(
          {rounded(static_cast<double>(corner.x), 6), rounded(static_cast<double>(corner.y), 6)});
    }
    json["troubles"].push_back({{"file", trouble.file},
                                {"what", trouble.what},
                                {"label", trouble.label},
                                {"text", trouble.text},
                                {"confidence", rounded(static_cast<double>(trouble.confidence), 6)},
                                {"corners", std::move(corners)}});
  }
  json["errors"] = Json::array();
  for (const Unread& one : evaluation.unread) {
    json["errors"].push_back({{"file", one.file}, {"error", one.error}});
  }
  return json;
}

std::string to_text(const PhotoEvaluation& evaluation) {
  const PhotoScores& scores = evaluation.scores;
  if (scores.photographs == 0) return "no photograph was measured\n";
  TextTable whole = share_table("");
  const auto add = [](TextTable& table, const std::string& name, const Share& share) {
    if (share.total > 0) table.add(cells(name, share));
  };
  add(whole, "found", scores.all.found);
  add(whole, "corners within 12 %", scores.all.within_12);
  add(whole, "corners within 8 %", scores.all.within_8);
  add(whole, "text", scores.all.text);
  std::string text = whole.to_string();
  text += std::to_string(scores.false_plates) + " found where none is marked, in " +
          std::to_string(scores.photographs) + " photographs\n\n";

  TextTable sizes({kLeft, kRight, kRight, kRight, kRight, kRight});
  sizes.add({"width at the input", "plates", "found", "12 %", "8 %", "text"});
  for (std::size_t i = 0; i < scores.by_size.size(); ++i) {
    const PhotoScores::Group& group = scores.by_size[i];
    if (group.found.total == 0) continue;
    const auto shown_share = [](const Share& share) {
      return share.total == 0 ? std::string() : percent(share.value());
    };
    sizes.add({size_name(i), std::to_string(group.found.total), shown_share(group.found),
               shown_share(group.within_12), shown_share(group.within_8), shown_share(group.text)});
  }
  text += sizes.to_string();
  if (!scores.troubles.empty()) {
    TextTable table({kLeft, kLeft, kLeft, kRight, kLeft});
    table.add({"", "label", "read", "confidence", "file"});
    for (const PhotoScores::Trouble& trouble : scores.troubles) {
      table.add({trouble.what, trouble.label, trouble.text,
                 formatted("%.4f", static_cast<double>(trouble.confidence)), trouble.file});
    }
    text += "\n" + table.to_string();
  }
  return text;
}

int eval_photographs(const EvalArguments& options) {
  if (!options.labels.empty() || !options.report.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "--marks measures photographs, --labels and --report crops: give one of them");
  }
  options.input.open_output();
  const PhotoEvaluation evaluation = evaluate_photographs(options);
  print(options.format == "json" ? json_page(to_json(evaluation)) : to_text(evaluation));
  flush_output();
  for (const Unread& one : evaluation.unread) complain(one.error);
  return evaluation.unread.empty() ? kAllDone : kSomeFailed;
}

int eval(const EvalArguments& options) {
  if (!options.marks.empty()) return eval_photographs(options);
  options.input.open_output();
  const Evaluation evaluation = evaluate(options);
  print(options.format == "json" ? json_page(to_json(evaluation)) : to_text(evaluation));
  if (!options.report.empty()) {
    const Share& plates = evaluation.scores.plates;
    write_failure_sheet(options.report,
                        std::to_string(plates.total - plates.right) + " of " +
                            std::to_string(plates.total) + " plates read wrong, " +
                            percent(plates.value()) + " right",
                        evaluation.failures, options.input.image_options);
  }
  flush_output();
  for (const Unread& one : evaluation.unread) complain(one.error);
  return evaluation.unread.empty() ? kAllDone : kSomeFailed;
}

}  // namespace

Command eval_command() {
  return {
      "eval", "Measure accuracy on labelled images",
      "  lprnet eval plates/                     a file is named for its plate: 皖A12345_1.jpg\n"
      "  lprnet eval --labels plates.csv --format json plates/\n"
      "  lprnet eval --report wrong/ plates/     writes wrong/index.html\n"
      "  lprnet eval --marks marks.tsv photographs/",
      [](Arguments& arguments) -> std::function<int()> {
        auto options = std::make_shared<EvalArguments>();
        arguments.text("--labels", "FILE", &options->labels,
                       "CSV or TSV in UTF-8 with a file and its text in each row, paths below the "
                       "table's folder; else the label is the file's name up to the first _, - or "
                       ".");
        arguments.text("--marks", "FILE", &options->marks,
                       "Measure photographs: a table with their plates, each row, between tabs, "
                       "file, kind, text, x,y;x,y;x,y;x,y or file, left, top, right, bottom");
        declare_photo(arguments, &options->photo);
        arguments.choice("--format", &options->format, {"text", "json"}, "How to write the result");
        arguments.text("--report", "DIR", &options->report,
                       "Write a page with the pictures that were read wrong");
        options->input.declare(arguments, "Images");
        declare_limits(arguments, &options->photo.limits);
        declare_limits(arguments, &options->input.image_options);
        return [options] { return eval(*options); };
      }};
}

}  // namespace lprnet::cli
