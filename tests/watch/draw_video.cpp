// Draws a video of cars that pass, with plates of models/samples, and writes what must be read.
//
//   draw_video SCENE OUT.avi SAMPLES [SEED]
//
// SCENE: day (cars one behind and beside the other), night (dark, noisy, blurred by motion), pole
// (each car is hidden for a while), gate (one car after the other stops in the same place), or
// crowd (twelve small, bad plates). OUT.avi is Motion JPEG at 25 frames a second. Prints a line
// TEXT<TAB>DIRECTION<TAB>FIRST SECOND<TAB>LAST SECOND for each car.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr double kRate = 25;

struct Place {
  double x;  // of the plate's centre, in shares of the frame
  double y;
  double width;  // of the plate, in shares of the frame's width
};

struct Car {
  std::string text;
  double begins;  // seconds
  double ends;
  Place from;
  Place to;
  const char* direction;
  double slant = 0;  // how much lower its right side lies, as a share of the plate's width
};

struct Scene {
  cv::Size size{960, 540};
  double seconds = 0;
  double light = 1;
  double noise = 2;  // grey levels
  double shake = 0;  // pixels that everything moves while a frame is taken
  double scale = 1;  // the plates' resolution: less is worse
  bool has_pole = false;
  bool stops = false;  // a car stands in the middle of its time
  std::vector<Car> cars;
};

Scene scene_of(const std::string& name, cv::RNG& random) {
  Scene scene;
  if (name == "day" || name == "night" || name == "pole") {
    scene.seconds = 8;
    scene.cars = {
        {"皖CFX6006", 0.4, 3.0, {0.30, 0.45, 0.08}, {0.36, 0.85, 0.16}, "approaching", 0.03},
        {"闽VH32A6", 1.0, 4.0, {0.95, 0.55, 0.11}, {0.05, 0.58, 0.11}, "left", -0.04},
        {"浙Y46Y1W", 3.4, 6.2, {0.72, 0.88, 0.15}, {0.64, 0.46, 0.10}, "receding", 0.02},
        {"甘G0A069", 4.4, 7.4, {0.04, 0.70, 0.12}, {0.96, 0.66, 0.12}, "right", 0.05},
    };
    if (name == "night") {
      scene.light = 0.3;
      scene.noise = 7;
      scene.shake = 3;
    }
    scene.has_pole = name == "pole";
  } else if (name == "gate") {
    scene.seconds = 10;
    scene.stops = true;
    const std::array<const char*, 3> texts = {"鲁PQQAZN", "皖CFX6006", "闽VH32A6"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const double begins = 0.2 + 3.2 * static_cast<double>(i);
      scene.cars.push_back(
          {texts[i], begins, begins + 2.8, {0.5, 0.50, 0.15}, {0.5, 1.1, 0.17}, "down"});
    }
  } else if (name == "crowd") {
    scene.seconds = 26;
    scene.light = 0.55;
    scene.noise = 10;
    scene.shake = 4;
    scene.scale = 0.6;
    const std::array<const char*, 12> texts = {"皖CFX6006", "闽VH32A6",  "浙Y46Y1W",  "甘G0A069",
                                               "鲁PQQAZN",  "蒙NF43851", "云L8412学", "宁BW629警",
                                               "浙R5674挂", "粤ZJ0V8港", "贵H56YS学", "辽P76589D"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const double begins = 2 * static_cast<double>(i);
      const bool left = i % 2 == 0;
      const double y = random.uniform(0.45, 0.8);
      const double width = random.uniform(0.085, 0.105);
      scene.cars.push_back({texts[i],
                            begins,
                            begins + 1.8,
                            {left ? 0.97 : 0.03, y, width},
                            {left ? 0.03 : 0.97, y, width},
                            left ? "left" : "right",
                            random.uniform(-0.08, 0.08)});
    }
  } else {
    throw std::runtime_error("draw_video: unknown scene '" + name + "'");
  }
  return scene;
}

cv::Mat street(const cv::Size& size, cv::RNG& random) {
  cv::Mat picture(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y) {
    const double down = static_cast<double>(y) / size.height;
    const cv::Scalar colour = down < 0.35
                                  ? cv::Scalar(190 - 90 * down, 175 - 90 * down, 160 - 80 * down)
                                  : cv::Scalar(98 + 20 * down, 100 + 20 * down, 102 + 20 * down);
    picture.row(y).setTo(colour);
  }
  for (int i = 0; i < 400; ++i) {  // stones and leaves
    const cv::Point at(random.uniform(0, size.width), random.uniform(size.height / 3, size.height));
    cv::circle(picture, at, random.uniform(1, 4), cv::Scalar::all(random.uniform(70, 140)), -1);
  }
  for (int i = 0; i < 6; ++i) {  // houses
    const int x = i * size.width / 6;
    cv::rectangle(
        picture, {x + 8, random.uniform(20, 90), size.width / 6 - 16, size.height / 3},
        cv::Scalar(random.uniform(90, 170), random.uniform(90, 170), random.uniform(90, 170)), -1);
  }
  const cv::Point end(size.width / 2, size.height / 3);
  cv::line(picture, end, {size.width / 5, size.height}, cv::Scalar::all(215), 6, cv::LINE_AA);
  cv::line(picture, end, {4 * size.width / 5, size.height}, cv::Scalar::all(215), 6, cv::LINE_AA);
  return picture;
}

Place place_at(const Scene& scene, const Car& car, double seconds) {
  double share = (seconds - car.begins) / (car.ends - car.begins);
  // To the middle in a third of the time, from there in the last.
  if (scene.stops)
    share = share < 1.0 / 3 ? share * 1.5 : share < 2.0 / 3 ? 0.5 : 0.5 + (share - 2.0 / 3) * 1.5;
  return {car.from.x + share * (car.to.x - car.from.x),
          car.from.y + share * (car.to.y - car.from.y),
          car.from.width + share * (car.to.width - car.from.width)};
}

