#include "photo_scores.h"

#include <algorithm>
#include <cmath>

namespace lprnet::cli {
namespace {

constexpr double kFound = 0.5;

double distance(const Point& a, const Point& b) {
  return std::hypot(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y);
}

// Mean of the upper and the lower edge.
double width_of(const Quad& quad) {
  const auto& c = quad.corners;
  return (distance(c[0], c[1]) + distance(c[3], c[2])) / 2;
}

// The worst corner's distance in widths of the marked plate.
double corner_error(const Quad& found, const Quad& marked) {
  double worst = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    worst = std::max(worst, distance(found.corners[i], marked.corners[i]));
  }
  return worst / std::max(width_of(marked), 1.0);
}

// What is compared with a mark: the plate, or the box around it where the mark is one.
Quad seen(const FoundPlate& plate, const Mark& mark) {
  if (mark.exact) return plate.corners;
  const auto& c = plate.corners.corners;
  const auto [left, right] = std::minmax({c[0].x, c[1].x, c[2].x, c[3].x});
  const auto [top, bottom] = std::minmax({c[0].y, c[1].y, c[2].y, c[3].y});
  return rectangle(left, top, right - left, bottom - top);
}

}  // namespace

void PhotoScores::add(const PhotoResult& result, const std::vector<Mark>& marks) {
  ++photographs;
  const double scale = std::min(static_cast<double>(width_) / result.width,
                                static_cast<double>(height_) / result.height);
  std::vector<const FoundPlate*> left;
  for (const FoundPlate& plate : result.plates) left.push_back(&plate);
  for (const Mark& mark : marks) {
    const double size = width_of(mark.corners) * scale;
    std::size_t group = 0;
    while (size >= kEdges[group + 1]) ++group;
    auto best = left.end();
    double most = kFound;
    for (auto plate = left.begin(); plate != left.end(); ++plate) {
      const double shared = overlap(seen(**plate, mark), mark.corners);
      if (shared >= most) {
        best = plate;
        most = shared;
      }
    }
    const bool found = best != left.end();
    const double error =
        found ? corner_error((*best)->corners, mark.corners) : std::numeric_limits<double>::max();
    const bool right = found && (*best)->plate.text == mark.text;
    for (Group* one : {&all, &by_size[group]}) {
      one->found.add(found);
      if (mark.exact) {
        one->within_12.add(error <= 0.12);
        one->within_8.add(error <= 0.08);
      }
      if (!mark.text.empty()) one->text.add(right);
    }
    if (!found) {
      troubles.push_back({result.file, "missed", mark.text, "", 0, mark.corners});
    } else if (!mark.text.empty() && !right) {
      troubles.push_back({result.file, "read", mark.text, (*best)->plate.text, (*best)->confidence,
                          (*best)->corners});
    }
    if (found) left.erase(best);
  }
  false_plates += left.size();
  for (const FoundPlate* plate : left) {
    troubles.push_back(
        {result.file, "false", "", plate->plate.text, plate->confidence, plate->corners});
  }
}

}  // namespace lprnet::cli