void draw(cv::Mat& frame, const Scene& scene, const Car& car, const cv::Mat& sample,
          double seconds) {
  const Place place = place_at(scene, car, seconds);
  const double width = place.width * frame.cols;
  const double height = width * sample.rows / sample.cols;
  const double x = place.x * frame.cols;
  const double y = place.y * frame.rows;
  const double drop = car.slant * width;
  const auto point = [&](double dx, double dy) {
    return cv::Point2f(static_cast<float>(x + dx * width),
                       static_cast<float>(y + dy * height + dx * drop));
  };
  // The body, its window, bumper and lamps.
  const auto part = [&](double left, double top, double right, double bottom,
                        const cv::Scalar& colour) {
    const std::vector<cv::Point> corners = {point(left, top), point(right, top),
                                            point(right, bottom), point(left, bottom)};
    cv::fillConvexPoly(frame, corners, colour, cv::LINE_AA);
  };
  const double tint = 20.0 * static_cast<double>(car.text.size() % 5);
  part(-1.6, -6, 1.6, 2.2, cv::Scalar(60 + tint, 70, 110 - tint));
  part(-1.3, -5.5, 1.3, -3.2, cv::Scalar(45, 40, 38));
  part(-1.6, -1.4, 1.6, 1.6, cv::Scalar(50, 50, 52));
  part(-1.5, -2.6, -1.0, -1.7, cv::Scalar(210, 220, 230));
  part(1.0, -2.6, 1.5, -1.7, cv::Scalar(210, 220, 230));

  cv::Mat plate = sample;
  if (scene.scale < 1) {
    cv::resize(sample, plate, {}, scene.scale, scene.scale, cv::INTER_AREA);
    cv::resize(plate, plate, sample.size(), 0, 0, cv::INTER_LINEAR);
  }
  const auto columns = static_cast<float>(plate.cols);
  const auto rows = static_cast<float>(plate.rows);
  const std::array<cv::Point2f, 4> from = {
      cv::Point2f(0, 0), {columns, 0}, {columns, rows}, {0, rows}};
  const std::array<cv::Point2f, 4> to = {point(-0.5, -0.5), point(0.5, -0.5), point(0.5, 0.5),
                                         point(-0.5, 0.5)};
  // Reduced before it is warped, so that small plates stay smooth.
  const cv::Mat map = cv::getPerspectiveTransform(from.data(), to.data());
  cv::warpPerspective(plate, frame, map, frame.size(), cv::INTER_AREA, cv::BORDER_TRANSPARENT);
}

std::string joined(const Car& car) {
  std::array<char, 80> times{};
  std::snprintf(times.data(), times.size(), "\t%s\t%.2f\t%.2f\n", car.direction, car.begins,
                car.ends);
  return car.text + times.data();
}

int draw_video(const std::string& name, const std::string& target,
               const std::filesystem::path& samples, std::uint64_t seed) {
  cv::RNG random(seed);
  const Scene scene = scene_of(name, random);
  std::vector<cv::Mat> plates;
  for (const Car& car : scene.cars) {
    const std::string path = (samples / (car.text + ".jpg")).string();
    plates.push_back(cv::imread(path));
    if (plates.back().empty()) throw std::runtime_error(path + ": cannot be read");
  }
  cv::VideoWriter video(target, cv::CAP_OPENCV_MJPEG, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'),
                        kRate, scene.size);
  video.set(cv::VIDEOWRITER_PROP_QUALITY, 85);
  if (!video.isOpened()) throw std::runtime_error(target + ": cannot be written");
  const cv::Mat background = street(scene.size, random);
  // Made once, and taken from another place for each frame.
  constexpr int kSpare = 64;
  cv::Mat noise(scene.size.height + kSpare, scene.size.width + kSpare, CV_8SC3);
  random.fill(noise, cv::RNG::NORMAL, 0, scene.noise);
  for (int i = 0; i < static_cast<int>(scene.seconds * kRate); ++i) {
    const double seconds = i / kRate;
    cv::Mat frame = background.clone();
    for (std::size_t c = 0; c < scene.cars.size(); ++c) {
      const Car& car = scene.cars[c];
      if (seconds >= car.begins && seconds < car.ends) draw(frame, scene, car, plates[c], seconds);
    }
    if (scene.has_pole) {
      cv::rectangle(frame, {scene.size.width * 9 / 20, 0, scene.size.width / 8, scene.size.height},
                    cv::Scalar(75, 85, 80), -1);
      cv::rectangle(
          frame,
          {0, scene.size.height * 63 / 100, scene.size.width * 45 / 100, scene.size.height / 25},
          cv::Scalar(60, 80, 85), -1);
    }
    if (scene.shake > 0) {
      const int length = static_cast<int>(scene.shake);
      cv::blur(frame, frame, {length, 1});
    }
    frame.convertTo(frame, CV_8UC3, scene.light);
    const cv::Point from(random.uniform(0, kSpare), random.uniform(0, kSpare));
    cv::add(frame, noise(cv::Rect(from, scene.size)), frame, cv::noArray(), CV_8UC3);
    video.write(frame);
  }
  for (const Car& car : scene.cars) std::fputs(joined(car).c_str(), stdout);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fputs("usage: draw_video day|night|pole|gate|crowd OUT.avi SAMPLES [SEED]\n", stderr);
    return 2;
  }
  try {
    return draw_video(argv[1], argv[2], argv[3],
                      argc == 5 ? std::strtoull(argv[4], nullptr, 10) : 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
